//! The chip's interrupts.
//!
//! There is no crate for this chip, so all interrupts have the one handler that cortex-m-rt brings.

use cortex_m::{interrupt::InterruptNumber, peripheral::NVIC};
use cortex_m_rt::exception;

use crate::uart;

/// The interrupts in use, by their numbers.
#[derive(Clone, Copy, Debug)]
#[repr(u16)]
pub(crate) enum Interrupt {
    UartReceive = 0,
    UartTransmit = 1,
    UartOverrun = 12,
}

// SAFETY: the numbers are those of the chip, and do not change.
unsafe impl InterruptNumber for Interrupt {
    fn number(self) -> u16 {
        self as u16
    }
}

impl Interrupt {
    pub(crate) fn enable(self) {
        // SAFETY: its handler is there, and no critical section is made by masking.
        unsafe { NVIC::unmask(self) };
    }

    /// Makes its handler run, as the peripheral does.
    pub(crate) fn pend(self) {
        NVIC::pend(self);
    }
}

#[exception]
unsafe fn DefaultHandler(number: i16) {
    match number {
        0 => uart::on_receive(),
        1 => uart::on_transmit(),
        12 => uart::on_overrun(),
        _ => panic!("interrupt {number}"),
    }
}
