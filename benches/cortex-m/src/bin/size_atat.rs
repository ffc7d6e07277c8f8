//! The job with atat.

#![no_std]
#![no_main]

use core::panic::PanicInfo;

use cortex_m_rt::entry;
use quectel_mqtt_cortex_m::{
    executor, firmware::atat, panics, peers::atat::Memory, time_driver, uart::Uart,
};

#[entry]
fn main() -> ! {
    static mut MEMORY: Memory<384, 256> = Memory::new();

    time_driver::start();
    loop {
        executor::block_on(atat::with_driver(MEMORY, Uart::new(), Uart::new()));
    }
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    panics::halt(info)
}
