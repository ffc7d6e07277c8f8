//! What must hold whatever happens.

use quectel_mqtt::engine::{Operation, Statistics};

/// What goes out.
#[derive(Default)]
pub(super) struct Line {
    /// What is left of what was to be sent at the last look.
    rest: Vec<u8>,
    /// How many bytes the port has taken in all.
    pub(super) taken: u64,
}

impl Line {
    /// What is to be sent is what was left before, or one command line, or data.
    pub(super) fn check(&mut self, pending: &[u8]) {
        assert!(!pending.is_empty(), "nothing to transmit");
        if pending == self.rest {
            return;
        }
        self.rest = pending.to_vec();
        let text = String::from_utf8_lossy(pending);
        // ESC can go out with a probe behind it.
        let line = pending.strip_prefix(b"\x1B").unwrap_or(pending);
        if line.starts_with(b"AT") || line.starts_with(b"at") {
            let ends = line.iter().filter(|byte| byte.is_ascii_control());
            assert!(ends.count() == 1 && line.ends_with(b"\r"), "{text:?}");
            return;
        }
        // Payloads, as they are and as digits; certificates; the ends of data.
        let is_data = [&b"#"[..], b"23", b"-----BEGIN"]
            .iter()
            .any(|start| pending.starts_with(start));
        assert!(is_data || matches!(pending, [0x1A | 0x1B]), "{text:?}");
    }

    pub(super) fn took(&mut self, n: usize) {
        self.rest.drain(..n);
        self.taken += n as u64;
    }
}

/// The operations that were begun, and whose result is owed.
#[derive(Default)]
pub(super) struct Operations {
    owed: Vec<Owed>,
    /// How many were abandoned: some of them may go on.
    abandoned: usize,
}

struct Owed {
    operation: Operation,
    since: u64,
    /// How many bytes the port had taken then.
    taken: u64,
    is_bounded: bool,
}

impl Operations {
    pub(super) fn begin(&mut self, operation: Operation, now: u64, taken: u64, is_bounded: bool) {
        assert!(!self.owed.iter().any(|it| it.operation == operation));
        self.owed.push(Owed {
            operation,
            since: now,
            taken,
            is_bounded,
        });
    }

    /// Its result has come.
    pub(super) fn end(&mut self, operation: Operation) {
        let place = self.owed.iter().position(|it| it.operation == operation);
        let place = place.expect("a result that nobody is owed");
        self.owed.remove(place);
    }

    pub(super) fn pick(&self, number: u8) -> Option<Operation> {
        let place = usize::from(number).checked_rem(self.owed.len())?;
        Some(self.owed[place].operation)
    }

    /// Nobody waits for it any more.
    pub(super) fn forget(&mut self, number: u8) -> Option<Operation> {
        let operation = self.pick(number)?;
        self.end(operation);
        self.abandoned += 1;
        Some(operation)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.owed.is_empty()
    }

    /// Whether the engine may have no place left but that of a result.
    pub(super) fn could_be_replaced(&self) -> bool {
        self.owed.len() + self.abandoned >= 8
    }

    /// No operation lives longer than the modem may make it: by retransmissions that it reports, and
    /// by taking bytes slowly.
    pub(super) fn check_age(&self, now: u64, taken: u64) {
        for owed in self.owed.iter().filter(|it| it.is_bounded) {
            let bound = LONGEST_LIFE + (taken - owed.taken) * SEND_TIMEOUT;
            let age = now - owed.since;
            assert!(age < bound, "{:?} is {age} ms old", owed.operation);
        }
    }
}

/// Nothing is counted down.
pub(super) fn check_statistics(before: Statistics, after: Statistics) {
    let counters = |it: Statistics| {
        [
            it.bytes_in,
            it.bytes_out,
            it.lines,
            it.unknown_lines.into(),
            it.resyncs.into(),
            it.stale_answers.into(),
            it.messages_lost.into(),
            it.retransmissions.into(),
            it.timeouts.into(),
            it.restarts.into(),
        ]
    };
    let mut pairs = counters(before).into_iter().zip(counters(after));
    assert!(pairs.all(|(before, after)| before <= after));
}

/// In milliseconds: a connect's ten and more steps, the last of which the modem repeats ten times, at
/// eleven minutes each.
const LONGEST_LIFE: u64 = 10_000_000;

/// In milliseconds: how long the port may take for a byte.
const SEND_TIMEOUT: u64 = 15_000;
