//! Refusals that the user sees with their cause.

use std::{
    io::{Read, Write},
    net::TcpListener,
    thread,
};

use crate::{
    modem::{Line, Modem, Untouched},
    mosquitto::{Mosquitto, free_port},
};

#[test]
fn a_wrong_password_is_told_with_the_servers_reason() {
    let Some(server) = Mosquitto::with_users(&[("meter", "right-one")]) else {
        return;
    };
    let modem = Modem::start(Line::Plain);
    let publish = |password: &str| {
        let arguments = ["-u", "meter", "-P", password, "pub", "-t", "a", "-m", "x"];
        modem.run_qmqtt(server.port, &arguments)
    };
    publish("wrong-one")
        .assert_failure("connect: refused by the server: not authorized (return code 5)");
    publish("right-one").assert_success();
}

#[test]
fn an_unknown_host_is_told() {
    let modem = Modem::start(Line::Plain);
    let arguments = ["-h", "no-such-host.invalid", "pub", "-t", "a", "-m", "x"];
    let ended = modem.run_qmqtt_alone(&arguments);
    ended.assert_failure("open: no such host: the name could not be resolved (result 4)");
}

#[test]
fn a_closed_port_is_told() {
    let modem = Modem::start(Line::Plain);
    let ended = modem.run_qmqtt(free_port(), &["pub", "-t", "a", "-m", "x"]);
    ended.assert_failure("open: the server can't be reached, or its port is closed (result 5)");
}

#[test]
fn a_refused_filter_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut packet = [0; 512];
        assert_eq!(client.read(&mut packet).map(|_| packet[0]).unwrap(), 0x10);
        client.write_all(&[0x20, 2, 0, 0]).unwrap();
        assert_eq!(client.read(&mut packet).map(|_| packet[0]).unwrap(), 0x82);
        // One filter is granted, the other is not.
        let suback = [0x90, 4, packet[2], packet[3], 0, 0x80];
        client.write_all(&suback).unwrap();
        while client.read(&mut packet).is_ok_and(|count| count > 0) {}
    });
    let modem = Modem::start(Line::Plain);
    let ended = modem.run_qmqtt(port, &["sub", "-t", "ok", "-t", "a/b"]);
    ended.assert_failure("subscribe: the server refused the filter 'a/b'");
    server.join().unwrap();
}

#[test]
fn nothing_is_sent_of_a_payload_of_4097_bytes() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), [b'x'; 4097]).unwrap();
    let message = "x".repeat(4097);
    for source in [["-f", file.path().to_str().unwrap()], ["-m", &message]] {
        let port = Untouched::new();
        let arguments = [&["-h", "host", "pub", "-t", "a"], &source[..]].concat();
        let ended = port.run_qmqtt(&arguments);
        ended.assert_failure("publish: payload: 4097 is longer than the limit of 4096");
        port.assert_untouched();
    }
}

#[test]
fn nothing_is_sent_of_a_topic_that_could_break_out_of_its_parameter() {
    // No program can be given an argument with a NUL; the unit tests have it.
    for (byte, name) in [("\"", "0x22"), ("\r", "0x0d"), ("\n", "0x0a")] {
        let topic = format!("a{byte}b");
        for (arguments, start) in [
            (["pub", "-n", "-t", &topic], "publish: topic name: "),
            (["sub", "-v", "-t", &topic], "subscribe: topic filter: "),
        ] {
            let port = Untouched::new();
            let ended = port.run_qmqtt(&[&["-h", "host"], &arguments[..]].concat());
            assert_eq!(ended.status.code(), Some(1));
            assert!(ended.stderr.starts_with(start), "{}", ended.stderr);
            assert!(ended.stderr.contains(name), "{}", ended.stderr);
            assert_eq!(ended.stderr.lines().count(), 1);
            port.assert_untouched();
        }
    }
}

#[test]
fn nothing_is_sent_when_an_option_is_out_of_its_range() {
    for option in [["--client", "6"], ["-k", "3601"], ["-p", "0"]] {
        let port = Untouched::new();
        let arguments = [&option[..], &["-h", "host", "pub", "-t", "a", "-n"]].concat();
        assert_eq!(port.run_qmqtt(&arguments).status.code(), Some(2));
        port.assert_untouched();
    }
}

#[test]
fn nothing_is_sent_of_what_the_module_has_not() {
    for (options, line) in [
        (
            "--module bc660k --receive stored",
            "connect: --receive stored is not for this module",
        ),
        (
            "--module bg77 --data-format hex",
            "connect: --data-format hex is not for this module",
        ),
        (
            "--module bc660k --insecure --tls-version any",
            "tls: --tls-version any is not for this module",
        ),
        (
            "--tls-version any",
            "tls: --tls-version goes with --cafile or --insecure",
        ),
        (
            "--module bc660k --client 5",
            "connect: client index: 5 is not in 0..=4",
        ),
        (
            "--module bc660k --will-topic w",
            "connect: will message: is empty",
        ),
    ] {
        let port = Untouched::new();
        let options: Vec<_> = options.split(' ').collect();
        let arguments = [&options[..], &["-h", "host", "sub", "-t", "a"]].concat();
        port.run_qmqtt(&arguments).assert_failure(line);
        port.assert_untouched();
    }
}

// BG95 note, chapters 3.2.8 and 3.2.9; BC660K note, chapter 3.3.8.
#[test]
fn nothing_is_sent_of_a_payload_beyond_the_limit_of_its_form() {
    for (options, form, limit) in [
        ("--module bg95", "inline", 560),
        ("--module bc660k", "automatic", 1460),
        ("--module bc660k", "inline", 1460),
        ("--module bc660k --data-format hex", "automatic", 730),
        ("--module bc660k --data-format hex", "inline", 730),
    ] {
        let port = Untouched::new();
        let length = limit + 1;
        let message = "x".repeat(length);
        let options: Vec<_> = options.split(' ').collect();
        let publish = [
            "-h",
            "host",
            "pub",
            "--publish-form",
            form,
            "-t",
            "a",
            "-m",
            &message,
        ];
        port.run_qmqtt(&[&options[..], &publish].concat())
            .assert_failure(&format!(
                "publish: payload: {length} is longer than the limit of {limit}"
            ));
        port.assert_untouched();
    }
}

#[test]
fn nothing_is_sent_when_a_certificate_can_t_be_read_or_is_none() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "no certificate").unwrap();
    let path = file.path().to_str().unwrap();
    for (path, cause) in [
        ("/nowhere/ca.pem", "No such file or directory (os error 2)"),
        (path, "no certificate or key in PEM"),
    ] {
        let port = Untouched::new();
        let arguments = ["--cafile", path, "-h", "host", "sub", "-t", "a"];
        port.run_qmqtt(&arguments)
            .assert_failure(&format!("tls: {path}: {cause}"));
        port.assert_untouched();
    }
}
