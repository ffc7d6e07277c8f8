//! A modem that always agrees, for the engine: the answers to its commands.

use quectel_mqtt::{
    BG95, ClientIndex, ConnectOptions, Instant,
    engine::{Action, Completion, Engine, Operation},
};

use crate::memory::Memory;

/// An engine whose first client is connected.
///
/// # Panics
/// When it does not connect.
pub fn connected(memory: &mut Memory) -> Engine<'_> {
    let mut engine = Engine::new(&BG95, memory.buffers());
    let options = ConnectOptions::new("mqtt.example.com", "meter-0815").expect("valid");
    let connect = engine.connect(ClientIndex::ZERO, &options).expect("idle");
    assert_eq!(run(&mut engine, connect), Completion::Done);
    engine
}

/// Answers the engine until the operation is done.
///
/// # Panics
/// When it fails.
pub fn run(engine: &mut Engine<'_>, operation: Operation) -> Completion {
    loop {
        if let Some(result) = engine.take_result(operation) {
            return result.expect("answered");
        }
        let answer = transmit(engine);
        receive(engine, answer, answer.len());
    }
}

/// Takes what the engine sends next, and returns the modem's answer.
///
/// # Panics
/// When it sends nothing.
pub fn transmit(engine: &mut Engine<'_>) -> &'static [u8] {
    assert!(matches!(engine.poll(NOW), Action::Transmit { .. }));
    let bytes = engine.transmit_buffer();
    let found = ANSWERS.iter().find(|(start, _)| bytes.starts_with(start));
    let n = bytes.len();
    engine.transmitted(n);
    found.map_or(b"\r\nOK\r\n", |(_, answer)| *answer)
}

/// Receives bytes in steps of so many, and polls after each until the engine waits for more.
/// Returns whether there is something to take.
pub fn receive(engine: &mut Engine<'_>, mut bytes: &[u8], step: usize) -> bool {
    let mut has_news = false;
    while !bytes.is_empty() {
        let free = engine.receive_buffer();
        let (now, later) = bytes.split_at(step.min(free.len()).min(bytes.len()));
        match now {
            [byte] => free[0] = *byte,
            bytes => free[..bytes.len()].copy_from_slice(bytes),
        }
        engine.received(now.len());
        has_news |= engine.poll(NOW) == Action::Deliver;
        bytes = later;
    }
    has_news
}

const ANSWERS: [(&[u8], &[u8]); 6] = [
    (b"AT+CMEE?", b"\r\n+CMEE: 1\r\n\r\nOK\r\n"),
    (b"AT+QMTOPEN", b"\r\nOK\r\n\r\n+QMTOPEN: 0,0\r\n"),
    (b"AT+QMTCONN", b"\r\nOK\r\n\r\n+QMTCONN: 0,0,0\r\n"),
    (b"AT+QMTSUB", b"\r\nOK\r\n\r\n+QMTSUB: 0,1,0,1\r\n"),
    (b"AT+QMTPUB", b"\r\n> "),
    (b"{", b"\r\nOK\r\n\r\n+QMTPUB: 0,1,0\r\n"),
];

const NOW: Instant = Instant::from_millis(1_000);

/// A message from the modem: 24 bytes of topic and 64 of payload.
pub const LINE: &[u8] = b"+QMTRECV: 0,1,\"meter/0815/command/valve\",64,\
    \"{\"valve\":3,\"open\":true,\"until\":\"2026-03-31T12:00:00Z\",\"by\":\"op\"}\"\r\n";
