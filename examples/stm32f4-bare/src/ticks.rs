//! The time, counted by SysTick, and the watchdog.

use core::cell::Cell;

use cortex_m::peripheral::{SYST, syst::SystClkSource};
use cortex_m_rt::exception;
use critical_section::Mutex;
use quectel_mqtt::{Instant, blocking::Clock};
use stm32f4xx_hal::{pac::IWDG, prelude::*, time::Hertz, watchdog::IndependentWatchdog};

/// The clock that the driver looks at. Whoever waits for the modem looks at it again and again, for
/// minutes at times, so this is where the watchdog is fed.
pub struct Ticks {
    watchdog: IndependentWatchdog,
}

impl Ticks {
    pub fn start(mut systick: SYST, core: Hertz, watchdog: IWDG) -> Self {
        systick.set_clock_source(SystClkSource::Core);
        systick.set_reload(core.to_kHz() - 1);
        systick.clear_current();
        systick.enable_counter();
        systick.enable_interrupt();
        let mut watchdog = IndependentWatchdog::new(watchdog);
        watchdog.start(20_000_u32.millis());
        Self { watchdog }
    }
}

impl Clock for Ticks {
    fn now(&mut self) -> Instant {
        self.watchdog.feed();
        Instant::from_millis(millis())
    }

    /// Until the next interrupt: the UART's, or that of the next millisecond.
    fn idle(&mut self) {
        cortex_m::asm::wfi();
    }
}

/// The milliseconds since the start.
pub fn millis() -> u64 {
    critical_section::with(|token| MILLIS.borrow(token).get())
}

#[exception]
fn SysTick() {
    critical_section::with(|token| {
        let millis = MILLIS.borrow(token);
        millis.set(millis.get() + 1);
    });
}

defmt::timestamp!("{=u64:ms}", millis());

static MILLIS: Mutex<Cell<u64>> = Mutex::new(Cell::new(0));
