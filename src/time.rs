//! Points in time and spans, in milliseconds; the driver itself never looks at a clock.

use core::num::NonZeroU32;

/// A point in time, in milliseconds since an arbitrary start chosen by whoever calls
/// [`Engine::poll`](crate::engine::Engine::poll).
///
/// It is kept in 32 bits and compared across their wrap-around, so the start may lie as far
/// back as it likes; only two points more than 24 days apart can't be told in order.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Instant(
    /// One more than the milliseconds, so that 0 is left for "never": an `Option` takes no more room,
    /// and the driver holds many. The millisecond that would be 0 is the one behind it.
    NonZeroU32,
);

impl Instant {
    /// The point `milliseconds` after the start; higher bits than 32 are dropped.
    #[must_use]
    pub const fn from_millis(milliseconds: u64) -> Self {
        Self::new((milliseconds as u32).wrapping_add(1))
    }

    /// The point `milliseconds` later than this one.
    #[must_use]
    pub const fn after(self, milliseconds: u32) -> Self {
        Self::new(self.0.get().wrapping_add(milliseconds))
    }

    /// Whether this point has come when the time is `now`.
    #[must_use]
    pub const fn is_reached(self, now: Self) -> bool {
        self.until(now) as i32 <= 0
    }

    /// The milliseconds from `now` until this point; 0 when it has come.
    #[must_use]
    pub const fn millis_from(self, now: Self) -> u32 {
        if self.is_reached(now) {
            0
        } else {
            self.until(now)
        }
    }

    const fn until(self, now: Self) -> u32 {
        self.0.get().wrapping_sub(now.0.get())
    }

    const fn new(stored: u32) -> Self {
        match NonZeroU32::new(stored) {
            Some(stored) => Self(stored),
            None => Self(NonZeroU32::MIN),
        }
    }

    /// The earlier of the two, where `None` stands for "never".
    pub(crate) fn earlier(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        match (one, other) {
            (Some(one), Some(other)) => Some(if one.is_reached(other) { one } else { other }),
            (one, other) => one.or(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_reached_across_the_wrap_around() {
        let start = Instant::from_millis(u64::from(u32::MAX) - 5);
        let later = start.after(10);
        assert!(!later.is_reached(start));
        assert!(start.is_reached(later));
        assert!(later.is_reached(later));
        assert_eq!(later.millis_from(start), 10);
        assert_eq!(start.millis_from(later), 0);
        assert_eq!(Instant::earlier(Some(later), Some(start)), Some(start));
        assert_eq!(Instant::earlier(None, Some(start)), Some(start));
    }

    #[test]
    fn every_millisecond_around_the_wrap_around_is_in_order() {
        assert_eq!(size_of::<Option<Instant>>(), 4);
        let at = |millis: u32| Instant::from_millis(u64::from(millis));
        for before in (u32::MAX - 3..=u32::MAX).chain(0..3) {
            for millis in 2..6 {
                let (start, end) = (at(before), at(before.wrapping_add(millis)));
                assert!(start.is_reached(end) && !end.is_reached(start));
                assert!(end.millis_from(start).abs_diff(millis) <= 1);
                assert!(start.after(millis).millis_from(start).abs_diff(millis) <= 1);
            }
        }
        let half = u32::MAX / 2;
        assert!(!at(half).is_reached(at(0)) && at(half + 2).is_reached(at(0)));
    }
}
