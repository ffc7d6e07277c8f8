//! The AT front end, byte for byte.

mod support;

use std::time::Duration;

use quectel_modem_sim::{Config, Module};
use support::Bench;

#[test]
fn echo_is_on_at_first_and_exact() {
    let mut bench = Bench::new();
    assert_eq!(bench.type_in("AT\r"), "AT\r\r\nOK\r\n");
    assert_eq!(bench.type_in("at\r"), "at\r\r\nOK\r\n");
}

#[test]
fn echo_follows_the_bytes_as_they_come() {
    let mut bench = Bench::new();
    assert_eq!(bench.type_in("A"), "A");
    assert_eq!(bench.type_in("T"), "T");
    assert_eq!(bench.type_in("\r"), "\r\r\nOK\r\n");
}

#[test]
fn ate0_is_still_echoed_and_ate1_is_not_yet() {
    let mut bench = Bench::new();
    assert_eq!(bench.type_in("ATE0\r"), "ATE0\r\r\nOK\r\n");
    assert_eq!(bench.type_in("AT\r"), "\r\nOK\r\n");
    assert_eq!(bench.type_in("ATE1\r"), "\r\nOK\r\n");
    assert_eq!(bench.type_in("AT\r"), "AT\r\r\nOK\r\n");
}

#[test]
fn line_feed_before_a_command_is_ignored() {
    let mut bench = Bench::new();
    assert_eq!(
        bench.type_in("\nAT\r\n\nAT\r"),
        "AT\r\r\nOK\r\nAT\r\r\nOK\r\n"
    );
}

#[test]
fn lines_without_at_get_no_answer() {
    let mut bench = Bench::quiet();
    assert_eq!(bench.type_in("\r"), "");
    assert_eq!(bench.type_in("hello\r"), "");
    // What stands before AT is noise.
    assert_eq!(bench.type_in("\x01\x02AT\r"), "\r\nOK\r\n");
}

#[test]
fn backspace_takes_the_last_byte_back() {
    let mut bench = Bench::quiet();
    assert_eq!(bench.type_in("ATX\x08\r"), "\r\nOK\r\n");
}

#[test]
fn several_commands_share_a_line_and_a_final_result() {
    let mut bench = Bench::quiet();
    bench.ok("ATE0V1&F0E0");
    bench.expect(
        "ATE0+CMEE?;+CSQ",
        "\r\n+CMEE: 1\r\n\r\n+CSQ: 20,99\r\n\r\nOK\r\n",
    );
    // The first that fails ends the line.
    bench.expect("AT+CSQ;+NONE;+CSQ", "\r\n+CSQ: 20,99\r\n\r\nERROR\r\n");
    // A semicolon in a string is a part of it.
    bench.error("AT+QMTOPEN=9,\"a;b\",1");
}

#[test]
fn generic_commands_answer_plausibly() {
    let mut bench = Bench::quiet();
    bench.expect(
        "ATI",
        "\r\nQuectel\r\nBG95-M3\r\nRevision: BG95M3LAR02A04\r\n\r\nOK\r\n",
    );
    bench.expect("AT+CGMM", "\r\nBG95-M3\r\n\r\nOK\r\n");
    bench.expect("AT+GMM", "\r\nBG95-M3\r\n\r\nOK\r\n");
    bench.expect("AT+CPIN?", "\r\n+CPIN: READY\r\n\r\nOK\r\n");
    bench.expect("AT+CSQ", "\r\n+CSQ: 20,99\r\n\r\nOK\r\n");
    bench.expect("AT+CEREG?", "\r\n+CEREG: 0,1\r\n\r\nOK\r\n");
    bench.error("AT+NONE");
    bench.error("AT+NONE=1");
    bench.error("ATX9");
    bench.error("AT+CSQ=");
}

#[test]
fn each_module_says_its_name() {
    for (module, name) in [
        (Module::Bg95, "BG95-M3"),
        (Module::Bg77, "BG77"),
        (Module::Bg600l, "BG600L-M3"),
        (Module::Bc660k, "BC660K-GL"),
    ] {
        let config = Config {
            module,
            ..Config::default()
        };
        let mut bench = Bench::with(config);
        let answer = format!("AT+CGMM\r\r\n{name}\r\n\r\nOK\r\n");
        assert_eq!(bench.type_in("AT+CGMM\r"), answer);
    }
}

#[test]
fn cmee_chooses_the_form_of_errors() {
    let mut bench = Bench::quiet();
    bench.modem.behaviour_mut().sim_missing = true;
    bench.expect("AT+CMEE=?", "\r\n+CMEE: (0-2)\r\n\r\nOK\r\n");
    bench.ok("AT+CMEE=0");
    bench.error("AT+CPIN?");
    bench.ok("AT+CMEE=1");
    bench.expect("AT+CPIN?", "\r\n+CME ERROR: 10\r\n");
    bench.ok("AT+CMEE=2");
    bench.expect("AT+CMEE?", "\r\n+CMEE: 2\r\n\r\nOK\r\n");
    bench.expect("AT+CPIN?", "\r\n+CME ERROR: SIM not inserted\r\n");
    bench.expect("AT+CPIN=\"1\"", "\r\n+CME ERROR: operation not allowed\r\n");
    // MQTT commands answer ERROR whatever is set.
    bench.error("AT+QMTCLOSE=0");
    bench.error("AT+CMEE=3");
}

#[test]
fn a_line_beyond_the_limit_is_an_error() {
    let mut bench = Bench::quiet();
    let longest = Module::Bg95.limits().command_line;
    let line = format!("AT{}", " ".repeat(longest - 2));
    bench.ok(&line);
    bench.error(&format!("{line} "));
    bench.ok("AT");
}

#[test]
fn cfun_1_1_restarts_and_forgets() {
    let mut bench = Bench::connected();
    bench.ok("AT+QMTCFG=\"keepalive\",0,60");
    bench.expect("AT+CFUN=1,1", "\r\nOK\r\n\r\nRDY\r\n\r\nAPP RDY\r\n");
    // The echo is on again.
    assert_eq!(
        bench.type_in("AT+QMTCFG=\"keepalive\",0\r"),
        "AT+QMTCFG=\"keepalive\",0\r\r\n+QMTCFG: \"keepalive\",120\r\n\r\nOK\r\n"
    );
    assert_eq!(bench.type_in("AT+QMTCONN?\r"), "AT+QMTCONN?\r\r\nOK\r\n");
    assert!(bench.server.connected_clients().is_empty());
}

#[test]
fn commands_before_app_rdy_are_errors() {
    let mut bench = Bench::new();
    bench.modem.behaviour_mut().boot_time = Duration::from_secs(2);
    bench.modem.restart(bench.now);
    assert_eq!(bench.type_in("AT\r"), "\r\nRDY\r\nAT\r\r\nERROR\r\n");
    assert_eq!(bench.wait_secs(2), "\r\nAPP RDY\r\n");
    assert_eq!(bench.type_in("AT\r"), "AT\r\r\nOK\r\n");
}

#[test]
fn qpowd_ends_all_talk_until_the_next_start() {
    let mut bench = Bench::connected();
    bench.expect("AT+QPOWD", "\r\nOK\r\n\r\nPOWERED DOWN\r\n");
    assert_eq!(bench.type_in("AT\r"), "");
    assert_eq!(bench.wait_secs(1000), "");
    bench.modem.restart(bench.now);
    assert_eq!(
        bench.type_in("AT\r"),
        "\r\nRDY\r\n\r\nAPP RDY\r\nAT\r\r\nOK\r\n"
    );
}
