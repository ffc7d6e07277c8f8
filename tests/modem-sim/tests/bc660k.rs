//! The BC660K-GL: its settings, limits, errors and sleep.

mod support;

use std::time::Duration;

use quectel_modem_sim::{Config, Module, local::Listen};
use support::{Bench, show};

#[test]
fn test_forms() {
    let mut bench = Bench::bc660k();
    bench.expect(
        "AT+QMTCFG=?",
        "\r\n+QMTCFG: \"will\",(0-4),(0,1),(0-2),(0,1),<will_topic>,<will_msg>\r\n\
         \r\n+QMTCFG: \"timeout\",(0-4),(1-60),(0-10),(0,1)\r\n\
         \r\n+QMTCFG: \"session\",(0-4),(0,1)\r\n\
         \r\n+QMTCFG: \"keepalive\",(0-4),(0-3600)\r\n\
         \r\n+QMTCFG: \"aliauth\",(0-4),<product_key>,<device_name>,<device_secret>\r\n\
         \r\n+QMTCFG: \"version\",(0-4),(0,1)\r\n\
         \r\n+QMTCFG: \"showrecvlen\",(0-4),(0,1)\r\n\
         \r\n+QMTCFG: \"echo_mode\",(0-4),(0,1)\r\n\
         \r\n+QMTCFG: \"dataformat\",(0-4),(0,1),(0,1)\r\n\
         \r\n+QMTCFG: \"ssl\",(0-4),(0,1),(0-10),(0-4)\r\n\
         \r\nOK\r\n",
    );
    for (command, answer) in [
        ("QMTOPEN", "+QMTOPEN: (0-4),<host_name>,(1-65535)"),
        ("QMTCLOSE", "+QMTCLOSE: (0-4)"),
        (
            "QMTCONN",
            "+QMTCONN: (0-4),<clientID>,<username>,<password>",
        ),
        ("QMTDISC", "+QMTDISC: (0-4)"),
        (
            "QMTSUB",
            "+QMTSUB: (0-4),(1-65535),<topic>,(0-2),<topic>,(0-2),...",
        ),
        ("QMTUNS", "+QMTUNS: (0-4),(1-65535),<topic>,<topic>,..."),
        (
            "QMTPUB",
            "+QMTPUB : (0-4),(0-65535),(0-2),(0,1),<topic>,(0-1460),<msg>",
        ),
        ("QSCLK", "+QSCLK: (0-2)"),
    ] {
        bench.expect(
            &format!("AT+{command}=?"),
            &format!("\r\n{answer}\r\n\r\nOK\r\n"),
        );
    }
    // These belong to the other family.
    for command in ["AT+QMTPUBEX=?", "AT+QMTRECV=?", "AT+QMTRECV?"] {
        bench.error(command);
    }
}

#[test]
fn defaults_are_those_of_the_note() {
    let mut bench = Bench::bc660k();
    for (key, values) in [
        ("version", "0"),
        ("ssl", "0"),
        ("keepalive", "120"),
        ("session", "1"),
        ("timeout", "30,0,0"),
        ("will", "0"),
        ("showrecvlen", "0"),
        ("echomode", "0"),
        ("dataformat", "0,0"),
    ] {
        bench.expect(
            &format!("AT+QMTCFG=\"{key}\",4"),
            &format!("\r\n+QMTCFG: {values}\r\n\r\nOK\r\n"),
        );
    }
    bench.ok("AT+QMTCFG=\"aliauth\",0");
}

