//! `--trace`.

use crate::{
    modem::{Line, Modem},
    mosquitto::Mosquitto,
};

fn assert_traced_without_password(line: Line) {
    let Some(server) = Mosquitto::start() else {
        return;
    };
    let modem = Modem::start(line);
    let arguments = [
        "--trace", "-i", "me", "-u", "meter", "-P", "hunter2", "pub", "-t", "a", "-m", "x\r\nOK",
    ];
    let ended = modem.run_qmqtt(server.port, &arguments);
    ended.assert_success();
    let lines: Vec<_> = ended.stderr.lines().collect();
    for expected in [
        r#"-> AT+QMTCONN=0,"me","meter","***""#,
        "<- +QMTCONN: 0,0,0",
        r#"-> AT+QMTPUB=0,0,0,0,"a",5"#,
        r"-> x\r\nOK",
        "<- +QMTPUB: 0,0,0",
        "-> AT+QMTDISC=0",
        "-> AT+QMTCLOSE=0",
    ] {
        assert!(lines.contains(&expected), "{expected}: {lines:#?}");
    }
    assert!(
        lines
            .iter()
            .all(|line| line.starts_with("-> ") || line.starts_with("<- "))
    );
    assert!(!ended.stderr.contains("hunter2"), "{}", ended.stderr);
}

#[test]
fn every_line_is_shown_without_the_password() {
    assert_traced_without_password(Line::Plain);
}

#[test]
fn not_even_the_echo_shows_the_password() {
    assert_traced_without_password(Line::Echo);
}

#[test]
fn the_password_is_not_shown_when_the_echo_comes_byte_by_byte() {
    assert_traced_without_password(Line::ByteByByte);
}
