//! What becomes of operations that nobody waits for any more.

use quectel_mqtt::{ClientIndex, ConnectOptions};

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