#[test]
fn values_are_kept_and_shown_without_the_key() {
    let mut bench = Bench::bc660k();
    let (topic, more) = ("t".repeat(256), "t".repeat(257));
    let (field, longer) = ("f".repeat(64), "f".repeat(65));
    for (key, set, shown) in [
        ("version", "0", "0"),
        ("version", "1", "1"),
        ("ssl", "1", "1,0,0"),
        ("ssl", "1,0,0", "1,0,0"),
        ("ssl", "0", "0"),
        ("keepalive", "0", "0"),
        ("keepalive", "3600", "3600"),
        ("session", "0", "0"),
        ("timeout", "1,0,0", "1,0,0"),
        ("timeout", "60,10,1", "60,10,1"),
        ("timeout", "7,,0", "7,10,0"),
        ("will", "1,0,0,\"t\",\"m\"", "1,0,0,\"t\",\"m\""),
        ("will", "0", "0"),
        ("showrecvlen", "1", "1"),
        ("SHOWRECVLEN", "0", "0"),
        ("echomode", "1", "1"),
        ("dataformat", "0,1", "0,1"),
        ("dataformat", "1,0", "1,0"),
        ("aliauth", "\"pk\",\"dn\",\"ds\"", "\"pk\",\"dn\",\"ds\""),
    ] {
        bench.ok(&format!("AT+QMTCFG=\"{key}\",1,{set}"));
        bench.expect(
            &format!("AT+QMTCFG=\"{key}\",1"),
            &format!("\r\n+QMTCFG: {shown}\r\n\r\nOK\r\n"),
        );
    }
    bench.ok(&format!(
        "AT+QMTCFG=\"will\",1,1,2,1,\"{topic}\",\"{topic}\""
    ));
    bench.ok(&format!(
        "AT+QMTCFG=\"aliauth\",1,\"{field}\",\"{field}\",\"{field}\""
    ));
    for (key, values) in [
        ("version", "2"),
        ("version", "-1"),
        ("version", "0,0"),
        ("ssl", "2"),
        ("ssl", "1,0"),
        ("ssl", "1,1,0"),
        ("ssl", "1,0,1"),
        ("keepalive", "3601"),
        ("session", "2"),
        ("timeout", "0"),
        ("timeout", "61"),
        ("timeout", "30,11"),
        ("timeout", "30,0,2"),
        ("will", "1"),
        ("will", "1,0,0,\"t\",\"\""),
        ("will", "1,0,0,\"\",\"m\""),
        ("will", "1,3,0,\"t\",\"m\""),
        ("will", &format!("1,0,0,\"{more}\",\"m\"")),
        ("will", &format!("1,0,0,\"t\",\"{more}\"")),
        ("showrecvlen", "2"),
        ("echomode", "2"),
        ("echo_mode", "1"),
        ("dataformat", "1"),
        ("dataformat", "2,0"),
        ("dataformat", "0,2"),
        ("aliauth", "\"a\",\"b\""),
        ("aliauth", &format!("\"{longer}\",\"b\",\"c\"")),
        ("aliauth", &format!("\"a\",\"{longer}\",\"c\"")),
        ("aliauth", &format!("\"a\",\"b\",\"{longer}\"")),
        ("pdpcid", "1"),
        ("recv/mode", "0"),
    ] {
        bench.cme(&format!("AT+QMTCFG=\"{key}\",1,{values}"), 8507);
    }
    bench.cme("AT+QMTCFG=\"version\",5,1", 8507);
}

#[test]
fn some_settings_must_come_before_open() {
    let mut bench = Bench::bc660k_connected();
    for setting in [
        "\"will\",0,0",
        "\"session\",0,1",
        "\"keepalive\",0,60",
        "\"aliauth\",0,\"a\",\"b\",\"c\"",
        "\"version\",0,1",
        "\"ssl\",0,0",
    ] {
        bench.cme(&format!("AT+QMTCFG={setting}"), 8600);
    }
    // Queries and other clients are not concerned.
    bench.expect("AT+QMTCFG=\"version\",0", "\r\n+QMTCFG: 1\r\n\r\nOK\r\n");
    bench.ok("AT+QMTCFG=\"version\",1,1");
    for setting in [
        "\"timeout\",0,30",
        "\"showrecvlen\",0,1",
        "\"echomode\",0,0",
        "\"dataformat\",0,0,0",
    ] {
        bench.ok(&format!("AT+QMTCFG={setting}"));
    }
}

#[test]
fn open_has_its_own_results_and_limits() {
    let mut bench = Bench::bc660k();
    let host = "h".repeat(100);
    bench.expect(
        &format!("AT+QMTOPEN=4,\"{host}\",1"),
        "\r\nOK\r\n\r\n+QMTOPEN: 4,0\r\n",
    );
    bench.expect(
        "AT+QMTOPEN?",
        &format!("\r\n+QMTOPEN: 4,\"{host}\",1\r\n\r\nOK\r\n"),
    );
    bench.expect(
        "AT+QMTOPEN=4,\"host\",65535",
        "\r\nOK\r\n\r\n+QMTOPEN: 4,2\r\n",
    );
    bench.cme("AT+QMTOPEN=5,\"host\",1", 8507);
    bench.cme("AT+QMTOPEN=0,\"host\",0", 8507);
    bench.cme("AT+QMTOPEN=0,\"host\",65536", 8507);
    bench.cme(&format!("AT+QMTOPEN=0,\"{host}h\",1"), 8507);
    bench.server.hide_name("nowhere.example");
    bench.expect(
        "AT+QMTOPEN=0,\"nowhere.example\",1883",
        "\r\nOK\r\n\r\n+QMTOPEN: 0,4\r\n",
    );
    bench.server.listen(Listen::Refuse);
    bench.expect(
        "AT+QMTOPEN=0,\"broker.example\",1883",
        "\r\nOK\r\n\r\n+QMTOPEN: 0,-1\r\n",
    );
    bench.expect("AT+QMTCLOSE=4", "\r\nOK\r\n\r\n+QMTCLOSE: 4,0\r\n");
    bench.cme("AT+QMTCLOSE=4", 8503);
}

