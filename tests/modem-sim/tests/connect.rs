//! Opening, connecting, disconnecting, closing.

mod support;

use std::time::Duration;

use quectel_modem_sim::local::{Listen, Message, PacketKind};
use support::Bench;

#[test]
fn test_forms() {
    let mut bench = Bench::quiet();
    for (name, answer) in [
        ("QMTOPEN", "(0-5),<host_name>,(0-65535)"),
        ("QMTCLOSE", "(0-5)"),
        ("QMTCONN", "(0-5),<clientID>,<username>,<password>"),
        ("QMTDISC", "(0-5)"),
    ] {
        bench.expect(
            &format!("AT+{name}=?"),
            &format!("\r\n+{name}: {answer}\r\n\r\nOK\r\n"),
        );
    }
}

#[test]
fn a_whole_dialogue_with_read_forms() {
    let mut bench = Bench::quiet();
    bench.ok("AT+QMTOPEN?");
    bench.ok("AT+QMTCONN?");
    bench.expect(
        "AT+QMTOPEN=0,\"broker.example\",1883",
        "\r\nOK\r\n\r\n+QMTOPEN: 0,0\r\n",
    );
    bench.expect(
        "AT+QMTOPEN?",
        "\r\n+QMTOPEN: 0,\"broker.example\",1883\r\n\r\nOK\r\n",
    );
    bench.expect("AT+QMTCONN?", "\r\n+QMTCONN: 0,1\r\n\r\nOK\r\n");
    bench.server.pause();
    bench.ok("AT+QMTCONN=0,\"id\"");
    bench.expect("AT+QMTCONN?", "\r\n+QMTCONN: 0,2\r\n\r\nOK\r\n");
    bench.server.resume();
    assert_eq!(bench.wait_secs(0), "\r\n+QMTCONN: 0,0,0\r\n");
    bench.expect("AT+QMTCONN?", "\r\n+QMTCONN: 0,3\r\n\r\nOK\r\n");
    bench.server.pause();
    bench.expect("AT+QMTDISC=0", "\r\nOK\r\n\r\n+QMTDISC: 0,0\r\n");
    bench.expect("AT+QMTCONN?", "\r\n+QMTCONN: 0,4\r\n\r\nOK\r\n");
    bench.server.resume();
    assert_eq!(bench.wait_secs(0), "\r\n+QMTSTAT: 0,5\r\n");
    bench.ok("AT+QMTCONN?");
    bench.error("AT+QMTCLOSE=0");
}

#[test]
fn a_server_that_does_not_close_leaves_it_to_qmtclose() {
    let mut bench = Bench::connected();
    bench.server.pause();
    bench.expect("AT+QMTDISC=0", "\r\nOK\r\n\r\n+QMTDISC: 0,0\r\n");
    assert_eq!(bench.wait_secs(600), "");
    bench.expect("AT+QMTCLOSE=0", "\r\nOK\r\n\r\n+QMTCLOSE: 0,0\r\n");
}

#[test]
fn parameters_have_their_limits() {
    let mut bench = Bench::quiet();
    for command in [
        "AT+QMTOPEN",
        "AT+QMTOPEN=",
        "AT+QMTOPEN=0",
        "AT+QMTOPEN=0,\"h\"",
        "AT+QMTOPEN=6,\"h\",1883",
        "AT+QMTOPEN=-1,\"h\",1883",
        "AT+QMTOPEN=0,\"\",1883",
        "AT+QMTOPEN=0,h,1883",
        "AT+QMTOPEN=0,\"h\",65536",
        "AT+QMTOPEN=0,\"h\",-1",
        "AT+QMTOPEN=0,\"h\",1883,0",
        "AT+QMTCLOSE",
        "AT+QMTCLOSE?",
        "AT+QMTCLOSE=6",
        "AT+QMTCLOSE=0",
        "AT+QMTCONN=0,\"id\"",
        "AT+QMTDISC=0",
        "AT+QMTDISC?",
    ] {
        bench.error(command);
    }
    let host = "h".repeat(100);
    bench.error(&format!("AT+QMTOPEN=0,\"{host}h\",1883"));
    for (index, port) in [(0, 0), (5, 65535)] {
        bench.expect(
            &format!("AT+QMTOPEN={index},\"{host}\",{port}"),
            &format!("\r\nOK\r\n\r\n+QMTOPEN: {index},0\r\n"),
        );
    }
    let (id, login) = ("i".repeat(256), "l".repeat(512));
    for command in [
        "AT+QMTCONN=0".into(),
        "AT+QMTCONN=0,id".into(),
        "AT+QMTCONN=6,\"id\"".into(),
        "AT+QMTCONN=0,\"id\",\"u\",\"p\",\"x\"".into(),
        format!("AT+QMTCONN=0,\"{id}i\""),
        format!("AT+QMTCONN=0,\"id\",\"{login}l\""),
        format!("AT+QMTCONN=0,\"id\",\"u\",\"{login}l\""),
    ] {
        bench.error(&command);
    }
    bench.expect(
        &format!("AT+QMTCONN=0,\"{id}\",\"{login}\",\"{login}\""),
        "\r\nOK\r\n\r\n+QMTCONN: 0,0,0\r\n",
    );
    let connection = &bench.server.connections()[0];
    assert_eq!(connection.client_id, id);
    assert_eq!(connection.username.as_deref(), Some(login.as_str()));
    assert_eq!(connection.password.as_deref(), Some(login.as_bytes()));
    bench.error("AT+QMTCONN=0,\"id\"");
}

