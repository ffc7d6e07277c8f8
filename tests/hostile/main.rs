//! The engine against what a modem seldom does: dialogues found by attacking it.

#![cfg(all(feature = "bg95", feature = "bc660k"))]

mod abandoned;
mod play;
mod starts;

use play::Play;
use quectel_mqtt::{
    BC660K_GL, BG95, ClientIndex, ConnectOptions, Instant,
    command::{ConnectionStateQuery, DataFormat, PdpContext, ReceiveMode, SleepMode},
    engine::{Action, Engine},
    mqtt::{Publication, QoS, TopicFilter},
};

const CLIENT: ClientIndex = ClientIndex::ZERO;

// The first verb of a new engine, whose clock has long been running; and later, after a long silence.
#[test]
fn a_wait_for_registration_counts_from_its_first_command() {
    for silence in [0, 100_000, 3_000_000_000] {
        for is_new in [false, true] {
            let mut play = match is_new {
                true => Play::new(&BG95, [128, 384, 512]),
                false => Play::initialized([128, 384, 512]),
            };
            play.now += silence;
            play.call(|engine| engine.wait_registered(60_000));
            if is_new {
                play.feed("+CMEE: 1\r\nOK\r\n");
                play.feed("OK\r\n");
                play.feed("OK\r\n");
                play.feed("OK\r\n");
            }
            let start = play.now;
            while !play.operations.is_empty() {
                assert!(play.now - start <= 60_000, "it does not end");
                play.feed("+CPIN: READY\r\nOK\r\n");
                play.feed("+CEREG: 0,2\r\nOK\r\n");
                play.feed("+CGREG: 0,2\r\nOK\r\n");
                play.wait(2_000);
            }
            assert_eq!(play.now - start, 60_000, "after {silence}, new: {is_new}");
        }
    }
}

#[test]
fn a_time_without_bounds_is_not_over_at_once() {
    let mut play = Play::initialized([128, 384, 512]);
    play.call(|engine| engine.wait_registered(u32::MAX));
    play.feed("+CPIN: READY\r\nOK\r\n");
    play.feed("+CEREG: 0,2\r\nOK\r\n");
    play.feed("+CGREG: 0,2\r\nOK\r\n");
    play.wait(2_000);
    play.expect(&["AT+CPIN?", "AT+CEREG?", "AT+CGREG?", "AT+CPIN?"]);
}

// Whoever is kept from polling in the middle of a look: what became due meanwhile has not been looked for.
#[test]
fn a_look_serves_what_was_due_when_it_began() {
    let mut play = Play::initialized([128, 384, 512]);
    play.call(|engine| engine.raw("AT+COPS=?"));
    play.expect(&["AT+COPS=?"]);
    let read = |play: &mut Play, text: &[u8]| {
        let now = Instant::from_millis(play.now);
        let action = play.engine.poll(now);
        assert_eq!(action, Action::Receive { until: Some(now) });
        play.engine.receive_buffer()[..text.len()].copy_from_slice(text);
        play.engine.received(text.len());
    };
    // The answer is late, and in its place a message begins.
    play.now += 180_000;
    read(&mut play, b"\r\n+QMTRECV: 0,1,\"t\",9,\"a\r\nR");
    read(&mut play, b"");
    // Longer than a message may pause, with the rest of it in the UART.
    play.now += 6_000;
    play.settle();
    play.feed("DY\r\nb\"\r\n");
    play.expect(&[
        "failed: raw command: no answer in time",
        "message a\\r\\nRDY\\r\\nb",
    ]);
}

/// A BG95 with a client that is connected and stores its messages.
fn storing() -> Play {
    let mut play = Play::initialized([128, 384, 512]);
    let options = ConnectOptions::new("h", "i").unwrap();
    play.connect(CLIENT, &options.receive(ReceiveMode::Stored));
    play
}

#[test]
fn news_behind_the_table_of_stored_messages_is_not_forgotten() {
    let mut play = storing();
    // Too long: it may have been news of a stored message.
    play.feed(&"x".repeat(200));
    play.feed("\r\n");
    play.expect(&["AT+QMTRECV?"]);
    play.feed("+QMTRECV: 0,0,0,0,0,0\r\n+QMTRECV: 0,2\r\nOK\r\n");
    play.expect(&["AT+QMTRECV=0,2"]);
    play.feed("+QMTRECV: 0,1,\"t\",1,\"m\"\r\nOK\r\n");
    play.expect(&["message m"]);
}

