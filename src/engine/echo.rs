//! What comes back of what was sent.

use super::{
    Engine, Phase, count,
    exchange::{Data, Echo},
    timing::SEND_TIMEOUT,
};
use crate::at::{Ring, SUB, is_line_end, is_skipped};

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
        let line = self.rx.first(len);
        // An echo comes before the answer: behind a line of it, this is another.
        let is_answer = self.exchange.step.is_raw()
            && self.exchange.is_answer_due()
            && !self.outbox.response_start().is_empty();
        if is_answer || !self.outbox.is_echo(line) {
            if self.exchange.step.is_raw() && self.exchange.is_answer_due() {
                self.outbox.capture(line);
            } else {
                count(&mut self.statistics.unknown_lines);
            }
        } else if self.echoing == Echoing::Off && self.exchange.data == Data::None {
            // It was off, and no command of ours has switched it on.
            self.restart();
        } else {
            self.exchange.has_echoed = true;
            if matches!(self.exchange.echo, Echo::Off | Echo::Expected) {
                // A modem that has restarted refuses a publish. If the prompt comes, it was an echo before
                // that got lost; and the modem must not be left in the middle of the data.
                self.exchange.is_echo_new = self.echoing == Echoing::Off;
                self.exchange.echo = Echo::Due;
            }
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
        matches!(
            self.exchange.echo,
            Echo::Expected | Echo::Due | Echo::Seen(_) | Echo::Interrupted(_)
        ) && matches!(self.exchange.phase, Phase::Data | Phase::Final)
            && !matches!(self.exchange.data, Data::None | Data::Cancelled)
    }

    /// Takes the echo of the data away as it comes: nothing in it is an answer. Returns whether
    /// more bytes are needed to tell an echo from a line.
    pub(super) fn skip_echo(&mut self) -> bool {
        if !self.framer.is_at_start() {
            // What follows it may be blanks of the data's.
            self.framer.leave_payload(&mut self.rx);
            if !self.framer.is_at_start() {
                return false;
            }
        }
        let data = self.outbox.data();
        let (is_certain, seen) = match self.exchange.echo {
            Echo::Seen(seen) => (true, seen),
            Echo::Interrupted(seen) => {
                self.exchange.echo = self.interrupted(seen);
                return false;
            }
            Echo::Expected | Echo::Due => {
                self.framer.skip_blanks(&mut self.rx);
                // Blanks behind the prompt can't be told from the data's own, and mean nothing
                // either way.
                (
                    false,
                    data.iter().take_while(|byte| is_skipped(**byte)).count(),
                )
            }
            Echo::Off | Echo::Over => return false,
        };
        let echo = follow(&self.rx, data, seen);
        // Where the command line has come back, a line is enough, or what a line of the modem's leaves of it.
        let is_begun =
            self.exchange.echo == Echo::Due && (echo.seen > seen || echo.end == End::Cut);
        let is_possible = is_begun || echo.matched >= CERTAIN_ECHO;
        if !is_certain && !is_possible && echo.end != End::Complete {
            // More is to come, or it is a line before the echo, to be taken as one.
            return echo.end == End::Open && !self.rx.is_full();
        }
        // A certificate comes back in any case, and data of a few bytes may be an answer.
        self.exchange.has_echoed |=
            echo.matched >= CERTAIN_ECHO && self.exchange.data != Data::Certificate;
        // The lines before it make room.
        let is_stuck = self.rx.is_full() && echo.lines == 0;
        let needs_more = echo.end == End::Open && echo.rest > 0 && !is_stuck;
        let keeps_rest = needs_more || echo.end == End::OtherLine;
        self.rx.consume(
            echo.lines
                .saturating_add(if keeps_rest { 0 } else { echo.rest }),
        );
        self.exchange.echo = match echo.end {
            // A line of the modem's own can come in its middle; it goes on behind that.
            // Nor has it begun, as long as nothing of it is taken away.
            _ if keeps_rest && !is_certain && echo.seen == seen => self.exchange.echo,
            _ if keeps_rest => Echo::Seen(echo.seen),
            End::Cut => self.interrupted(echo.ahead),
            End::Open | End::OtherLine => Echo::Seen(echo.ahead),
            End::Complete => Echo::Over,
        };
        needs_more
    }

    /// Behind a cut, the line that begins next is the modem's own, however it goes on.
    fn interrupted(&mut self, seen: usize) -> Echo {
        self.framer.skip_blanks(&mut self.rx);
        match self.rx.get(0) {
            Some(_) => Echo::Seen(seen),
            None => Echo::Interrupted(seen),
        }
    }
}

/// How far what comes in follows the data.
struct Followed {
    /// Bytes of whole lines, with their ends.
    lines: usize,
    /// The place in the data behind the whole lines.
    seen: usize,
    /// Bytes of the line that has no end yet.
    rest: usize,
    /// The place in the data behind that line's bytes.
    ahead: usize,
    /// Bytes that are the same, line ends apart.
    matched: usize,
    end: End,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum End {
    /// More of it may come.
    Open,
    /// A line ends where the data's goes on.
    Cut,
    /// What stands in the line is another.
    OtherLine,
    /// All of it has come, and something behind it.
    Complete,
}

/// Follows the data line by line from this place on: what breaks its echo off is a line of its own. How a
/// line ends does not count, since a modem that takes the data for command lines sends no LF back.
fn follow(rx: &Ring<'_>, data: &[u8], seen: usize) -> Followed {
    let mut echo = Followed {
        lines: 0,
        seen,
        rest: 0,
        ahead: seen,
        matched: 0,
        end: End::Open,
    };
    while let Some(byte) = rx.get(echo.lines.saturating_add(echo.rest)) {
        let is_in_line = echo.rest > 0;
        let next = if is_in_line {
            echo.ahead
        } else {
            after_line_ends(data, echo.ahead)
        };
        let expected = data.get(next).copied();
        if is_line_end(byte) {
            if is_in_line
                && expected.is_some_and(|expected| !is_line_end(expected))
                && !is_sub_alone(data, next)
            {
                echo.end = End::Cut;
                break;
            }
            echo.lines = echo.lines.saturating_add(echo.rest).saturating_add(1);
            echo.rest = 0;
            echo.seen = echo.ahead;
        } else if after_line_ends(data, next) >= data.len()
            || (byte != SUB && is_sub_alone(data, after_line_ends(data, next)))
        {
            // A line that goes on behind the data's last is another that begins alike.
            let is_longer = is_in_line && byte != SUB && echo.matched < CERTAIN_ECHO;
            echo.end = if is_longer {
                End::OtherLine
            } else {
                End::Complete
            };
            break;
        } else if expected == Some(byte) {
            echo.rest = echo.rest.saturating_add(1);
            echo.ahead = next.saturating_add(1);
            echo.matched = echo.matched.saturating_add(1);
        } else {
            echo.end = End::OtherLine;
            break;
        }
    }
    echo
}

/// The place of the next byte from this one on that ends no line.
fn after_line_ends(bytes: &[u8], place: usize) -> usize {
    let rest = bytes.get(place..).unwrap_or_default();
    let line_ends = rest.iter().take_while(|byte| is_line_end(**byte)).count();
    place.saturating_add(line_ends)
}

/// Whether Ctrl+Z is all that is left, which a modem may send back or keep to itself.
fn is_sub_alone(data: &[u8], place: usize) -> bool {
    data.get(place..) == Some(&[SUB])
}

/// So many bytes make an echo certain: more than the lines have in common that may stand before it.
const CERTAIN_ECHO: usize = 16;
