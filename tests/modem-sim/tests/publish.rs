//! Publishing: prompt, payload, acknowledgement, retransmission.

mod support;

use std::time::Duration;

use quectel_modem_sim::local::{Message, PacketKind};
use support::Bench;

#[test]
fn every_qos_is_published() {
    let mut bench = Bench::connected();
    for qos in 0..=2_u8 {
        let id = if qos == 0 { 0 } else { 40 };
        bench.expect(&format!("AT+QMTPUB=0,{id},{qos},1,\"t\",5"), "\r\n> ");
        assert_eq!(bench.type_in("hell"), "");
        assert_eq!(
            bench.type_in("o"),
            format!("\r\nOK\r\n\r\n+QMTPUB: 0,{id},0\r\n")
        );
        let mut message = Message::new("t", "hello", qos);
        message.retain = true;
        assert_eq!(bench.server.messages().last(), Some(&message));
    }
}

/// Every byte there is, line ends, quotes, and what looks like the modem's own lines.
fn payloads() -> Vec<Vec<u8>> {
    vec![
        vec![0],
        (0..=255).collect(),
        b"\r\nOK\r\n".to_vec(),
        b"\",\"".to_vec(),
        b"\r\n+QMTRECV: 0,1,\"t\",\"fake\"\r\n".to_vec(),
        vec![0x1A, 0x1B, b'\r', b'\n'],
        (0..4096_u32).map(|n| (n % 253) as u8).collect(),
    ]
}

#[test]
fn payloads_go_through_unchanged_in_both_directions() {
    for chunk in [usize::MAX, 1, 7] {
        let mut bench = Bench::connected();
        bench.modem.behaviour_mut().chunk = quectel_modem_sim::Chunk::AtMost(chunk);
        bench.ok("AT+QMTCFG=\"recv/mode\",0,0,1");
        bench.expect(
            "AT+QMTSUB=0,1,\"t\",0",
            "\r\nOK\r\n\r\n+QMTSUB: 0,1,0,0\r\n",
        );
        for payload in payloads() {
            let length = payload.len();
            bench.expect(&format!("AT+QMTPUB=0,2,1,0,\"t\",{length}"), "\r\n> ");
            let mut expected =
                format!("\r\nOK\r\n\r\n+QMTRECV: 0,0,\"t\",{length},\"").into_bytes();
            expected.extend_from_slice(&payload);
            expected.extend_from_slice(b"\"\r\n\r\n+QMTPUB: 0,2,0\r\n");
            assert_eq!(bench.send(&payload), expected);
            assert_eq!(bench.server.messages().last().unwrap().payload, payload);
        }
    }
}

#[test]
fn ctrl_z_ends_a_payload_and_esc_cancels_it() {
    let mut bench = Bench::connected();
    bench.expect("AT+QMTPUB=0,1,1,0,\"t\"", "\r\n> ");
    assert_eq!(
        bench.type_in("with \r\n end\x1A"),
        "\r\nOK\r\n\r\n+QMTPUB: 0,1,0\r\n"
    );
    bench.expect("AT+QMTPUB=0,2,1,0,\"t\"", "\r\n> ");
    assert_eq!(bench.type_in("never mind\x1B"), "\r\nOK\r\n");
    bench.ok("AT");
    bench.expect("AT+QMTPUB=0,2,0,1,\"t\"", "\r\n> ");
    assert_eq!(bench.type_in("\x1A"), "\r\nOK\r\n\r\n+QMTPUB: 0,2,0\r\n");
    let mut empty = Message::new("t", "", 0);
    empty.retain = true;
    assert_eq!(
        bench.server.messages(),
        [Message::new("t", "with \r\n end", 1), empty]
    );
}

#[test]
fn beyond_4096_bytes_a_payload_is_cut() {
    let mut bench = Bench::connected();
    bench.expect("AT+QMTPUB=0,1,1,0,\"t\"", "\r\n> ");
    let typed = format!("{}y\x1A", "x".repeat(4096));
    assert_eq!(bench.type_in(&typed), "\r\nOK\r\n\r\n+QMTPUB: 0,1,0\r\n");
    assert_eq!(bench.server.messages()[0].payload, vec![b'x'; 4096]);
}

#[test]
fn with_echo_the_payload_comes_back_before_ok() {
    let mut bench = Bench::connected();
    bench.ok("ATE1");
    let command = "AT+QMTPUB=0,1,1,0,\"t\",5\r";
    assert_eq!(bench.type_in(command), format!("{command}\r\n> "));
    assert_eq!(bench.type_in("hel"), "hel");
    assert_eq!(bench.type_in("lo"), "lo\r\nOK\r\n\r\n+QMTPUB: 0,1,0\r\n");
    let command = "AT+QMTPUB=0,1,1,0,\"t\"\r";
    assert_eq!(bench.type_in(command), format!("{command}\r\n> "));
    assert_eq!(
        bench.type_in("hey\x1A"),
        "hey\r\nOK\r\n\r\n+QMTPUB: 0,1,0\r\n"
    );
}

