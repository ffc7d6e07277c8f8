//! A firmware that receives messages with the two slices, for its size.

#![no_std]
#![no_main]

use core::panic::PanicInfo;

use cortex_m_rt::entry;
use quectel_mqtt_cortex_m::{
    panics,
    uart::Uart,
    wrapped::{self, TwoSlices},
};

#[entry]
fn main() -> ! {
    wrapped::firmware::<TwoSlices<'_>>(Uart::new())
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    panics::halt(info)
}
