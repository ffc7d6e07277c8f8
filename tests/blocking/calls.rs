//! The calls, over a simulated modem.

use std::{cell::Cell, rc::Rc};

use quectel_modem_sim::{Delays, Registration, VirtualPort, local::Message};
use quectel_mqtt::{
    Cause, Command, PdpContext, PemFile, ReceiveMode, SleepMode, TlsOptions, UsageError,
    blocking::Error,
    command,
    engine::{Completion, Event},
    mqtt::{GrantedQos, Publication, QoS, TopicFilter},
};

use super::*;

#[test]
fn a_client_connects_subscribes_publishes_receives_and_disconnects() {
    let _time = Virtual::start();
    let (port, server) = simulated();
    let mut memory = Memory::new();
    let mut modem = Modem::new(&BG95, port, Ticks::default(), memory.buffers());
    modem.initialize().unwrap();
    let mut client = modem.client(CLIENT);
    client.connect(&options()).unwrap();
    let filter = TopicFilter::new("t/#").unwrap();
    let granted = client.subscribe(&[(filter, QoS::ExactlyOnce)]).unwrap();
    assert_eq!(
        granted.iter().collect::<Vec<_>>(),
        [GrantedQos::Granted(QoS::ExactlyOnce)]
    );
    for (level, qos) in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce]
        .into_iter()
        .enumerate()
    {
        let payload = [b'0' + u8::try_from(level).unwrap()];
        let message = Publication::new("t/1", &payload).unwrap().qos(qos);
        modem.client(CLIENT).publish(&message).unwrap();
    }
    let levels: Vec<_> = server
        .messages()
        .into_iter()
        .map(|it| (it.payload, it.qos))
        .collect();
    assert_eq!(
        levels,
        [0, 1, 2].map(|level| (vec![b'0' + level], level)).to_vec()
    );
    // They match the filter, and come back.
    for level in b'0'..=b'2' {
        let Ok(Some(Event::Message(message))) = modem.next_event(1000) else {
            panic!("no message");
        };
        assert_eq!(
            (message.topic, message.payload),
            (&b"t/1"[..], &[level][..])
        );
    }
    assert_eq!(modem.next_event(1000), Ok(None));
    let mut client = modem.client(CLIENT);
    client.unsubscribe(&[filter]).unwrap();
    server.publish(Message::new("t/1", "unwanted", 0));
    client.disconnect().unwrap();
    assert_eq!(modem.next_event(1000), Ok(None));
    assert!(server.connected_clients().is_empty());
    let refused = modem.client(CLIENT).publish(&hello());
    assert_eq!(refused, Err(Error::Usage(UsageError::NotConnected)));
}

#[test]
fn waiting_for_an_event_ends_at_its_limit_and_not_before() {
    let _time = Virtual::start();
    let (port, _server) = simulated();
    let mut memory = Memory::new();
    let mut modem = connected(port, &mut memory);
    for limit in [0, 1, 2, 1000] {
        let begun = millis();
        assert_eq!(modem.next_event(limit), Ok(None));
        assert_eq!(millis() - begun, u64::from(limit), "limit {limit}");
    }
}

#[test]
fn an_event_that_comes_at_the_limit_is_still_given_out() {
    let _time = Virtual::start();
    let (port, server) = simulated();
    let mut memory = Memory::new();
    let mut modem = connected(port, &mut memory);
    let filter = TopicFilter::new("t").unwrap();
    let mut client = modem.client(CLIENT);
    client.subscribe(&[(filter, QoS::AtMostOnce)]).unwrap();
    let mut come_within = |limit| {
        server.publish(Message::new("t", "x", 0));
        let begun = millis();
        let has_come = matches!(modem.next_event(limit), Ok(Some(Event::Message(_))));
        (has_come, millis() - begun)
    };
    // The server takes 50 ms.
    assert_eq!(come_within(50), (true, 50));
    assert_eq!(come_within(1000), (true, 50));
    assert_eq!(come_within(49), (false, 49));
}

#[test]
fn the_modem_is_served_for_a_time_and_events_wait() {
    let _time = Virtual::start();
    let (port, server) = simulated();
    let mut memory = Memory::new();
    let mut modem = connected(port, &mut memory);
    let filter = TopicFilter::new("t").unwrap();
    let mut client = modem.client(CLIENT);
    client.subscribe(&[(filter, QoS::AtMostOnce)]).unwrap();
    for payload in ["one", "two"] {
        server.publish(Message::new("t", payload, 0));
    }
    let begun = millis();
    modem.drive(1000).unwrap();
    assert_eq!(millis() - begun, 1000);
    for payload in ["one", "two"] {
        let Some(Event::Message(message)) = modem.take_event() else {
            panic!("no message");
        };
        assert_eq!(message.payload, payload.as_bytes());
    }
}

