//! TLS through the modem, to mosquitto with certificates.

use std::path::{Path, PathBuf};

use quectel_modem_sim::{Behaviour, Module};

use crate::{
    modem::{Line, Modem},
    mosquitto::{Mosquitto, printed},
};

/// A certificate or key of the simulated modem's own tests.
pub(crate) fn certificate(name: &str) -> String {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/modem-sim/tests/certificates");
    let path: PathBuf = folder.join(name);
    path.to_str().unwrap().to_owned()
}

const MODULES: [Module; 2] = [Module::Bg95, Module::Bc660k];

const WANTS_CERTIFICATE: &str = "require_certificate true\n";

/// `qmqtt` options with these certificates.
fn options(ca: &str, with_client: bool) -> Vec<String> {
    let mut options = vec!["--cafile".to_owned(), certificate(ca)];
    if with_client {
        options.extend(["--cert".to_owned(), certificate("client.pem")]);
        options.extend(["--key".to_owned(), certificate("client.key")]);
    }
    options
}

fn with<'a>(options: &'a [String], rest: &[&'a str]) -> Vec<&'a str> {
    let options = options.iter().map(String::as_str);
    options.chain(rest.iter().copied()).collect()
}

fn assert_round_trip(server: &Mosquitto, module: Module, options: &[String]) {
    let modem = Modem::start_as(module, Line::Plain);
    let subscriber = server.subscribe("up", 1);
    let publish = with(options, &["pub", "-t", "up", "-q", "1", "-m", "secret"]);
    modem.run_qmqtt(server.port, &publish).assert_success();
    assert_eq!(subscriber.end().stdout, printed("up", 1, false, b"secret"));

    let subscribe = ["-i", "listener", "sub", "-t", "down", "-q", "1", "-C", "1"];
    let subscriber = modem.qmqtt(server.port, &with(options, &subscribe));
    server.wait_for_subscription_of("listener");
    let payload: Vec<u8> = (0..1460_u32).map(|index| (index % 251) as u8).collect();
    server.publish("down", &payload, &["-q", "1"]);
    let ended = subscriber.end();
    ended.assert_success();
    assert_eq!(ended.stdout, [&payload[..], b"\n"].concat());
    assert_eq!(ended.stderr, "");
}

#[test]
fn messages_go_both_ways_when_the_ca_is_the_servers() {
    for module in MODULES {
        let Some(server) = Mosquitto::with_tls("") else {
            return;
        };
        assert_round_trip(&server, module, &options("ca.pem", false));
    }
}

#[test]
fn messages_go_both_ways_with_the_certificate_that_the_server_wants() {
    for module in MODULES {
        let Some(server) = Mosquitto::with_tls(WANTS_CERTIFICATE) else {
            return;
        };
        assert_round_trip(&server, module, &options("ca.pem", true));
    }
}

#[test]
fn a_server_of_another_ca_and_one_that_wants_a_certificate_are_not_opened() {
    for module in MODULES {
        for (server_options, options) in [
            ("", options("other.pem", false)),
            (WANTS_CERTIFICATE, options("ca.pem", false)),
        ] {
            let Some(server) = Mosquitto::with_tls(server_options) else {
                return;
            };
            let modem = Modem::start_as(module, Line::Plain);
            let publish = with(&options, &["pub", "-t", "a", "-m", "x"]);
            modem.run_qmqtt(server.port, &publish).assert_failure(
                "open: the network connection could not be opened (result -1); with TLS, that can \
                 mean that one side does not trust the other's certificate (see --cafile, --cert)",
            );
            assert!(!modem.has_got("AT+QMTCONN="));
        }
    }
}

#[test]
fn nobody_is_verified_when_that_is_asked_for() {
    for module in MODULES {
        let Some(server) = Mosquitto::with_tls("") else {
            return;
        };
        assert_round_trip(&server, module, &["--insecure".to_owned()]);
    }
}

#[test]
fn a_file_damaged_on_its_way_is_told() {
    let behaviour = Behaviour {
        corrupt_uploads: 1,
        ..Behaviour::default()
    };
    let modem = Modem::behaving(Module::Bg95, behaviour);
    let options = options("ca.pem", false);
    let ended = modem.run_qmqtt(8883, &with(&options, &["pub", "-t", "a", "-n"]));
    ended.assert_failure("tls: AT+QFUPL: the file was damaged on its way to the modem");
    assert!(!modem.has_got("AT+QMT"));
}

#[test]
fn a_private_key_is_not_shown_in_the_trace() {
    let key = std::fs::read_to_string(certificate("client.key")).unwrap();
    for module in MODULES {
        for line in [Line::Plain, Line::Echo, Line::ByteByByte] {
            let Some(server) = Mosquitto::with_tls(WANTS_CERTIFICATE) else {
                return;
            };
            let modem = Modem::start_as(module, line);
            let mut arguments = vec!["--trace".to_owned()];
            arguments.extend(options("ca.pem", true));
            let ended = modem.run_qmqtt(server.port, &with(&arguments, &["pub", "-t", "a", "-n"]));
            ended.assert_success();
            let shown = format!("-> <{} bytes>\n", key.len());
            assert!(ended.stderr.contains(&shown), "{}", ended.stderr);
            for line in key.lines() {
                assert!(!ended.stderr.contains(line), "{line}: {}", ended.stderr);
            }
        }
    }
}
