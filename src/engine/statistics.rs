/// Counters since the engine was made; they stay at their largest value.
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Statistics {
    /// Bytes from the modem, by [`Engine::received`](super::Engine::received): all of them, also
    /// those that mean nothing.
    pub bytes_in: u32,
    /// Bytes that the UART has taken, by [`Engine::transmitted`](super::Engine::transmitted).
    pub bytes_out: u32,
    /// Lines from the modem that are not blank, echoes of commands among them. Prompts, the echo of
    /// a payload, and messages whose length came with them are not lines.
    pub lines: u32,
    /// Lines that the driver does not know, or that are longer than the receive buffer: unknown URCs,
    /// texts of a start, noise, and what looks like a message where none can come.
    pub unknown_lines: u16,
    /// How often an answer was missing or came at the wrong place, so that the driver had to ask the
    /// modem until it was in step again. A restart, the first contact and the waking of a modem that
    /// sleeps are none.
    pub resyncs: u16,
    /// Result and status URCs and final result codes that nobody waits for any more.
    pub stale_answers: u16,
    /// Messages reported as [`Event::MessageLost`](super::Event::MessageLost).
    pub messages_lost: u16,
    /// Retransmissions that the modem reported.
    pub retransmissions: u16,
    /// Prompts, answers to commands, and results of operations that did not come in time; and how often
    /// the line took nothing for 15 s. Probes are none, nor is the result of a QMTCLOSE or QMTDISC, which
    /// some firmware never sends.
    pub timeouts: u16,
    /// Restarts of the modem.
    pub restarts: u16,
}

/// Adds one to a counter of [`Statistics`].
#[inline(never)]
pub(super) const fn count(counter: &mut u16) {
    *counter = counter.saturating_add(1);
}

/// Adds `n` to one of its larger counters.
pub(super) const fn count_many(counter: &mut u32, n: usize) {
    *counter = counter.saturating_add(n as u32);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_stay_at_their_largest_value() {
        let mut counter = u16::MAX - 1;
        for _ in 0..3 {
            count(&mut counter);
        }
        assert_eq!(counter, u16::MAX);
        let mut bytes = u32::MAX - 10;
        for _ in 0..3 {
            count_many(&mut bytes, 8);
        }
        assert_eq!(bytes, u32::MAX);
    }
}
