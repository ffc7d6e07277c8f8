//! A modem that always agrees: its answers to the driver's commands, and the messages that it brings.

use core::fmt::Write;

use quectel_mqtt::{
    ClientIndex, ConnectOptions, Instant,
    engine::{Action, Buffers, Completion, Engine, Operation},
};

use crate::DIALECT;

/// An engine whose first client is connected.
///
/// # Panics
/// When it does not connect.
pub fn connected(buffers: Buffers<'_>) -> Engine<'_> {
    let mut engine = Engine::new(&DIALECT, buffers);
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
        assert!(matches!(engine.poll(NOW), Action::Transmit { .. }));
        let answer = answer_to(engine.transmit_buffer());
        transmitted(engine);
        receive(engine, answer, answer.len());
    }
}

/// Sends what the engine has to send.
pub fn transmitted(engine: &mut Engine<'_>) {
    let n = engine.transmit_buffer().len();
    engine.transmitted(n);
}

/// Receives bytes in steps of so many, or as many as there is room for, and polls after each until the
/// engine waits for more. Returns whether there is something to take.
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

/// What the modem answers to a command, or to the payload of a publish.
#[must_use]
pub fn answer_to(bytes: &[u8]) -> &'static [u8] {
    if !bytes.starts_with(b"AT") {
        return RESULT;
    }
    let answer = ANSWERS.iter().find(|(start, _)| bytes.starts_with(start));
    answer.map_or(b"\r\nOK\r\n", |(_, answer)| *answer)
}

/// Writes the line of a message with so many bytes of payload. Returns the line, and where in it the
/// payload begins.
///
/// # Panics
/// When there is no room for it.
pub fn message(line: &mut [u8], payload: usize) -> (&[u8], usize) {
    let mut text = Text { line, len: 0 };
    write!(text, "\r\n+QMTRECV: 0,1,\"{TOPIC}\",{payload},\"").expect("room");
    let start = text.len;
    for byte in PAYLOAD.iter().cycle().take(payload) {
        text.line[text.len] = *byte;
        text.len += 1;
    }
    text.write_str("\"\r\n").expect("room");
    let Text { line, len } = text;
    (&line[..len], start)
}

/// Text in front of free space.
struct Text<'a> {
    line: &'a mut [u8],
    len: usize,
}

impl Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        let to = self.line.get_mut(self.len..self.len + text.len());
        to.ok_or(core::fmt::Error)?.copy_from_slice(text.as_bytes());
        self.len += text.len();
        Ok(())
    }
}

/// The topic of the messages.
pub const TOPIC: &str = "meter/0815/command/valve";

/// What payloads are made of. It has no quotes and no line ends, which not every peer can take.
pub const PAYLOAD: &[u8; 64] = b"valve=3 open=true until=2026-03-31T12:00:00Z by=operator seq=42;";

/// The prompt for the payload of a publish.
pub const PROMPT: &[u8] = b"\r\n> ";

/// The answer to the payload of the first publish.
pub const RESULT: &[u8] = b"\r\nOK\r\n\r\n+QMTPUB: 0,1,0\r\n";

const ANSWERS: [(&[u8], &[u8]); 5] = [
    (b"AT+CMEE?", b"\r\n+CMEE: 1\r\n\r\nOK\r\n"),
    (b"AT+QMTOPEN", b"\r\nOK\r\n\r\n+QMTOPEN: 0,0\r\n"),
    (b"AT+QMTCONN", b"\r\nOK\r\n\r\n+QMTCONN: 0,0,0\r\n"),
    (b"AT+QMTSUB", b"\r\nOK\r\n\r\n+QMTSUB: 0,1,0,1\r\n"),
    (b"AT+QMTPUB", PROMPT),
];

/// The time at which all of it happens.
pub const NOW: Instant = Instant::from_millis(1_000);
