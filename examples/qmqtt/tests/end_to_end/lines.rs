//! `qmqtt pub -l`.

use std::io::Write;

use crate::{
    modem::{Line, Modem},
    mosquitto::{Mosquitto, printed},
};

#[test]
fn each_line_of_standard_input_is_published_as_it_comes() {
    let Some(server) = Mosquitto::start() else {
        return;
    };
    let modem = Modem::start(Line::Plain);
    let subscriber = server.subscribe("lines", 4);
    let mut publisher = modem.qmqtt(server.port, &["pub", "-t", "lines", "-q", "1", "-l"]);
    let mut stdin = publisher.stdin();
    stdin.write_all(b"one\r\n").unwrap();
    subscriber.wait_for("one\r\n");
    stdin.write_all(b"\n\0\"\xFF\nlast").unwrap();
    drop(stdin);
    publisher.end().assert_success();
    let expected = [&b"one\r"[..], b"", b"\0\"\xFF", b"last"]
        .map(|payload| printed("lines", 1, false, payload))
        .concat();
    assert_eq!(subscriber.end().stdout, expected);
}

#[test]
fn the_first_failure_ends_it() {
    let Some(server) = Mosquitto::start() else {
        return;
    };
    let modem = Modem::start(Line::Plain);
    let subscriber = server.subscribe("lines", 1);
    let mut publisher = modem.qmqtt(server.port, &["pub", "-t", "lines", "-l"]);
    let mut stdin = publisher.stdin();
    let lines = format!("first\n{}\nthird\n", "x".repeat(4097));
    stdin.write_all(lines.as_bytes()).unwrap();
    publisher
        .end()
        .assert_failure("publish: payload: 4097 is longer than the limit of 4096");
    assert_eq!(
        subscriber.end().stdout,
        printed("lines", 0, false, b"first")
    );
    let commands = modem.commands();
    let publishes = commands
        .iter()
        .filter(|line| line.starts_with("AT+QMTPUB="));
    assert_eq!(publishes.count(), 1);
    assert!(commands.iter().any(|line| line == "AT+QMTDISC=0"));
}
