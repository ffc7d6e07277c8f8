//! MQTT over TLS on real sockets, with mosquitto where it is installed.

mod program;
mod real;

use program::{Program, dial, talk};
use quectel_modem_sim::Module;
use real::{Bench, Mosquitto};

const CA: &str = include_str!("certificates/ca.pem");
const OTHER_CA: &str = include_str!("certificates/other.pem");
const CLIENT: &str = include_str!("certificates/client.pem");
const CLIENT_KEY: &str = include_str!("certificates/client.key");

const OPEN: &str = "AT+QMTOPEN=0,\"broker.example\",8883";
const WANTS_CERTIFICATE: &str = "require_certificate true";

/// A BG95 whose client 0 is in SSL mode, with its files uploaded.
fn bg95(server: &Mosquitto, ca: &str, level: u8) -> Bench {
    let mut bench = Bench::new(server.address);
    for (key, name, pem) in [
        ("cacert", "cacert.pem", ca),
        ("clientcert", "client.pem", CLIENT),
        ("clientkey", "user_key.pem", CLIENT_KEY),
    ] {
        let length = pem.len();
        bench.command(
            &format!("AT+QFUPL=\"{name}\",{length},100"),
            "\r\nCONNECT\r\n",
        );
        bench.send(pem.as_bytes());
        let answer = bench.wait_for("\r\nOK\r\n");
        assert!(
            answer.starts_with(&format!("\r\n+QFUPL: {length},")),
            "{answer}"
        );
        bench.command(&format!("AT+QSSLCFG=\"{key}\",2,\"{name}\""), "OK\r\n");
    }
    bench.command("AT+QSSLCFG=\"sslversion\",2,4", "OK\r\n");
    bench.command("AT+QSSLCFG=\"ciphersuite\",2,0XFFFF", "OK\r\n");
    bench.command("AT+QSSLCFG=\"ignorelocaltime\",2,1", "OK\r\n");
    bench.command(&format!("AT+QSSLCFG=\"seclevel\",2,{level}"), "OK\r\n");
    bench.command("AT+QMTCFG=\"ssl\",0,1,2", "OK\r\n");
    bench
}

/// A BC660K-GL whose client 0 is in SSL mode, with its certificates typed in.
fn bc660k(server: &Mosquitto, ca: &str, level: u8) -> Bench {
    let mut bench = Bench::with(Module::Bc660k, server.address);
    bench.command(&format!("AT+QSSLCFG=0,0,\"seclevel\",{level}"), "OK\r\n");
    for (key, pem) in [
        ("cacert", ca),
        ("clientcert", CLIENT),
        ("clientkey", CLIENT_KEY),
    ] {
        bench.command(&format!("AT+QSSLCFG=0,0,\"{key}\""), "\r\n> ");
        bench.send(pem.as_bytes());
        bench.send(b"\x1A");
        let length = pem.len();
        bench.wait_for(&format!(
            "\r\n+QSSLCFG: 0,0,\"{key}\",{length}\r\n\r\nOK\r\n"
        ));
    }
    bench.command("AT+QMTCFG=\"ssl\",0,1,0,0", "OK\r\n");
    bench.command("AT+QMTCFG=\"version\",0,1", "OK\r\n");
    bench
}

#[test]
fn the_bg95_carries_every_qos_over_tls() {
    for (options, level) in [("", 0), ("", 1), ("", 2), (WANTS_CERTIFICATE, 2)] {
        let Some(server) = Mosquitto::with_tls(options) else {
            return;
        };
        let mut bench = bg95(&server, CA, level);
        bench.connect(4, "device");
        bench.round_trips("t");
        bench.retains("kept");
        bench.disconnect();
        // What was set holds for the next connection, too.
        bench.connect(4, "device");
        bench.disconnect();
    }
}