#[test]
fn a_line_feed_behind_the_command_is_the_first_byte_of_the_payload() {
    let mut bench = Bench::connected();
    assert_eq!(
        bench.type_in("AT+QMTPUB=0,1,1,0,\"t\",2\r\nx"),
        "\r\n> \r\nOK\r\n\r\n+QMTPUB: 0,1,0\r\n"
    );
    assert_eq!(bench.server.messages()[0].payload, b"\nx");
}

#[test]
fn a_lost_link_in_data_mode_shows_after_the_payload() {
    let mut bench = Bench::connected();
    bench.expect("AT+QMTPUB=0,1,1,0,\"t\",5", "\r\n> ");
    bench.server.drop_links();
    assert_eq!(bench.wait_secs(1), "");
    assert_eq!(bench.type_in("hello"), "\r\nERROR\r\n\r\n+QMTSTAT: 0,1\r\n");
}

#[test]
fn five_publishes_are_in_flight_and_no_sixth() {
    let mut bench = Bench::connected();
    bench.server.pause();
    for id in 1..=5 {
        bench.expect(&format!("AT+QMTPUBEX=0,{id},1,0,\"t\",\"m\""), "\r\nOK\r\n");
    }
    bench.error("AT+QMTPUBEX=0,6,1,0,\"t\",\"m\"");
    bench.error("AT+QMTPUB=0,6,1,0,\"t\"");
    // Subscribing does not count, but the packet identifier must be another.
    bench.error("AT+QMTSUB=0,5,\"t\",0");
    bench.ok("AT+QMTSUB=0,6,\"other\",0");
    bench.server.resume();
    let mut all: String = (1..=5)
        .map(|id| format!("\r\n+QMTPUB: 0,{id},0\r\n"))
        .collect();
    all += "\r\n+QMTSUB: 0,6,0,0\r\n";
    assert_eq!(bench.wait_secs(0), all);
    bench.expect(
        "AT+QMTPUBEX=0,6,1,0,\"t\",\"m\"",
        "\r\nOK\r\n\r\n+QMTPUB: 0,6,0\r\n",
    );
}

#[test]
fn what_is_not_acknowledged_is_sent_again_with_notices() {
    let mut bench = Bench::connected();
    bench.ok("AT+QMTCFG=\"timeout\",0,2,2,1");
    bench.server.withhold(PacketKind::PubAck, 1);
    bench.expect("AT+QMTPUBEX=0,9,1,0,\"t\",\"m\"", "\r\nOK\r\n");
    assert_eq!(bench.wait(Duration::from_millis(1_999)), "");
    assert_eq!(
        bench.wait(Duration::from_millis(1)),
        "\r\n+QMTPUB: 0,9,1,1\r\n\r\n+QMTPUB: 0,9,0\r\n"
    );
    let publishes: Vec<bool> = bench
        .server
        .packets()
        .into_iter()
        .filter(|(kind, _)| *kind == PacketKind::Publish)
        .map(|(_, duplicate)| duplicate)
        .collect();
    assert_eq!(publishes, [false, true]);
}

#[test]
fn result_2_comes_after_the_last_retry() {
    for (kind, command, name) in [
        (
            PacketKind::PubAck,
            "AT+QMTPUBEX=0,9,1,0,\"t\",\"m\"",
            "QMTPUB",
        ),
        (
            PacketKind::PubRec,
            "AT+QMTPUBEX=0,9,2,0,\"t\",\"m\"",
            "QMTPUB",
        ),
        (
            PacketKind::PubComp,
            "AT+QMTPUBEX=0,9,2,0,\"t\",\"m\"",
            "QMTPUB",
        ),
        (PacketKind::SubAck, "AT+QMTSUB=0,9,\"t\",1", "QMTSUB"),
        (PacketKind::UnsubAck, "AT+QMTUNS=0,9,\"t\"", "QMTUNS"),
    ] {
        for notice in [0, 1] {
            let mut bench = Bench::connected();
            bench.ok(&format!("AT+QMTCFG=\"timeout\",0,2,3,{notice}"));
            bench.server.withhold(kind, 100);
            bench.expect(command, "\r\nOK\r\n");
            let mut expected = String::new();
            if notice == 1 {
                for count in 1..=3 {
                    expected += &format!("\r\n+{name}: 0,9,1,{count}\r\n");
                }
            }
            assert_eq!(bench.wait(Duration::from_millis(7_999)), expected);
            assert_eq!(
                bench.wait(Duration::from_millis(1)),
                format!("\r\n+{name}: 0,9,2\r\n")
            );
            assert_eq!(bench.wait_secs(60), "");
        }
    }
}

#[test]
fn a_qos_2_message_is_published_once_in_spite_of_retransmission() {
    let mut bench = Bench::connected();
    bench.server.withhold(PacketKind::PubRec, 1);
    bench.expect("AT+QMTPUBEX=0,9,2,0,\"t\",\"m\"", "\r\nOK\r\n");
    assert_eq!(bench.wait_secs(5), "\r\n+QMTPUB: 0,9,0\r\n");
    assert_eq!(bench.server.messages().len(), 1);
}
