//! One direction of the serial line: bytes that take their time.

use std::{collections::VecDeque, time::Duration};

/// Bytes in order, each with the time when its last bit is there.
#[derive(Debug, Default)]
pub(super) struct Wire {
    bytes: VecDeque<(Duration, u8)>,
    /// When the line has carried all that was sent.
    free_at: Duration,
    /// Now, and how long each byte takes.
    clock: (Duration, Duration),
}

impl Wire {
    /// Sets the time, and the speed of what is sent from now on.
    pub(super) fn set_clock(&mut self, now: Duration, line_speed: Option<u32>) {
        let byte = match line_speed {
            Some(speed) => ONE_BIT_A_SECOND / speed.max(1),
            None => Duration::ZERO,
        };
        self.clock = (now, byte);
    }

    /// Puts bytes on the line, behind those that are on it.
    pub(super) fn send(&mut self, bytes: &[u8]) {
        let (now, byte_time) = self.clock;
        for byte in bytes {
            self.free_at = self.free_at.max(now) + byte_time;
            self.bytes.push_back((self.free_at, *byte));
        }
    }

    /// Takes the next byte, if it is there by now.
    pub(super) fn receive(&mut self) -> Option<u8> {
        match self.has_arrived() {
            true => self.bytes.pop_front().map(|(_, byte)| byte),
            false => None,
        }
    }

    /// Whether there is a byte to take now.
    pub(super) fn has_arrived(&self) -> bool {
        let (now, _) = self.clock;
        self.bytes.front().is_some_and(|(at, _)| *at <= now)
    }

    /// When there will be a byte to take; `None` if there is one now, or none on the line.
    pub(super) fn next_arrival(&self) -> Option<Duration> {
        let (now, _) = self.clock;
        let arrival = self.bytes.front().map(|(at, _)| *at);
        arrival.filter(|at| *at > now)
    }

    /// How many bytes are on the line, or have arrived.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }
}

/// How long a byte takes at one bit per second: a start bit, eight of its own, a stop bit.
const ONE_BIT_A_SECOND: Duration = Duration::from_secs(10);
