//! Subscribing and receiving, and the limits of all parameters.

mod support;

use std::time::Duration;

use quectel_modem_sim::local::{Message, PacketKind};
use support::Bench;

#[test]
fn test_forms() {
    let mut bench = Bench::quiet();
    for (name, answer) in [
        ("QMTSUB", "(0-5),(1-65535),<topic>,(0-2)"),
        ("QMTUNS", "(0-5),(1-65535),<topic>"),
        ("QMTPUB", "(0-5),(0-65535),(0-2),(0,1),<topic>,(1-4096)"),
        ("QMTPUBEX", "(0-5),(0-65535),(0-2),(0,1),<topic>,<msg>"),
    ] {
        bench.expect(
            &format!("AT+{name}=?"),
            &format!("\r\n+{name}: {answer}\r\n\r\nOK\r\n"),
        );
    }
}

#[test]
fn parameters_have_their_limits() {
    let mut bench = Bench::connected();
    let (most, more) = ("t".repeat(255), "t".repeat(256));
    for command in [
        "AT+QMTSUB",
        "AT+QMTSUB?",
        "AT+QMTSUB=0,1",
        "AT+QMTSUB=0,1,\"t\"",
        "AT+QMTSUB=6,1,\"t\",0",
        "AT+QMTSUB=0,0,\"t\",0",
        "AT+QMTSUB=0,65536,\"t\",0",
        "AT+QMTSUB=0,1,\"t\",3",
        "AT+QMTSUB=0,1,\"\",0",
        "AT+QMTSUB=0,1,t,0",
        "AT+QMTSUB=0,1,\"t\",0,\"u\"",
        "AT+QMTSUB=1,1,\"t\",0",
        "AT+QMTUNS=0,1",
        "AT+QMTUNS=0,0,\"t\"",
        "AT+QMTUNS=0,65536,\"t\"",
        "AT+QMTUNS=0,1,\"t\",0",
        "AT+QMTUNS=1,1,\"t\"",
        "AT+QMTPUB",
        "AT+QMTPUB?",
        "AT+QMTPUB=0,1,1,0",
        "AT+QMTPUB=6,1,1,0,\"t\"",
        "AT+QMTPUB=0,65536,1,0,\"t\"",
        "AT+QMTPUB=0,-1,1,0,\"t\"",
        "AT+QMTPUB=0,0,1,0,\"t\"",
        "AT+QMTPUB=0,0,2,0,\"t\"",
        "AT+QMTPUB=0,1,3,0,\"t\"",
        "AT+QMTPUB=0,1,1,2,\"t\"",
        "AT+QMTPUB=0,1,1,0,\"\"",
        "AT+QMTPUB=0,1,1,0,\"t\",0",
        "AT+QMTPUB=0,1,1,0,\"t\",4097",
        "AT+QMTPUB=0,1,1,0,\"t\",\"5\"",
        "AT+QMTPUB=0,1,1,0,\"t\",5,5",
        "AT+QMTPUB=1,1,1,0,\"t\"",
        "AT+QMTPUBEX=0,1,1,0,\"t\"",
        "AT+QMTPUBEX=0,1,1,0,\"t\",m",
        "AT+QMTPUBEX=0,1,1,0,\"t\",\"m\",1",
        "AT+QMTPUBEX=0,0,1,0,\"t\",\"m\"",
        "AT+QMTPUBEX=1,1,1,0,\"t\",\"m\"",
    ] {
        bench.error(command);
    }
    bench.error(&format!("AT+QMTSUB=0,1,\"{more}\",0"));
    bench.error(&format!("AT+QMTUNS=0,1,\"{more}\""));
    bench.error(&format!("AT+QMTPUB=0,1,1,0,\"{more}\""));
    let message = "m".repeat(560);
    bench.error(&format!("AT+QMTPUBEX=0,1,1,0,\"t\",\"{message}m\""));
    assert!(bench.server.messages().is_empty());

    bench.expect(
        &format!("AT+QMTSUB=0,65535,\"{most}\",2"),
        "\r\nOK\r\n\r\n+QMTSUB: 0,65535,0,2\r\n",
    );
    bench.expect(
        &format!("AT+QMTUNS=0,65535,\"{most}\""),
        "\r\nOK\r\n\r\n+QMTUNS: 0,65535,0\r\n",
    );
    bench.expect(
        &format!("AT+QMTPUBEX=0,65535,2,1,\"{most}\",\"{message}\""),
        "\r\nOK\r\n\r\n+QMTPUB: 0,65535,0\r\n",
    );
    bench.expect("AT+QMTPUB=0,1,0,0,\"t\",1", "\r\n> ");
    assert_eq!(bench.type_in("x"), "\r\nOK\r\n\r\n+QMTPUB: 0,1,0\r\n");
}

