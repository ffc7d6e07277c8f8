//! A lost link, a restarted modem, a modem that is gone.

use crate::{
    modem::{Line, Modem},
    mosquitto::{Mosquitto, printed},
    process::Process,
};

fn subscribed(server: &Mosquitto, modem: &Modem) -> Process {
    let subscriber = modem.qmqtt(server.port, &["-i", "loser", "sub", "-t", "a"]);
    server.wait_for_subscription_of("loser");
    server.publish("a", b"one", &[]);
    subscriber.wait_for_stdout("one\n");
    subscriber
}

#[test]
fn a_lost_link_ends_a_subscription_with_its_cause() {
    let Some(server) = Mosquitto::start() else {
        return;
    };
    let modem = Modem::start(Line::Plain);
    let subscriber = subscribed(&server, &modem);
    drop(server);
    subscriber.end().assert_failure(
        "receive: the connection is lost: closed or reset by the server (status 1)",
    );
}

#[test]
fn a_restarted_modem_ends_a_subscription() {
    let Some(server) = Mosquitto::start() else {
        return;
    };
    let modem = Modem::start(Line::Plain);
    let subscriber = subscribed(&server, &modem);
    modem.guard.with_modem(|modem, now| modem.restart(now));
    subscriber
        .end()
        .assert_failure("receive: the modem restarted");
}

#[test]
fn a_lost_link_ends_pub_that_waits_for_a_line() {
    let Some(server) = Mosquitto::start() else {
        return;
    };
    let modem = Modem::start(Line::Plain);
    let publisher = modem.qmqtt(server.port, &["--trace", "pub", "-t", "a", "-l"]);
    publisher.wait_for_stderr("<- +QMTCONN: 0,0,0\n");
    drop(server);
    let ended = publisher.end();
    assert_eq!(ended.status.code(), Some(1));
    assert!(
        ended.stderr.ends_with(
            "publish: the connection is lost: closed or reset by the server (status 1)\n"
        )
    );
}

#[test]
fn a_port_that_does_not_exist_is_told() {
    let arguments = [
        "--port",
        "/nowhere/tty",
        "-h",
        "host",
        "pub",
        "-t",
        "a",
        "-n",
    ];
    let ended = Process::run(crate::modem::QMQTT, arguments);
    assert_eq!(ended.status.code(), Some(1));
    assert!(
        ended.stderr.starts_with("port: /nowhere/tty: "),
        "{}",
        ended.stderr
    );
    assert_eq!(ended.stderr.lines().count(), 1);
}

#[test]
fn the_will_is_published_when_the_modem_is_lost() {
    let Some(server) = Mosquitto::start() else {
        return;
    };
    let modem = Modem::start(Line::Plain);
    let heir = server.subscribe("will", 1);
    let will = [
        "--will-topic",
        "will",
        "--will-payload",
        "gone, alas",
        "--will-qos",
        "1",
    ];
    let arguments = [&will[..], &["-i", "mortal", "sub", "-t", "a"]].concat();
    let subscriber = modem.qmqtt(server.port, &arguments);
    server.wait_for_subscription_of("mortal");
    modem.guard.with_modem(|modem, now| modem.restart(now));
    assert_eq!(heir.end().stdout, printed("will", 1, false, b"gone, alas"));
    // The modem may not have told of the subscription yet.
    let ended = subscriber.end();
    assert_eq!(ended.status.code(), Some(1));
    assert!(
        ended.stderr.ends_with(": the modem restarted\n"),
        "{}",
        ended.stderr
    );
}