// A connect of another client leaves little room in the transmit buffer.
#[test]
fn a_table_of_stored_messages_needs_no_room() {
    let mut play = storing();
    let one = ClientIndex::new(1).unwrap();
    let two = ClientIndex::new(2).unwrap();
    let options = ConnectOptions::new("h", "i").unwrap();
    play.connect(one, &options.receive(ReceiveMode::Stored));
    let host = "h".repeat(100);
    let id = "i".repeat(196);
    let options = ConnectOptions::new(&host, &id).unwrap();
    play.call(|engine| engine.connect(two, &options));
    for _ in 0..9 {
        play.feed("OK\r\n");
    }
    play.log.clear();
    play.feed(&"x".repeat(200));
    play.feed("\r\n");
    play.expect(&["AT+QMTRECV?"]);
    play.feed("+QMTRECV: 0,0,0,0,0,0\r\n+QMTRECV: 1,0,0,0,1,0\r\nOK\r\n");
    play.expect(&["AT+QMTRECV=1,3"]);
}

#[test]
fn messages_that_the_application_fetches_are_not_fetched_again() {
    let mut play = storing();
    play.call(|engine| engine.raw("AT+CSQ"));
    play.feed("+QMTRECV: 0,0\r\n+QMTRECV: 0,1\r\n");
    play.feed("+CSQ: 1,1\r\n");
    play.log.clear();
    // The verb comes between the OK and the next poll but one.
    let bytes = b"OK\r\n";
    play.engine.receive_buffer()[..4].copy_from_slice(bytes);
    play.engine.received(4);
    let now = Instant::from_millis(play.now);
    assert_eq!(play.engine.poll(now), Action::Deliver);
    play.call(|engine| engine.fetch(CLIENT, None));
    play.feed("+QMTRECV: 0,1,\"t\",1,\"a\"\r\n+QMTRECV: 0,2,\"t\",1,\"b\"\r\nOK\r\n");
    let log = std::mem::take(&mut play.log);
    assert_eq!(
        log.iter().filter(|line| line.starts_with("AT")).count(),
        1,
        "{log:?}"
    );
    assert!(log.iter().any(|line| line == "message b"), "{log:?}");
}

// It asks for the next publish as soon as it is told of the last.
#[test]
fn an_application_that_never_pauses_gets_its_stored_messages() {
    let mut play = storing();
    let message = Publication::new("t", b"x").unwrap();
    play.call(|engine| engine.publish(CLIENT, &message));
    let reads = ["> ", "+QMTRECV: 0,1\r\nOK\r\n+QMTPUB: 0,0,0\r\n"];
    for bytes in reads.into_iter().cycle().take(20) {
        let free = play.engine.receive_buffer();
        free[..bytes.len()].copy_from_slice(bytes.as_bytes());
        play.engine.received(bytes.len());
        loop {
            match play.engine.poll(Instant::from_millis(play.now)) {
                Action::Deliver => {
                    play.deliver();
                    let _ = play.engine.publish(CLIENT, &message);
                }
                Action::Transmit { .. } => {
                    let line = play.engine.transmit_buffer().to_vec();
                    play.engine.transmitted(line.len());
                    if line.starts_with(b"AT+QMTRECV=0,1") {
                        return;
                    }
                }
                Action::Receive { .. } => break,
            }
        }
    }
    panic!("never fetched");
}

// The application only listens. All places may be taken by then, so no more news would come.
#[test]
fn stored_messages_are_fetched_after_a_stall() {
    let mut play = storing();
    play.feed("+QMTRECV: 0,0\r\n+QMTRECV: 0,1\r\n");
    play.wait(60_000);
    play.log.clear();
    let start = play.now;
    while play.log.is_empty() {
        assert!(play.now - start < 60_000, "it never asks again");
        play.wait(100);
    }
    play.expect(&["AT+CMEE?"]);
    play.feed("+CMEE: 1\r\nOK\r\n");
    play.wait(1_000);
    assert_eq!(play.log.last().unwrap(), "AT+QMTRECV?");
    play.feed("+QMTRECV: 0,0,1,0,0,0\r\nOK\r\n");
    assert_eq!(play.log.last().unwrap(), "AT+QMTRECV=0,1");
}

