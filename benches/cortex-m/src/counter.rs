//! Counts instructions with SysTick, under QEMU's `-icount shift=0`.
//!
//! An instruction takes a nanosecond then, and a tick of the 25 MHz clock 40 of them. So a single
//! measurement is good to 40 instructions; the mean of many that begin at all phases of the tick,
//! less what an empty one gives, is good to a few.

use core::hint::black_box;

use cortex_m::{
    Peripherals,
    peripheral::{SYST, syst::SystClkSource},
};

/// The counter; it exists once.
#[derive(Debug)]
pub struct Counter {
    /// Ticks that a measurement of nothing takes, in all [`RUNS`].
    empty: u32,
}

/// One measurement under way.
#[derive(Debug)]
pub struct Measurement<'a> {
    ticks: &'a mut u32,
    start: u32,
    /// Makes runs begin at different phases of the tick.
    delay: u32,
}

impl Counter {
    /// Starts SysTick. `None` when it was started before.
    pub fn start() -> Option<Self> {
        let mut systick = Peripherals::take()?.SYST;
        systick.set_clock_source(SystClkSource::Core);
        systick.set_reload(LARGEST);
        systick.clear_current();
        systick.enable_counter();
        let mut counter = Self { empty: 0 };
        counter.empty = counter.ticks(|_, measurement| measurement.stop());
        Some(counter)
    }

    /// The instructions that pass until `run` stops the measurement, which begins where it calls
    /// [`Measurement::begin`]. It is called [`RUNS`] times, with the number of the run.
    pub fn instructions(&mut self, run: impl FnMut(u32, &mut Measurement<'_>)) -> u32 {
        let ticks = self.ticks(run).saturating_sub(self.empty);
        (ticks * INSTRUCTIONS_PER_TICK + RUNS / 2) / RUNS
    }

    fn ticks(&mut self, mut run: impl FnMut(u32, &mut Measurement<'_>)) -> u32 {
        let mut ticks = 0;
        for number in 0..RUNS {
            let mut measurement = Measurement {
                ticks: &mut ticks,
                start: 0,
                delay: number % INSTRUCTIONS_PER_TICK,
            };
            measurement.begin();
            run(number, &mut measurement);
        }
        ticks
    }
}

impl Measurement<'_> {
    /// Begins here: what went before is not counted.
    #[inline(never)]
    pub fn begin(&mut self) {
        for _ in 0..black_box(self.delay) {
            cortex_m::asm::nop();
        }
        self.start = SYST::get_current();
    }

    /// Ends here: what comes behind is not counted.
    #[inline(never)]
    pub fn stop(&mut self) {
        // It counts down.
        *self.ticks += self.start.wrapping_sub(SYST::get_current()) & LARGEST;
    }
}

/// How often a measurement is repeated.
pub const RUNS: u32 = 1_000;
const INSTRUCTIONS_PER_TICK: u32 = 40;
const LARGEST: u32 = 0x00FF_FFFF;
