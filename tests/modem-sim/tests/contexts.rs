//! PDP contexts by 27.007: `AT+CGDCONT`, `AT+CGACT`, `AT+CGPADDR`, and what `AT+CGATT` does to them.

mod support;

use std::time::Duration;

use quectel_modem_sim::{Config, Module, Registration};
use support::{Bench, show};

#[test]
fn contexts_are_defined_read_and_undefined() {
    for make in [Bench::quiet, Bench::bc660k] {
        let mut bench = make();
        bench.expect(
            "AT+CGDCONT=?",
            "\r\n+CGDCONT: (1-16),\"IP\",,,(0),(0)\r\n\
             \r\n+CGDCONT: (1-16),\"IPV6\",,,(0),(0)\r\n\
             \r\n+CGDCONT: (1-16),\"IPV4V6\",,,(0),(0)\r\n\
             \r\nOK\r\n",
        );
        bench.expect(
            "AT+CGDCONT?",
            "\r\n+CGDCONT: 1,\"IP\",\"\",\"\",0,0\r\n\r\nOK\r\n",
        );
        bench.ok("AT+CGDCONT=1,\"IP\",\"iot.example\"");
        bench.ok("AT+CGDCONT=16,\"IPV4V6\",\"other.example\",\"10.1.1.1\",0,0");
        bench.ok("AT+CGDCONT=3,\"ipv6\"");
        bench.ok("AT+CGDCONT=4,\"IP\",,,0,0");
        bench.expect(
            "AT+CGDCONT?",
            "\r\n+CGDCONT: 1,\"IP\",\"iot.example\",\"\",0,0\r\n\
             \r\n+CGDCONT: 3,\"IPV6\",\"\",\"\",0,0\r\n\
             \r\n+CGDCONT: 4,\"IP\",\"\",\"\",0,0\r\n\
             \r\n+CGDCONT: 16,\"IPV4V6\",\"other.example\",\"\",0,0\r\n\
             \r\nOK\r\n",
        );
        bench.ok("AT+CGDCONT=16");
        bench.ok("AT+CGDCONT=4");
        bench.ok("AT+CGDCONT=4");
        bench.expect(
            "AT+CGDCONT?",
            "\r\n+CGDCONT: 1,\"IP\",\"iot.example\",\"\",0,0\r\n\
             \r\n+CGDCONT: 3,\"IPV6\",\"\",\"\",0,0\r\n\
             \r\nOK\r\n",
        );
        for command in [
            "AT+CGDCONT",
            "AT+CGDCONT=",
            "AT+CGDCONT=0",
            "AT+CGDCONT=17,\"IP\"",
            "AT+CGDCONT=1,IP",
            "AT+CGDCONT=1,\"PPP\"",
            "AT+CGDCONT=1,\"IP\",\"a\",\"\",1",
            "AT+CGDCONT=1,\"IP\",\"a\",\"\",0,1",
            "AT+CGDCONT=1,\"IP\",\"a\",\"\",0,0,0",
        ] {
            bench.error(command);
        }
    }
}

#[test]
fn the_bg95_shares_its_contexts_with_qicsgp_and_qiact() {
    let mut bench = Bench::quiet();
    bench.ok("AT+QICSGP=2,3,\"iot.example\",\"user\",\"word\",2");
    bench.ok("AT+CGDCONT=1,\"IPV6\",\"other.example\"");
    bench.expect(
        "AT+CGDCONT?",
        "\r\n+CGDCONT: 1,\"IPV6\",\"other.example\",\"\",0,0\r\n\
         \r\n+CGDCONT: 2,\"IPV4V6\",\"iot.example\",\"\",0,0\r\n\
         \r\nOK\r\n",
    );
    bench.expect(
        "AT+QICSGP=1",
        "\r\n+QICSGP: 2,\"other.example\",\"\",\"\",0\r\n\r\nOK\r\n",
    );
    bench.ok("AT+CGDCONT=2,\"IP\",\"third.example\"");
    bench.expect(
        "AT+QICSGP=2",
        "\r\n+QICSGP: 1,\"third.example\",\"user\",\"word\",2\r\n\r\nOK\r\n",
    );
    bench.ok("AT+QIACT=2");
    bench.expect(
        "AT+CGACT?",
        "\r\n+CGACT: 1,0\r\n\r\n+CGACT: 2,1\r\n\r\nOK\r\n",
    );
    // An active context cannot lose its definition.
    bench.error("AT+CGDCONT=2");
    bench.ok("AT+CGACT=0,2");
    bench.ok("AT+QIACT?");
    bench.ok("AT+CGACT=1,2");
    bench.expect("AT+QIACT?", "\r\n+QIACT: 2,1,1,\"10.0.0.2\"\r\n\r\nOK\r\n");
    bench.ok("AT+QIDEACT=2");
    bench.ok("AT+CGDCONT=2");
}