#[test]
fn the_echo_of_a_long_line_is_neither_its_answer_nor_missing() {
    let mut play = Play::new(&BG95, [64, 384, 512]);
    play.call(|engine| engine.initialize());
    play.feed("AT+CMEE?\r\r\n+CMEE: 1\r\nOK\r\n");
    play.feed("ATE0\r\r\nOK\r\n");
    play.feed("AT+CMEE=1\r\r\nOK\r\n");
    play.feed("AT+CGMM\r\r\nBG95-M3\r\nOK\r\n");
    let options = ConnectOptions::new("h", "i").unwrap();
    play.call(|engine| engine.connect(CLIENT, &options));
    while !play.engine.is_connected(CLIENT) {
        let sent = play.log.last().unwrap().clone();
        let result = match &sent {
            sent if sent.contains("OPEN") => "+QMTOPEN: 0,0\r\n",
            sent if sent.contains("CONN") => "+QMTCONN: 0,0,0\r\n",
            _ => "",
        };
        play.feed(&format!("{sent}\r\r\nOK\r\n{result}"));
    }
    let filter = "f".repeat(100);
    let topics = [(TopicFilter::new(&filter).unwrap(), QoS::AtMostOnce)];
    play.call(|engine| engine.subscribe(CLIENT, &topics));
    let sent = play.log.last().unwrap().clone();
    play.feed(&format!("{sent}\r\r\nOK\r\n+QMTSUB: 0,1,0,0\r\n"));
    play.log.clear();
    play.call(|engine| engine.raw("AT+CSQ"));
    play.feed("AT+CSQ\r\r\n+CSQ: 1,1\r\nOK\r\n");
    play.expect(&["AT+CSQ", "done: +CSQ: 1,1\\n"]);
    let long = format!("AT+X={}", "x".repeat(100));
    play.call(|engine| engine.raw(&long));
    play.feed(&format!("{long}\r\r\n+X: 1\r\nOK\r\n"));
    play.expect(&[&long, "done: +X: 1\\n"]);
}