#[test]
fn an_open_client_is_occupied() {
    let mut bench = Bench::connected();
    bench.expect("AT+QMTOPEN=0,\"h\",1883", "\r\nOK\r\n\r\n+QMTOPEN: 0,2\r\n");
    bench.expect("AT+QMTOPEN=1,\"h\",1883", "\r\nOK\r\n\r\n+QMTOPEN: 1,0\r\n");
}

#[test]
fn open_results() {
    let mut bench = Bench::quiet();
    bench.server.hide_name("no.such.name");
    bench.expect(
        "AT+QMTOPEN=0,\"no.such.name\",1883",
        "\r\nOK\r\n\r\n+QMTOPEN: 0,4\r\n",
    );
    bench.server.listen(Listen::Refuse);
    bench.expect("AT+QMTOPEN=0,\"h\",1883", "\r\nOK\r\n\r\n+QMTOPEN: 0,5\r\n");
    bench.server.listen(Listen::Silent);
    bench.ok("AT+QMTOPEN=0,\"h\",1883");
    assert_eq!(bench.wait_secs(100), "");
    bench.expect("AT+QMTCLOSE=0", "\r\nOK\r\n\r\n+QMTCLOSE: 0,0\r\n");
    // A server without TLS.
    bench.server.listen(Listen::Accept);
    bench.ok("AT+QMTCFG=\"ssl\",1,1,2");
    bench.expect(
        "AT+QMTOPEN=1,\"h\",8883",
        "\r\nOK\r\n\r\n+QMTOPEN: 1,-1\r\n",
    );
}

#[test]
fn results_come_when_the_server_has_answered() {
    let mut bench = Bench::quiet();
    bench.server.set_latency(Duration::from_millis(150));
    bench.ok("AT+QMTOPEN=0,\"h\",1883");
    assert_eq!(bench.wait(Duration::from_millis(299)), "");
    assert_eq!(
        bench.wait(Duration::from_millis(1)),
        "\r\n+QMTOPEN: 0,0\r\n"
    );
    bench.ok("AT+QMTCONN=0,\"id\"");
    assert_eq!(bench.wait(Duration::from_millis(299)), "");
    assert_eq!(
        bench.wait(Duration::from_millis(1)),
        "\r\n+QMTCONN: 0,0,0\r\n"
    );
}

#[test]
fn connect_carries_the_settings() {
    let mut bench = Bench::quiet();
    for setting in ["\"keepalive\",0,77", "\"session\",0,0", "\"version\",0,4"] {
        bench.ok(&format!("AT+QMTCFG={setting}"));
    }
    bench.ok("AT+QMTCFG=\"will\",0,1,2,1,\"w\",\"bye\"");
    bench.connect("id");
    let connection = &bench.server.connections()[0];
    assert_eq!(
        (connection.protocol.as_str(), connection.level),
        ("MQTT", 4)
    );
    assert_eq!(connection.keep_alive, 77);
    assert!(!connection.clean_session);
    let mut will = Message::new("w", "bye", 2);
    will.retain = true;
    assert_eq!(connection.will, Some(will));
    assert_eq!((&connection.username, &connection.password), (&None, &None));
}

