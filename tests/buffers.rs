//! The sizes of buffers that the README promises to be enough; and that what does not fit is refused with
//! the size that does, before a byte is sent.

#![cfg(all(feature = "bg95", feature = "bc660k"))]

mod support;

use quectel_mqtt::{
    BC660K_GL, BG95, Buffer, ClientIndex, ConnectOptions, Dialect, Instant, UsageError,
    engine::{Action, Engine, Operation},
    mqtt::{Publication, QoS, TopicFilter, Will},
};
use support::obliging::{Obliging, engine_with};

const CLIENT: ClientIndex = ClientIndex::ZERO;
const DIALECTS: [&Dialect; 2] = [&BG95, &BC660K_GL];

fn connected(dialect: &'static Dialect, tx: usize) -> Engine<'static> {
    let mut engine = engine_with(dialect, [64, tx, 64]);
    let options = ConnectOptions::new("h", "i").unwrap();
    let connect = engine.connect(CLIENT, &options).unwrap();
    Obliging::default()
        .run(&mut engine, connect, false)
        .unwrap();
    engine
}

#[test]
fn a_receive_buffer_of_64_bytes_is_enough_and_one_of_63_is_refused() {
    for dialect in DIALECTS {
        let options = ConnectOptions::new("h", "i").unwrap();
        let refused = engine_with(dialect, [63, 512, 64]).connect(CLIENT, &options);
        let too_small = UsageError::BufferTooSmall {
            buffer: Buffer::Receive,
            needed: 64,
            capacity: 63,
        };
        assert_eq!(refused, Err(too_small));
        connected(dialect, 512);
    }
}

/// The verb is refused in a buffer that is too small, with a size; it runs in one of that size, and in
/// one byte less it does not. The README's rule is enough for it.
#[track_caller]
fn assert_needed(
    rule: usize,
    engine: impl Fn(usize) -> Engine<'static>,
    verb: impl Fn(&mut Engine<'_>) -> Result<Operation, UsageError>,
) {
    let needed = |tx| match verb(&mut engine(tx)) {
        Err(UsageError::BufferTooSmall {
            buffer: Buffer::Transmit,
            needed,
            capacity,
        }) => {
            assert_eq!(capacity as usize, tx);
            Some(needed as usize)
        }
        Ok(_) => None,
        Err(error) => panic!("{error}"),
    };
    let size = needed(150).expect("it is too small");
    assert!(size <= rule, "{size} bytes, and the README says {rule}");
    assert_eq!(needed(size - 1), Some(size));
    assert_eq!(needed(size), None);
}

#[test]
fn what_does_not_fit_the_transmit_buffer_is_refused_with_the_size_that_does() {
    let text = "x".repeat(50);
    let text = text.as_str();
    for dialect in DIALECTS {
        let connected = |tx| connected(dialect, tx);
        let message = Publication::new(text, &[b'x'; 100]).unwrap();
        assert_needed(40 + 150, connected, |it| it.publish(CLIENT, &message));
        let filters = [TopicFilter::new(text).unwrap(); 3];
        assert_needed(18 + 3 * 55, connected, |it| {
            it.unsubscribe(CLIENT, &filters)
        });
        let topics = filters.map(|filter| (filter, QoS::ExactlyOnce));
        assert_needed(18 + 3 * 55, connected, |it| it.subscribe(CLIENT, &topics));
        let options = ConnectOptions::new(text, text).unwrap();
        let options = options.credentials(text, text).unwrap();
        let options = options.will(Will::new(text, text).unwrap());
        let new = |tx| engine_with(dialect, [64, tx, 64]);
        assert_needed(120 + 6 * 50, new, |it| it.connect(CLIENT, &options));
    }
}

// "While one client connects, its lines stay in `tx`; what does not fit beside them waits."
#[test]
fn what_does_not_fit_beside_the_lines_of_a_connect_waits() {
    let mut engine = connected(&BG95, 300);
    let host = "h".repeat(100);
    let options = ConnectOptions::new(&host, "i").unwrap();
    let other = ClientIndex::new(1).unwrap();
    let connect = engine.connect(other, &options).unwrap();
    let mut sent = Vec::new();
    // Up to where the line is free, and the result of AT+QMTOPEN is owed.
    while let Action::Transmit { .. } | Action::Deliver = engine.poll(Instant::from_millis(0)) {
        sent = engine.transmit_buffer().to_vec();
        engine.transmitted(sent.len());
        engine.receive_buffer()[..4].copy_from_slice(b"OK\r\n");
        engine.received(4);
    }
    assert!(sent.starts_with(b"AT+QMTOPEN=1,"));
    let long = Publication::new("t", &[b'x'; 200]).unwrap();
    assert_eq!(engine.publish(CLIENT, &long), Err(UsageError::Busy));
    let short = Publication::new("t", b"x").unwrap();
    let publish = engine.publish(CLIENT, &short).unwrap();
    let mut modem = Obliging::default();
    modem.run(&mut engine, publish, true).unwrap();
    let opened = b"+QMTOPEN: 1,0\r\n";
    engine.receive_buffer()[..opened.len()].copy_from_slice(opened);
    engine.received(opened.len());
    modem.run(&mut engine, connect, false).unwrap();
    let publish = engine.publish(CLIENT, &long).unwrap();
    modem.run(&mut engine, publish, true).unwrap();
}
