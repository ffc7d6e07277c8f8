//! What waits to be sent to the host.

use std::collections::VecDeque;

use super::Modem;

/// Bytes for the host, and URCs that wait until no line is being sent or typed.
#[derive(Debug, Default)]
pub(super) struct Output {
    ready: VecDeque<u8>,
    held: VecDeque<Vec<u8>>,
    held_bytes: usize,
    /// An `OK` that waits for the result of its command.
    late_ok: bool,
}

impl Output {
    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.ready.extend(bytes);
    }

    pub(super) fn take(&mut self, max: usize) -> Vec<u8> {
        let count = max.min(self.ready.len());
        self.ready.drain(..count).collect()
    }

    pub(super) fn forget_held(&mut self) {
        self.held.clear();
        self.held_bytes = 0;
        self.late_ok = false;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ready.is_empty()
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