#[test]
fn opening_fails_when_one_side_does_not_trust_the_other() {
    for (options, ca, level) in [
        ("", OTHER_CA, 1),
        ("", OTHER_CA, 2),
        ("", "nonsense", 1),
        (WANTS_CERTIFICATE, CA, 1),
        (WANTS_CERTIFICATE, CA, 0),
    ] {
        let Some(server) = Mosquitto::with_tls(options) else {
            return;
        };
        for make in [bg95, bc660k] {
            let mut bench = make(&server, ca, level);
            let answer = bench.command(OPEN, "\r\n+QMTOPEN: 0,");
            let answer = answer + &bench.command("AT+QMTOPEN?", "\r\nOK\r\n");
            assert!(
                answer.starts_with("\r\nOK\r\n\r\n+QMTOPEN: 0,-1\r\n"),
                "{options} {level}: {answer}"
            );
        }
    }
}

#[test]
fn a_server_without_tls_is_not_opened_in_ssl_mode_nor_the_other_way_round() {
    let Some(plain) = Mosquitto::start() else {
        return;
    };
    let mut bench = bg95(&plain, CA, 1);
    bench.command(OPEN, "\r\nOK\r\n\r\n+QMTOPEN: 0,-1\r\n");
    let Some(secure) = Mosquitto::with_tls("") else {
        return;
    };
    let mut bench = Bench::new(secure.address);
    bench.command(OPEN, "\r\nOK\r\n\r\n+QMTOPEN: 0,0\r\n");
    bench.command("AT+QMTCONN=0,\"device\"", "\r\nOK\r\n\r\n+QMTSTAT: 0,1\r\n");
}

#[test]
fn the_bc660k_publishes_over_tls() {
    for (options, level) in [("", 1), (WANTS_CERTIFICATE, 2)] {
        let Some(server) = Mosquitto::with_tls(options) else {
            return;
        };
        let mut bench = bc660k(&server, CA, level);
        bench.command(OPEN, "\r\nOK\r\n\r\n+QMTOPEN: 0,0\r\n");
        bench.command("AT+QMTCONN=0,\"device\"", "\r\n+QMTCONN: 0,0,0\r\n");
        bench.command("AT+QMTSUB=0,1,\"t\",1", "\r\n+QMTSUB: 0,1,0,1\r\n");
        bench.send(b"AT+QMTPUB=0,2,1,0,\"t\",17,\"{\"a\":\"1\",\"b\":\"2\"}\"\r");
        bench.wait_for_all(&[
            b"\r\n+QMTPUB: 0,2,0\r\n",
            b"+QMTRECV: 0,1,\"t\",\"{\"a\":\"1\",\"b\":\"2\"}\"\r\n",
        ]);
        bench.command("AT+QMTPUB=0,3,1,0,\"t\"", "\r\n> ");
        bench.send(b"hello\x1A");
        bench.wait_for_all(&[
            b"\r\n+QMTPUB: 0,3,0\r\n",
            b"+QMTRECV: 0,2,\"t\",\"hello\"\r\n",
        ]);
        bench.command("AT+QMTDISC=0", "\r\nOK\r\n\r\n+QMTDISC: 0,0\r\n");
    }
}

#[test]
fn the_program_connects_with_tls() {
    let Some(server) = Mosquitto::with_tls("") else {
        return;
    };
    let server = server.address.to_string();
    let (_program, facts) = Program::start(&["--listen", "tcp:127.0.0.1:0", "--broker", &server]);
    let mut host = dial(facts[0].strip_prefix("modem: bg95 on tcp ").unwrap());
    talk(&mut host, "AT+QMTCFG=\"ssl\",0,1,0\r", "OK\r\n");
    talk(&mut host, &format!("{OPEN}\r"), "\r\n+QMTOPEN: 0,0\r\n");
    talk(
        &mut host,
        "AT+QMTCONN=0,\"id\"\r",
        "\r\n+QMTCONN: 0,0,0\r\n",
    );
}
