//! A modem that starts, and a line that moves or does not.

use quectel_mqtt::Instant;

use super::play::Play;

// A start shows as several lines; two may be the same.
#[test]
fn the_lines_of_one_start_are_one_restart() {
    let mut play = Play::initialized([128, 384, 512]);
    play.feed("RDY\r\n");
    play.expect(&["Restarted"]);
    play.feed("RDY\r\n+CFUN: 1\r\n");
    play.expect(&[]);
    // It is in step before the last of them comes.
    play.call(|engine| engine.initialize());
    for answer in [
        "+CMEE: 1\r\nOK\r\n",
        "OK\r\n",
        "OK\r\n",
        "BG95-M3\r\nOK\r\n",
    ] {
        play.feed(answer);
    }
    play.log.clear();
    play.feed("APP RDY\r\n");
    play.expect(&[]);
    assert_eq!(play.engine.statistics().restarts, 1);
    // And another start, as soon as it was in step.
    play.feed("RDY\r\n");
    play.expect(&["Restarted"]);
    assert_eq!(play.engine.statistics().restarts, 2);
}

#[test]
fn a_port_that_takes_nothing_makes_no_progress_by_saying_so() {
    let mut play = Play::initialized([128, 384, 512]);
    let raw = play.engine.raw("AT").unwrap();
    let start = play.now;
    let result = loop {
        assert!(play.now < start + 60_000, "it does not end");
        let _ = play.engine.poll(Instant::from_millis(play.now));
        play.engine.transmitted(0);
        if let Some(result) = play.engine.take_result(raw) {
            break result;
        }
        play.now += 1_000;
    };
    assert!(result.is_err());
}

#[test]
fn a_port_that_takes_a_byte_now_and_then_is_slow_and_not_stuck() {
    let mut play = Play::initialized([128, 384, 512]);
    let raw = play.engine.raw("ATI").unwrap();
    for _ in 0..4 {
        let _ = play.engine.poll(Instant::from_millis(play.now));
        play.engine.transmitted(1);
        play.now += 14_000;
        let _ = play.engine.poll(Instant::from_millis(play.now));
        assert_eq!(play.engine.take_result(raw), None);
    }
    assert_eq!(play.engine.statistics().timeouts, 0);
}