#[test]
fn activation_is_for_one_some_or_all_contexts() {
    let mut bench = Bench::quiet();
    bench.expect("AT+CGACT=?", "\r\n+CGACT: (0,1)\r\n\r\nOK\r\n");
    bench.ok("AT+CGDCONT=2,\"IPV6\"");
    bench.ok("AT+CGDCONT=3,\"IPV4V6\"");
    bench.expect("AT+CGPADDR=?", "\r\n+CGPADDR: (1,2,3)\r\n\r\nOK\r\n");
    bench.expect(
        "AT+CGPADDR",
        "\r\n+CGPADDR: 1\r\n\r\n+CGPADDR: 2\r\n\r\n+CGPADDR: 3\r\n\r\nOK\r\n",
    );
    bench.ok("AT+CGACT=1,1,3");
    // What is so already is no error.
    bench.ok("AT+CGACT=1,1");
    bench.expect(
        "AT+CGACT?",
        "\r\n+CGACT: 1,1\r\n\r\n+CGACT: 2,0\r\n\r\n+CGACT: 3,1\r\n\r\nOK\r\n",
    );
    bench.ok("AT+CGACT=1");
    bench.expect(
        "AT+CGPADDR",
        "\r\n+CGPADDR: 1,\"10.0.0.1\"\r\n\
         \r\n+CGPADDR: 2,\"32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.2\"\r\n\
         \r\n+CGPADDR: 3,\"10.0.0.3\",\"32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.3\"\r\n\
         \r\nOK\r\n",
    );
    bench.expect(
        "AT+CGPADDR=1,4",
        "\r\n+CGPADDR: 1,\"10.0.0.1\"\r\n\r\n+CGPADDR: 4\r\n\r\nOK\r\n",
    );
    bench.ok("AT+CGACT=0");
    bench.expect(
        "AT+CGACT?",
        "\r\n+CGACT: 1,0\r\n\r\n+CGACT: 2,0\r\n\r\n+CGACT: 3,0\r\n\r\nOK\r\n",
    );
    bench.modem.behaviour_mut().activation_failures = 1;
    bench.error("AT+CGACT=1,1");
    for command in [
        "AT+CGACT",
        "AT+CGACT=",
        "AT+CGACT=2",
        "AT+CGACT=1,0",
        "AT+CGACT=1,17",
        // Not defined.
        "AT+CGACT=1,4",
        "AT+CGACT=1,1,4",
        "AT+CGPADDR?",
        "AT+CGPADDR=0",
        "AT+CGPADDR=17",
    ] {
        bench.error(command);
    }
    bench.expect("AT+CGPADDR=1", "\r\n+CGPADDR: 1\r\n\r\nOK\r\n");
}

