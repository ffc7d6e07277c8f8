//! The firmware of the blocking shell, without the driver.

#![no_std]
#![no_main]

use core::panic::PanicInfo;

use cortex_m_rt::entry;
use quectel_mqtt_cortex_m::{delay::Cycles, firmware::blocking, panics, uart::Uart};

#[entry]
fn main() -> ! {
    static mut MEMORY: [u8; 64] = [0; 64];

    blocking::without(MEMORY, Uart::new(), Cycles)
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    panics::halt(info)
}