#[test]
fn a_result_is_no_answer_to_the_read_form() {
    let mut play = Play::initialized([128, 384, 512]);
    let options = ConnectOptions::new("h", "i").unwrap();
    play.connect(CLIENT, &options.receive(ReceiveMode::Stored));
    let one = ClientIndex::new(1).unwrap();
    let ask: [fn(&mut Engine<'static>) -> _; 2] = [
        |engine| engine.request(&ConnectionStateQuery),
        |engine| engine.raw("AT+QMTCONN?"),
    ];
    for ask in ask {
        play.call(|engine| engine.connect(one, &options));
        while !play.log.last().unwrap().contains("QMTCONN") {
            play.feed("OK\r\n");
            if play.log.last().unwrap().contains("OPEN") {
                play.feed("OK\r\n+QMTOPEN: 1,0\r\n");
            }
        }
        play.feed("OK\r\n");
        play.log.clear();
        play.call(ask);
        play.feed("+QMTCONN: 1,0,0\r\n+QMTCONN: 0,3\r\n+QMTCONN: 1,3\r\nOK\r\n");
        let states = "done: +QMTCONN: 0,3\\n+QMTCONN: 1,3\\n";
        play.expect(&["AT+QMTCONN?", "done: ", states]);
        play.call(|engine| engine.close(one));
        play.feed("OK\r\n+QMTCLOSE: 1,0\r\n");
        play.log.clear();
    }
    // News of a stored message within the answer that has its name.
    play.call(|engine| engine.raw("AT+QMTRECV?"));
    play.feed("+QMTRECV: 0,2\r\n+QMTRECV: 0,0,0,1,0,0\r\nOK\r\n");
    let table = "done: +QMTRECV: 0,0,0,1,0,0\\n";
    play.expect(&["AT+QMTRECV?", table, "AT+QMTRECV=0,2"]);
}

#[test]
fn a_text_before_the_model_makes_it_no_other() {
    for (answer, is_other) in [
        ("PB DONE\r\nBG95-M3\r\nOK\r\n", false),
        ("+CGMM: \"BG95-M3\"\r\nOK\r\n", false),
        ("BG95\r\nOK\r\n", false),
        ("BBG95-M3\r\nOK\r\n", true),
        ("BG951A-GL\r\nOK\r\n", true),
        ("BC660K-GL\r\nOK\r\n", true),
        ("OK\r\n", false),
        ("ERROR\r\n", false),
    ] {
        let mut play = Play::new(&BG95, [128, 384, 512]);
        play.call(|engine| engine.initialize());
        play.feed("+CMEE: 1\r\nOK\r\n");
        play.feed("OK\r\n");
        play.feed("OK\r\n");
        play.feed(answer);
        assert_eq!(play.log.contains(&"OtherModel".into()), is_other);
    }
}

#[test]
fn an_active_context_is_found_where_the_answer_does_not_fit() {
    let mut play = Play::initialized([128, 180, 512]);
    let context = PdpContext::new("apn").unwrap();
    play.call(|engine| engine.activate(&context));
    for id in 1..4 {
        let address = "2001:0db8:85a3:0000:0000:8a2e:0370:7334";
        play.feed(&format!(
            "+QIACT: {id},1,3,\"10.100.100.100\",\"{address}\"\r\n"
        ));
    }
    play.feed("OK\r\n");
    let log = std::mem::take(&mut play.log);
    assert_eq!(log[0], "AT+QIACT?");
    assert!(log[1].starts_with("done: "), "{log:?}");
}

#[test]
fn a_modem_that_refuses_to_stay_awake_is_woken_before_a_command() {
    let mut play = Play::new(&BC660K_GL, [128, 384, 512]);
    let options = ConnectOptions::new("h", "i").unwrap();
    play.call(|engine| engine.connect(CLIENT, &options));
    while !play.engine.is_connected(CLIENT) {
        let answer = match play.log.last().unwrap() {
            sent if sent.contains("CMEE?") => "+CMEE: 1\r\nOK\r\n",
            sent if sent.contains("QSCLK") => "ERROR\r\n",
            sent if sent.contains("OPEN") => "OK\r\n+QMTOPEN: 0,0\r\n",
            sent if sent.contains("QMTCONN") => "OK\r\n+QMTCONN: 0,0,0\r\n",
            _ => "OK\r\n",
        };
        play.feed(answer);
    }
    play.wait(10_000);
    play.log.clear();
    let message = Publication::new("t", b"x").unwrap();
    play.call(|engine| engine.publish(CLIENT, &message));
    play.expect(&["AT+CMEE?"]);
}

// The modem has thrown the first ESC away, and would wait for Ctrl+Z for good.
#[test]
fn a_prompt_behind_the_cancellation_is_cancelled() {
    for after in [1, 5_000, 14_000, 16_000] {
        let mut play = Play::initialized([128, 384, 512]);
        play.connect(CLIENT, &ConnectOptions::new("h", "i").unwrap());
        let message = Publication::new("t", b"").unwrap();
        play.call(|engine| engine.publish(CLIENT, &message));
        play.wait(10_000);
        let failed = "failed: AT+QMTPUB: no answer in time";
        play.expect(&[r#"AT+QMTPUB=0,0,0,0,"t""#, failed, "\\x1b"]);
        play.wait(after);
        play.feed("\r\n> ");
        play.expect(&["\\x1b"]);
        play.feed("\r\nOK\r\n");
        play.wait(2_000);
        assert_eq!(play.log[0], "AT+CMEE?", "after {after}");
    }
}

#[test]
fn no_digit_of_a_lost_payload_is_a_line_and_no_line_a_digit() {
    let mut play = Play::new(&BC660K_GL, [64, 384, 512]);
    let options = ConnectOptions::new("h", "i").unwrap();
    play.connect(
        CLIENT,
        &options.data_format(DataFormat::Hex, DataFormat::Hex),
    );
    play.log.clear();
    play.call(|engine| engine.raw("AT+CGSN"));
    // Its topic is too long for the receive buffer.
    let topic = "t".repeat(80);
    play.feed(&format!("+QMTRECV: 0,1,\"{topic}\",4,\"4F4B4F4B\"\r\n"));
    // A length that counts digits; and one of a payload that was cut.
    play.feed("+QMTRECV: 0,1,\"t\",4,\"4F4B\"\r\n");
    play.feed("+QMTRECV: 0,1,\"t\",4,\"4F4\r\n");
    play.feed("+QMTRECV: 0,1,\"t\",2,\"4F4B\"\r\n");
    play.feed("866425030000000\r\n\r\nOK\r\n");
    play.expect(&[
        "AT+CGSN",
        "lost ReceiveBufferTooSmall 1",
        "lost Garbled 1",
        "lost Garbled 1",
        "message OK",
        "done: 866425030000000\\n",
    ]);
}

// The OK of AT+QSCLK=1 is lost: it sleeps, and swallows the first command after each silence.
#[test]
fn a_modem_that_did_not_answer_is_woken_before_a_command() {
    let mut play = Play::new(&BC660K_GL, [128, 384, 512]);
    let options = ConnectOptions::new("h", "i").unwrap();
    play.connect(CLIENT, &options);
    play.call(|engine| engine.sleep(SleepMode::Deep));
    play.wait(7_000);
    play.feed("+CMEE: 1\r\nOK\r\n");
    play.wait(10_000);
    play.log.clear();
    let message = Publication::new("t", b"x").unwrap();
    play.call(|engine| engine.publish(CLIENT, &message));
    play.expect(&["AT+CMEE?"]);
    play.wait(1_000);
    play.feed("+CMEE: 1\r\nOK\r\n");
    play.wait(1_000);
    play.expect(&["AT+CMEE?", r#"AT+QMTPUB=0,0,0,0,"t",1"#]);
}

// The firmware keeps its echo; one was lost, so the next could be the sign of a restart.
#[test]
fn an_echo_leaves_no_publish_without_its_data() {
    for (answer, expected) in [
        ("\r\n> ", &["x"][..]),
        (
            "\r\nERROR\r\n",
            &["failed: AT+QMTPUB: the modem restarted", "Restarted"],
        ),
    ] {
        let mut play = Play::initialized([128, 384, 512]);
        play.connect(CLIENT, &ConnectOptions::new("h", "i").unwrap());
        let message = Publication::new("t", b"x").unwrap();
        play.call(|engine| engine.publish(CLIENT, &message));
        let sent = play.log.pop().unwrap();
        play.feed(&format!("{sent}\r{answer}"));
        play.expect(expected);
    }
}
