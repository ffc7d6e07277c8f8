//! The README's quick starts compile and run.

#![cfg(feature = "bg95")]

use std::{cell::RefCell, fs, path::Path};

use quectel_modem_sim::{
    Config, VirtualPort,
    clock::{Virtual, block_on},
    local::{LocalServer, Message},
};

thread_local! {
    static SHOWN: RefCell<Vec<(Vec<u8>, Vec<u8>)>> = const { RefCell::new(Vec::new()) };
}

/// What your firmware does with a message.
fn show(topic: &[u8], payload: &[u8]) {
    SHOWN.with_borrow_mut(|shown| shown.push((topic.to_vec(), payload.to_vec())));
}

#[rustfmt::skip]
mod quick_start {
    use super::show;

    include!("support/quick_start.rs");

    pub(crate) async fn quick_start<P: Read + Write>(uart: P) -> Result<(), Error<P::Error>> {
        run(uart).await
    }
}

#[cfg(feature = "blocking")]
#[rustfmt::skip]
mod quick_start_blocking {
    use super::show;

    include!("support/quick_start_blocking.rs");

    pub(crate) fn quick_start<P, C: Clock>(uart: P, clock: C) -> Result<(), Error<P::Error>>
    where
        P: Read + ReadReady + Write + WriteReady,
    {
        run(uart, clock)
    }
}

#[cfg(feature = "runner")]
#[rustfmt::skip]
mod quick_start_runner {
    use super::show;

    include!("support/quick_start_runner.rs");

    pub(crate) async fn quick_start<R: Read, W: Write<Error = R::Error>>(rx: R, tx: W) {
        run(rx, tx).await;
    }
}

#[test]
fn the_quick_starts_of_the_readme_are_those_that_are_tested() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    for name in ["quick_start", "quick_start_blocking", "quick_start_runner"] {
        let tested = fs::read_to_string(root.join(format!("tests/support/{name}.rs"))).unwrap();
        assert!(
            readme.contains(&format!("```rust,ignore\n{tested}```")),
            "{name}"
        );
    }
}

fn modem_and_server() -> (VirtualPort, LocalServer) {
    let server = LocalServer::new();
    let port = VirtualPort::new(Config::default(), server.network());
    (port, server)
}

/// Tells the firmware to stop, when it has said that it is up.
async fn stop(server: &LocalServer) {
    while server.messages().is_empty() {
        embassy_time::Timer::after_millis(10).await;
    }
    server.publish(Message::new("field/7/valve", b"stop".to_vec(), 1));
}

/// It has published, it was sent that back, and it has left.
fn assert_has_run(server: &LocalServer) {
    assert_eq!(server.messages()[0].payload, b"up");
    assert_eq!(SHOWN.take(), [(b"field/7/state".to_vec(), b"up".to_vec())]);
    assert!(server.connected_clients().is_empty());
}

#[test]
fn the_quick_start_of_the_readme_runs() {
    let _time = Virtual::start();
    let (port, server) = modem_and_server();
    let run = quick_start::quick_start(port);
    let (result, ()) = block_on(embassy_futures::join::join(run, stop(&server)));
    result.unwrap();
    assert_has_run(&server);
}

#[cfg(feature = "blocking")]
#[test]
fn the_quick_start_of_the_readme_runs_without_an_executor() {
    use quectel_mqtt::{Instant, blocking::Clock};

    /// Between two looks of the driver, the rest of the world goes on.
    struct World<'a>(Option<&'a LocalServer>);

    impl Clock for World<'_> {
        fn now(&mut self) -> Instant {
            Instant::from_millis(quectel_modem_sim::clock::now().as_millis() as u64)
        }

        fn idle(&mut self) {
            Virtual::advance(std::time::Duration::from_millis(1));
            if let Some(server) = self.0.take_if(|server| !server.messages().is_empty()) {
                server.publish(Message::new("field/7/valve", b"stop".to_vec(), 1));
            }
        }
    }

    let _time = Virtual::start();
    let (port, server) = modem_and_server();
    quick_start_blocking::quick_start(port, World(Some(&server))).unwrap();
    assert_has_run(&server);
}

#[cfg(feature = "runner")]
#[test]
fn the_quick_start_of_the_readme_runs_as_tasks() {
    let _time = Virtual::start();
    let (port, server) = modem_and_server();
    let run = quick_start_runner::quick_start(port.clone(), port);
    block_on(embassy_futures::join::join(run, stop(&server)));
    assert_has_run(&server);
}
