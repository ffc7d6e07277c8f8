//! The job with the runner.

#![no_std]
#![no_main]

use core::panic::PanicInfo;

use cortex_m_rt::entry;
use quectel_mqtt_cortex_m::{
    executor, firmware::runner, memory::Memory, panics, time_driver, uart::Uart,
};

#[entry]
fn main() -> ! {
    static mut MEMORY: Memory = Memory::new();
    static mut QUEUE: [u8; 384] = [0; 384];

    time_driver::start();
    loop {
        executor::block_on(runner::with_driver(MEMORY, QUEUE, Uart::new(), Uart::new()));
    }
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    panics::halt(info)
}
