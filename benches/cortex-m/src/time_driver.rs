//! A time driver on TIMER0 of the CMSDK, which counts down from 2³² at 25 MHz.
//!
//! It is looked at by a poll at least once in its 171 s, and nobody is woken: the
//! [executor](crate::executor) polls anyway.

use core::{
    ptr,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    task::Waker,
};

use embassy_time_driver::Driver;

struct Timer {
    /// The counter at the last whole tick.
    counter: AtomicU32,
    /// Ticks until then.
    low: AtomicU32,
    high: AtomicU32,
}

embassy_time_driver::time_driver_impl!(static TIMER: Timer = Timer {
    counter: AtomicU32::new(u32::MAX),
    low: AtomicU32::new(0),
    high: AtomicU32::new(0),
});

/// Starts the clock.
pub fn start() {
    // SAFETY: registers of TIMER0.
    unsafe {
        ptr::write_volatile(RELOAD, u32::MAX);
        ptr::write_volatile(VALUE, u32::MAX);
        ptr::write_volatile(CTRL, ENABLE);
    }
}

impl Driver for Timer {
    fn now(&self) -> u64 {
        // SAFETY: a register of TIMER0.
        let counter = unsafe { ptr::read_volatile(VALUE) };
        let last = self.counter.load(Relaxed);
        let ticks = last.wrapping_sub(counter) / COUNTS_PER_TICK;
        let (low, overflows) = self.low.load(Relaxed).overflowing_add(ticks);
        let high = self.high.load(Relaxed).wrapping_add(overflows.into());
        self.counter
            .store(last.wrapping_sub(ticks * COUNTS_PER_TICK), Relaxed);
        self.low.store(low, Relaxed);
        self.high.store(high, Relaxed);
        u64::from(high) << 32 | u64::from(low)
    }

    fn schedule_wake(&self, _: u64, _: &Waker) {}
}

/// 25 MHz for some 32,768 ticks a second.
const COUNTS_PER_TICK: u32 = 763;

const CTRL: *mut u32 = 0x4000_0000 as *mut u32;
const VALUE: *mut u32 = 0x4000_0004 as *mut u32;
const RELOAD: *mut u32 = 0x4000_0008 as *mut u32;
const ENABLE: u32 = 1;
