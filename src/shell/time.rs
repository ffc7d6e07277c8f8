use embassy_time::Duration;

use crate::Instant;

/// The present time by embassy-time.
pub(crate) fn now() -> Instant {
    Instant::from_millis(embassy_time::Instant::now().as_millis())
}

/// The point in embassy-time that is `until`, when it is `now`.
pub(crate) fn deadline(until: Instant, now: Instant) -> embassy_time::Instant {
    // `with_timeout` panics when its end exceeds 64 bits.
    let timeout = Duration::from_millis(until.millis_from(now).into());
    let deadline = embassy_time::Instant::now().checked_add(timeout);
    deadline.unwrap_or(embassy_time::Instant::MAX)
}

/// A timeout in milliseconds. The engine cuts what is too long for it.
pub(crate) fn millis(timeout: Duration) -> u32 {
    timeout.as_millis().try_into().unwrap_or(u32::MAX)
}
