//! The BC660K-GL's own ways to publish and to show messages.

mod support;

use std::time::Duration;

use quectel_modem_sim::local::{Message, PacketKind};
use support::{Bench, show};

#[test]
fn topics_have_256_bytes_at_most() {
    let mut bench = Bench::bc660k_connected();
    let (most, more) = ("t".repeat(256), "t".repeat(257));
    bench.expect(
        &format!("AT+QMTSUB=0,65535,\"{most}\",1,\"u\",2"),
        "\r\nOK\r\n\r\n+QMTSUB: 0,65535,0,1,2\r\n",
    );
    bench.expect(
        &format!("AT+QMTUNS=0,1,\"{most}\""),
        "\r\nOK\r\n\r\n+QMTUNS: 0,1,0\r\n",
    );
    bench.expect(
        &format!("AT+QMTPUB=0,0,0,0,\"{most}\",1,\"m\""),
        "\r\nOK\r\n\r\n+QMTPUB: 0,0,0\r\n",
    );
    bench.cme(&format!("AT+QMTSUB=0,1,\"{more}\",1"), 8507);
    bench.cme(&format!("AT+QMTUNS=0,1,\"{more}\""), 8507);
    bench.cme(&format!("AT+QMTPUB=0,0,0,0,\"{more}\",1,\"m\""), 8507);
    bench.cme("AT+QMTSUB=0,0,\"t\",1", 8507);
    bench.cme("AT+QMTPUB=0,0,1,0,\"t\",1,\"m\"", 8507);
}

#[test]
fn a_message_in_the_command_line_is_taken_by_its_length() {
    let mut bench = Bench::bc660k_connected();
    for payload in [
        r#"{"a":"1","b":"2"}"#,
        "",
        "\"",
        "\",\"",
        "a;b\";c",
        " blank ",
        &"x".repeat(1460),
    ] {
        bench.expect(
            &format!("AT+QMTPUB=0,0,0,0,\"t\",{},\"{payload}\"", payload.len()),
            "\r\nOK\r\n\r\n+QMTPUB: 0,0,0\r\n",
        );
        let got = bench.server.messages().last().unwrap().payload.clone();
        assert_eq!(show(&got), payload);
    }
    for (length, payload) in [
        (1, "ab"),
        (3, "ab"),
        (2, "ab\""),
        (1461, &*"x".repeat(1461)),
    ] {
        bench.cme(
            &format!("AT+QMTPUB=0,0,0,0,\"t\",{length},\"{payload}\""),
            8508,
        );
    }
    bench.cme("AT+QMTPUB=0,0,0,0,\"t\",2,ab", 8508);
}

#[test]
fn a_payload_of_known_length_has_0_to_1460_bytes() {
    let mut bench = Bench::bc660k_connected();
    bench.expect(
        "AT+QMTPUB=0,1,1,0,\"t\",0",
        "\r\n> \r\nOK\r\n\r\n+QMTPUB: 0,1,0\r\n",
    );
    bench.expect("AT+QMTPUB=0,2,2,1,\"t\",1460", "\r\n> ");
    let payload: Vec<u8> = (0..1460_u32).map(|n| (n % 256) as u8).collect();
    assert_eq!(
        show(&bench.send(&payload)),
        "\r\nOK\r\n\r\n+QMTPUB: 0,2,0\r\n"
    );
    bench.cme("AT+QMTPUB=0,1,1,0,\"t\",1461", 8508);
    bench.cme("AT+QMTPUB=0,1,1,0,\"t\",-1", 8507);
    let messages = bench.server.messages();
    assert_eq!(messages[0].payload, b"");
    assert_eq!(messages[1].payload, payload);
}

#[test]
fn ctrl_z_ends_a_payload_and_esc_cancels_it() {
    let mut bench = Bench::bc660k_connected();
    bench.expect("AT+QMTPUB=0,1,1,0,\"t\"", "\r\n> ");
    let typed = format!("{}y\x1A", "x".repeat(1460));
    assert_eq!(bench.type_in(&typed), "\r\nOK\r\n\r\n+QMTPUB: 0,1,0\r\n");
    bench.expect("AT+QMTPUB=0,1,1,0,\"t\"", "\r\n> ");
    assert_eq!(bench.type_in("no\x1B"), "\r\nOK\r\n");
    assert_eq!(
        bench.server.messages(),
        [Message::new("t", "x".repeat(1460), 1)]
    );
}

#[test]
fn data_mode_ends_after_a_minute_without_data() {
    let mut bench = Bench::bc660k_connected();
    bench.expect("AT+QMTPUB=0,1,1,0,\"t\",5", "\r\n> ");
    assert_eq!(bench.wait_secs(59), "");
    assert_eq!(bench.type_in("h"), "");
    assert_eq!(bench.wait(Duration::from_millis(59_999)), "");
    assert!(bench.modem.is_in_data_mode());
    assert_eq!(
        bench.wait(Duration::from_millis(1)),
        "\r\n+CME ERROR: 8600\r\n"
    );
    bench.ok("AT");
    assert!(bench.server.messages().is_empty());
}

