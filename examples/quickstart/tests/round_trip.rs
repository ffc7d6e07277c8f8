//! The program itself, as a newcomer starts it.

use std::{
    net::TcpListener,
    process::{Command, Output},
};

fn quickstart(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_quickstart"))
        .args(arguments)
        .output()
        .unwrap()
}

#[test]
fn without_arguments_every_message_comes_back() {
    let output = quickstart(&[]);
    let stdout = String::from_utf8(output.stdout).unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{stdout}{stderr}");
    let totals = stdout.lines().last().unwrap();
    assert_eq!(totals, "12 messages sent, 12 received, 0 differences");
    assert!(stdout.contains("-> AT+QMTOPEN=0,\"127.0.0.1\","));
    assert!(stdout.contains("<- +QMTCONN: 0,0,0"));
    assert!(stdout.contains("… 4096 bytes"));
    assert_eq!(stderr, "");
}

#[test]
fn a_server_that_is_not_there_is_told_in_a_sentence() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let output = quickstart(&["--broker", &address]);
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.starts_with("The modem can't connect: "), "{stderr}");
    assert_eq!(stderr.lines().count(), 1);
}

#[test]
fn a_real_modem_needs_a_server_of_your_own() {
    assert_eq!(quickstart(&["--port", "/dev/null"]).status.code(), Some(2));
}
