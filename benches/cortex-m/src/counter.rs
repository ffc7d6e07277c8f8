//! Counts instructions with TIMER1 of the CMSDK, under QEMU's `-icount shift=0`.
//!
//! An instruction takes a nanosecond then, and a tick of the 25 MHz clock 40 of them. So a single
//! measurement is good to 40 instructions; the mean of many that begin at all phases of the tick,
//! less what an empty one gives, is good to a few.

use core::{hint::black_box, ptr};

/// The counter; there is one timer for it.
#[derive(Debug)]
pub struct Counter {
    /// Ticks that a measurement of nothing takes, in all [`RUNS`].
    empty: u32,
}

/// One measurement under way.
#[derive(Debug)]
pub struct Measurement {
    ticks: u32,
    start: u32,
    /// Makes runs begin at different phases of the tick.
    delay: u32,
}

impl Counter {
    /// Starts the timer.
    #[must_use]
    pub fn start() -> Self {
        // SAFETY: registers of TIMER1.
        unsafe {
            ptr::write_volatile(RELOAD, u32::MAX);
            ptr::write_volatile(VALUE, u32::MAX);
            ptr::write_volatile(CTRL, ENABLE);
        }
        let mut counter = Self { empty: 0 };
        counter.empty = counter.ticks(&mut Measurement::stop);
        counter
    }

    /// The instructions that pass until `run` stops the measurement, which begins where it calls
    /// [`Measurement::begin`].
    ///
    /// It is called [`RUNS`] times; once if it takes so long that a tick does not count.
    pub fn instructions(&mut self, mut run: impl FnMut(&mut Measurement)) -> u32 {
        let ticks = Measurement::of(0, &mut run);
        if ticks > LONG {
            return ticks * INSTRUCTIONS_PER_TICK;
        }
        let ticks = self.ticks(&mut run).saturating_sub(self.empty);
        (ticks * INSTRUCTIONS_PER_TICK + RUNS / 2) / RUNS
    }

    fn ticks(&mut self, run: &mut impl FnMut(&mut Measurement)) -> u32 {
        (0..RUNS)
            .map(|number| Measurement::of(number % INSTRUCTIONS_PER_TICK, run))
            .sum()
    }
}

impl Measurement {
    /// The ticks of one run.
    fn of(delay: u32, run: &mut impl FnMut(&mut Self)) -> u32 {
        let mut measurement = Self {
            ticks: 0,
            start: 0,
            delay,
        };
        measurement.begin();
        run(&mut measurement);
        measurement.ticks
    }

    /// Begins here: what went before is not counted.
    #[inline(never)]
    pub fn begin(&mut self) {
        for _ in 0..black_box(self.delay) {
            cortex_m::asm::nop();
        }
        self.start = now();
    }

    /// Ends here: what comes behind is not counted.
    #[inline(never)]
    pub fn stop(&mut self) {
        // It counts down.
        self.ticks = self.start.wrapping_sub(now());
    }
}

fn now() -> u32 {
    // SAFETY: a register of TIMER1.
    unsafe { ptr::read_volatile(VALUE) }
}

/// How often a measurement is repeated.
pub const RUNS: u32 = 400;
const INSTRUCTIONS_PER_TICK: u32 = 40;
/// From here on, a tick is less than a part in 1,000.
const LONG: u32 = 1_000;

const CTRL: *mut u32 = 0x4000_1000 as *mut u32;
const VALUE: *mut u32 = 0x4000_1004 as *mut u32;
const RELOAD: *mut u32 = 0x4000_1008 as *mut u32;
const ENABLE: u32 = 1;
