//! The LEDs of the board: where bytes go that must not be optimized away.

use core::ptr;

/// Shows the bytes, one after the other.
pub fn show(bytes: &[u8]) {
    for byte in bytes {
        // SAFETY: the register of the LEDs.
        unsafe { ptr::write_volatile(LEDS, (*byte).into()) };
    }
}

/// Shows that there is a value, whatever is in it.
pub fn show_any<T>(value: &T) {
    core::hint::black_box(value);
}

const LEDS: *mut u32 = 0x4002_8000 as *mut u32;
