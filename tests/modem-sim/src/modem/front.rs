//! The AT front end, byte by byte: echo, command lines, data mode, and what waits for its time.

use std::time::Duration;

use super::{
    Modem, Power,
    collect::{Collect, Collecting, Taken},
    line,
    wire::Wire,
};
use crate::config::Family;

/// The state between the host's bytes and the commands.
#[derive(Debug)]
pub(super) struct Front {
    /// Bytes not looked at yet: those behind a command wait until it is answered.
    pub(super) input: Wire,
    /// The command line so far.
    line: Vec<u8>,
    /// The line is longer than the limit and will be refused.
    overlong: bool,
    /// When the last byte of the line came.
    last_byte: Duration,
    mode: Mode,
    pub(super) echo: bool,
    /// `AT+CMEE`.
    pub(super) error_format: u8,
    /// A command is being carried out: its answer comes before any URC.
    pub(super) executing: bool,
    /// The modem restarts when the command is answered.
    pub(super) restart: bool,
    /// The modem powers down when the command is answered.
    pub(super) power_down: bool,
    /// `AT+QSCLK`: whether the modem may sleep.
    pub(super) sleep_mode: u8,
    /// When the last byte came or went.
    pub(super) active: Duration,
    /// The line woke the modem, and is lost.
    waking: bool,
}

impl Front {
    pub(super) fn new(now: Duration) -> Self {
        Self {
            input: Wire::default(),
            line: Vec::new(),
            overlong: false,
            last_byte: Duration::ZERO,
            mode: Mode::Command,
            echo: true,
            error_format: 1,
            executing: false,
            restart: false,
            power_down: false,
            // The examples of the note switch it off before anything else.
            sleep_mode: 1,
            active: now,
            waking: false,
        }
    }

    pub(super) fn is_collecting(&self) -> bool {
        matches!(self.mode, Mode::Data(_))
    }

    pub(super) fn is_collecting_secret(&self) -> bool {
        matches!(&self.mode, Mode::Data(collecting) if collecting.is_secret())
    }

    /// Goes into data mode; the prompt was sent.
    pub(super) fn collect(&mut self, collecting: Collecting) {
        self.mode = match collecting.is_complete() {
            false => Mode::Data(collecting),
            true => Mode::Done {
                what: collecting.what,
                data: collecting.data,
                until: collecting.last,
            },
        };
    }
}

/// What the next byte from the host is.
///
/// ```text
/// Command --CR--> Late --its time--> Command          (any command)
///                                    Data             (a publish command: prompt sent)
/// Data --last byte, Ctrl+Z--> Done --its time--> Command
/// Data --ESC, too long without a byte--> Command
/// ```
#[derive(Debug)]
enum Mode {
    /// A byte of a command line.
    Command,
    /// Not looked at: a command waits for the time of its answer.
    Late { line: Vec<u8>, until: Duration },
    /// A byte of the data that a command asked for.
    Data(Collecting),
    /// Not looked at: the data are complete and their answer waits.
    Done {
        what: Collect,
        data: Vec<u8>,
        until: Duration,
    },
}

impl Modem {
    /// Does the next thing there is to do for the host; says whether there was any.
    pub(super) fn step_front(&mut self) -> bool {
        match std::mem::replace(&mut self.front.mode, Mode::Command) {
            Mode::Late { line, until } if until <= self.now => self.execute(&line),
            Mode::Done { what, data, until } if until <= self.now => {
                self.finish_collecting(what, data);
            }
            Mode::Command => {
                let Some(byte) = self.front.input.receive() else {
                    return false;
                };
                self.command_byte(byte);
            }
            Mode::Data(collecting) => {
                if let Some(byte) = self.front.input.receive() {
                    self.data_byte(collecting, byte);
                } else if collecting.deadline().is_some_and(|at| at <= self.now) {
                    self.abandon_collecting(&collecting.what);
                } else {
                    self.front.mode = Mode::Data(collecting);
                    return false;
                }
            }
            waiting => {
                self.front.mode = waiting;
                return false;
            }
        }
        true
    }