#[test]
fn several_topics_are_granted_in_a_flat_list() {
    let mut bench = Bench::connected();
    bench.server.deny_filter("secret");
    bench.expect(
        "AT+QMTSUB=0,7,\"a\",0,\"b\",1,\"secret\",1,\"c\",2",
        "\r\nOK\r\n\r\n+QMTSUB: 0,7,0,0,1,128,2\r\n",
    );
    bench.server.limit_qos(1);
    bench.expect(
        "AT+QMTSUB=0,8,\"d\",2",
        "\r\nOK\r\n\r\n+QMTSUB: 0,8,0,1\r\n",
    );
    bench.expect(
        "AT+QMTUNS=0,9,\"a\",\"b\"",
        "\r\nOK\r\n\r\n+QMTUNS: 0,9,0\r\n",
    );
    for topic in ["a", "b", "c"] {
        bench.server.publish(Message::new(topic, "x", 0));
    }
    assert_eq!(bench.wait_secs(0), "\r\n+QMTRECV: 0,0,\"c\",\"x\"\r\n");
}

#[test]
fn every_qos_is_received() {
    let mut bench = Bench::connected();
    bench.expect(
        "AT+QMTSUB=0,1,\"t\",2",
        "\r\nOK\r\n\r\n+QMTSUB: 0,1,0,2\r\n",
    );
    for qos in 0..=2 {
        bench.server.publish(Message::new("t", "hi", qos));
        // The packet identifier is the server's; QoS 0 has none.
        assert_eq!(
            bench.wait_secs(0),
            format!("\r\n+QMTRECV: 0,{qos},\"t\",\"hi\"\r\n")
        );
    }
    let acks: Vec<_> = bench.server.packets().into_iter().skip(2).collect();
    assert_eq!(
        acks,
        [PacketKind::PubAck, PacketKind::PubRec, PacketKind::PubComp].map(|kind| (kind, false))
    );
}

#[test]
fn a_repeated_qos_2_message_is_received_once_and_a_qos_1_message_twice() {
    for (qos, times) in [(1, 2), (2, 1)] {
        let mut bench = Bench::connected();
        bench.expect(
            "AT+QMTSUB=0,1,\"t\",2",
            "\r\nOK\r\n\r\n+QMTSUB: 0,1,0,2\r\n",
        );
        bench.server.set_latency(Duration::from_millis(100));
        bench.server.publish(Message::new("t", "hi", qos));
        // Before the acknowledgement can have arrived.
        let mut seen = bench.wait(Duration::from_millis(150));
        bench.server.repeat_unacknowledged();
        seen += &bench.wait_secs(10);
        assert_eq!(seen, "\r\n+QMTRECV: 0,1,\"t\",\"hi\"\r\n".repeat(times));
    }
}

