//! Every example of one file runs, and does what it says.

use std::{fs, path::Path};

use embedded_io::ErrorKind;
use quectel_modem_sim::local::{LocalServer, PacketKind};
use quectel_mqtt::{Cause, Error, OpenResult, ReceiveMode};

macro_rules! examples {
    ($($name:ident $path:literal)*) => {
        $(
            #[path = $path]
            #[allow(dead_code, reason = "the tests call what its main calls")]
            mod $name;
        )*

        const ALL: &[&str] = &[$(stringify!($name)),*];
    };
}

examples! {
    async_single_owner "../examples/async_single_owner.rs"
    blocking "../examples/blocking.rs"
    sans_io "../examples/sans_io.rs"
    shared_by_tasks "../examples/shared_by_tasks.rs"
    stored_messages "../examples/stored_messages.rs"
    tls "../examples/tls.rs"
}

/// Topic and payload of what clients have published.
fn published(server: &LocalServer) -> Vec<(String, String)> {
    let messages = server.messages().into_iter();
    messages
        .map(|message| (message.topic, String::from_utf8(message.payload).unwrap()))
        .collect()
}

fn power(reading: &str) -> (String, String) {
    ("meter/0815/power".into(), reading.into())
}

#[test]
fn every_example_of_one_file_is_here_and_its_command_is_in_the_readme() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = fs::read_dir(root.join("examples")).unwrap();
    let mut names: Vec<_> = files
        .filter_map(|file| {
            let name = file.unwrap().file_name().into_string().unwrap();
            name.strip_suffix(".rs").map(str::to_owned)
        })
        .collect();
    names.sort();
    assert_eq!(names, ALL);
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    for name in names {
        let example = fs::read_to_string(root.join(format!("examples/{name}.rs"))).unwrap();
        let command = format!("cargo run --example {name} --features ");
        let line = |text: &str| {
            let mut lines = text.lines();
            let found = lines.find_map(|line| Some(line[line.find(&command)?..].to_owned()));
            found.unwrap_or_else(|| panic!("no command of {name}"))
        };
        assert_eq!(line(&example), format!("{}`", line(&readme)));
    }
}

#[test]
fn sans_io_publishes_a_reading_and_leaves() {
    let server = LocalServer::new();
    sans_io::run(&server).unwrap();
    assert_eq!(published(&server), [power("230 W")]);
    assert!(server.connected_clients().is_empty());
}

#[test]
fn blocking_publishes_its_readings_at_the_interval_that_is_wanted() {
    let server = LocalServer::new();
    let time = blocking::run(&server).unwrap();
    // It waits for a fourth, which there is not.
    assert_eq!(time.as_secs(), 4 * 15);
    let readings = ["230 W", "231 W", "229 W"].map(power);
    assert_eq!(published(&server), readings);
    assert!(server.connected_clients().is_empty());
}

#[test]
fn async_single_owner_connects_again_and_obeys() {
    let server = LocalServer::new();
    async_single_owner::run(&server).unwrap();
    assert_eq!(server.connections().len(), 2);
    // At 0, 60 and 120 s; and at 210 and 270 s over the second connection.
    assert_eq!(published(&server), vec![power("230 W"); 5]);
    assert!(server.connected_clients().is_empty());
}

#[test]
fn async_single_owner_connects_again_when_a_publish_fails_and_the_connection_stays() {
    let server = LocalServer::new();
    server.withhold(PacketKind::PubAck, 4);
    async_single_owner::run(&server).unwrap();
    assert!(server.connections().len() > 1);
    assert!(published(&server).len() > 1);
    assert!(server.connected_clients().is_empty());
}

#[test]
fn shared_by_tasks_publishes_what_both_tasks_have() {
    let server = LocalServer::new();
    shared_by_tasks::run(&server).unwrap();
    let mut published = published(&server);
    published.sort();
    let warmth = ("meter/0815/warmth".to_owned(), "21 C".to_owned());
    let both = vec![power("230 W"); 6].into_iter().chain(vec![warmth; 4]);
    assert_eq!(published, both.collect::<Vec<_>>());
    assert!(server.connected_clients().is_empty());
}

#[test]
fn stored_messages_all_come_and_those_sent_at_once_do_not() {
    let all = (0..stored_messages::BURST).map(|number| format!("value {number:02}").into_bytes());
    let all: Vec<_> = all.collect();
    let stored = stored_messages::run(&LocalServer::new(), ReceiveMode::Stored).unwrap();
    assert_eq!(stored.received, all);
    assert_eq!(stored.lost, 0);
    let direct = stored_messages::run(&LocalServer::new(), ReceiveMode::Direct).unwrap();
    assert!(direct.lost > 0);
    assert_eq!(direct.received.len() + direct.lost as usize, all.len());
}

#[test]
fn tls_trusts_the_server_of_its_ca_and_no_other() {
    let server = LocalServer::new();
    tls::run(&server, tls::CA).unwrap();
    assert_eq!(published(&server), [power("230 W")]);
    let refused: Error<ErrorKind> = tls::run(&server, tls::OTHER_CA).unwrap_err();
    let Error::Failed(failure) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(failure.cause, Cause::Open(OpenResult::Failed));
    assert_eq!(server.connections().len(), 1);
    assert_eq!(published(&server).len(), 1);
}
