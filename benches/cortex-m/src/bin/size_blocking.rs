//! The job with the blocking shell. Nothing in it knows embassy-time, and it links only if
//! nothing in it can panic.

#![no_std]
#![no_main]

use core::panic::PanicInfo;

use cortex_m_rt::entry;
use quectel_mqtt_cortex_m::{
    delay::Cycles, firmware::blocking, memory::Memory, panics, uart::Uart,
};

#[entry]
fn main() -> ! {
    static mut MEMORY: Memory = Memory::new();

    loop {
        let _ = blocking::with_driver(MEMORY, Uart::new(), Cycles);
    }
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    panics::fail_to_link(info)
}
