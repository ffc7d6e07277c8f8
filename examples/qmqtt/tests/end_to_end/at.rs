//! `qmqtt at`.

use std::time::Duration;

use crate::modem::{Line, Modem, Untouched};

#[test]
fn the_information_response_is_printed() {
    let modem = Modem::start(Line::Plain);
    let ended = modem.run_qmqtt_alone(&["at", "AT+CGMM"]);
    ended.assert_success();
    assert_eq!(ended.stdout, b"BG95-M3\n");
    assert_eq!(ended.stderr, "");
}

#[test]
fn an_echo_is_no_part_of_it() {
    let modem = Modem::start(Line::Echo);
    let ended = modem.run_qmqtt_alone(&["at", "AT+CGMM"]);
    ended.assert_success();
    assert_eq!(ended.stdout, b"BG95-M3\n");
    assert_eq!(ended.stderr, "");
}

#[test]
fn an_error_is_told() {
    let modem = Modem::start(Line::Plain);
    let ended = modem.run_qmqtt_alone(&["at", "AT+NOSUCHCOMMAND"]);
    ended.assert_failure("at: the modem answers ERROR");
    assert_eq!(ended.stdout, b"");
}

#[test]
fn control_characters_are_refused_before_anything_is_sent() {
    for command in ["AT\rAT", "AT\nAT", "AT\x1A", "AT\x1B"] {
        let port = Untouched::new();
        let ended = port.run_qmqtt(&["at", command]);
        assert_eq!(ended.status.code(), Some(1));
        assert!(ended.stderr.starts_with("at: "), "{}", ended.stderr);
        assert_eq!(ended.stderr.lines().count(), 1);
        port.assert_untouched();
    }
}

#[test]
fn what_the_modem_says_unasked_goes_to_standard_error() {
    let modem = Modem::start(Line::Echo);
    let delay = Duration::from_millis(500);
    modem
        .guard
        .with_modem(move |modem, _| modem.behaviour_mut().delays.generic = delay);
    let process = modem.qmqtt(1883, &["at", "AT+CGMM"]);
    modem.wait_for_command("AT+CGMM");
    for urc in ["+QMTSTAT: 0,1", "+QIURC: \"pdpdeact\",1"] {
        modem
            .guard
            .with_modem(move |modem, now| modem.inject_urc(now, urc));
    }
    let ended = process.end();
    ended.assert_success();
    assert_eq!(ended.stdout, b"BG95-M3\n");
    assert_eq!(ended.stderr, "+QMTSTAT: 0,1\n+QIURC: \"pdpdeact\",1\n");
}
