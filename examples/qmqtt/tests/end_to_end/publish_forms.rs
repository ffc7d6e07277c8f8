//! `qmqtt pub --publish-form`.

use quectel_modem_sim::Module;

use crate::{
    modem::{Line, Modem},
    mosquitto::{Mosquitto, printed},
};

// BG95 note, chapters 3.2.8 and 3.2.9; BC660K note, chapter 3.3.8.
#[test]
fn every_form_of_publish_carries_the_message_in_its_command() {
    let Some(server) = Mosquitto::start() else {
        return;
    };
    for (module, options, form, command) in [
        (
            Module::Bg95,
            &[][..],
            "automatic",
            "AT+QMTPUB=0,0,0,0,\"a\",5",
        ),
        (
            Module::Bg95,
            &[],
            "fixed-length",
            "AT+QMTPUB=0,0,0,0,\"a\",5",
        ),
        (Module::Bg95, &[], "terminated", "AT+QMTPUB=0,0,0,0,\"a\""),
        (
            Module::Bg95,
            &[],
            "inline",
            "AT+QMTPUBEX=0,0,0,0,\"a\",\"hello\"",
        ),
        (
            Module::Bc660k,
            &[],
            "automatic",
            "AT+QMTPUB=0,0,0,0,\"a\",5",
        ),
        (
            Module::Bc660k,
            &[],
            "fixed-length",
            "AT+QMTPUB=0,0,0,0,\"a\",5",
        ),
        (Module::Bc660k, &[], "terminated", "AT+QMTPUB=0,0,0,0,\"a\""),
        (
            Module::Bc660k,
            &[],
            "inline",
            "AT+QMTPUB=0,0,0,0,\"a\",5,\"hello\"",
        ),
        (
            Module::Bc660k,
            &["--data-format", "hex"],
            "inline",
            "AT+QMTPUB=0,0,0,0,\"a\",5,\"68656C6C6F\"",
        ),
        (
            Module::Bc660k,
            &["--data-format", "hex"],
            "terminated",
            "AT+QMTPUB=0,0,0,0,\"a\"",
        ),
    ] {
        let modem = Modem::start_as(module, Line::Plain);
        let subscriber = server.subscribe("a", 1);
        let publish = ["pub", "--publish-form", form, "-t", "a", "-m", "hello"];
        let ended = modem.run_qmqtt(server.port, &[options, &publish].concat());
        ended.assert_success();
        assert_eq!(subscriber.end().stdout, printed("a", 0, false, b"hello"));
        let commands = modem.commands();
        assert!(commands.iter().any(|line| line == command), "{commands:#?}");
    }
}

#[test]
fn what_a_form_can_t_carry_is_not_published() {
    let Some(server) = Mosquitto::start() else {
        return;
    };
    let modem = Modem::start(Line::Plain);
    let publish = [
        "pub",
        "--publish-form",
        "terminated",
        "-t",
        "a",
        "-m",
        "x\x1A",
    ];
    let ended = modem.run_qmqtt(server.port, &publish);
    ended.assert_failure("publish: payload: byte 0x1a at position 1 can't be sent");
    assert!(!modem.has_got("AT+QMTPUB"));
}
