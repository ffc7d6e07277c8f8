//! The knobs: what real modems do and the note does not say.

mod support;

use std::time::Duration;

use quectel_modem_sim::{
    Behaviour, Chunk, Config, Delays, OpenFailure, Refusal,
    local::{Message, PacketKind},
};
use support::Bench;

const OPEN: &str = "AT+QMTOPEN=0,\"h\",1883";

fn connected(change: impl FnOnce(&mut Behaviour)) -> Bench {
    let mut bench = Bench::connected();
    change(bench.modem.behaviour_mut());
    bench
}

#[test]
fn keep_echo_answers_ate0_and_goes_on() {
    let mut bench = Bench::new();
    bench.modem.behaviour_mut().keep_echo = true;
    assert_eq!(bench.type_in("ATE0\r"), "ATE0\r\r\nOK\r\n");
    assert_eq!(bench.type_in("AT\r"), "AT\r\r\nOK\r\n");
}

#[test]
fn chunks_cut_anywhere_and_lose_nothing() {
    for chunk in [Chunk::AtMost(1), Chunk::AtMost(3), Chunk::Random(5)] {
        let mut bench = connected(|knobs| knobs.chunk = chunk);
        bench.modem.receive(bench.now, b"AT+CSQ\r");
        let mut all = Vec::new();
        while bench.modem.has_output() {
            let part = bench.modem.take_output(usize::MAX);
            let most = match chunk {
                Chunk::AtMost(most) | Chunk::Random(most) => most,
                _ => usize::MAX,
            };
            assert!((1..=most).contains(&part.len()));
            all.extend(part);
        }
        assert_eq!(all, b"\r\n+CSQ: 20,99\r\n\r\nOK\r\n");
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let dialogue = |seed| {
        let mut config = Config {
            seed,
            ..Config::default()
        };
        config.behaviour.extra_blank_lines = 8;
        let mut bench = Bench::with(config);
        (0..20).map(|_| bench.type_in("AT\r")).collect::<String>()
    };
    assert_eq!(dialogue(1), dialogue(1));
    assert_ne!(dialogue(1), dialogue(2));
}

#[test]
fn the_space_behind_the_colon_can_be_missing() {
    let mut bench = connected(|knobs| knobs.no_space_after_colon = true);
    bench.expect("AT+CSQ", "\r\n+CSQ:20,99\r\n\r\nOK\r\n");
    bench.expect(
        "AT+QMTSUB=0,1,\"t: u\",0",
        "\r\nOK\r\n\r\n+QMTSUB:0,1,0,0\r\n",
    );
    bench.server.publish(Message::new("t: u", ": ", 0));
    assert_eq!(bench.wait_secs(0), "\r\n+QMTRECV:0,0,\"t: u\",\": \"\r\n");
}

#[test]
fn a_line_can_come_before_the_prompt_and_the_prompt_not_at_all() {
    let mut bench = connected(|knobs| {
        knobs.before_prompt.push_back(b"+QIND: SMS DONE".to_vec());
        knobs.drop_prompts = 0;
    });
    bench.expect("AT+QMTPUB=0,1,1,0,\"t\",1", "\r\n+QIND: SMS DONE\r\n\r\n> ");
    assert_eq!(bench.type_in("x"), "\r\nOK\r\n\r\n+QMTPUB: 0,1,0\r\n");
    bench.modem.behaviour_mut().drop_prompts = 1;
    bench.expect("AT+QMTPUB=0,1,1,0,\"t\",1", "");
    assert_eq!(bench.type_in("x"), "\r\nOK\r\n\r\n+QMTPUB: 0,1,0\r\n");
}

#[test]
fn delays_put_off_the_answer_and_what_is_typed_meanwhile() {
    let mut bench = connected(|knobs| {
        knobs.delays = Delays {
            generic: Duration::from_secs(1),
            publish: Duration::from_secs(2),
            payload: Duration::from_secs(3),
            ..Delays::default()
        };
    });
    assert_eq!(bench.type_in("AT\rAT\r"), "");
    assert_eq!(bench.wait(Duration::from_millis(999)), "");
    assert_eq!(bench.wait(Duration::from_millis(1)), "\r\nOK\r\n");
    assert_eq!(bench.wait_secs(1), "\r\nOK\r\n");
    bench.expect("AT+QMTPUB=0,1,1,0,\"t\",1", "");
    assert_eq!(bench.wait_secs(2), "\r\n> ");
    assert_eq!(bench.type_in("x"), "");
    assert_eq!(bench.wait_secs(3), "\r\nOK\r\n\r\n+QMTPUB: 0,1,0\r\n");
}

#[test]
fn urcs_come_while_an_answer_is_late() {
    let mut bench = connected(|knobs| knobs.delays.generic = Duration::from_secs(1));
    bench.expect("AT", "");
    bench.modem.inject_urc(bench.now, "+QIND: SMS DONE");
    assert_eq!(bench.wait_secs(0), "\r\n+QIND: SMS DONE\r\n");
    assert_eq!(bench.wait_secs(1), "\r\nOK\r\n");
}

#[test]
fn one_answer_comes_late() {
    let mut bench = connected(|knobs| knobs.late_answer = Some(Duration::from_secs(9)));
    bench.expect("AT+CSQ", "");
    assert_eq!(bench.wait_secs(9), "\r\n+CSQ: 20,99\r\n\r\nOK\r\n");
    bench.ok("AT");
}

#[test]
fn commands_are_ignored_or_their_answers_lost() {
    let mut bench = connected(|knobs| knobs.ignore_commands = 2);
    bench.expect("AT+QMTCFG=\"keepalive\",0,1", "");
    bench.expect("AT", "");
    bench.expect(
        "AT+QMTCFG=\"keepalive\",0",
        "\r\n+QMTCFG: \"keepalive\",120\r\n\r\nOK\r\n",
    );
    bench.modem.behaviour_mut().lose_answers = 1;
    bench.expect("AT+QMTCFG=\"keepalive\",0,1", "");
    bench.expect(
        "AT+QMTCFG=\"keepalive\",0",
        "\r\n+QMTCFG: \"keepalive\",1\r\n\r\nOK\r\n",
    );
}

#[test]
fn the_result_can_come_before_ok() {
    let mut bench = connected(|knobs| knobs.result_before_ok = true);
    bench.expect(
        "AT+QMTSUB=0,1,\"t\",0",
        "\r\n+QMTSUB: 0,1,0,0\r\n\r\nOK\r\n",
    );
    bench.expect("AT+QMTPUB=0,2,1,0,\"u\",1", "\r\n> ");
    assert_eq!(bench.type_in("x"), "\r\n+QMTPUB: 0,2,0\r\n\r\nOK\r\n");
}

#[test]
fn opening_fails_in_three_forms() {
    for (form, answer) in [
        (OpenFailure::AfterOk, "\r\nOK\r\n\r\n+QMTOPEN: 0,-1\r\n"),
        (OpenFailure::BareError, "\r\nERROR\r\n"),
        (
            OpenFailure::ResultThenError,
            "\r\n+QMTOPEN: 0,-1\r\n\r\nERROR\r\n",
        ),
    ] {
        let mut bench = Bench::quiet();
        bench.modem.behaviour_mut().open_failure = Some(form);
        bench.expect(OPEN, answer);
        bench.expect(OPEN, "\r\nOK\r\n\r\n+QMTOPEN: 0,0\r\n");
    }
}

#[test]
fn a_refusal_shows_in_three_forms() {
    for (form, answer) in [
        (
            Refusal::ConnThenStat,
            "\r\n+QMTCONN: 0,0,5\r\n\r\n+QMTSTAT: 0,4\r\n",
        ),
        (Refusal::StatOnly, "\r\n+QMTSTAT: 0,1\r\n"),
        (
            Refusal::StatThenConn,
            "\r\n+QMTSTAT: 0,4\r\n\r\n+QMTCONN: 0,0,5\r\n",
        ),
    ] {
        let mut bench = Bench::quiet();
        bench.modem.behaviour_mut().refusal = form;
        bench.server.refuse_connections(Some(5));
        bench.expect(OPEN, "\r\nOK\r\n\r\n+QMTOPEN: 0,0\r\n");
        bench.expect("AT+QMTCONN=0,\"id\"", &format!("\r\nOK\r\n{answer}"));
        assert_eq!(bench.wait_secs(60), "");
    }
}

#[test]
fn packets_that_fail_all_the_time_end_the_connection() {
    for make in [Bench::connected, Bench::bc660k_connected] {
        let mut bench = make();
        bench.ok("AT+QMTCFG=\"timeout\",0,2,1");
        bench.modem.behaviour_mut().close_after_failures = Some(2);
        bench.server.withhold(PacketKind::SubAck, 3);
        let subscribe = "AT+QMTSUB=0,1,\"t\",0";
        bench.ok(subscribe);
        assert_eq!(bench.wait_secs(4), "\r\n+QMTSUB: 0,1,2\r\n");
        // One that gets through begins the count anew.
        bench.expect("AT+QMTUNS=0,2,\"t\"", "\r\nOK\r\n\r\n+QMTUNS: 0,2,0\r\n");
        bench.server.withhold(PacketKind::SubAck, 4);
        bench.ok(subscribe);
        assert_eq!(bench.wait_secs(4), "\r\n+QMTSUB: 0,1,2\r\n");
        bench.ok(subscribe);
        assert_eq!(
            bench.wait_secs(60),
            "\r\n+QMTSUB: 0,1,2\r\n\r\n+QMTSTAT: 0,6\r\n"
        );
        bench.ok("AT+QMTCONN?");
        assert!(bench.server.connected_clients().is_empty());
        // The next connection counts for itself.
        bench.server.withhold(PacketKind::SubAck, 2);
        bench.connect("device");
        bench.ok(subscribe);
        assert_eq!(bench.wait_secs(60), "\r\n+QMTSUB: 0,1,2\r\n");
        bench.expect("AT+QMTCONN?", "\r\n+QMTCONN: 0,3\r\n\r\nOK\r\n");
    }
}

#[test]
fn urcs_wait_for_the_payload_unless_they_are_told_not_to() {
    let urc = "\r\n+QIURC: \"pdpdeact\",1\r\n";
    for hold in [true, false] {
        let mut bench = connected(|knobs| knobs.hold_urcs_in_data_mode = hold);
        bench.expect("AT+QMTPUB=0,1,1,0,\"t\",2", "\r\n> ");
        let at_once = bench.type_in("x");
        bench.modem.inject_urc(bench.now, "+QIURC: \"pdpdeact\",1");
        let at_once = at_once + &bench.wait_secs(0);
        assert_eq!(at_once, if hold { "" } else { urc });
        let later = bench.type_in("x");
        assert_eq!(later.contains(urc), hold);
    }
}

#[test]
fn urcs_do_not_fall_into_the_echo_of_a_line() {
    let mut bench = connected(|_| ());
    bench.ok("ATE1");
    assert_eq!(bench.type_in("A"), "A");
    bench.modem.inject_urc(bench.now, "+QIND: SMS DONE");
    bench.silent();
    assert_eq!(bench.type_in("T\r"), "T\r\r\nOK\r\n\r\n+QIND: SMS DONE\r\n");
    // A line that is never ended holds nothing up for long.
    assert_eq!(bench.type_in("A"), "A");
    bench.modem.inject_urc(bench.now, "+QIND: SMS DONE");
    assert_eq!(bench.wait_secs(1), "\r\n+QIND: SMS DONE\r\n");
}

#[test]
fn a_host_that_does_not_read_holds_up_messages_and_loses_none() {
    let mut bench = connected(|_| ());
    bench.expect(
        "AT+QMTSUB=0,1,\"t\",0",
        "\r\nOK\r\n\r\n+QMTSUB: 0,1,0,0\r\n",
    );
    for _ in 0..200 {
        bench.server.publish(Message::new("t", vec![b'x'; 1000], 0));
    }
    bench.modem.poll(bench.now);
    let first = bench.modem.take_output(usize::MAX);
    assert!(first.len() < 100_000, "{}", first.len());
    let rest = bench.wait_secs(0);
    let whole = support::show(&first) + &rest;
    assert_eq!(whole.matches("+QMTRECV").count(), 200);
}
