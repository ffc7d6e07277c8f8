//! What stands before MQTT: registration and PDP contexts.

mod support;

use std::time::Duration;

use quectel_modem_sim::Registration;
use support::{Bench, show};

#[test]
fn registration_is_shown_by_three_commands() {
    let mut bench = Bench::quiet();
    for name in ["CREG", "CGREG", "CEREG"] {
        for (registration, plain, detailed) in [
            (Registration::Home, "1", "1,\"1A2B\",\"00C3D4E5\",9"),
            (Registration::Roaming, "5", "5,\"1A2B\",\"00C3D4E5\",9"),
            (Registration::Searching, "2", "2"),
            (Registration::Denied { cause: 15 }, "3", "3,,,,0,15"),
        ] {
            bench.ok(&format!("AT+{name}=0"));
            bench.modem.behaviour_mut().registration = registration;
            bench.silent();
            bench.expect(
                &format!("AT+{name}?"),
                &format!("\r\n+{name}: 0,{plain}\r\n\r\nOK\r\n"),
            );
            bench.ok(&format!("AT+{name}=3"));
            bench.expect(
                &format!("AT+{name}?"),
                &format!("\r\n+{name}: 3,{detailed}\r\n\r\nOK\r\n"),
            );
        }
        bench.ok(&format!("AT+{name}=0"));
        bench.error(&format!("AT+{name}=4"));
        bench.error(&format!("AT+{name}"));
    }
}

#[test]
fn registration_takes_its_time_and_is_reported() {
    let mut bench = Bench::quiet();
    bench.modem.behaviour_mut().registration = Registration::After(Duration::from_secs(30));
    bench.ok("AT+CEREG=1");
    bench.expect("AT+CSQ", "\r\n+CSQ: 99,99\r\n\r\nOK\r\n");
    bench.expect("AT+CGATT?", "\r\n+CGATT: 0\r\n\r\nOK\r\n");
    bench.error("AT+QIACT=1");
    bench.expect(
        "AT+QMTOPEN=0,\"broker.example\",1883",
        "\r\nOK\r\n\r\n+QMTOPEN: 0,3\r\n",
    );
    assert_eq!(bench.wait(Duration::from_millis(29_999)), "");
    assert_eq!(bench.wait(Duration::from_millis(1)), "\r\n+CEREG: 1\r\n");
    bench.expect("AT+CEREG?", "\r\n+CEREG: 1,1\r\n\r\nOK\r\n");
    bench.modem.behaviour_mut().registration = Registration::Denied { cause: 11 };
    assert_eq!(show(&bench.output()), "\r\n+CEREG: 3\r\n");
    bench.modem.behaviour_mut().registration = Registration::Home;
    assert_eq!(show(&bench.output()), "\r\n+CEREG: 1\r\n");
    bench.expect("AT+CGATT=0", "\r\nOK\r\n\r\n+CEREG: 0\r\n");
}

#[test]
fn pdp_contexts_are_defined_and_activated() {
    let mut bench = Bench::quiet();
    bench.expect(
        "AT+QICSGP=1",
        "\r\n+QICSGP: 1,\"\",\"\",\"\",0\r\n\r\nOK\r\n",
    );
    bench.ok("AT+QICSGP=1,1,\"iot.example\"");
    bench.ok("AT+QICSGP=16,3,\"iot.example\",\"user\",\"word\",2");
    bench.expect(
        "AT+QICSGP=16",
        "\r\n+QICSGP: 3,\"iot.example\",\"user\",\"word\",2\r\n\r\nOK\r\n",
    );
    for command in [
        "AT+QICSGP=0",
        "AT+QICSGP=17",
        "AT+QICSGP=1,0,\"a\"",
        "AT+QICSGP=1,4,\"a\"",
        "AT+QICSGP=1,1",
        "AT+QICSGP=1,1,\"a\",\"u\",\"p\",4",
        "AT+QIACT=0",
        "AT+QIACT=17",
        "AT+QIDEACT=0",
        "AT+QIDEACT?",
    ] {
        bench.error(command);
    }
    bench.ok("AT+QIACT?");
    bench.modem.behaviour_mut().activation_failures = 1;
    bench.error("AT+QIACT=1");
    bench.ok("AT+QIACT=1");
    bench.error("AT+QIACT=1");
    bench.expect("AT+QIACT?", "\r\n+QIACT: 1,1,1,\"10.0.0.1\"\r\n\r\nOK\r\n");
    bench.ok("AT+QIDEACT=1");
    bench.ok("AT+QIACT?");
}

#[test]
fn a_lost_context_takes_its_clients_with_it() {
    for (report, status) in [(false, ""), (true, "\r\n+QMTSTAT: 0,7\r\n")] {
        let mut bench = Bench::connected();
        bench.error("AT+QIACT=1");
        bench.modem.behaviour_mut().stat_on_pdp_loss = report;
        bench.modem.lose_pdp(bench.now, 1);
        assert_eq!(
            show(&bench.output()),
            format!("\r\n+QIURC: \"pdpdeact\",1\r\n{status}")
        );
        bench.ok("AT+QMTOPEN?");
        bench.ok("AT+QIACT=1");
        bench.connect("device");
        // A context that nobody uses.
        bench.modem.lose_pdp(bench.now, 2);
        assert_eq!(show(&bench.output()), "\r\n+QIURC: \"pdpdeact\",2\r\n");
        bench.expect("AT+QMTCONN?", "\r\n+QMTCONN: 0,3\r\n\r\nOK\r\n");
    }
}
