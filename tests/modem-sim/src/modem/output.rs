//! What waits to be sent to the host.

use std::{collections::VecDeque, time::Duration};

use super::{Modem, wire::Wire};

/// Bytes for the host, and URCs that wait until no line is being sent or typed.
#[derive(Debug, Default)]
pub(super) struct Output {
    ready: Wire,
    held: VecDeque<Vec<u8>>,
    held_bytes: usize,
    /// An `OK` that waits for the result of its command.
    late_ok: bool,
}

impl Output {
    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.ready.send(bytes);
    }

    pub(super) fn take(&mut self, max: usize) -> Vec<u8> {
        std::iter::from_fn(|| self.ready.receive())
            .take(max)
            .collect()
    }

    pub(super) fn set_clock(&mut self, now: Duration, line_speed: Option<u32>) {
        self.ready.set_clock(now, line_speed);
    }

    pub(super) fn forget_held(&mut self) {
        self.held.clear();
        self.held_bytes = 0;
        self.late_ok = false;
    }

    /// Whether there is something to take now.
    pub(super) fn is_ready(&self) -> bool {
        self.ready.has_arrived()
    }

    /// When there will be something to take.
    pub(super) fn deadline(&self) -> Option<Duration> {
        self.ready.next_arrival()
    }

    pub(super) fn has_held(&self) -> bool {
        !self.held.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.ready.len() + self.held_bytes
    }
}

impl Modem {
    /// Sends a URC or a result, or keeps it until that is allowed.
    pub(super) fn urc(&mut self, text: Vec<u8>) {
        self.output.held_bytes += text.len();
        self.output.held.push_back(text);
        self.release_urcs();
    }

    /// Sends what was held, if nothing holds it any more.
    pub(super) fn release_urcs(&mut self) {
        while !self.holds_urcs()
            && let Some(text) = self.output.held.pop_front()
        {
            self.output.held_bytes -= text.len();
            let is_result = text.starts_with(b"+QMT")
                && !text.starts_with(b"+QMTRECV")
                && !text.starts_with(b"+QMTSTAT");
            self.line(&text);
            if is_result && std::mem::take(&mut self.output.late_ok) {
                self.line(b"OK");
            }
        }
    }

    /// Sends `OK`, or keeps it until the result is out.
    pub(super) fn operation_ok(&mut self) {
        match self.behaviour.result_before_ok {
            true => self.output.late_ok = true,
            false => self.final_result(b"OK"),
        }
    }

    /// Sends a final result code, unless it is to be lost.
    pub(super) fn final_result(&mut self, text: &[u8]) {
        match self.behaviour.lose_answers {
            0 => self.line(text),
            _ => self.behaviour.lose_answers -= 1,
        }
    }

    /// Sends a line with CR LF around it.
    pub(super) fn line(&mut self, text: &[u8]) {
        let blanks = match usize::from(self.behaviour.extra_blank_lines) {
            0 => 0,
            most => self.rng.up_to(most),
        };
        for _ in 0..blanks {
            self.output.raw(b"\r\n");
        }
        self.front.active = self.now;
        self.output.raw(b"\r\n");
        match header_end(text) {
            Some(colon) if self.behaviour.no_space_after_colon => {
                self.output.raw(&text[..=colon]);
                self.output.raw(&text[colon + 2..]);
            }
            _ => self.output.raw(text),
        }
        self.output.raw(b"\r\n");
    }
}

/// Where the colon of `+NAME: ` is.
fn header_end(text: &[u8]) -> Option<usize> {
    let colon = text.iter().position(|byte| *byte == b':')?;
    let named = text.starts_with(b"+") && text.get(colon + 1) == Some(&b' ');
    named.then_some(colon)
}