#[test]
fn version_3_is_mqtt_3_1() {
    let mut bench = Bench::quiet();
    bench.connect("id");
    let connection = &bench.server.connections()[0];
    assert_eq!(
        (connection.protocol.as_str(), connection.level),
        ("MQIsdp", 3)
    );
}

#[test]
fn an_empty_user_name_is_a_user_name() {
    let mut bench = Bench::quiet();
    bench.expect("AT+QMTOPEN=0,\"h\",1883", "\r\nOK\r\n\r\n+QMTOPEN: 0,0\r\n");
    bench.expect(
        "AT+QMTCONN=0,\"id\",\"\",\"\"",
        "\r\nOK\r\n\r\n+QMTCONN: 0,0,0\r\n",
    );
    let connection = &bench.server.connections()[0];
    assert_eq!(connection.username.as_deref(), Some(""));
    assert_eq!(connection.password.as_deref(), Some(&b""[..]));
}

#[test]
fn alibaba_cloud_gets_a_login_made_of_the_device_secret() {
    for make in [Bench::quiet, Bench::bc660k] {
        let mut bench = make();
        // The device of the BG95 note's example; the password is openssl's.
        bench.ok("AT+QMTCFG=\"aliauth\",0,\"oyjtmPI5a5j\",\"MQTT_TEST\",\
             \"wN9Y6pZSIly7Exa5qVzcmigEGO4kAazZ\"");
        bench.connect("clientExample");
        let connection = &bench.server.connections()[0];
        assert_eq!(
            connection.client_id,
            "clientExample|securemode=3,signmethod=hmacsha1|"
        );
        assert_eq!(
            connection.username.as_deref(),
            Some("MQTT_TEST&oyjtmPI5a5j")
        );
        assert_eq!(
            connection.password.as_deref(),
            Some(&b"1cc463d534daff2e882fc10323ce58609bd7d4af"[..])
        );
    }
}

#[test]
fn a_login_that_is_given_stands_before_that_of_alibaba_cloud() {
    let mut bench = Bench::quiet();
    bench.ok("AT+QMTCFG=\"aliauth\",0,\"product\",\"device\",\"secret\"");
    for (login, username, password) in [
        (",\"me\"", Some("me"), None),
        (",\"me\",\"word\"", Some("me"), Some(&b"word"[..])),
        (",\"\"", Some(""), None),
    ] {
        bench.expect("AT+QMTOPEN=0,\"h\",1883", "\r\nOK\r\n\r\n+QMTOPEN: 0,0\r\n");
        bench.type_in(&format!("AT+QMTCONN=0,\"id\"{login}\r"));
        bench.type_in("AT+QMTCLOSE=0\r");
        let connections = bench.server.connections();
        let connection = connections.last().unwrap();
        assert_eq!(connection.client_id, "id");
        assert_eq!(connection.username.as_deref(), username);
        assert_eq!(connection.password.as_deref(), password);
    }
    // The other clients have no such login.
    bench.expect("AT+QMTOPEN=1,\"h\",1883", "\r\nOK\r\n\r\n+QMTOPEN: 1,0\r\n");
    bench.expect("AT+QMTCONN=1,\"id\"", "\r\nOK\r\n\r\n+QMTCONN: 1,0,0\r\n");
    let connections = bench.server.connections();
    assert_eq!(connections.last().unwrap().username, None);
}

#[test]
fn refusals_carry_the_return_code() {
    for code in 1..=5 {
        let mut bench = Bench::quiet();
        bench.server.refuse_connections(Some(code));
        bench.expect("AT+QMTOPEN=0,\"h\",1883", "\r\nOK\r\n\r\n+QMTOPEN: 0,0\r\n");
        bench.expect(
            "AT+QMTCONN=0,\"id\"",
            &format!("\r\nOK\r\n\r\n+QMTCONN: 0,0,{code}\r\n\r\n+QMTSTAT: 0,4\r\n"),
        );
        bench.ok("AT+QMTCONN?");
    }
}

#[test]
fn a_wrong_password_is_refused_and_the_right_one_is_not() {
    let mut bench = Bench::quiet();
    bench.server.require_login("user", "secret");
    for (password, answer) in [
        ("wrong", "+QMTCONN: 0,0,4\r\n\r\n+QMTSTAT: 0,4"),
        ("secret", "+QMTCONN: 0,0,0"),
    ] {
        bench.expect("AT+QMTOPEN=0,\"h\",1883", "\r\nOK\r\n\r\n+QMTOPEN: 0,0\r\n");
        bench.expect(
            &format!("AT+QMTCONN=0,\"id\",\"user\",\"{password}\""),
            &format!("\r\nOK\r\n\r\n{answer}\r\n"),
        );
    }
}

