//! The bounds of topics, payloads and places, as in bounds.rs.

#![cfg(all(feature = "bg95", feature = "bc660k"))]

mod support;

use quectel_mqtt::{
    BC660K_GL, BG95, ClientIndex, ConnectOptions, DataFormat, Parameter, PublishForm, ReceiveMode,
    UsageError,
    engine::{Buffers, Engine},
    mqtt::{Publication, QoS, TopicFilter},
};
use support::{
    bounds::{assert_nothing_sent, connected, empty, out_of_range, too_long},
    obliging::Obliging,
};

fn options() -> ConnectOptions<'static> {
    ConnectOptions::new("host", "id").unwrap()
}

#[test]
fn topics_are_taken_up_to_their_limit_and_refused_beyond() {
    // The BG95 note states 255 bytes for the topic of the will alone; the driver takes it for all.
    for (dialect, most) in [(&BG95, 255), (&BC660K_GL, 256)] {
        let (longest, longer) = ("z".repeat(most), "z".repeat(most + 1));
        let mut engine = connected(dialect, &options());
        let client = ClientIndex::ZERO;
        let mut modem = Obliging::default();
        for topic in ["z", &longest] {
            let filter = TopicFilter::new(topic).unwrap();
            let filters = [(filter, QoS::ExactlyOnce)];
            let subscribe = engine.subscribe(client, &filters).unwrap();
            modem.run(&mut engine, subscribe, false).unwrap();
            let unsubscribe = engine.unsubscribe(client, &[filter]).unwrap();
            modem.run(&mut engine, unsubscribe, false).unwrap();
            let message = Publication::new(topic, b"x").unwrap();
            let publish = engine.publish(client, &message).unwrap();
            modem.run(&mut engine, publish, true).unwrap();
            let quoted = format!("\"{topic}\"");
            let sent = modem.lines.drain(..);
            assert!(sent.len() == 3);
            assert!(
                sent.into_iter()
                    .all(|it| String::from_utf8(it).unwrap().contains(&quoted))
            );
        }
        let filter = TopicFilter::new(&longer).unwrap();
        let error = UsageError::Value(too_long(Parameter::TopicFilter, most + 1, most));
        let subscribe = engine.subscribe(client, &[(filter, QoS::AtMostOnce)]);
        assert_eq!(subscribe.unwrap_err(), error);
        assert_eq!(engine.unsubscribe(client, &[filter]).unwrap_err(), error);
        let message = Publication::new(&longer, b"x").unwrap();
        let error = UsageError::Value(too_long(Parameter::TopicName, most + 1, most));
        assert_eq!(engine.publish(client, &message).unwrap_err(), error);
        // So many filters in one command; the notes state no limit.
        let filter = (TopicFilter::new("z").unwrap(), QoS::AtMostOnce);
        let subscribe = engine.subscribe(client, &[filter; 9]);
        let error = UsageError::Value(too_long(Parameter::Topics, 9, 8));
        assert_eq!(subscribe.unwrap_err(), error);
        assert_nothing_sent(&mut engine);
        let subscribe = engine.subscribe(client, &[filter; 8]).unwrap();
        modem.run(&mut engine, subscribe, false).unwrap();
    }
}

#[test]
fn the_lines_of_a_connect_that_has_ended_take_no_room() {
    let (mut rx, mut tx, mut inbox) = ([0; 128], [0; 160], [0; 128]);
    let buffers = Buffers {
        rx: &mut rx,
        tx: &mut tx,
        inbox: &mut inbox,
    };
    let mut engine = Engine::new(&BG95, buffers);
    let client = ClientIndex::ZERO;
    let connect = engine.connect(client, &options()).unwrap();
    let mut modem = Obliging::default();
    // It returns with the result, without another poll.
    modem.run(&mut engine, connect, false).unwrap();
    let message = Publication::new("t", &[b'x'; 120]).unwrap();
    assert!(engine.publish(client, &message).is_ok());
}

#[test]
fn payloads_are_taken_up_to_the_limit_of_form_and_format_and_refused_beyond() {
    use DataFormat::{Hex, Text};
    use PublishForm::{Automatic, FixedLength, Inline, Terminated};
    for (dialect, format, form, least, most) in [
        (&BG95, Text, Automatic, 0, 4096),
        (&BG95, Text, FixedLength, 1, 4096),
        (&BG95, Text, Terminated, 0, 4096),
        (&BG95, Text, Inline, 0, 560),
        (&BC660K_GL, Text, Automatic, 0, 1460),
        (&BC660K_GL, Text, FixedLength, 1, 1460),
        (&BC660K_GL, Text, Terminated, 0, 1460),
        (&BC660K_GL, Text, Inline, 0, 1460),
        (&BC660K_GL, Hex, Automatic, 0, 730),
        (&BC660K_GL, Hex, FixedLength, 1, 730),
        (&BC660K_GL, Hex, Terminated, 0, 730),
        (&BC660K_GL, Hex, Inline, 0, 730),
    ] {
        let options = options();
        let options = match format {
            Hex => options.data_format(Hex, Text),
            Text => options,
        };
        let mut engine = connected(dialect, &options);
        for length in [least, most] {
            let payload = vec![b'x'; length];
            let message = Publication::new("t", &payload).unwrap();
            let publish = engine
                .publish_as(ClientIndex::ZERO, &message, form)
                .unwrap();
            let mut modem = Obliging::default();
            modem.run(&mut engine, publish, form != Inline).unwrap();
            let mut expected = match format {
                Text => payload,
                Hex => b"78".repeat(length),
            };
            if form == Inline {
                let line = modem.lines.pop().unwrap();
                let end = [b",\"", &expected[..], b"\"\r"].concat();
                assert!(line.ends_with(&end));
            } else {
                // Ctrl+Z ends what has no length.
                if form == Terminated || length == 0 {
                    expected.push(0x1A);
                }
                assert_eq!(modem.data.pop().unwrap(), expected);
            }
        }
        let payload = vec![b'x'; most + 1];
        let message = Publication::new("t", &payload).unwrap();
        let error = engine.publish_as(ClientIndex::ZERO, &message, form);
        let expected = too_long(Parameter::Payload, most + 1, most);
        assert_eq!(error.unwrap_err(), UsageError::Value(expected));
        if least > 0 {
            let message = Publication::new("t", b"").unwrap();
            let error = engine.publish_as(ClientIndex::ZERO, &message, form);
            let expected = UsageError::Value(empty(Parameter::Payload));
            assert_eq!(error.unwrap_err(), expected);
        }
        assert_nothing_sent(&mut engine);
    }
}

#[test]
fn a_place_of_a_stored_message_is_one_of_five() {
    let options = options().receive(ReceiveMode::Stored);
    for place in [Some(0), Some(4), None] {
        let mut engine = connected(&BG95, &options);
        let fetch = engine.fetch(ClientIndex::ZERO, place).unwrap();
        let mut modem = Obliging::default();
        modem.run(&mut engine, fetch, false).unwrap();
    }
    let mut engine = connected(&BG95, &options);
    let error = engine.fetch(ClientIndex::ZERO, Some(5)).unwrap_err();
    let expected = out_of_range(Parameter::StoragePlace, 5, 0, 4);
    assert_eq!(error, UsageError::Value(expected));
    assert_nothing_sent(&mut engine);
}
