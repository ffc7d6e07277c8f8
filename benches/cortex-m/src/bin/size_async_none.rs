//! The firmware of the async shell, without the driver.

#![no_std]
#![no_main]

use core::panic::PanicInfo;

use cortex_m_rt::entry;
use quectel_mqtt_cortex_m::{executor, firmware::asynch, panics, time_driver, uart::Uart};

#[entry]
fn main() -> ! {
    static mut MEMORY: [u8; 64] = [0; 64];

    time_driver::start();
    executor::block_on(asynch::without(MEMORY, Uart::new()))
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    panics::halt(info)
}
