//! What comes back of what was sent.

use super::{
    Engine, Phase, count,
    exchange::{Data, Echo},
    receive::RAW,
};
use crate::at::{CR, LF};

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
        } else if self.is_echo_off && self.exchange.data == Data::None {
            // It was off, and no command of ours has switched it on.
            self.restart();
        } else if self.exchange.echo == Echo::Off {
            // A modem that has restarted refuses a publish. If the prompt comes, it was an echo before
            // that got lost; and the modem must not be left in the middle of the data.
            self.exchange.is_echo_new = self.is_echo_off;
            self.exchange.echo = Echo::Expected;
        }
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
        if self.exchange.echo == Echo::Expected {
            self.framer.skip_blanks(&mut self.rx);
        }
        let data = self.outbox.data();
        // Blanks and line ends behind the prompt can't be told from the data's own, and mean
        // nothing either way.
        let leading = data.iter().take_while(|byte| is_blank(**byte)).count();
        let mut seen = match self.exchange.echo {
            Echo::Seen(seen) => seen,
            Echo::Expected if self.framer.is_at_start() => {
                let data = data.get(leading..).unwrap_or_default();
                for (at, expected) in data.iter().take(CERTAIN_ECHO).enumerate() {
                    match self.rx.get(at) {
                        Some(byte) if byte == *expected => {}
                        // A line before the echo, to be taken as one.
                        Some(_) => return false,
                        None => return !self.rx.is_full(),
                    }
                }
                leading
            }
            Echo::Expected | Echo::Off | Echo::Over => return false,
        };
        while let Some(byte) = self.rx.get(0) {
            // The echo is complete, or broken off.
            if data.get(seen) != Some(&byte) {
                self.exchange.echo = Echo::Over;
                return false;
            }
            seen = seen.saturating_add(1);
            self.rx.consume(1);
        }
        self.exchange.echo = Echo::Seen(seen);
        false
    }
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, CR | LF | b' ')
}

/// So many bytes make an echo certain: more than the lines have in common that may stand before it.
const CERTAIN_ECHO: usize = 16;
