//! A time driver for embassy-time: SysTick, a thousand times a second.
//!
//! It counts interrupts. One that comes late makes the clock slow, and none makes it fast.

use core::cell::{Cell, RefCell};

use cortex_m::peripheral::{SYST, syst::SystClkSource};
use cortex_m_rt::exception;
use critical_section::{CriticalSection, Mutex};
use embassy_time_driver::{Driver, TICK_HZ};
use embassy_time_queue_utils::Queue;

struct SysTickDriver {
    ticks: Mutex<Cell<u64>>,
    /// When the first of those who wait is to be woken.
    due: Mutex<Cell<u64>>,
    waiting: Mutex<RefCell<Queue>>,
}

embassy_time_driver::time_driver_impl!(static DRIVER: SysTickDriver = SysTickDriver {
    ticks: Mutex::new(Cell::new(0)),
    due: Mutex::new(Cell::new(u64::MAX)),
    waiting: Mutex::new(RefCell::new(Queue::new())),
});

/// Starts the clock.
pub(crate) fn start(mut systick: SYST) {
    systick.set_clock_source(SystClkSource::Core);
    systick.set_reload((CLOCK_HZ / TICK_HZ) as u32 - 1);
    systick.clear_current();
    systick.enable_counter();
    systick.enable_interrupt();
}

impl Driver for SysTickDriver {
    fn now(&self) -> u64 {
        critical_section::with(|token| self.ticks.borrow(token).get())
    }

    fn schedule_wake(&self, at: u64, waker: &core::task::Waker) {
        critical_section::with(|token| {
            let is_first = self.waiting.borrow_ref_mut(token).schedule_wake(at, waker);
            if is_first {
                self.wake(token);
            }
        });
    }
}

impl SysTickDriver {
    fn tick(&self) {
        critical_section::with(|token| {
            let now = self.ticks.borrow(token).get() + 1;
            self.ticks.borrow(token).set(now);
            if now >= self.due.borrow(token).get() {
                self.wake(token);
            }
        });
    }

    /// Wakes those whose time has come.
    fn wake(&self, token: CriticalSection<'_>) {
        let now = self.ticks.borrow(token).get();
        let due = self.waiting.borrow_ref_mut(token).next_expiration(now);
        self.due.borrow(token).set(due);
    }
}

#[exception]
fn SysTick() {
    DRIVER.tick();
}

/// Of QEMU's mps2-an386.
const CLOCK_HZ: u64 = 25_000_000;
