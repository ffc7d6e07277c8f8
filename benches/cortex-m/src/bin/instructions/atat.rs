//! atat 0.25, with the commands and URCs of [`peers::atat`](quectel_mqtt_cortex_m::peers::atat).

use core::hint::black_box;

use atat::{AtatCmd, AtatIngress};
use quectel_mqtt_cortex_m::{
    counter::Counter,
    dialogue::{self, PAYLOAD, PROMPT, RESULT, TOPIC},
    peers::atat::{Memory, Open, Parts, Payload, Publish, Published, Urc},
};

use super::Step;

/// The sizes of payloads, with the measurement for each: memory and URC have the size that it needs.
pub(super) const MESSAGES: [(usize, fn(&mut Counter, Step) -> u32); 5] = [
    (16, message::<80, 16>),
    (64, message::<128, 64>),
    (256, message::<320, 256>),
    (1024, message::<1_088, 1024>),
    (4096, message::<4_160, 4096>),
];

/// The same for what goes out.
pub(super) const PUBLISHES: [(usize, fn(&mut Counter) -> u32); 5] = [
    (16, publish::<64, 16>),
    (64, publish::<64, 64>),
    (256, publish::<256, 256>),
    (1024, publish::<1_024, 1024>),
    (4096, publish::<4_096, 4096>),
];

/// From the first byte of a message to its URC.
fn message<const LINE: usize, const PAYLOAD: usize>(counter: &mut Counter, step: Step) -> u32 {
    let mut memory = Memory::<LINE, PAYLOAD>::new();
    let Parts {
        mut ingress,
        mut urcs,
        ..
    } = memory.parts();
    let mut line = [0; LINE];
    let (line, start) = dialogue::message(&mut line, PAYLOAD);
    counter.instructions(|measurement| {
        measurement.begin();
        receive(&mut ingress, black_box(line), step);
        let urc = urcs.try_next_message_pure();
        measurement.stop();
        let Some(Urc::Message(message)) = black_box(urc) else {
            panic!("no message");
        };
        assert!(message.client == 0 && message.packet_id == 1);
        assert_eq!(message.topic, TOPIC);
        assert_eq!(message.payload.as_bytes(), &line[start..start + PAYLOAD]);
    })
}

/// From the first byte of the answer to the payload of a publish to its result.
pub(super) fn result(counter: &mut Counter, step: Step) -> u32 {
    let mut memory = Memory::<384, 64>::new();
    let Parts {
        mut ingress,
        response,
        mut urcs,
        ..
    } = memory.parts();
    counter.instructions(|measurement| {
        response.reset();
        measurement.begin();
        receive(&mut ingress, black_box(RESULT), step);
        let answer = response
            .try_get()
            .map(|answer| Payload(PAYLOAD).parse((&*answer).into()).is_ok());
        let urc = urcs.try_next_message_pure();
        measurement.stop();
        assert_eq!(answer, Some(true));
        assert!(is_published(black_box(urc).as_ref()));
    })
}

/// From the call of a publish to its result.
fn publish<const LINE: usize, const PAYLOAD: usize>(counter: &mut Counter) -> u32 {
    let mut memory = Memory::<LINE, 64>::new();
    let Parts {
        mut ingress,
        response,
        mut urcs,
        command,
    } = memory.parts();
    let payload = [b'x'; PAYLOAD];
    counter.instructions(|measurement| {
        let publish = black_box(Publish {
            client: 0,
            packet_id: 1,
            qos: 1,
            retain: 0,
            topic: "meter/0815/state",
            length: PAYLOAD as u16,
        });
        let payload = black_box(Payload(&payload));
        measurement.begin();
        response.reset();
        let len = publish.write(command);
        black_box(command.get(..len));
        receive(&mut ingress, black_box(PROMPT), Step::Whole);
        let prompt = response
            .try_get()
            .map(|answer| publish.parse((&*answer).into()).is_ok());
        response.reset();
        let len = payload.write(command);
        black_box(command.get(..len));
        receive(&mut ingress, black_box(RESULT), Step::Whole);
        let answer = response
            .try_get()
            .map(|answer| payload.parse((&*answer).into()).is_ok());
        let urc = urcs.try_next_message_pure();
        measurement.stop();
        assert_eq!((prompt, answer), (Some(true), Some(true)));
        assert!(is_published(black_box(urc).as_ref()));
    })
}

pub(super) fn format_open(counter: &mut Counter) -> u32 {
    let open = Open {
        client: 0,
        host: "mqtt.example.com",
        port: 1883,
    };
    format(counter, super::OPEN, &open)
}

pub(super) fn format_publish(counter: &mut Counter) -> u32 {
    let publish = Publish {
        client: 0,
        packet_id: 1,
        qos: 1,
        retain: 0,
        topic: "meter/0815/state",
        length: 64,
    };
    format(counter, super::PUBLISH, &publish)
}

fn format(counter: &mut Counter, line: &[u8], command: &impl AtatCmd) -> u32 {
    let mut bytes = [0; 64];
    counter.instructions(|measurement| {
        let command = black_box(command);
        measurement.begin();
        let len = command.write(black_box(&mut bytes));
        measurement.stop();
        assert_eq!(bytes.get(..len), Some(line));
    })
}

fn receive(ingress: &mut impl AtatIngress, bytes: &[u8], step: Step) {
    for chunk in bytes.chunks(step.bytes()) {
        assert_eq!(ingress.try_write(chunk), Ok(chunk.len()));
    }
}

fn is_published<const PAYLOAD: usize>(urc: Option<&Urc<PAYLOAD>>) -> bool {
    matches!(
        urc,
        Some(Urc::Published(Published {
            client: 0,
            packet_id: 1,
            result: 0,
            ..
        }))
    )
}