// Who looks now and then, with a limit of 0, gets what is there.
#[test]
fn what_has_come_already_is_given_out_without_waiting() {
    let _time = Virtual::start();
    let (port, server) = simulated();
    let mut memory = Memory::new();
    let mut modem = connected(port, &mut memory);
    let filter = TopicFilter::new("t").unwrap();
    let mut client = modem.client(CLIENT);
    client.subscribe(&[(filter, QoS::AtMostOnce)]).unwrap();
    // Longer than the receive buffer.
    let payload = [b'x'; 1200];
    server.publish(Message::new("t", payload, 0));
    Virtual::advance(Duration::from_millis(100));
    let begun = millis();
    let Ok(Some(Event::Message(message))) = modem.next_event(0) else {
        panic!("no message");
    };
    assert_eq!(message.payload, payload);
    assert_eq!(millis(), begun);
}

#[test]
fn a_wait_for_registration_ends_with_it_or_at_its_limit() {
    let _time = Virtual::start();
    let mut config = Config::default();
    config.behaviour.registration = Registration::After(Duration::from_secs(7));
    let (port, _server) = modem_and_server(config);
    let mut memory = Memory::new();
    let mut modem = Modem::new(&BG95, port, Ticks::default(), memory.buffers());
    modem.initialize().unwrap();
    let limited = modem.wait_registered(5000);
    let reason = cause(limited);
    assert!(
        matches!(reason, Some(Cause::NotRegistered(_))),
        "{reason:?}"
    );
    assert!((4000..=6000).contains(&millis()), "{} ms", millis());
    modem.wait_registered(60_000).unwrap();
    assert!((7000..=9100).contains(&millis()), "{} ms", millis());
}

#[test]
fn what_stands_before_a_connect_and_what_is_stored() {
    let _time = Virtual::start();
    let (port, server) = simulated();
    let mut memory = Memory::new();
    let ca = PemFile::upload("ca.pem", b"-----BEGIN CERTIFICATE-----").unwrap();
    let tls = TlsOptions::new(ca);
    let mut modem = Modem::new(&BG95, port, Ticks::default(), memory.buffers());
    modem
        .activate(&PdpContext::new("iot.example").unwrap())
        .unwrap();
    modem.configure_tls(&tls).unwrap();
    let stored = options().receive(ReceiveMode::Stored);
    let mut client = modem.client(CLIENT);
    client.connect(&stored).unwrap();
    let filter = TopicFilter::new("t").unwrap();
    client.subscribe(&[(filter, QoS::AtLeastOnce)]).unwrap();
    server.publish(Message::new("t", "kept", 1));
    let Ok(Some(Event::Message(message))) = modem.next_event(1000) else {
        panic!("no message");
    };
    assert_eq!(message.payload, b"kept");
    // There is no other; the command works all the same.
    modem.client(CLIENT).fetch(Some(0)).unwrap();
    let refused = modem.sleep(SleepMode::Light);
    let not_supported = UsageError::NotSupported {
        command: Command::Sleep,
    };
    assert_eq!(refused, Err(Error::Usage(not_supported)));
}

#[test]
fn requests_and_raw_commands_bring_their_answers() {
    let _time = Virtual::start();
    let (port, _server) = simulated();
    let mut memory = Memory::new();
    let mut modem = connected(port, &mut memory);
    assert_eq!(modem.raw("AT+QMTCONN?"), Ok(&b"+QMTCONN: 0,3\n"[..]));
    assert_eq!(modem.request(&command::Model), Ok("BG95-M3"));
    let refused = modem.raw("AT+NONSENSE").map(drop);
    assert!(
        matches!(cause(refused), Some(Cause::Modem(_))),
        "not refused"
    );
    assert_eq!(modem.request(&command::Model), Ok("BG95-M3"));
}

#[test]
fn messages_are_begun_one_behind_the_other_and_end_as_events() {
    let _time = Virtual::start();
    let (port, server) = simulated();
    let mut memory = Memory::new();
    let mut modem = connected(port, &mut memory);
    let begun = millis();
    let (mut operations, mut completed) = (Vec::new(), Vec::new());
    let mut keep = |event: Option<Event<'_>>| match event {
        Some(Event::Completed { operation, result }) => {
            assert_eq!(result, Ok(Completion::Done));
            completed.push(operation);
        }
        event => assert_eq!(event, None),
    };
    for letter in b'a'..=b'l' {
        let message = [letter];
        let begun = modem.client(CLIENT).start_publish(&at_least_once(&message));
        operations.push(begun.unwrap());
        // Only so many results are kept for later.
        keep(modem.take_event());
    }
    let all_begun = millis() - begun;
    for _ in 0..operations.len() {
        keep(modem.next_event(1000).unwrap());
    }
    assert_eq!(completed, operations);
    assert_eq!(server.messages().len(), operations.len());
    // Five at a time, and each takes 100 ms there and back.
    assert!((200..300).contains(&all_begun), "{all_begun} ms");
}

