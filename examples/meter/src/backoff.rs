/// Pauses between attempts, each twice as long as the one before: a server or a network that is down
/// is asked less and less often.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// As before the first attempt.
    #[must_use]
    pub const fn new() -> Self {
        Self { failures: 0 }
    }

    /// An attempt has failed.
    pub const fn failed(&mut self) {
        self.failures = self.failures.saturating_add(1);
    }

    /// An attempt has succeeded.
    pub const fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// The seconds until the next attempt: 5 s after a success and the first failure, then 10, 20 …
    /// up to 10 min.
    #[must_use]
    pub const fn pause(&self) -> u32 {
        let doublings = self.failures.saturating_sub(1);
        if doublings >= DOUBLINGS_TO_LONGEST {
            return LONGEST;
        }
        SHORTEST << doublings
    }

    /// Whether so many attempts have failed that the modem itself may be what is wrong. Then it is
    /// time to switch it off and on; and again after as many more.
    #[must_use]
    pub const fn wants_power_cycle(&self) -> bool {
        self.failures > 0 && self.failures.is_multiple_of(FAILURES_TO_POWER_CYCLE)
    }
}

const SHORTEST: u32 = 5;
const LONGEST: u32 = 600;

/// 5 s · 2⁷ is the first that is longer than the longest.
const DOUBLINGS_TO_LONGEST: u32 = 7;

/// With the pauses between them, two and a half minutes at the least.
const FAILURES_TO_POWER_CYCLE: u32 = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_ten_minutes_and_begin_anew_after_a_success() {
        let mut backoff = Backoff::new();
        assert_eq!(backoff.pause(), 5);
        for pause in [5, 10, 20, 40, 80, 160, 320, 600, 600] {
            backoff.failed();
            assert_eq!(backoff.pause(), pause);
        }
        backoff.succeeded();
        assert_eq!(backoff, Backoff::new());
    }

    #[test]
    fn every_fifth_failure_in_a_row_wants_a_power_cycle() {
        let mut backoff = Backoff::new();
        assert!(!backoff.wants_power_cycle());
        let wanted = (1..=10).filter(|_| {
            backoff.failed();
            backoff.wants_power_cycle()
        });
        assert!(wanted.eq([5, 10]));
    }
}
