//! The driver: its engine, and the parts of it that are public.

use std::{hint::black_box, time};

use criterion::Bencher;
use quectel_mqtt::{
    BG95, ClientIndex, ConnectOptions, Instant,
    at::{CommandWriter, Frame, Framer, Line, Ring},
    command::{MESSAGE, Urc},
    engine::{Action, Buffers, Completion, Engine, Event},
    mqtt::{Publication, QoS},
};

use crate::line;

/// From the first byte of a message to its event.
pub(crate) fn receive(bencher: &mut Bencher<'_>, line: &[u8], step: usize) {
    let mut memory = Memory::new();
    let mut engine = memory.connected();
    bencher.iter(|| {
        feed(&mut engine, black_box(line), step);
        let event = engine.take_event();
        assert!(matches!(&event, Some(Event::Message(it)) if it.topic == line::TOPIC.as_bytes()));
        black_box(event);
    });
}

/// Finds head and payload of a message, and parses neither.
pub(crate) fn frame(bencher: &mut Bencher<'_>, line: &[u8]) {
    let mut bytes = [0; 128];
    let mut ring = Ring::new(&mut bytes);
    let mut framer = Framer::new(MESSAGE);
    bencher.iter(|| {
        let mut rest = black_box(line);
        let mut is_complete = false;
        while !rest.is_empty() {
            let free = ring.free();
            let (now, later) = rest.split_at(free.len().min(rest.len()));
            free[..now.len()].copy_from_slice(now);
            ring.commit(now.len());
            rest = later;
            while let Some(frame) = framer.next(&mut ring) {
                let (Frame::Line(len) | Frame::Head { len, .. } | Frame::Payload { len, .. }) =
                    frame
                else {
                    panic!("unexpected: {frame:?}");
                };
                is_complete |= matches!(frame, Frame::Payload { last: true, .. });
                ring.consume(len);
            }
        }
        assert!(is_complete);
    });
}

/// From the call of a publish to its result.
pub(crate) fn publish(bencher: &mut Bencher<'_>, payload: &[u8]) {
    let publication = Publication::new("meter/0815/state", payload)
        .expect("valid")
        .qos(QoS::AtLeastOnce);
    // The answer is for the first packet of a modem: each publish has an engine of its own.
    bencher.iter_custom(|iterations| {
        (0..iterations)
            .map(|_| {
                let mut memory = Memory::new();
                let mut engine = memory.connected();
                let start = time::Instant::now();
                let operation = engine.publish(ClientIndex::ZERO, black_box(&publication));
                transmit(&mut engine);
                feed(&mut engine, black_box(line::PROMPT), usize::MAX);
                transmit(&mut engine);
                feed(&mut engine, black_box(line::ANSWER), usize::MAX);
                let result = engine.take_result(operation.expect("connected"));
                let taken = start.elapsed();
                assert_eq!(result, Some(Ok(Completion::Done)));
                taken
            })
            .sum()
    });
}

pub(crate) fn parse(bencher: &mut Bencher<'_>) {
    bencher.iter(|| {
        let urc = Urc::parse(&Line::classify(black_box(line::RESULT)));
        assert!(urc.is_some());
        urc
    });
}

pub(crate) fn format(bencher: &mut Bencher<'_>) {
    let mut bytes = [0; 64];
    bencher.iter(|| {
        let mut writer = CommandWriter::new(black_box(&mut bytes));
        let len = writer
            .raw(b"AT+QMTPUB=")
            .number(black_box(0))
            .and_number(black_box(1))
            .and_number(black_box(1))
            .and_number(black_box(0))
            .and_string(black_box("meter/0815/state"))
            .and_number(black_box(64))
            .finish();
        assert_eq!(bytes.get(..len.unwrap_or(0)), Some(line::PUBLISH));
    });
}

/// Memory for the largest message here.
struct Memory {
    rx: [u8; 128],
    tx: [u8; 4_352],
    inbox: [u8; 4_352],
}

impl Memory {
    const fn new() -> Self {
        Self {
            rx: [0; 128],
            tx: [0; 4_352],
            inbox: [0; 4_352],
        }
    }

    /// An engine whose first client is connected.
    fn connected(&mut self) -> Engine<'_> {
        let buffers = Buffers {
            rx: &mut self.rx,
            tx: &mut self.tx,
            inbox: &mut self.inbox,
        };
        let mut engine = Engine::new(&BG95, buffers);
        let options = ConnectOptions::new("mqtt.example.com", "meter-0815").expect("valid");
        let connect = engine.connect(ClientIndex::ZERO, &options).expect("idle");
        loop {
            if let Some(result) = engine.take_result(connect) {
                assert_eq!(result, Ok(Completion::Done));
                return engine;
            }
            assert!(matches!(engine.poll(NOW), Action::Transmit { .. }));
            let answer = answer_to(engine.transmit_buffer());
            transmit(&mut engine);
            feed(&mut engine, answer, usize::MAX);
        }
    }
}

/// What a modem answers that always agrees.
fn answer_to(command: &[u8]) -> &'static [u8] {
    let answer = ANSWERS.iter().find(|(start, _)| command.starts_with(start));
    answer.map_or(b"\r\nOK\r\n", |(_, answer)| *answer)
}

/// Sends what there is to send.
fn transmit(engine: &mut Engine<'_>) {
    while let Action::Transmit { .. } = engine.poll(NOW) {
        let n = black_box(engine.transmit_buffer()).len();
        engine.transmitted(n);
    }
}

/// Receives bytes in steps of so many, or as many as there is room for, and polls after each.
fn feed(engine: &mut Engine<'_>, mut bytes: &[u8], step: usize) {
    while !bytes.is_empty() {
        let free = engine.receive_buffer();
        let (now, later) = bytes.split_at(step.min(free.len()).min(bytes.len()));
        free[..now.len()].copy_from_slice(now);
        engine.received(now.len());
        let _ = engine.poll(NOW);
        bytes = later;
    }
}

const ANSWERS: [(&[u8], &[u8]); 3] = [
    (b"AT+CMEE?", b"\r\n+CMEE: 1\r\n\r\nOK\r\n"),
    (b"AT+QMTOPEN", b"\r\nOK\r\n\r\n+QMTOPEN: 0,0\r\n"),
    (b"AT+QMTCONN", b"\r\nOK\r\n\r\n+QMTCONN: 0,0,0\r\n"),
];

const NOW: Instant = Instant::from_millis(1_000);
