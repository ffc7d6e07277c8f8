//! The job with the async shell.

#![no_std]
#![no_main]

use core::panic::PanicInfo;

use cortex_m_rt::entry;
use quectel_mqtt_cortex_m::{
    executor, firmware::asynch, memory::Memory, panics, time_driver, uart::Uart,
};

#[entry]
fn main() -> ! {
    static mut MEMORY: Memory = Memory::new();

    time_driver::start();
    loop {
        let _ = executor::block_on(asynch::with_driver(MEMORY, Uart::new()));
    }
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    panics::halt(info)
}
