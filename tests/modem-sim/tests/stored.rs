//! Stored messages of the BG95 family: `recv/mode` 1 and `AT+QMTRECV`.

mod support;

use quectel_modem_sim::local::{Message, PacketKind};
use support::{Bench, show};

/// A client that stores the messages of topic `t`.
fn storing() -> Bench {
    let mut bench = Bench::connected();
    bench.ok("AT+QMTCFG=\"recv/mode\",0,1,1");
    bench.expect(
        "AT+QMTSUB=0,1,\"t\",2",
        "\r\nOK\r\n\r\n+QMTSUB: 0,1,0,2\r\n",
    );
    bench
}

fn send(bench: &mut Bench, payload: &str, qos: u8) -> String {
    bench.server.publish(Message::new("t", payload, qos));
    show(&bench.output())
}

fn acknowledged(bench: &Bench, kind: PacketKind) -> usize {
    let packets = bench.server.packets();
    packets.iter().filter(|(one, _)| *one == kind).count()
}

#[test]
fn a_notice_names_the_slot_and_reading_frees_it() {
    let mut bench = storing();
    assert_eq!(send(&mut bench, "zero", 0), "\r\n+QMTRECV: 0,0\r\n");
    assert_eq!(send(&mut bench, "a\"\r\n", 1), "\r\n+QMTRECV: 0,1\r\n");
    bench.expect("AT+QMTRECV?", "\r\n+QMTRECV: 0,1,1,0,0,0\r\n\r\nOK\r\n");
    bench.expect(
        "AT+QMTRECV=0,0",
        "\r\n+QMTRECV: 0,0,\"t\",4,\"zero\"\r\n\r\nOK\r\n",
    );
    bench.ok("AT+QMTRECV=0,0");
    bench.expect("AT+QMTRECV?", "\r\n+QMTRECV: 0,0,1,0,0,0\r\n\r\nOK\r\n");
    // The first free slot is taken, but the order of arrival stays.
    assert_eq!(send(&mut bench, "two", 0), "\r\n+QMTRECV: 0,0\r\n");
    bench.ok("AT+QMTCFG=\"recv/mode\",0,1,0");
    bench.expect(
        "AT+QMTRECV=0",
        "\r\n+QMTRECV: 0,1,\"t\",\"a\"\r\n\"\r\n\r\n+QMTRECV: 0,0,\"t\",\"two\"\r\n\r\nOK\r\n",
    );
    bench.ok("AT+QMTRECV=0");
}

#[test]
fn a_sixth_message_waits_for_a_slot_without_acknowledgement() {
    for (qos, kind) in [(1, PacketKind::PubAck), (2, PacketKind::PubRec)] {
        let mut bench = storing();
        for slot in 0..5 {
            assert_eq!(
                send(&mut bench, &format!("m{slot}"), qos),
                format!("\r\n+QMTRECV: 0,{slot}\r\n")
            );
        }
        assert_eq!(send(&mut bench, "lost", 0), "");
        for payload in ["m5", "m6"] {
            assert_eq!(send(&mut bench, payload, qos), "");
        }
        assert_eq!(acknowledged(&bench, kind), 5);
        // A copy is not a message of its own.
        bench.server.repeat_unacknowledged();
        bench.silent();
        bench.expect(
            "AT+QMTRECV=0,3",
            "\r\n+QMTRECV: 0,4,\"t\",2,\"m3\"\r\n\r\nOK\r\n\r\n+QMTRECV: 0,3\r\n",
        );
        assert_eq!(acknowledged(&bench, kind), 6);
        let mut expected = String::new();
        for (id, payload) in [(1, "m0"), (2, "m1"), (3, "m2"), (5, "m4"), (6, "m5")] {
            expected += &format!("\r\n+QMTRECV: 0,{id},\"t\",2,\"{payload}\"\r\n");
        }
        expected += "\r\nOK\r\n\r\n+QMTRECV: 0,0\r\n";
        bench.expect("AT+QMTRECV=0", &expected);
        assert_eq!(acknowledged(&bench, kind), 7);
        bench.expect(
            "AT+QMTRECV=0,0",
            "\r\n+QMTRECV: 0,7,\"t\",2,\"m6\"\r\n\r\nOK\r\n",
        );
        bench.expect("AT+QMTRECV?", "\r\n+QMTRECV: 0,0,0,0,0,0\r\n\r\nOK\r\n");
    }
}

