//! atat 0.25: its ingress, and commands and URCs by its macros.

use std::hint::black_box;

use atat::{AtatCmd, AtatIngress};
use criterion::Bencher;

use crate::{
    atat_types::{Memory, Parts, Payload, Publish, Published, Urc},
    line,
};

/// From the first byte of a message to its URC.
pub(crate) fn receive(bencher: &mut Bencher<'_>, line: &[u8], step: usize) {
    let mut memory = Memory::<LINE, PAYLOAD>::new();
    let Parts {
        mut ingress,
        mut urcs,
        ..
    } = memory.parts();
    bencher.iter(|| {
        feed(&mut ingress, black_box(line), step);
        let urc = urcs.try_next_message_pure();
        assert!(matches!(&urc, Some(Urc::Message(message)) if message.topic == line::TOPIC));
        urc
    });
}

/// From the call of a publish to its result.
pub(crate) fn publish(bencher: &mut Bencher<'_>, payload: &[u8]) {
    let mut memory = Memory::<LINE, 64>::new();
    let Parts {
        mut ingress,
        response,
        mut urcs,
        command,
    } = memory.parts();
    let answer = || {
        response
            .try_get()
            .map(|answer| Payload(&[]).parse((&*answer).into()).is_ok())
    };
    bencher.iter(|| {
        let publish = black_box(publish_of(payload.len()));
        response.reset();
        let len = publish.write(command);
        black_box(&command[..len]);
        feed(&mut ingress, black_box(line::PROMPT), usize::MAX);
        assert_eq!(answer(), Some(true));
        response.reset();
        let len = black_box(Payload(payload)).write(command);
        black_box(&command[..len]);
        feed(&mut ingress, black_box(line::ANSWER), usize::MAX);
        assert_eq!(answer(), Some(true));
        let urc = urcs.try_next_message_pure();
        assert!(matches!(
            urc,
            Some(Urc::Published(Published {
                packet_id: 1,
                result: 0,
                ..
            }))
        ));
    });
}

pub(crate) fn format(bencher: &mut Bencher<'_>) {
    let mut bytes = [0; 64];
    bencher.iter(|| {
        let len = black_box(publish_of(64)).write(black_box(&mut bytes));
        assert_eq!(&bytes[..len], line::PUBLISH);
    });
}

fn publish_of(length: usize) -> Publish<'static> {
    Publish {
        client: 0,
        packet_id: 1,
        qos: 1,
        retain: 0,
        topic: "meter/0815/state",
        length: length as u16,
    }
}

fn feed(ingress: &mut impl AtatIngress, bytes: &[u8], step: usize) {
    for chunk in bytes.chunks(step) {
        assert_eq!(ingress.try_write(chunk), Ok(chunk.len()));
    }
}

/// For the largest message here.
const LINE: usize = 4_352;
const PAYLOAD: usize = 4_096;
