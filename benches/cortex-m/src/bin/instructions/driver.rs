//! The driver's engine.

use core::hint::black_box;

use quectel_mqtt::{
    ClientIndex,
    at::CommandWriter,
    engine::{Action, Completion, Engine, Event},
    mqtt::{Publication, QoS},
};
use quectel_mqtt_cortex_m::{
    counter::Counter,
    dialogue::{self, NOW, PAYLOAD, PROMPT, RESULT, TOPIC},
    memory::Memory,
};

use super::Step;

/// From the first byte of a message to its event.
pub(super) fn message(counter: &mut Counter, payload: usize, step: Step) -> u32 {
    let mut memory = Memory::<LARGE>::new();
    let mut engine = dialogue::connected(memory.buffers());
    let mut line = [0; LARGE];
    let (line, start) = dialogue::message(&mut line, payload);
    counter.instructions(|measurement| {
        measurement.begin();
        let has_news = dialogue::receive(&mut engine, black_box(line), step.bytes());
        let event = engine.take_event();
        measurement.stop();
        let Some(Event::Message(message)) = black_box(event) else {
            panic!("no message");
        };
        assert!(has_news && message.client == ClientIndex::ZERO && message.packet_id == 1);
        assert_eq!(message.topic, TOPIC.as_bytes());
        assert_eq!(message.payload, &line[start..start + payload]);
    })
}

/// From the first byte of the answer to the payload of a publish to its result.
pub(super) fn result(counter: &mut Counter, step: Step) -> u32 {
    counter.instructions(|measurement| {
        let mut memory = Memory::<384>::new();
        let mut engine = dialogue::connected(memory.buffers());
        let operation = engine.publish(ClientIndex::ZERO, &publication(PAYLOAD));
        let operation = operation.expect("connected");
        transmit(&mut engine);
        dialogue::receive(&mut engine, PROMPT, PROMPT.len());
        transmit(&mut engine);
        measurement.begin();
        dialogue::receive(&mut engine, black_box(RESULT), step.bytes());
        let result = engine.take_result(operation);
        measurement.stop();
        assert_eq!(black_box(result), Some(Ok(Completion::Done)));
    })
}

/// From the call of a publish to its result.
pub(super) fn publish(counter: &mut Counter, payload: usize) -> u32 {
    let mut line = [0; LARGE];
    let (line, start) = dialogue::message(&mut line, payload);
    let payload = &line[start..start + payload];
    counter.instructions(|measurement| {
        let mut memory = Memory::<LARGE>::new();
        let mut engine = dialogue::connected(memory.buffers());
        let publication = black_box(publication(payload));
        measurement.begin();
        let operation = Engine::publish(black_box(&mut engine), ClientIndex::ZERO, &publication);
        let operation = operation.expect("connected");
        transmit(&mut engine);
        dialogue::receive(&mut engine, black_box(PROMPT), PROMPT.len());
        transmit(&mut engine);
        dialogue::receive(&mut engine, black_box(RESULT), RESULT.len());
        let result = engine.take_result(operation);
        measurement.stop();
        assert_eq!(black_box(result), Some(Ok(Completion::Done)));
    })
}

pub(super) fn format_publish(counter: &mut Counter) -> u32 {
    format(counter, super::PUBLISH, |writer| {
        writer
            .raw(b"AT+QMTPUB=")
            .number(black_box(0))
            .and_number(black_box(1))
            .and_number(black_box(1))
            .and_number(black_box(0))
            .and_string(black_box("meter/0815/state"))
            .and_number(black_box(64));
    })
}

pub(super) fn format_open(counter: &mut Counter) -> u32 {
    format(counter, super::OPEN, |writer| {
        writer
            .raw(b"AT+QMTOPEN=")
            .number(black_box(0))
            .and_string(black_box("mqtt.example.com"))
            .and_number(black_box(1883));
    })
}

fn format(counter: &mut Counter, line: &[u8], write: impl Fn(&mut CommandWriter<'_>)) -> u32 {
    let mut bytes = [0; 64];
    counter.instructions(|measurement| {
        measurement.begin();
        let mut writer = CommandWriter::new(black_box(&mut bytes));
        write(&mut writer);
        let len = writer.finish();
        measurement.stop();
        assert_eq!(bytes.get(..len.unwrap_or(0)), Some(line));
    })
}

/// Sends what there is to send. A UART would take it in as many pieces as it likes.
fn transmit(engine: &mut Engine<'_>) {
    while let Action::Transmit { .. } = engine.poll(NOW) {
        black_box(engine.transmit_buffer());
        dialogue::transmitted(engine);
    }
}

fn publication(payload: &[u8]) -> Publication<'_> {
    Publication::new("meter/0815/state", payload)
        .expect("valid")
        .qos(QoS::AtLeastOnce)
}

/// For payloads of up to 4096 bytes.
const LARGE: usize = 4_352;