/// Without acknowledgement the server keeps them, and nobody else does.
#[test]
fn messages_that_found_no_slot_come_again_on_the_next_connection() {
    for qos in [1, 2] {
        let mut bench = Bench::quiet();
        bench.ok("AT+QMTCFG=\"version\",0,4");
        bench.ok("AT+QMTCFG=\"session\",0,0");
        bench.ok("AT+QMTCFG=\"recv/mode\",0,1,1");
        bench.connect("device");
        bench.expect(
            "AT+QMTSUB=0,1,\"t\",2",
            "\r\nOK\r\n\r\n+QMTSUB: 0,1,0,2\r\n",
        );
        for number in 0..8 {
            send(&mut bench, &format!("m{number}"), qos);
        }
        bench.server.drop_links();
        assert_eq!(bench.wait_secs(1), "\r\n+QMTSTAT: 0,1\r\n");
        bench.expect(
            "AT+QMTOPEN=0,\"broker.example\",1883",
            "\r\nOK\r\n\r\n+QMTOPEN: 0,0\r\n",
        );
        bench.expect(
            "AT+QMTCONN=0,\"device\"",
            "\r\nOK\r\n\r\n+QMTCONN: 0,0,0\r\n\r\n+QMTRECV: 0,0\r\n\
             \r\n+QMTRECV: 0,1\r\n\r\n+QMTRECV: 0,2\r\n",
        );
        bench.expect(
            "AT+QMTRECV=0",
            "\r\n+QMTRECV: 0,6,\"t\",2,\"m5\"\r\n\
             \r\n+QMTRECV: 0,7,\"t\",2,\"m6\"\r\n\
             \r\n+QMTRECV: 0,8,\"t\",2,\"m7\"\r\n\
             \r\nOK\r\n",
        );
    }
}

#[test]
fn what_waited_is_delivered_when_messages_are_no_longer_stored() {
    let mut bench = storing();
    for number in 0..6 {
        send(&mut bench, &format!("m{number}"), 1);
    }
    bench.expect(
        "AT+QMTCFG=\"recv/mode\",0,0,0",
        "\r\nOK\r\n\r\n+QMTRECV: 0,6,\"t\",\"m5\"\r\n",
    );
    bench.expect("AT+QMTRECV?", "\r\n+QMTRECV: 0,1,1,1,1,1\r\n\r\nOK\r\n");
}

#[test]
fn two_hundred_messages_come_in_order() {
    let mut bench = storing();
    for number in 0..200 {
        send(&mut bench, &format!("m{number}"), 1);
    }
    let mut all = String::new();
    for _ in 0..40 {
        all += &bench.type_in("AT+QMTRECV=0\r");
    }
    let mut rest = &all[..];
    for number in 0..200 {
        let wanted = format!("\"m{number}\"");
        let at = rest.find(&wanted).expect("every message, in order");
        rest = &rest[at + wanted.len()..];
    }
}

#[test]
fn forms_and_limits() {
    let mut bench = Bench::quiet();
    bench.ok("AT+QMTRECV=?");
    // "If there is no MQTT connection": OK to the read form, ERROR to the write form.
    bench.ok("AT+QMTRECV?");
    bench.error("AT+QMTRECV=0");
    bench.ok("AT+QMTCFG=\"version\",0,4");
    bench.connect("device");
    bench.ok("AT+QMTRECV=0");
    bench.ok("AT+QMTRECV=0,0");
    bench.ok("AT+QMTRECV=0,4");
    for command in [
        "AT+QMTRECV",
        "AT+QMTRECV=",
        "AT+QMTRECV=0,5",
        "AT+QMTRECV=0,-1",
        "AT+QMTRECV=0,0,0",
        "AT+QMTRECV=1",
        "AT+QMTRECV=6",
    ] {
        bench.error(command);
    }
}

#[test]
fn the_slots_end_with_the_connection() {
    let mut bench = storing();
    send(&mut bench, "m", 1);
    bench.server.drop_links();
    assert_eq!(bench.wait_secs(1), "\r\n+QMTSTAT: 0,1\r\n");
    bench.error("AT+QMTRECV=0");
    bench.connect("device");
    bench.expect("AT+QMTRECV?", "\r\n+QMTRECV: 0,0,0,0,0,0\r\n\r\nOK\r\n");
}
