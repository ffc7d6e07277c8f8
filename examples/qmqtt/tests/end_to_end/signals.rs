//! SIGINT and SIGTERM end a session in order.

use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{
    modem::{Line, Modem},
    mosquitto::Mosquitto,
    process::Process,
};

fn send(signal: Signal, process: &Process) {
    let id = Pid::from_raw(process.id().try_into().unwrap()).unwrap();
    kill_process(id, signal).unwrap();
}

fn assert_ends_in_order(signal: Signal) {
    let Some(server) = Mosquitto::start() else {
        return;
    };
    let modem = Modem::start(Line::Plain);
    let subscriber = modem.qmqtt(server.port, &["-i", "listener", "sub", "-t", "a"]);
    server.wait_for_subscription_of("listener");
    send(signal, &subscriber);
    let ended = subscriber.end();
    ended.assert_success();
    assert_eq!(ended.stderr, "");
    let commands = modem.commands();
    let last = &commands[commands.len() - 2..];
    assert_eq!(last, ["AT+QMTDISC=0", "AT+QMTCLOSE=0"]);
}

#[test]
fn sigint_disconnects_and_closes() {
    assert_ends_in_order(Signal::INT);
}

#[test]
fn sigterm_disconnects_and_closes() {
    assert_ends_in_order(Signal::TERM);
}

#[test]
fn a_signal_ends_an_attempt_to_connect() {
    // A server that accepts connections and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let modem = Modem::start(Line::Plain);
    let publisher = modem.qmqtt(port, &["pub", "-t", "a", "-n"]);
    modem.wait_for_command("AT+QMTCONN=");
    let signalled = Instant::now();
    send(Signal::INT, &publisher);
    let ended = publisher.end();
    assert!(signalled.elapsed() < Duration::from_secs(20));
    ended.assert_success();
    assert_eq!(modem.commands().last().unwrap(), "AT+QMTCLOSE=0");
}

#[test]
fn a_second_signal_ends_at_once() {
    // A modem that never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp:{}", silent.local_addr().unwrap());
    let arguments = [
        "--trace", "--port", &address, "-h", "host", "pub", "-t", "a", "-n",
    ];
    let publisher = Process::spawn(crate::modem::QMQTT, arguments);
    publisher.wait_for_stderr("-> AT");
    let signalled = Instant::now();
    send(Signal::INT, &publisher);
    // Two signals at the same time are one; and the first may not have been seen yet.
    let mut publisher = publisher;
    while publisher.is_running() && signalled.elapsed() < Duration::from_secs(8) {
        std::thread::sleep(Duration::from_millis(50));
        send(Signal::INT, &publisher);
    }
    let ended = publisher.end();
    assert!(signalled.elapsed() < Duration::from_secs(8));
    assert_eq!(ended.status.code(), Some(1));
}
