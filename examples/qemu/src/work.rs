//! Questions and answers, without a modem.

use core::fmt::Write as _;

use heapless::String;
use qemu_messages::{ANSWERS, COUNT, Direction, Payload, QUESTIONS, Report, number};
use quectel_mqtt::{
    ValueError,
    engine::Message,
    mqtt::{Publication, QoS},
};

use crate::PAYLOAD_LIMIT;

/// How far the firmware has come; it outlasts the modem's connections.
pub(crate) struct Work {
    pub(crate) report: Report,
    is_received: [bool; COUNT as usize],
    /// The question that is being answered. There is one at a time.
    open: Option<u16>,
    topic: String<32>,
    payload: [u8; PAYLOAD_LIMIT],
}

impl Work {
    pub(crate) const fn new() -> Self {
        Self {
            report: Report::NOTHING,
            is_received: [false; COUNT as usize],
            open: None,
            topic: String::new(),
            payload: [0; PAYLOAD_LIMIT],
        }
    }

    /// The modem is connected anew. Whether the server has the answer that was on its way is
    /// unknown, so it is published again.
    pub(crate) fn connected(&mut self) {
        if self.open.is_some() {
            self.report.answered_again += 1;
        }
    }

    /// Takes a question. The one before was answered.
    pub(crate) fn take(&mut self, message: &Message<'_>) {
        let question = number(message.topic, QUESTIONS).filter(|number| {
            Payload::new(Direction::Question, *number, PAYLOAD_LIMIT).is(message.payload)
        });
        let Some(number) = question else {
            self.report.damaged += 1;
            return;
        };
        let is_received = &mut self.is_received[usize::from(number)];
        if *is_received {
            self.report.received_again += 1;
            return;
        }
        *is_received = true;
        self.report.received += 1;
        self.open = Some(number);
    }

    /// The answer to be published, if a question waits for it.
    pub(crate) fn answer(&mut self) -> Result<Option<Publication<'_>>, ValueError> {
        let Some(number) = self.open else {
            return Ok(None);
        };
        self.topic.clear();
        // It is long enough for each of them.
        let _ = write!(self.topic, "{ANSWERS}{number}");
        let bytes = Payload::new(Direction::Answer, number, PAYLOAD_LIMIT);
        let payload = &mut self.payload[..bytes.len()];
        for (to, byte) in payload.iter_mut().zip(bytes) {
            *to = byte;
        }
        let answer = Publication::new(&self.topic, payload)?;
        Ok(Some(answer.qos(QoS::AtLeastOnce)))
    }

    /// The server has the answer.
    pub(crate) fn answered(&mut self) {
        self.open = None;
        self.report.answered += 1;
    }

    pub(crate) fn is_done(&self) -> bool {
        self.report.answered == COUNT
    }
}
