//! The AT front end, byte by byte: echo, command lines, data mode, and what waits for its time.

use std::{collections::VecDeque, time::Duration};

use super::{Modem, Power, line, qmtpub::Publish};

/// The state between the host's bytes and the commands.
#[derive(Debug)]
pub(super) struct Front {
    /// Bytes not looked at yet: those behind a command wait until it is answered.
    pub(super) input: VecDeque<u8>,
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
    /// `AT+CEREG`, `AT+CGREG`, `AT+CREG`: the `<n>` that the read form shows.
    pub(super) registration_reports: u8,
    /// A command is being carried out: its answer comes before any URC.
    pub(super) executing: bool,
    /// The modem restarts when the command is answered.
    pub(super) restart: bool,
    /// The modem powers down when the command is answered.
    pub(super) power_down: bool,
}

impl Default for Front {
    fn default() -> Self {
        Self {
            input: VecDeque::new(),
            line: Vec::new(),
            overlong: false,
            last_byte: Duration::ZERO,
            mode: Mode::Command,
            echo: true,
            error_format: 1,
            registration_reports: 0,
            executing: false,
            restart: false,
            power_down: false,
        }
    }
}

impl Front {
    pub(super) fn is_collecting(&self) -> bool {
        matches!(self.mode, Mode::Data { .. })
    }

    /// Goes into data mode; the prompt was sent.
    pub(super) fn collect(&mut self, publish: Publish) {
        let payload = Vec::new();
        self.mode = Mode::Data { publish, payload };
    }
}

/// What the next byte from the host is.
///
/// ```text
/// Command --CR--> Late --its time--> Command          (any command)
///                                    Data             (a publish command: prompt sent)
/// Data --last byte, Ctrl+Z--> Publishing --its time--> Command
/// Data --ESC--> Command
/// ```
#[derive(Debug)]
enum Mode {
    /// A byte of a command line.
    Command,
    /// Not looked at: a command waits for the time of its answer.
    Late { line: Vec<u8>, until: Duration },
    /// A byte of a payload.
    Data { publish: Publish, payload: Vec<u8> },
    /// Not looked at: a payload is complete and its `OK` waits.
    Publishing {
        publish: Publish,
        payload: Vec<u8>,
        until: Duration,
    },
}

impl Modem {
    /// Does the next thing there is to do for the host; says whether there was any.
    pub(super) fn step_front(&mut self) -> bool {
        match std::mem::replace(&mut self.front.mode, Mode::Command) {
            Mode::Late { line, until } if until <= self.now => self.execute(&line),
            Mode::Publishing {
                publish,
                payload,
                until,
            } if until <= self.now => self.finish_publish(publish, payload),
            Mode::Command => {
                let Some(byte) = self.front.input.pop_front() else {
                    return false;
                };
                self.command_byte(byte);
            }
            Mode::Data { publish, payload } => {
                let Some(byte) = self.front.input.pop_front() else {
                    self.front.mode = Mode::Data { publish, payload };
                    return false;
                };
                self.data_byte(publish, payload, byte);
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
        match &self.front.mode {
            Mode::Late { until, .. } | Mode::Publishing { until, .. } => Some(*until),
            Mode::Command if self.output.has_held() => Some(self.front.last_byte + TYPING),
            Mode::Command | Mode::Data { .. } => None,
        }
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
                Mode::Data { .. } => self.behaviour.hold_urcs_in_data_mode,
                // While an answer is late, URCs come before it.
                Mode::Late { until, .. } | Mode::Publishing { until, .. } => *until <= self.now,
            }
    }

    fn command_byte(&mut self, byte: u8) {
        let front = &mut self.front;
        if byte == b'\n' && front.line.is_empty() {
            return;
        }
        if front.echo {
            self.output.raw(&[byte]);
        }
        front.last_byte = self.now;
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

    fn data_byte(&mut self, publish: Publish, mut payload: Vec<u8>, byte: u8) {
        let complete = match publish.length {
            Some(length) => {
                payload.push(byte);
                payload.len() >= length
            }
            None if byte == ESC => {
                self.final_result(b"OK");
                return;
            }
            None if byte == CTRL_Z => true,
            None => {
                // "All the data beyond 4096 bytes will be omitted."
                if payload.len() < self.limits.payload {
                    payload.push(byte);
                }
                false
            }
        };
        if self.front.echo && (publish.length.is_some() || byte != CTRL_Z) {
            self.output.raw(&[byte]);
        }
        self.front.mode = match complete {
            false => Mode::Data { publish, payload },
            true => Mode::Publishing {
                publish,
                payload,
                until: self.now + self.behaviour.delays.payload,
            },
        };
    }
}

/// With the echo on, URCs wait this long for the rest of a command line.
const TYPING: Duration = Duration::from_millis(200);

const BACKSPACE: u8 = 0x08;
const CTRL_Z: u8 = 0x1A;
const ESC: u8 = 0x1B;
