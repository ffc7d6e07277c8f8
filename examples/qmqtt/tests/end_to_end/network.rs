//! What stands before the connect: registration, SIM, PDP context.

use std::time::Duration;

use quectel_modem_sim::{Behaviour, Module, Registration};

use crate::{
    modem::{Line, Modem},
    mosquitto::{Mosquitto, printed},
};

const MODULES: [Module; 2] = [Module::Bg95, Module::Bc660k];

fn registering(module: Module, registration: Registration) -> Modem {
    let behaviour = Behaviour {
        registration,
        ..Behaviour::default()
    };
    Modem::behaving(module, behaviour)
}

#[test]
fn a_connect_waits_for_the_registration() {
    for module in MODULES {
        let Some(server) = Mosquitto::start() else {
            return;
        };
        let modem = registering(module, Registration::After(Duration::from_secs(3)));
        let subscriber = server.subscribe("a", 1);
        let ended = modem.run_qmqtt(server.port, &["pub", "-t", "a", "-m", "x"]);
        ended.assert_success();
        assert_eq!(subscriber.end().stdout, printed("a", 0, false, b"x"));
        let commands = modem.commands();
        let asked = commands.iter().filter(|line| *line == "AT+CEREG?");
        assert!(asked.count() > 1, "{module:?}: {commands:?}");
    }
}

#[test]
fn what_keeps_the_modem_from_the_network_is_told() {
    for module in MODULES {
        for (registration, line) in [
            (
                Registration::Searching,
                "network: not registered, searching",
            ),
            (
                Registration::Denied { cause: 15 },
                "network: registration refused by the network",
            ),
        ] {
            let modem = registering(module, registration);
            let arguments = ["--network-timeout", "1", "pub", "-t", "a", "-n"];
            modem.run_qmqtt(1883, &arguments).assert_failure(line);
            assert!(!modem.has_got("AT+QMT"));
        }
        let behaviour = Behaviour {
            sim_missing: true,
            ..Behaviour::default()
        };
        let modem = Modem::behaving(module, behaviour);
        let arguments = ["--network-timeout", "1", "pub", "-t", "a", "-n"];
        let ended = modem.run_qmqtt(1883, &arguments);
        ended.assert_failure("network: there is no SIM in the modem");
        assert!(!modem.has_got("AT+QMT"));
    }
}

#[test]
fn without_the_wait_nobody_asks_for_the_registration() {
    let Some(server) = Mosquitto::start() else {
        return;
    };
    let modem = Modem::start(Line::Plain);
    let arguments = ["--no-wait", "pub", "-t", "a", "-m", "x"];
    modem.run_qmqtt(server.port, &arguments).assert_success();
    assert!(!modem.has_got("AT+CEREG") && !modem.has_got("AT+CPIN"));
    assert!(modem.has_got("AT+QMTPUB="));
}

#[test]
fn an_access_point_name_activates_the_context() {
    let Some(server) = Mosquitto::start() else {
        return;
    };
    let modem = Modem::start(Line::Plain);
    let arguments = ["--apn", "internet", "pub", "-t", "a", "-m", "x"];
    modem.run_qmqtt(server.port, &arguments).assert_success();
    let commands = modem.commands();
    let place = |start: &str| {
        let found = commands.iter().position(|line| line.starts_with(start));
        found.unwrap_or_else(|| panic!("no {start}: {commands:?}"))
    };
    assert!(place("AT+QICSGP=1,1,\"internet\"") < place("AT+QIACT=1"));
    assert!(place("AT+QIACT=1") < place("AT+QMTOPEN="));
    // The BC660K-GL has one with its registration.
    let modem = Modem::start_as(Module::Bc660k, Line::Plain);
    modem.run_qmqtt(server.port, &arguments).assert_success();
    assert!(modem.has_got("AT+CGACT?") && !modem.has_got("AT+CGDCONT"));
}

#[test]
fn a_context_that_can_t_be_activated_is_told() {
    let behaviour = Behaviour {
        activation_failures: 10,
        ..Behaviour::default()
    };
    let modem = Modem::behaving(Module::Bg95, behaviour);
    let arguments = ["--apn", "wrong", "pub", "-t", "a", "-n"];
    let ended = modem.run_qmqtt(1883, &arguments);
    let start = "network: the PDP context can't be activated: the modem answers ";
    assert!(ended.stderr.starts_with(start), "{}", ended.stderr);
    assert_eq!(ended.stderr.lines().count(), 1);
    assert!(!modem.has_got("AT+QMT"));
}

#[test]
fn a_modem_of_another_family_is_told() {
    let Some(server) = Mosquitto::start() else {
        return;
    };
    let modem = Modem::start(Line::Plain);
    let arguments = ["--module", "bg77", "-h", "127.0.0.1", "-p"];
    let port = server.port.to_string();
    let publish = [&arguments[..], &[&port, "pub", "-t", "a", "-m", "x"]].concat();
    let ended = modem.run_qmqtt_alone(&publish);
    ended.assert_success();
    let warning = "warning: the modem is of another family; is --module the right one?\n";
    assert_eq!(ended.stderr, warning);
}
