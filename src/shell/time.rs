use embassy_time::{Duration, TICK_HZ};

use crate::Instant;

/// The present time by embassy-time.
pub(crate) fn now() -> Instant {
    Instant::from_millis(embassy_time::Instant::now().as_millis())
}

/// The point in embassy-time that is `until`, when it is `now`; for `None`, one that never comes.
pub(crate) fn deadline(until: Option<Instant>, now: Instant) -> embassy_time::Instant {
    // `with_timeout` panics when its end exceeds 64 bits.
    let deadline = until.and_then(|until| {
        embassy_time::Instant::now().checked_add(from_millis(until.millis_from(now)))
    });
    deadline.unwrap_or(embassy_time::Instant::MAX)
}

/// As `Duration::from_millis`, which brings in a division of 64 bits where a tick is no simple
/// part of a millisecond.
const fn from_millis(millis: u32) -> Duration {
    let (seconds, millis) = (millis / 1000, millis % 1000);
    let ticks = if TICK_HZ <= (u32::MAX / 1000) as u64 {
        millis.wrapping_mul(TICK_HZ as u32).div_ceil(1000) as u64
    } else {
        (millis as u64).wrapping_mul(TICK_HZ).div_ceil(1000)
    };
    Duration::from_ticks((seconds as u64).wrapping_mul(TICK_HZ).wrapping_add(ticks))
}

/// A timeout in milliseconds. The engine cuts what is too long for it.
pub(crate) fn millis(timeout: Duration) -> u32 {
    timeout.as_millis().try_into().unwrap_or(u32::MAX)
}
