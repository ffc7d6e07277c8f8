//! `qmqtt --receive stored`.

use crate::{
    modem::{Line, Modem},
    mosquitto::Mosquitto,
};

// BG95 note, chapter 3.2.10: five messages are stored.
#[test]
fn a_burst_larger_than_the_store_comes_whole_and_in_order() {
    let Some(server) = Mosquitto::start() else {
        return;
    };
    let modem = Modem::start(Line::Plain);
    let arguments = [
        "--receive",
        "stored",
        "-i",
        "keeper",
        "sub",
        "-t",
        "a",
        "-q",
        "1",
        "-C",
        "12",
    ];
    let subscriber = modem.qmqtt(server.port, &arguments);
    server.wait_for_subscription_of("keeper");
    let lines: String = (1..=12).map(|number| format!("{number}\n")).collect();
    server.publish_lines("a", &lines, &["-q", "1"]);
    let ended = subscriber.end();
    ended.assert_success();
    assert_eq!(String::from_utf8(ended.stdout).unwrap(), lines);
    assert_eq!(ended.stderr, "");
    assert!(modem.has_got("AT+QMTCFG=\"recv/mode\",0,1,1"));
    assert!(modem.has_got("AT+QMTRECV=0,"));
}
