//! The README's quick start compiles and runs.

#![cfg(feature = "bg95")]

use std::{fs, path::Path};

use quectel_modem_sim::{
    Config, VirtualPort,
    clock::{Virtual, block_on},
    local::{LocalServer, Message},
};

#[rustfmt::skip]
mod quick_start {
    use std::cell::RefCell;

    thread_local! {
        pub(crate) static SHOWN: RefCell<Vec<(Vec<u8>, Vec<u8>)>> = const { RefCell::new(Vec::new()) };
    }

    fn show(topic: &[u8], payload: &[u8]) {
        SHOWN.with_borrow_mut(|shown| shown.push((topic.to_vec(), payload.to_vec())));
    }

    include!("support/quick_start.rs");

    pub(crate) async fn quick_start<P: Read + Write>(uart: P) -> Result<(), Error<P::Error>> {
        run(uart).await
    }
}

#[test]
fn the_quick_start_of_the_readme_is_the_one_that_is_tested() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let tested = fs::read_to_string(root.join("tests/support/quick_start.rs")).unwrap();
    assert!(readme.contains(&format!("```rust,ignore\n{tested}```")));
}

#[test]
fn the_quick_start_of_the_readme_runs() {
    let _time = Virtual::start();
    let server = LocalServer::new();
    let port = VirtualPort::new(Config::default(), server.network());
    let publisher = server.clone();
    block_on(async {
        let elsewhere = async {
            while server.messages().is_empty() {
                embassy_time::Timer::after_millis(10).await;
            }
            publisher.publish(Message::new("field/7/valve", b"stop".to_vec(), 1));
        };
        let run = quick_start::quick_start(port);
        let (result, ()) = embassy_futures::join::join(run, elsewhere).await;
        result.unwrap();
    });
    assert_eq!(server.messages()[0].payload, b"up");
    let shown = quick_start::SHOWN.take();
    assert_eq!(shown, [(b"field/7/state".to_vec(), b"up".to_vec())]);
}