#[test]
fn the_bc660k_has_its_first_context_when_it_is_registered() {
    let mut config = Config {
        module: Module::Bc660k,
        ..Config::default()
    };
    config.behaviour.registration = Registration::After(Duration::from_secs(30));
    let mut bench = Bench::with(config);
    bench.type_in("ATE0\r");
    bench.expect("AT+CGACT?", "\r\n+CGACT: 1,0\r\n\r\nOK\r\n");
    bench.expect("AT+CGPADDR=1", "\r\n+CGPADDR: 1\r\n\r\nOK\r\n");
    bench.error("AT+CGACT=1,1");
    bench.wait_secs(30);
    bench.expect("AT+CGACT?", "\r\n+CGACT: 1,1\r\n\r\nOK\r\n");
    bench.expect("AT+CGPADDR=1", "\r\n+CGPADDR: 1,\"10.0.0.1\"\r\n\r\nOK\r\n");
    // 27.007, 10.1.10: the last connection to a packet data network is not given up.
    bench.error("AT+CGACT=0,1");
    bench.error("AT+CGACT=0");
    bench.ok("AT+CGDCONT=2,\"IP\",\"other.example\"");
    bench.ok("AT+CGACT=1,2");
    bench.ok("AT+CGACT=0,1");
    bench.error("AT+CGACT=0,2");
    bench.expect(
        "AT+CGACT?",
        "\r\n+CGACT: 1,0\r\n\r\n+CGACT: 2,1\r\n\r\nOK\r\n",
    );
}

#[test]
fn detaching_ends_all_contexts_and_activating_attaches() {
    for (make, after) in [
        (Bench::quiet as fn() -> Bench, "0"),
        (Bench::bc660k as fn() -> Bench, "1"),
    ] {
        let mut bench = make();
        bench.ok("AT+CGACT=1,1");
        let answer = bench.type_in("AT+CGATT=0\r");
        assert!(answer.starts_with("\r\nOK\r\n"), "{answer}");
        bench.expect("AT+CGATT?", "\r\n+CGATT: 0\r\n\r\nOK\r\n");
        bench.expect("AT+CGACT?", "\r\n+CGACT: 1,0\r\n\r\nOK\r\n");
        bench.ok("AT+CGATT=1");
        bench.expect("AT+CGACT?", &format!("\r\n+CGACT: 1,{after}\r\n\r\nOK\r\n"));
        bench.type_in("AT+CGATT=0\r");
        bench.ok("AT+CGACT=1,1");
        bench.expect("AT+CGATT?", "\r\n+CGATT: 1\r\n\r\nOK\r\n");
        bench.expect("AT+CGACT?", "\r\n+CGACT: 1,1\r\n\r\nOK\r\n");
    }
}

#[test]
fn a_network_that_is_gone_takes_the_connections_with_it() {
    let mut bench = Bench::connected();
    bench.ok("AT+CEREG=1");
    bench.modem.behaviour_mut().stat_on_pdp_loss = true;
    bench.modem.behaviour_mut().registration = Registration::Searching;
    assert_eq!(
        show(&bench.output()),
        "\r\n+CEREG: 2\r\n\r\n+QIURC: \"pdpdeact\",1\r\n\r\n+QMTSTAT: 0,7\r\n"
    );
    bench.ok("AT+QMTCONN?");
    bench.ok("AT+QIACT?");
    bench.expect(
        "AT+QMTOPEN=0,\"broker.example\",1883",
        "\r\nOK\r\n\r\n+QMTOPEN: 0,3\r\n",
    );
    bench.modem.behaviour_mut().registration = Registration::Home;
    assert_eq!(show(&bench.output()), "\r\n+CEREG: 1\r\n");
    bench.connect("device");
}

#[test]
fn the_bc660k_reports_a_network_that_is_gone_by_its_clients_alone() {
    let mut bench = Bench::bc660k_connected();
    bench.modem.behaviour_mut().registration = Registration::Denied { cause: 15 };
    assert_eq!(show(&bench.output()), "\r\n+QMTSTAT: 0,7\r\n");
    bench.ok("AT+QMTCONN?");
    bench.modem.behaviour_mut().registration = Registration::Home;
    bench.silent();
    bench.connect("device");
    bench.modem.lose_pdp(bench.now, 1);
    assert_eq!(show(&bench.output()), "\r\n+QMTSTAT: 0,7\r\n");
    bench.expect("AT+CGACT?", "\r\n+CGACT: 1,0\r\n\r\nOK\r\n");
    bench.connect("device");
    bench.expect("AT+CGACT?", "\r\n+CGACT: 1,1\r\n\r\nOK\r\n");
}
