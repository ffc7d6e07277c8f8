//! What becomes of operations that nobody waits for any more.

use quectel_mqtt::{
    ClientIndex, ConnectOptions, Instant,
    engine::{Action, Completion, Event},
};

use super::play::Play;

const CLIENT: ClientIndex = ClientIndex::ZERO;

// "A connect stops after the command on the line, and its client must connect again."
#[test]
fn a_connect_that_is_abandoned_stops_after_the_command_on_the_line() {
    for answer in ["OK\r\n", "ERROR\r\n"] {
        let mut play = Play::initialized([128, 384, 512]);
        let options = ConnectOptions::new("h", "i").unwrap();
        play.call(|engine| engine.connect(CLIENT, &options));
        play.expect(&[r#"AT+QMTCFG="version",0,4"#]);
        let connect = play.operations.pop().unwrap();
        play.engine.abandon(connect);
        play.feed(answer);
        play.expect(&[]);
        assert!(!play.engine.is_connected(CLIENT));
        play.call(|engine| engine.connect(CLIENT, &options));
        play.expect(&[r#"AT+QMTCFG="version",0,4"#]);
    }
}

#[test]
fn a_result_that_is_abandoned_comes_as_no_event() {
    for is_abandoned in [false, true] {
        let mut play = Play::initialized([128, 384, 512]);
        let operation = play.engine.raw("AT").unwrap();
        let poll = |play: &mut Play| play.engine.poll(Instant::from_millis(play.now));
        while let Action::Transmit { .. } = poll(&mut play) {
            let len = play.engine.transmit_buffer().len();
            play.engine.transmitted(len);
        }
        play.engine.receive_buffer()[..4].copy_from_slice(b"OK\r\n");
        play.engine.received(4);
        assert_eq!(poll(&mut play), Action::Deliver);
        if is_abandoned {
            play.engine.abandon(operation);
            assert_eq!(play.engine.take_event(), None);
            assert_eq!(play.engine.take_result(operation), None);
        } else {
            let result = Ok(Completion::Done);
            let completed = Event::Completed { operation, result };
            assert_eq!(play.engine.take_event(), Some(completed));
        }
    }
}

// Some firmware reports the result before the OK (field note 21).
#[test]
fn a_connect_that_is_abandoned_goes_no_further_when_its_step_succeeds() {
    let mut play = Play::initialized([128, 384, 512]);
    let options = ConnectOptions::new("h", "i").unwrap();
    play.call(|engine| engine.connect(CLIENT, &options));
    while !play.log.last().unwrap().starts_with("AT+QMTOPEN") {
        play.feed("OK\r\n");
    }
    play.log.clear();
    let connect = play.operations.pop().unwrap();
    play.engine.abandon(connect);
    play.feed("+QMTOPEN: 0,0\r\nOK\r\n");
    play.expect(&[]);
    // It is open, as far as anybody knows: it is closed first.
    play.call(|engine| engine.connect(CLIENT, &options));
    play.expect(&["AT+QMTCLOSE=0"]);
}

#[test]
fn a_wait_for_registration_ends_when_nobody_waits_any_more() {
    let mut play = Play::initialized([128, 384, 512]);
    play.call(|engine| engine.wait_registered(3_600_000));
    play.engine.abandon(play.operations[0]);
    play.feed("+CPIN: READY\r\nOK\r\n");
    play.wait(60_000);
    let options = ConnectOptions::new("h", "i").unwrap();
    play.call(|engine| engine.connect(CLIENT, &options));
    play.expect(&["AT+CPIN?", r#"AT+QMTCFG="version",0,4"#]);
}