#[test]
fn one_publish_is_in_flight() {
    let mut bench = Bench::bc660k_connected();
    bench.server.pause();
    bench.expect("AT+QMTPUB=0,1,1,0,\"t\",1,\"m\"", "\r\nOK\r\n");
    bench.cme("AT+QMTPUB=0,2,1,0,\"t\",1,\"m\"", 8600);
    bench.cme("AT+QMTPUB=0,2,1,0,\"t\"", 8600);
    bench.cme("AT+QMTPUB=0,0,0,0,\"t\",1", 8600);
    bench.ok("AT+QMTSUB=0,2,\"other\",0");
    bench.server.resume();
    assert_eq!(
        bench.wait_secs(0),
        "\r\n+QMTPUB: 0,1,0\r\n\r\n+QMTSUB: 0,2,0,0\r\n"
    );
    bench.expect(
        "AT+QMTPUB=0,2,1,0,\"t\",1,\"m\"",
        "\r\nOK\r\n\r\n+QMTPUB: 0,2,0\r\n",
    );
}

#[test]
fn without_acknowledgement_result_2_comes_after_30_seconds() {
    let mut bench = Bench::bc660k_connected();
    bench.server.withhold(PacketKind::PubAck, 9);
    bench.expect("AT+QMTPUB=0,1,1,0,\"t\",1,\"m\"", "\r\nOK\r\n");
    assert_eq!(bench.wait(Duration::from_millis(29_999)), "");
    assert_eq!(
        bench.wait(Duration::from_millis(1)),
        "\r\n+QMTPUB: 0,1,2\r\n"
    );
}

#[test]
fn echomode_decides_whether_data_come_back() {
    let mut bench = Bench::bc660k_connected();
    bench.ok("AT+QMTCFG=\"echomode\",0,1");
    bench.expect("AT+QMTPUB=0,0,0,0,\"t\"", "\r\n> ");
    assert_eq!(
        bench.type_in("hey\x1A"),
        "hey\r\nOK\r\n\r\n+QMTPUB: 0,0,0\r\n"
    );
    bench.ok("AT+QMTCFG=\"echomode\",0,0");
    bench.ok("ATE1");
    let command = "AT+QMTPUB=0,0,0,0,\"t\",3\r";
    assert_eq!(bench.type_in(command), format!("{command}\r\n> "));
    assert_eq!(bench.type_in("hey"), "\r\nOK\r\n\r\n+QMTPUB: 0,0,0\r\n");
}

#[test]
fn payloads_are_sent_as_digits() {
    let mut bench = Bench::bc660k_connected();
    bench.ok("AT+QMTCFG=\"dataformat\",0,1,0");
    let bytes: Vec<u8> = (0..730_u32).map(|n| (n % 256) as u8).collect();
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let done = "\r\nOK\r\n\r\n+QMTPUB: 0,0,0\r\n";
    bench.expect("AT+QMTPUB=0,0,0,0,\"t\",730", "\r\n> ");
    assert_eq!(bench.type_in(&digits), done);
    bench.expect("AT+QMTPUB=0,0,0,0,\"t\"", "\r\n> ");
    assert_eq!(bench.type_in(&format!("{digits}\x1A")), done);
    bench.expect(&format!("AT+QMTPUB=0,0,0,0,\"t\",730,\"{digits}\""), done);
    bench.expect("AT+QMTPUB=0,0,0,0,\"t\",0,\"\"", done);
    for message in &bench.server.messages()[..3] {
        assert_eq!(message.payload, bytes);
    }
    bench.cme("AT+QMTPUB=0,0,0,0,\"t\",731", 8508);
    bench.cme("AT+QMTPUB=0,0,0,0,\"t\",1,\"ab\"c\"", 8508);
    bench.cme("AT+QMTPUB=0,0,0,0,\"t\",1,\"xy\"", 8507);
    bench.expect("AT+QMTPUB=0,0,0,0,\"t\"", "\r\n> ");
    assert_eq!(bench.type_in("abc\x1A"), "\r\n+CME ERROR: 8507\r\n");
}

#[test]
fn messages_come_as_text_or_digits_with_or_without_length() {
    let mut bench = Bench::bc660k_connected();
    bench.expect(
        "AT+QMTSUB=0,1,\"t\",0",
        "\r\nOK\r\n\r\n+QMTSUB: 0,1,0,0\r\n",
    );
    for (hex, length, shown) in [
        (0, 0, "\"a\"\r\n\""),
        (0, 1, "4,\"a\"\r\n\""),
        (1, 0, "\"61220D0A\""),
        (1, 1, "4,\"61220D0A\""),
    ] {
        bench.ok(&format!("AT+QMTCFG=\"dataformat\",0,0,{hex}"));
        bench.ok(&format!("AT+QMTCFG=\"showrecvlen\",0,{length}"));
        bench.server.publish(Message::new("t", "a\"\r\n", 0));
        assert_eq!(
            show(&bench.output()),
            format!("\r\n+QMTRECV: 0,0,\"t\",{shown}\r\n")
        );
    }
}
