//! The serial line takes its time: ten bits for each byte, in both directions.

mod support;

use std::time::Duration;

use quectel_modem_sim::{Chunk, Config, VirtualPort, clock, local::LocalServer, local::Message};
use support::Bench;

const MILLISECOND: Duration = Duration::from_millis(1);

/// Ten milliseconds for each byte.
fn slow(mut bench: Bench) -> Bench {
    bench.modem.behaviour_mut().line_speed = Some(1000);
    bench
}

#[test]
fn a_command_and_its_answer_go_at_the_speed_of_the_line() {
    let mut bench = slow(Bench::quiet());
    assert_eq!(bench.type_in("AT\r"), "");
    // The third byte is there after 30 ms, and the first of the answer 10 ms later.
    assert_eq!(bench.wait(39 * MILLISECOND), "");
    assert_eq!(bench.wait(MILLISECOND), "\r");
    assert_eq!(bench.wait(9 * MILLISECOND), "");
    assert_eq!(bench.wait(MILLISECOND), "\n");
    assert_eq!(bench.wait(39 * MILLISECOND), "OK\r");
    assert_eq!(bench.wait(MILLISECOND), "\n");
    assert_eq!(bench.modem.next_deadline(), None);
}

#[test]
fn the_echo_comes_byte_by_byte() {
    let mut bench = slow(Bench::new());
    assert_eq!(bench.type_in("AT\r"), "");
    assert_eq!(bench.wait(19 * MILLISECOND), "");
    assert_eq!(bench.wait(MILLISECOND), "A");
    assert_eq!(bench.wait(10 * MILLISECOND), "T");
    assert_eq!(bench.wait(10 * MILLISECOND), "\r");
    assert_eq!(bench.wait(60 * MILLISECOND), "\r\nOK\r\n");
}

#[test]
fn a_payload_takes_its_time_and_its_answer_comes_behind_it() {
    let mut bench = slow(Bench::connected());
    bench.type_in("AT+QMTPUB=0,1,1,0,\"t\",100\r");
    assert_eq!(bench.wait_secs(1), "\r\n> ");
    assert_eq!(bench.type_in(&"x".repeat(60)), "");
    assert_eq!(bench.type_in(&"y".repeat(40)), "");
    assert_eq!(bench.wait(999 * MILLISECOND), "");
    assert!(bench.server.messages().is_empty());
    let answer = "\r\nOK\r\n\r\n+QMTPUB: 0,1,0\r\n";
    assert_eq!(bench.wait(MILLISECOND), "");
    assert_eq!(bench.server.messages()[0].payload.len(), 100);
    assert_eq!(bench.wait(10 * MILLISECOND * answer.len() as u32), answer);
}

#[test]
fn what_is_typed_meanwhile_waits_in_order() {
    let mut bench = slow(Bench::quiet());
    bench.modem.behaviour_mut().delays.generic = Duration::from_secs(1);
    bench.type_in("AT+CSQ\rAT\r");
    // 70 ms and 1 s, then the answer; the second line was there long before.
    assert_eq!(bench.wait(1_070 * MILLISECOND), "");
    let first = "\r\n+CSQ: 20,99\r\n\r\nOK\r\n";
    assert_eq!(bench.wait(10 * MILLISECOND * first.len() as u32), first);
    assert_eq!(bench.wait(2_130 * MILLISECOND), "\r\nOK\r\n");
}

#[test]
fn other_speeds_chunks_and_no_limit() {
    for (speed, micros) in [(9_600, 9_374), (115_200, 780)] {
        let mut bench = Bench::quiet();
        bench.modem.behaviour_mut().line_speed = Some(speed);
        bench.modem.behaviour_mut().chunk = Chunk::AtMost(2);
        // Nine bytes of ten bits each, there and back.
        bench.type_in("AT\r");
        let before = bench.wait(Duration::from_micros(micros));
        assert_eq!(before.len(), 5, "{before:?}");
        let last = bench.wait(Duration::from_micros(2));
        assert_eq!(before + &last, "\r\nOK\r\n");
    }
    let mut bench = slow(Bench::quiet());
    bench.modem.behaviour_mut().line_speed = None;
    bench.ok("AT");
}

#[test]
fn the_last_words_of_a_modem_that_powers_down_are_still_sent() {
    let mut bench = slow(Bench::quiet());
    bench.modem.power_down(bench.now);
    assert_eq!(bench.wait_secs(1), "\r\nPOWERED DOWN\r\n");
    assert_eq!(bench.modem.next_deadline(), None);
}

#[test]
fn messages_that_come_faster_than_the_line_are_all_delivered() {
    let mut bench = Bench::quiet();
    // A PINGRESP would not get through in time.
    bench.ok("AT+QMTCFG=\"keepalive\",0,0");
    bench.connect("device");
    bench.type_in("AT+QMTSUB=0,1,\"t\",0\r");
    let mut bench = slow(bench);
    for number in 0..300 {
        bench
            .server
            .publish(Message::new("t", format!("{number:0500}"), 0));
    }
    assert_eq!(bench.wait_secs(4).matches("+QMTRECV").count(), 1);
    assert_eq!(bench.wait_secs(2_000).matches("+QMTRECV").count(), 299);
}

#[test]
fn the_virtual_port_waits_for_the_line() {
    use embedded_io::{Read, Write};

    let _time = clock::Virtual::start();
    let mut config = Config::default();
    config.behaviour.line_speed = Some(9_600);
    let mut port = VirtualPort::new(config, LocalServer::new().network());
    port.write_all(b"AT\r").unwrap();
    let mut seen = Vec::new();
    while !seen.ends_with(b"OK\r\n") {
        let mut buffer = [0; 64];
        let count = port.read(&mut buffer).unwrap();
        seen.extend_from_slice(&buffer[..count]);
    }
    assert_eq!(seen, b"AT\r\r\nOK\r\n");
    // Three bytes there, then the last byte of the echo and six more back: 10.4 ms.
    let elapsed = clock::now();
    assert!(
        (10 * MILLISECOND..11 * MILLISECOND).contains(&elapsed),
        "{elapsed:?}"
    );
}
