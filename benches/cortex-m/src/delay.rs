//! A delay that counts cycles.

use embedded_hal::delay::DelayNs;

/// Busy for as many cycles as the delay takes at 25 MHz.
#[derive(Debug)]
pub struct Cycles;

impl DelayNs for Cycles {
    fn delay_ns(&mut self, ns: u32) {
        cortex_m::asm::delay(ns / 40);
    }
}
