//! Real sockets: the embedded server, and mosquitto where it is installed.

mod real;

use std::net::TcpListener;

use quectel_modem_sim::broker::Embedded;
use real::{Bench, Mosquitto, loopback};

#[test]
fn the_embedded_server_carries_every_qos_with_both_versions() {
    let server = Embedded::start(loopback()).unwrap();
    for version in [3, 4] {
        let mut bench = Bench::new(server.address());
        bench.connect(version, "device");
        bench.round_trips(&format!("t{version}"));
        bench.retains(&format!("kept/{version}"));
        bench.disconnect();
    }
}

#[test]
fn mosquitto_carries_every_qos_with_both_versions() {
    let Some(server) = Mosquitto::start() else {
        return;
    };
    for version in [3, 4] {
        let mut bench = Bench::new(server.address);
        bench.connect(version, "device");
        bench.round_trips(&format!("t{version}"));
        bench.retains(&format!("kept/{version}"));
        bench.disconnect();
    }
}

#[test]
fn mosquitto_keeps_what_finds_no_slot() {
    let Some(server) = Mosquitto::start() else {
        return;
    };
    let mut bench = Bench::new(server.address);
    for setting in ["\"version\",0,4", "\"session\",0,0", "\"recv/mode\",0,1,1"] {
        bench.command(&format!("AT+QMTCFG={setting}"), "\r\nOK\r\n");
    }
    for (index, name) in [(0, "receiver"), (1, "sender")] {
        bench.command(
            &format!("AT+QMTOPEN={index},\"broker.example\",1883"),
            &format!("+QMTOPEN: {index},0\r\n"),
        );
        bench.command(
            &format!("AT+QMTCONN={index},\"{name}\""),
            &format!("+QMTCONN: {index},0,0\r\n"),
        );
    }
    bench.command("AT+QMTSUB=0,1,\"t\",1", "+QMTSUB: 0,1,0,1\r\n");
    for number in 0..8 {
        bench.send(format!("AT+QMTPUBEX=1,1,1,0,\"t\",\"m{number}\"\r").as_bytes());
        let mut wanted = vec!["+QMTPUB: 1,1,0\r\n".to_owned()];
        if number < 5 {
            wanted.push(format!("+QMTRECV: 0,{number}\r\n"));
        }
        let wanted: Vec<&[u8]> = wanted.iter().map(String::as_bytes).collect();
        bench.wait_for_all(&wanted);
    }
    // A slot that is free is taken by the sixth message, and the others by those behind it.
    for message in ["m2", "m5"] {
        bench.send(b"AT+QMTRECV=0,2\r");
        let read = format!(",2,\"{message}\"\r\n\r\nOK\r\n");
        bench.wait_for_all(&[read.as_bytes(), b"+QMTRECV: 0,2\r\n"]);
    }
    // The last one was never acknowledged: it comes again on the next connection.
    bench.command("AT+QMTCLOSE=0", "+QMTCLOSE: 0,0\r\n");
    bench.command("AT+QMTOPEN=0,\"broker.example\",1883", "+QMTOPEN: 0,0\r\n");
    bench.send(b"AT+QMTCONN=0,\"receiver\"\r");
    bench.wait_for_all(&[b"+QMTCONN: 0,0,0\r\n", b"+QMTRECV: 0,0\r\n"]);
    let seen = bench.command("AT+QMTRECV=0", "OK\r\n");
    assert!(seen.contains(",2,\"m7\"\r\n"), "{seen}");
    assert_eq!(seen.matches("+QMTRECV").count(), 1, "{seen}");
}

#[test]
fn names_and_ports_that_lead_nowhere() {
    // A port that was free a moment ago.
    let free = TcpListener::bind(loopback()).unwrap().local_addr().unwrap();
    let mut bench = Bench::new(free);
    bench.command(
        "AT+QMTOPEN=0,\"broker.example\",1883",
        "\r\nOK\r\n\r\n+QMTOPEN: 0,5\r\n",
    );
    bench.command(
        "AT+QMTOPEN=1,\"no-such-name.invalid\",1883",
        "\r\n+QMTOPEN: 1,4\r\n",
    );
    bench.command("AT+QMTOPEN=2,\"127.0.0.1\",0", "\r\n+QMTOPEN: 2,5\r\n");
}

#[test]
fn a_server_that_reads_nothing_does_not_hold_up_the_modem() {
    let listener = TcpListener::bind(loopback()).unwrap();
    let mut bench = Bench::new(listener.local_addr().unwrap());
    bench.command("AT+QMTCFG=\"timeout\",0,1,0", "OK\r\n");
    bench.command("AT+QMTOPEN=0,\"broker.example\",1883", "+QMTOPEN: 0,0\r\n");
    let (_open, _) = listener.accept().unwrap();
    bench.command("AT+QMTCONN=0,\"id\"", "\r\nOK\r\n");
    bench.command("AT", "\r\nOK\r\n");
    bench.wait_for("\r\n+QMTCONN: 0,2\r\n\r\n+QMTSTAT: 0,4\r\n");
}

#[test]
fn a_server_that_hangs_up_is_reported() {
    let listener = TcpListener::bind(loopback()).unwrap();
    let mut bench = Bench::new(listener.local_addr().unwrap());
    bench.command("AT+QMTOPEN=0,\"broker.example\",1883", "+QMTOPEN: 0,0\r\n");
    drop(listener.accept().unwrap());
    bench.wait_for("\r\n+QMTSTAT: 0,1\r\n");
    bench.command("AT+QMTOPEN?", "\r\nOK\r\n");
}
