//! MQTT over TLS, with the certificates that were given to the modem.

mod support;
mod tls_network;

use std::time::Duration;

use quectel_modem_sim::{
    Config, Modem, Module,
    local::{Listen, LocalServer, Message},
};
use support::{Bench, show};
use tls_network::tls_network;

const CA: &str = include_str!("certificates/ca.pem");
const OTHER_CA: &str = include_str!("certificates/other.pem");
const CLIENT: &str = include_str!("certificates/client.pem");
const CLIENT_KEY: &str = include_str!("certificates/client.key");

fn bench(module: Module, wants_certificate: bool) -> Bench {
    let server = LocalServer::new();
    let network = tls_network(&server, wants_certificate);
    let config = Config {
        module,
        ..Config::default()
    };
    let mut bench = Bench {
        modem: Modem::new(config, Box::new(network)),
        server,
        now: Duration::ZERO,
    };
    assert_eq!(bench.type_in("ATE0\r"), "ATE0\r\r\nOK\r\n");
    bench
}

/// A BG95 whose client 0 is in SSL mode.
fn bg95(wants_certificate: bool, ca: &str, level: u8) -> Bench {
    let mut bench = bench(Module::Bg95, wants_certificate);
    for (key, name, pem) in [
        ("cacert", "ca.pem", ca),
        ("clientcert", "cert.pem", CLIENT),
        ("clientkey", "key.pem", CLIENT_KEY),
    ] {
        bench.expect(
            &format!("AT+QFUPL=\"{name}\",{}", pem.len()),
            "\r\nCONNECT\r\n",
        );
        let answer = bench.type_in(pem);
        assert!(answer.ends_with("\r\n\r\nOK\r\n"), "{answer}");
        bench.ok(&format!("AT+QSSLCFG=\"{key}\",2,\"{name}\""));
    }
    bench.ok(&format!("AT+QSSLCFG=\"seclevel\",2,{level}"));
    bench.ok("AT+QMTCFG=\"ssl\",0,1,2");
    bench.ok("AT+QMTCFG=\"version\",0,4");
    bench
}

fn opens(bench: &mut Bench) -> bool {
    let answer = bench.type_in("AT+QMTOPEN=0,\"broker.example\",8883\r");
    let result = answer.strip_prefix("\r\nOK\r\n\r\n+QMTOPEN: 0,").unwrap();
    match result {
        "0\r\n" => true,
        "-1\r\n" => false,
        other => panic!("{other}"),
    }
}

#[test]
fn the_security_level_decides_what_is_verified() {
    for (wants_certificate, ca, level, expected) in [
        (false, CA, 0, true),
        (false, OTHER_CA, 0, true),
        (false, "nonsense", 0, true),
        (false, CA, 1, true),
        (false, OTHER_CA, 1, false),
        (false, "nonsense", 1, false),
        (false, CA, 2, true),
        (false, OTHER_CA, 2, false),
        (true, CA, 0, false),
        (true, CA, 1, false),
        (true, CA, 2, true),
    ] {
        let mut bench = bg95(wants_certificate, ca, level);
        assert_eq!(
            opens(&mut bench),
            expected,
            "certificate {wants_certificate}, level {level}"
        );
    }
}

#[test]
fn messages_make_the_round_trip() {
    let mut bench = bg95(true, CA, 2);
    bench.ok("AT+QMTCFG=\"recv/mode\",0,0,1");
    bench.connect("device");
    bench.expect(
        "AT+QMTSUB=0,1,\"t\",1",
        "\r\nOK\r\n\r\n+QMTSUB: 0,1,0,1\r\n",
    );
    let payload = "x".repeat(4096);
    bench.expect("AT+QMTPUB=0,2,1,0,\"t\",4096", "\r\n> ");
    let answer = bench.type_in(&payload);
    assert!(answer.starts_with("\r\nOK\r\n"), "{answer}");
    assert!(answer.contains(&format!("+QMTRECV: 0,1,\"t\",4096,\"{payload}\"")));
    assert!(answer.contains("\r\n+QMTPUB: 0,2,0\r\n"));
    assert_eq!(bench.server.messages(), [Message::new("t", payload, 1)]);
    bench.expect(
        "AT+QMTPUBEX=0,0,0,0,\"u\",\"m\"",
        "\r\nOK\r\n\r\n+QMTPUB: 0,0,0\r\n",
    );
    assert!(bench.type_in("AT+QMTDISC=0\r").contains("+QMTDISC: 0,0"));
}

#[test]
fn the_login_of_alibaba_cloud_names_tls() {
    let mut bench = bg95(false, CA, 1);
    bench.ok("AT+QMTCFG=\"aliauth\",0,\"product\",\"name\",\"secret\"");
    bench.connect("device");
    assert_eq!(
        bench.server.connections()[0].client_id,
        "device|securemode=2,signmethod=hmacsha1|"
    );
}

#[test]
fn the_bc660k_connects_with_what_was_typed_in() {
    for (ca, expected) in [(CA, true), (OTHER_CA, false)] {
        let mut bench = bench(Module::Bc660k, true);
        for (key, pem) in [
            ("cacert", ca),
            ("clientcert", CLIENT),
            ("clientkey", CLIENT_KEY),
        ] {
            bench.expect(&format!("AT+QSSLCFG=0,0,\"{key}\""), "\r\n> ");
            assert_eq!(
                bench.type_in(&format!("{pem}\x1A")),
                format!("\r\n+QSSLCFG: 0,0,\"{key}\",{}\r\n\r\nOK\r\n", pem.len())
            );
        }
        bench.ok("AT+QSSLCFG=0,0,\"seclevel\",2");
        bench.ok("AT+QMTCFG=\"ssl\",0,1,0,0");
        assert_eq!(opens(&mut bench), expected);
    }
}

#[test]
fn a_server_without_tls_and_missing_files_fail() {
    let mut bench = Bench::quiet();
    bench.ok("AT+QMTCFG=\"ssl\",0,1,2");
    bench.ok("AT+QSSLCFG=\"seclevel\",2,1");
    bench.ok("AT+QSSLCFG=\"cacert\",2,\"none.pem\"");
    assert!(!opens(&mut bench));
    bench.ok("AT+QSSLCFG=\"seclevel\",2,0");
    for silent in [true, false] {
        match silent {
            true => bench.server.listen(Listen::Silent),
            false => {
                bench.server.listen(Listen::Accept);
                bench.server.pause();
                bench.server.set_connect_timeout(None);
            }
        }
        bench.ok("AT+QMTOPEN=0,\"broker.example\",8883");
        assert_eq!(bench.wait_secs(299), "");
        assert_eq!(bench.wait_secs(1), "\r\n+QMTOPEN: 0,-1\r\n");
        bench.server.resume();
    }
    let answer = show(&bench.send(b"AT+QMTOPEN=0,\"broker.example\",8883\r"));
    let rest = bench.wait_secs(60);
    assert_eq!(
        format!("{answer}{rest}"),
        "\r\nOK\r\n\r\n+QMTOPEN: 0,-1\r\n"
    );
}
