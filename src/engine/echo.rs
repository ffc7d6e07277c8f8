//! What comes back of what was sent.

use super::{
    Engine, Phase, count,
    exchange::{Data, Echo},
    receive::RAW,
    timing::SEND_TIMEOUT,
};
use crate::at::{CR, LF, Ring};

/// Whether the modem sends back what it receives, as far as its last answers have shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Echoing {
    Unknown,
    Off,
    On,
}

impl Echoing {
    /// After an exchange in which an echo was seen, or not: then it may have been damaged.
    pub(super) const fn after(self, was_seen: bool) -> Self {
        match self {
            _ if was_seen => Self::On,
            Self::On => Self::Unknown,
            Self::Off | Self::Unknown => Self::Off,
        }
    }
}

impl Engine<'_> {
    /// A line that begins as a command does: the echo of ours, a line of a raw answer, or a piece of
    /// something. Such a piece is not passed on, since it may be that of a password.
    pub(super) fn echo(&mut self, len: usize) {
        let line = self.rx.contiguous(len);
        if !self.outbox.is_echo(line) {
            if self.exchange.step == RAW && self.exchange.is_answer_due() {
                self.outbox.capture(line);
            } else {
                count(&mut self.statistics.unknown_lines);
            }
        } else if self.echoing == Echoing::Off && self.exchange.data == Data::None {
            // It was off, and no command of ours has switched it on.
            self.restart();
        } else if self.exchange.echo == Echo::Off {
            // A modem that has restarted refuses a publish. If the prompt comes, it was an echo before
            // that got lost; and the modem must not be left in the middle of the data.
            self.exchange.is_echo_new = self.echoing == Echoing::Off;
            self.exchange.echo = Echo::Expected;
        }
    }

    /// Sends the data of the exchange, prepared for its echo: that of the command line may have been
    /// damaged or lost.
    pub(super) fn send_data(&mut self) {
        let comes_back = match self.echoing {
            // A certificate comes back in any case (BC660K note, chapter 6.2).
            Echoing::Off => self.exchange.data == Data::Certificate,
            // Shorter data may look like an answer.
            Echoing::Unknown => self.outbox.data().len() >= CERTAIN_ECHO,
            Echoing::On => true,
        };
        if comes_back && self.exchange.echo == Echo::Off {
            self.exchange.echo = Echo::Expected;
        }
        self.outbox.send_data();
        self.enter(Phase::Data, SEND_TIMEOUT);
    }

    /// Whether the exchange's data may come back as an echo at this place of the line.
    pub(super) fn is_echo_due(&self) -> bool {
        matches!(self.exchange.echo, Echo::Expected | Echo::Seen(_))
            && matches!(self.exchange.phase, Phase::Data | Phase::Final)
            && !matches!(self.exchange.data, Data::None | Data::Cancelled)
    }

    /// Takes the echo of the data away as it comes: nothing in it is an answer. Returns whether
    /// more bytes are needed to tell an echo from a line.
    pub(super) fn skip_echo(&mut self) -> bool {
        let data = self.outbox.data();
        let mut seen = match self.exchange.echo {
            Echo::Seen(seen) => seen,
            Echo::Expected => {
                self.framer.skip_blanks(&mut self.rx);
                if !self.framer.is_at_start() {
                    return false;
                }
                // Blanks behind the prompt can't be told from the data's own, and mean nothing
                // either way.
                let leading = data.iter().take_while(|byte| is_blank(**byte)).count();
                match is_certain_echo(&self.rx, data.get(leading..).unwrap_or_default()) {
                    Some(true) => leading,
                    // A line before the echo, to be taken as one.
                    Some(false) => return false,
                    None => return !self.rx.is_full(),
                }
            }
            Echo::Off | Echo::Over => return false,
        };
        // A modem that takes the data for command lines sends no LF back.
        while let Some(byte) = self.rx.get(0) {
            if !is_line_end(byte) {
                seen = after_line_ends(data, seen);
                // The echo is complete, or broken off.
                if data.get(seen) != Some(&byte) {
                    self.exchange.echo = Echo::Over;
                    return false;
                }
                seen = seen.saturating_add(1);
            }
            self.rx.consume(1);
        }
        self.exchange.echo = Echo::Seen(seen);
        false
    }
}

/// Whether what comes in is the echo of these bytes, line ends apart; `None` while too little has come.
fn is_certain_echo(rx: &Ring<'_>, data: &[u8]) -> Option<bool> {
    let mut seen = after_line_ends(data, 0);
    let mut certain = 0;
    for at in 0.. {
        let Some(expected) = data.get(seen).filter(|_| certain < CERTAIN_ECHO) else {
            return Some(true);
        };
        let byte = rx.get(at)?;
        if byte == *expected {
            seen = after_line_ends(data, seen.saturating_add(1));
            certain = certain.saturating_add(1);
        } else if !is_line_end(byte) {
            return Some(false);
        }
    }
    None
}

/// The place of the next byte from this one on that ends no line.
fn after_line_ends(bytes: &[u8], place: usize) -> usize {
    let rest = bytes.get(place..).unwrap_or_default();
    let line_ends = rest.iter().take_while(|byte| is_line_end(**byte)).count();
    place.saturating_add(line_ends)
}

const fn is_line_end(byte: u8) -> bool {
    matches!(byte, CR | LF)
}

const fn is_blank(byte: u8) -> bool {
    is_line_end(byte) || byte == b' '
}

/// So many bytes make an echo certain: more than the lines have in common that may stand before it.
const CERTAIN_ECHO: usize = 16;