#[test]
fn what_waits_leaves_events_and_results_of_others_where_they_are() {
    let _time = Virtual::start();
    let (port, server) = simulated();
    let mut memory = Memory::new();
    let mut modem = connected(port, &mut memory);
    let filter = TopicFilter::new("in/#").unwrap();
    let mut client = modem.client(CLIENT);
    client.subscribe(&[(filter, QoS::AtMostOnce)]).unwrap();
    let first = client.start_publish(&at_least_once(b"first")).unwrap();
    server.publish(Message::new("in/1", "in between", 0));
    client.publish(&at_least_once(b"second")).unwrap();
    assert_eq!(modem.raw("AT+QMTCONN?"), Ok(&b"+QMTCONN: 0,3\n"[..]));
    let mut seen = Vec::new();
    while let Some(event) = modem.take_event() {
        seen.push(match event {
            Event::Completed { operation, .. } => format!("{}", operation == first),
            Event::Message(it) => String::from_utf8_lossy(it.payload).into_owned(),
            event => format!("{event:?}"),
        });
    }
    seen.sort();
    assert_eq!(seen, ["in between", "true"]);
}

#[test]
fn a_restart_in_the_middle_of_a_publish_fails_it_and_the_next_connect_works() {
    let _time = Virtual::start();
    let (port, server) = simulated();
    let restart_at = Rc::new(Cell::new(u64::MAX));
    let alarm = Alarm {
        port: port.clone(),
        at: Rc::clone(&restart_at),
    };
    let mut memory = Memory::new();
    let mut modem = Modem::new(&BG95, port, alarm, memory.buffers());
    modem.client(CLIENT).connect(&options()).unwrap();
    restart_at.set(millis() + 20);
    // Its acknowledgement takes 100 ms.
    let failed = modem.client(CLIENT).publish(&at_least_once(b"first"));
    assert_eq!(cause(failed), Some(Cause::Restarted));
    let event = modem.next_event(0).map(|it| it.map(|it| format!("{it:?}")));
    assert_eq!(event, Ok(Some("Restarted".into())));
    modem.client(CLIENT).connect(&options()).unwrap();
    modem
        .client(CLIENT)
        .publish(&at_least_once(b"second"))
        .unwrap();
    assert_eq!(server.messages().last().unwrap().payload, b"second");
}

/// As [`Ticks`], and restarts the modem at a time.
struct Alarm {
    port: VirtualPort,
    at: Rc<Cell<u64>>,
}

impl Clock for Alarm {
    fn now(&mut self) -> Instant {
        now()
    }

    fn idle(&mut self) {
        Ticks::default().idle();
        if millis() >= self.at.get() {
            self.at.set(u64::MAX);
            self.port.with_modem(|modem, now| modem.restart(now));
        }
    }
}

#[test]
fn every_call_ends_where_the_modem_never_answers() {
    for ignored_from_the_start in [true, false] {
        let _time = Virtual::start();
        let (port, _server) = simulated();
        let silence =
            || port.with_modem(|modem, _| modem.behaviour_mut().ignore_commands = u32::MAX);
        let mut memory = Memory::new();
        let mut modem = if ignored_from_the_start {
            silence();
            Modem::new(&BG95, port.clone(), Ticks::default(), memory.buffers())
        } else {
            let modem = connected(port.clone(), &mut memory);
            silence();
            modem
        };
        let expected = Some(Cause::Timeout);
        if !ignored_from_the_start {
            let published = modem.client(CLIENT).publish(&at_least_once(b"x"));
            assert_eq!(cause(published), expected);
            assert_eq!(cause(modem.client(CLIENT).disconnect()), expected);
        }
        assert_eq!(cause(modem.initialize()), expected);
        assert_eq!(cause(modem.client(CLIENT).connect(&options())), expected);
        assert_eq!(cause(modem.wait_registered(30_000)), expected);
        assert_eq!(cause(modem.raw("AT+CSQ").map(drop)), expected);
        assert!(clock::now() < Duration::from_secs(300));
    }
}

#[test]
fn a_slow_answer_is_waited_for() {
    let _time = Virtual::start();
    let mut config = Config::default();
    let delay = Duration::from_secs(4);
    config.behaviour.delays = Delays {
        // Shorter than a probe waits.
        generic: Duration::from_millis(900),
        config: delay,
        open: delay,
        connect: delay,
        subscribe: delay,
        publish: delay,
        payload: delay,
    };
    let (port, server) = modem_and_server(config);
    let mut memory = Memory::new();
    let mut modem = connected(port, &mut memory);
    modem.client(CLIENT).publish(&at_least_once(b"x")).unwrap();
    assert_eq!(server.messages().len(), 1);
}
