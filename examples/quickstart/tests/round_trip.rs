//! The program itself, as a newcomer starts it.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Command, Output},
    thread,
};

use quectel_modem_sim::broker::Embedded;

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

#[test]
fn a_message_that_comes_back_changed_is_told_and_the_status_is_1() {
    let server = Embedded::start(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let forger = thread::spawn(move || {
        let (client, _) = listener.accept().unwrap();
        let server = TcpStream::connect(server.address()).unwrap();
        let back = (server.try_clone().unwrap(), client.try_clone().unwrap());
        let forged = thread::spawn(move || pass_on(back.0, back.1, forge));
        pass_on(client, server, |_| {});
        forged.join().unwrap();
    });
    let output = quickstart(&["--broker", &address]);
    forger.join().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stdout}{stderr}");
    assert!(stdout.contains("It came back, but its byte 7 is 0x30 instead of 0x6f."));
    let totals = stdout.lines().last().unwrap();
    assert_eq!(totals, "12 messages sent, 12 received, 1 difference");
    assert_eq!(stderr, "Not every message came back as it was sent.\n");
}

/// Passes bytes on, changed, until one side ends.
fn pass_on(mut from: TcpStream, mut to: TcpStream, change: impl Fn(&mut [u8])) {
    let mut buffer = [0; 16_384];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        change(&mut buffer[..count]);
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    // The other side may have ended already.
    let _ = to.shutdown(std::net::Shutdown::Both);
}

/// Writes "0nce" for "once" in one message; such a short packet comes in one piece.
fn forge(bytes: &mut [u8]) {
    let text = b"hello, once";
    if let Some(at) = bytes.windows(text.len()).position(|part| part == text) {
        bytes[at + 7] = b'0';
    }
}