#[test]
fn a_connect_without_answer_fails_after_the_packet_timeout() {
    let mut bench = Bench::quiet();
    bench.ok("AT+QMTCFG=\"timeout\",0,7");
    bench.server.withhold(PacketKind::ConnAck, 1);
    bench.expect("AT+QMTOPEN=0,\"h\",1883", "\r\nOK\r\n\r\n+QMTOPEN: 0,0\r\n");
    bench.ok("AT+QMTCONN=0,\"id\"");
    assert_eq!(bench.wait(Duration::from_millis(6_999)), "");
    assert_eq!(
        bench.wait(Duration::from_millis(1)),
        "\r\n+QMTCONN: 0,2\r\n\r\n+QMTSTAT: 0,4\r\n"
    );
    bench.error("AT+QMTCLOSE=0");
}

#[test]
fn the_server_closes_a_link_without_connect() {
    let mut bench = Bench::quiet();
    bench.expect("AT+QMTOPEN=0,\"h\",1883", "\r\nOK\r\n\r\n+QMTOPEN: 0,0\r\n");
    assert_eq!(bench.wait(Duration::from_millis(9_999)), "");
    assert_eq!(
        bench.wait(Duration::from_millis(1)),
        "\r\n+QMTSTAT: 0,1\r\n"
    );
    bench.connect("id");
}

#[test]
fn a_lost_link_is_reported_once_and_leaves_the_will() {
    let mut bench = Bench::quiet();
    bench.ok("AT+QMTCFG=\"will\",0,1,1,1,\"w\",\"gone\"");
    bench.connect("id");
    bench.server.drop_links();
    assert_eq!(bench.wait_secs(1), "\r\n+QMTSTAT: 0,1\r\n");
    assert_eq!(bench.wait_secs(600), "");
    assert_eq!(bench.server.retained("w").unwrap().payload, b"gone");
    bench.ok("AT+QMTOPEN?");
    bench.error("AT+QMTDISC=0");
    bench.connect("id");
}

#[test]
fn qmtclose_leaves_the_will_and_qmtdisc_does_not() {
    for (command, kept) in [("AT+QMTCLOSE=0", true), ("AT+QMTDISC=0", false)] {
        let mut bench = Bench::quiet();
        bench.ok("AT+QMTCFG=\"will\",0,1,1,1,\"w\",\"gone\"");
        bench.connect("id");
        bench.type_in(&format!("{command}\r"));
        assert_eq!(bench.server.retained("w").is_some(), kept, "{command}");
    }
}

#[test]
fn pings_keep_the_connection() {
    let mut bench = Bench::quiet();
    bench.ok("AT+QMTCFG=\"keepalive\",0,30");
    bench.connect("id");
    assert_eq!(bench.wait_secs(3600), "");
    let pings = bench.server.packets();
    let pings = pings
        .iter()
        .filter(|(kind, _)| *kind == PacketKind::PingReq);
    assert_eq!(pings.count(), 120);
}

#[test]
fn a_ping_without_answer_ends_the_connection() {
    let mut bench = Bench::quiet();
    bench.ok("AT+QMTCFG=\"keepalive\",0,30");
    bench.ok("AT+QMTCFG=\"timeout\",0,5,1");
    bench.connect("id");
    bench.server.pause();
    assert_eq!(bench.wait(Duration::from_millis(39_999)), "");
    assert_eq!(
        bench.wait(Duration::from_millis(1)),
        "\r\n+QMTSTAT: 0,2\r\n"
    );
}

#[test]
fn the_same_client_identifier_takes_over() {
    let mut bench = Bench::connected();
    bench.expect("AT+QMTOPEN=1,\"h\",1883", "\r\nOK\r\n\r\n+QMTOPEN: 1,0\r\n");
    let answer = bench.type_in("AT+QMTCONN=1,\"device\"\r");
    assert_eq!(
        answer,
        "\r\nOK\r\n\r\n+QMTCONN: 1,0,0\r\n\r\n+QMTSTAT: 0,1\r\n"
    );
}