#[test]
fn a_kept_session_gets_what_was_published_meanwhile() {
    let mut bench = Bench::quiet();
    bench.ok("AT+QMTCFG=\"version\",0,4");
    bench.ok("AT+QMTCFG=\"session\",0,0");
    bench.connect("device");
    bench.expect(
        "AT+QMTSUB=0,1,\"t\",1",
        "\r\nOK\r\n\r\n+QMTSUB: 0,1,0,1\r\n",
    );
    bench.server.drop_links();
    assert_eq!(bench.wait_secs(0), "\r\n+QMTSTAT: 0,1\r\n");
    bench.server.publish(Message::new("t", "late", 1));
    bench.expect("AT+QMTOPEN=0,\"h\",1883", "\r\nOK\r\n\r\n+QMTOPEN: 0,0\r\n");
    bench.expect(
        "AT+QMTCONN=0,\"device\"",
        "\r\nOK\r\n\r\n+QMTCONN: 0,0,0\r\n\r\n+QMTRECV: 0,1,\"t\",\"late\"\r\n",
    );
}

#[test]
fn retained_messages_come_behind_the_subscription() {
    let mut bench = Bench::connected();
    let mut kept = Message::new("t/1", "kept", 1);
    kept.retain = true;
    bench.server.publish(kept);
    bench.expect(
        "AT+QMTSUB=0,1,\"t/+\",0",
        "\r\nOK\r\n\r\n+QMTSUB: 0,1,0,0\r\n\r\n+QMTRECV: 0,0,\"t/1\",\"kept\"\r\n",
    );
}

#[test]
fn without_length_the_payload_stands_alone_between_quotes() {
    let mut bench = Bench::connected();
    bench.expect(
        "AT+QMTSUB=0,1,\"t\",0",
        "\r\nOK\r\n\r\n+QMTSUB: 0,1,0,0\r\n",
    );
    bench.server.publish(Message::new("t", "a \"b\"\r\n", 0));
    assert_eq!(
        bench.wait_secs(0),
        "\r\n+QMTRECV: 0,0,\"t\",\"a \"b\"\r\n\"\r\n"
    );
    bench.server.publish(Message::new("t", "", 0));
    assert_eq!(bench.wait_secs(0), "\r\n+QMTRECV: 0,0,\"t\",\"\"\r\n");
}

#[test]
fn messages_larger_than_any_buffer_arrive() {
    let mut bench = Bench::connected();
    bench.ok("AT+QMTCFG=\"recv/mode\",0,0,1");
    bench.expect(
        "AT+QMTSUB=0,1,\"t\",1",
        "\r\nOK\r\n\r\n+QMTSUB: 0,1,0,1\r\n",
    );
    let payload = vec![b'x'; 300_000];
    bench.server.publish(Message::new("t", payload.clone(), 1));
    bench.server.publish(Message::new("t", "next", 1));
    let seen = bench.wait_secs(0);
    assert!(seen.starts_with("\r\n+QMTRECV: 0,1,\"t\",300000,\"xxx"));
    assert!(seen.ends_with("x\"\r\n\r\n+QMTRECV: 0,2,\"t\",4,\"next\"\r\n"));
}

#[test]
fn clients_are_independent() {
    let mut bench = Bench::connected();
    bench.expect("AT+QMTOPEN=5,\"h\",1883", "\r\nOK\r\n\r\n+QMTOPEN: 5,0\r\n");
    bench.expect(
        "AT+QMTCONN=5,\"other\"",
        "\r\nOK\r\n\r\n+QMTCONN: 5,0,0\r\n",
    );
    bench.expect(
        "AT+QMTSUB=5,1,\"t\",0",
        "\r\nOK\r\n\r\n+QMTSUB: 5,1,0,0\r\n",
    );
    let answer = bench.type_in("AT+QMTPUBEX=0,1,1,0,\"t\",\"m\"\r");
    assert_eq!(
        answer,
        "\r\nOK\r\n\r\n+QMTPUB: 0,1,0\r\n\r\n+QMTRECV: 5,0,\"t\",\"m\"\r\n"
    );
    bench.expect(
        "AT+QMTCONN?",
        "\r\n+QMTCONN: 0,3\r\n\r\n+QMTCONN: 5,3\r\n\r\nOK\r\n",
    );
}
