//! What `qmqtt sub` subscribes to, prints, and when it ends.

use std::time::{Duration, Instant};

use crate::{
    modem::{Line, Modem},
    mosquitto::Mosquitto,
};

#[test]
fn two_topics_go_in_one_subscribe() {
    let Some(server) = Mosquitto::start() else {
        return;
    };
    let modem = Modem::start(Line::Plain);
    let arguments = [
        "-i", "two", "sub", "-t", "a/one", "-t", "b/+", "-q", "1", "-C", "2", "-v",
    ];
    let subscriber = modem.qmqtt(server.port, &arguments);
    server.wait_for_subscription_of("two");
    server.publish("b/two", b"second topic", &["-q", "1"]);
    subscriber.wait_for_stdout("second topic");
    server.publish("a/one", b"first topic", &["-q", "1"]);
    let ended = subscriber.end();
    ended.assert_success();
    let printed = String::from_utf8(ended.stdout).unwrap();
    assert_eq!(printed, "b/two second topic\na/one first topic\n");
    let subscribes: Vec<_> = modem
        .commands()
        .into_iter()
        .filter(|line| line.starts_with("AT+QMTSUB="))
        .collect();
    assert_eq!(subscribes, [r#"AT+QMTSUB=0,1,"a/one",1,"b/+",1"#]);
}

#[test]
fn more_topics_than_one_subscribe_takes_go_in_several() {
    let Some(server) = Mosquitto::start() else {
        return;
    };
    let modem = Modem::start(Line::Plain);
    let mut arguments = vec!["sub", "-C", "1"];
    let topics: Vec<_> = (0..9).map(|number| format!("many/{number}")).collect();
    for topic in &topics {
        arguments.extend(["-t", topic]);
    }
    // The last of them has something for whoever comes.
    server.publish("many/8", b"last", &["-q", "1", "-r"]);
    let ended = modem.run_qmqtt(server.port, &arguments);
    ended.assert_success();
    assert_eq!(ended.stdout, b"last\n");
    let commands = modem.commands();
    let subscribes = commands
        .iter()
        .filter(|line| line.starts_with("AT+QMTSUB="));
    assert_eq!(subscribes.count(), 2);
}

#[test]
fn json_tells_topic_and_payload() {
    let Some(server) = Mosquitto::start() else {
        return;
    };
    let modem = Modem::start(Line::Plain);
    server.publish("käse/\\", b"\0\"\xFF", &["-q", "1", "-r"]);
    let ended = modem.run_qmqtt(
        server.port,
        &["--client", "3", "sub", "-t", "#", "-C", "1", "--json"],
    );
    ended.assert_success();
    assert_eq!(
        String::from_utf8(ended.stdout).unwrap(),
        "{\"client\":3,\"packet_id\":0,\"topic\":\"käse/\\\\\",\"payload_hex\":\"0022ff\"}\n"
    );
}

#[test]
fn when_the_time_runs_out_the_status_is_27() {
    let Some(server) = Mosquitto::start() else {
        return;
    };
    let modem = Modem::start(Line::Plain);
    let started = Instant::now();
    let subscriber = modem.qmqtt(server.port, &["-i", "patient", "sub", "-t", "a", "-W", "2"]);
    server.wait_for_subscription_of("patient");
    server.publish("a", b"one", &[]);
    subscriber.wait_for_stdout("one\n");
    let ended = subscriber.end();
    assert_eq!(ended.status.code(), Some(27), "{}", ended.stderr);
    // The time counts from the subscription on, so all of it takes longer.
    assert!(started.elapsed() > Duration::from_secs(2));
    assert_eq!(ended.stdout, b"one\n");
    let commands = modem.commands();
    assert_eq!(
        commands[commands.len() - 2..],
        ["AT+QMTDISC=0", "AT+QMTCLOSE=0"]
    );
}

#[test]
fn a_message_larger_than_the_buffers_costs_no_other() {
    let Some(server) = Mosquitto::start() else {
        return;
    };
    let modem = Modem::start(Line::Plain);
    let subscriber = modem.qmqtt(server.port, &["-i", "small", "sub", "-t", "a", "-C", "2"]);
    server.wait_for_subscription_of("small");
    server.publish("a", b"before", &[]);
    server.publish("a", &[b'x'; 70_000], &[]);
    server.publish("a", b"after", &[]);
    let ended = subscriber.end();
    ended.assert_success();
    assert_eq!(ended.stdout, b"before\nafter\n");
    let line = "receive: a message of 70000 bytes is lost: ";
    assert!(ended.stderr.starts_with(line), "{}", ended.stderr);
    assert_eq!(ended.stderr.lines().count(), 1);
}

#[test]
fn a_reader_that_has_enough_ends_it_quietly() {
    let Some(server) = Mosquitto::start() else {
        return;
    };
    let modem = Modem::start(Line::Plain);
    let port = server.port.to_string();
    let command = format!(
        "'{}' --port '{}' -h 127.0.0.1 -p {port} -i enough sub -t a | head -n 1",
        crate::modem::QMQTT,
        modem.device()
    );
    // The status is that of qmqtt.
    let script = format!("set -o pipefail; {command}");
    let shell = crate::process::Process::spawn("bash", ["-c", &script]);
    server.wait_for_subscription_of("enough");
    server.publish("a", b"one", &[]);
    shell.wait_for_stdout("one\n");
    // At the first writes after the end of the reader, qmqtt notices.
    let mut shell = shell;
    while shell.is_running() {
        server.publish("a", b"two", &[]);
    }
    let ended = shell.end();
    ended.assert_success();
    assert_eq!(ended.stdout, b"one\n");
    assert_eq!(ended.stderr, "");
    assert!(modem.commands().iter().any(|line| line == "AT+QMTDISC=0"));
}

#[test]
fn what_came_while_away_is_there_in_a_kept_session_and_only_there() {
    let Some(server) = Mosquitto::start() else {
        return;
    };
    let modem = Modem::start(Line::Plain);
    let subscribe = |options: &[&str], wait: &str| {
        let arguments = [
            "-i", "keeper", "sub", "-t", "a", "-q", "1", "-C", "1", "-W", wait,
        ];
        modem.run_qmqtt(server.port, &[options, &arguments].concat())
    };
    assert_eq!(subscribe(&["-c"], "1").status.code(), Some(27));
    server.publish("a", b"for the keeper", &["-q", "1"]);
    let ended = subscribe(&["-c"], "60");
    ended.assert_success();
    assert_eq!(ended.stdout, b"for the keeper\n");
    // Without -c, the session of before must not leak in.
    server.publish("a", b"too late", &["-q", "1"]);
    let ended = subscribe(&[], "1");
    assert_eq!(ended.status.code(), Some(27));
    assert_eq!(ended.stdout, b"");
}