#[test]
fn connect_has_its_own_limits() {
    let (id, login) = ("i".repeat(128), "l".repeat(256));
    let mut bench = Bench::bc660k();
    bench.cme("AT+QMTCONN=0,\"device\"", 8503);
    bench.expect(
        "AT+QMTOPEN=0,\"broker.example\",1883",
        "\r\nOK\r\n\r\n+QMTOPEN: 0,0\r\n",
    );
    bench.cme(&format!("AT+QMTCONN=0,\"{id}i\""), 8507);
    bench.cme(&format!("AT+QMTCONN=0,\"i\",\"{login}l\""), 8507);
    bench.cme(&format!("AT+QMTCONN=0,\"i\",\"u\",\"{login}l\""), 8507);
    bench.expect(
        &format!("AT+QMTCONN=0,\"{id}\",\"{login}\",\"{login}\""),
        "\r\nOK\r\n\r\n+QMTCONN: 0,0,0\r\n",
    );
    // Version 0 is MQTT 3.1.
    assert_eq!(bench.server.connections()[0].protocol, "MQIsdp");
    bench.expect("AT+QMTCONN?", "\r\n+QMTCONN: 0,3\r\n\r\nOK\r\n");
}

#[test]
fn disconnecting_closes_and_reports_no_status() {
    let mut bench = Bench::bc660k_connected();
    bench.expect("AT+QMTDISC=0", "\r\nOK\r\n\r\n+QMTDISC: 0,0\r\n");
    assert_eq!(bench.wait_secs(60), "");
    assert_eq!(bench.server.connected_clients(), [""; 0]);
    bench.ok("AT+QMTOPEN?");
    bench.cme("AT+QMTDISC=0", 8503);
    bench.connect("device");
}

#[test]
fn cmee_chooses_the_form_of_errors() {
    let mut bench = Bench::bc660k();
    bench.cme("AT+QMTCLOSE=0", 8503);
    bench.cme("AT+QMTSUB=0,1,\"a\tb\",0", 8505);
    assert_eq!(
        show(&bench.send(b"AT+QMTSUB=0,1,\"\xFF\",0\r")),
        "\r\n+CME ERROR: 8506\r\n"
    );
    bench.ok("AT+CMEE=2");
    bench.expect("AT+QMTCLOSE=0", "\r\n+CME ERROR: MQTT link layer error\r\n");
    bench.ok("AT+CMEE=0");
    bench.error("AT+QMTCLOSE=0");
    bench.error("AT+QMTCLOSE=5");
}

#[test]
fn a_sleeping_modem_loses_the_command_that_wakes_it() {
    let mut bench = Bench::bc660k();
    bench.modem.behaviour_mut().sleep_after = Some(Duration::from_secs(10));
    bench.expect("AT+QSCLK?", "\r\n+QSCLK: 1\r\n\r\nOK\r\n");
    assert_eq!(bench.wait(Duration::from_millis(9_999)), "");
    bench.ok("AT");
    bench.wait_secs(10);
    bench.expect("AT", "");
    bench.ok("AT");
    bench.ok("AT+QSCLK=0");
    bench.wait_secs(1000);
    bench.ok("AT");
    bench.error("AT+QSCLK=3");
}

#[test]
fn there_is_no_app_rdy() {
    let mut bench = Bench::with(Config {
        module: Module::Bc660k,
        ..Config::default()
    });
    bench.modem.behaviour_mut().boot_time = Duration::from_secs(2);
    bench.modem.restart(bench.now);
    assert_eq!(bench.wait_secs(10), "\r\nRDY\r\n");
    assert_eq!(bench.type_in("ATE0\r"), "ATE0\r\r\nOK\r\n");
}