    /// When something is due here by the passing of time alone.
    pub(super) fn front_deadline(&self) -> Option<Duration> {
        let by_itself = match &self.front.mode {
            Mode::Late { until, .. } | Mode::Done { until, .. } => return Some(*until),
            Mode::Data(collecting) => collecting.deadline(),
            Mode::Command if self.output.has_held() => Some(self.front.last_byte + TYPING),
            Mode::Command => None,
        };
        let next_byte = self.front.input.next_arrival();
        [by_itself, next_byte].into_iter().flatten().min()
    }

    /// Whether a URC would fall into an answer, a payload, or the echo of a line half typed.
    pub(super) fn holds_urcs(&self) -> bool {
        let front = &self.front;
        front.executing
            || match &front.mode {
                Mode::Command => {
                    let typing = !front.line.is_empty() && self.now < front.last_byte + TYPING;
                    front.echo && typing
                }
                Mode::Data(_) => self.behaviour.hold_urcs_in_data_mode,
                // While an answer is late, URCs come before it.
                Mode::Late { until, .. } | Mode::Done { until, .. } => *until <= self.now,
            }
    }

    fn command_byte(&mut self, byte: u8) {
        let front = &mut self.front;
        if byte == b'\n' && front.line.is_empty() {
            return;
        }
        if front.line.is_empty() && !front.overlong {
            let slept = self.behaviour.sleep_after.is_some_and(|after| {
                self.family == Family::Bc660k
                    && front.sleep_mode != 0
                    && front.active + after <= self.now
            });
            front.waking |= slept;
        }
        if front.echo && !front.waking {
            self.output.raw(&[byte]);
        }
        front.last_byte = self.now;
        front.active = self.now;
        match byte {
            b'\r' => self.end_of_line(),
            BACKSPACE => {
                front.line.pop();
            }
            _ if front.line.len() < self.limits.command_line => front.line.push(byte),
            _ => front.overlong = true,
        }
    }

    fn end_of_line(&mut self) {
        let line = std::mem::take(&mut self.front.line);
        let overlong = std::mem::take(&mut self.front.overlong);
        if std::mem::take(&mut self.front.waking) {
            return;
        }
        // What stands before AT is noise; a line without AT is nothing but noise.
        let Some(start) = line
            .windows(2)
            .position(|pair| pair.eq_ignore_ascii_case(b"AT"))
        else {
            return;
        };
        if self.behaviour.ignore_commands > 0 {
            self.behaviour.ignore_commands -= 1;
            return;
        }
        if overlong || matches!(self.power, Power::Booting { .. }) {
            self.final_result(b"ERROR");
            return;
        }
        let line = line[start + 2..].to_vec();
        let delay = line::delay(&line, &self.behaviour.delays)
            + self.behaviour.late_answer.take().unwrap_or_default();
        let until = self.now + delay;
        self.front.mode = Mode::Late { line, until };
    }

    fn data_byte(&mut self, mut collecting: Collecting, byte: u8) {
        if collecting.echo && collecting.is_data(byte) {
            self.output.raw(&[byte]);
        }
        self.front.active = self.now;
        collecting.last = self.now;
        self.front.mode = match collecting.byte(byte) {
            Taken::More => {
                if collecting.is_acknowledged() {
                    self.output.raw(b"A");
                }
                Mode::Data(collecting)
            }
            Taken::Complete => Mode::Done {
                what: collecting.what,
                data: collecting.data,
                until: self.now + self.behaviour.delays.payload,
            },
            Taken::Cancelled => {
                self.final_result(b"OK");
                return;
            }
        };
    }
}

/// With the echo on, URCs wait this long for the rest of a command line.
const TYPING: Duration = Duration::from_millis(200);

const BACKSPACE: u8 = 0x08;
