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
