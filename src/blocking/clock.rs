use embedded_hal::delay::DelayNs;

use crate::Instant;

/// Where the blocking shell takes the time from: a closure that shows it, a [`DelayClock`], or your
/// own.
///
/// ```
/// use quectel_mqtt::Instant;
/// use quectel_mqtt::blocking::Clock;
///
/// # fn read_ticks() -> u64 { 0 } fn wait_for_interrupt() {}
/// struct Ticks; // which an interrupt counts every millisecond
///
/// impl Clock for Ticks {
///     fn now(&mut self) -> Instant {
///         Instant::from_millis(read_ticks())
///     }
///
///     fn idle(&mut self) {
///         wait_for_interrupt();
///     }
/// }
/// ```
pub trait Clock {
    /// The present time, in milliseconds since an arbitrary start. It never runs backwards.
    fn now(&mut self) -> Instant;

    /// Called when the line brings no byte and takes none, so that nothing is to be done before it
    /// does, or the next millisecond. It may put the core to sleep until the next interrupt, if a
    /// clock's is among them. Otherwise it returns at once, as it does here.
    fn idle(&mut self) {}
}

impl<F: FnMut() -> Instant> Clock for F {
    fn now(&mut self) -> Instant {
        self()
    }
}

/// A clock for firmware that has nothing but a delay: every look at it waits for 20 µs, and counts
/// them.
///
/// What else takes time is not counted: so it runs slow, and deadlines come later, by what the
/// processor computes between two looks, or interrupts take. For deadlines of seconds that does not
/// matter.
#[derive(Clone, Debug)]
pub struct DelayClock<D> {
    delay: D,
    now: Instant,
    /// Looks since the last whole millisecond.
    looks: u8,
}

impl<D: DelayNs> DelayClock<D> {
    /// A clock that begins at 0.
    pub const fn new(delay: D) -> Self {
        Self {
            delay,
            now: Instant::from_millis(0),
            looks: 0,
        }
    }

    /// Gives the delay back.
    pub fn release(self) -> D {
        self.delay
    }
}

impl<D: DelayNs> Clock for DelayClock<D> {
    fn now(&mut self) -> Instant {
        self.delay.delay_us(LOOK);
        self.looks = self.looks.saturating_add(1);
        if self.looks >= LOOKS_IN_A_MILLISECOND {
            self.looks = 0;
            self.now = self.now.after(1);
        }
        self.now
    }
}

/// In microseconds: less than two bytes take at 921,600 baud.
const LOOK: u32 = 20;
const LOOKS_IN_A_MILLISECOND: u8 = 50;
