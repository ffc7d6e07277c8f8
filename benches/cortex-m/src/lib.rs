//! The firmware that shows what the driver costs on a Cortex-M4, run by QEMU's mps2-an386.
//!
//! | binary | shows |
//! |---|---|
//! | `size_baseline`, `size_driver` | flash and RAM, as the difference of the two |
//! | `size_blocking_baseline`, `size_blocking` | the same for the blocking shell, without a time driver |
//! | `size_runner` | the same for the runner, beside `size_baseline` |
//! | `sizes` | the size of the engine and of the futures |
//! | `no_panic` | that no call of the engine can panic: it would not link |
//! | `instructions` | what the engine spends on an answer, a message, a command |
//!
//! `.ci/mcu` builds and runs them all. In this folder, `cargo run --release --bin instructions`
//! runs one.

#![no_std]

pub mod counter;
#[cfg(feature = "blocking")]
pub mod delay;
#[cfg(feature = "bg95")]
pub mod dialogue;
pub mod executor;
#[cfg(all(feature = "async", feature = "bg95"))]
pub mod firmware;
#[cfg(feature = "blocking")]
pub mod firmware_blocking;
#[cfg(feature = "runner")]
pub mod firmware_runner;
pub mod leds;
pub mod memory;
pub mod panics;
pub mod semihosting;
#[cfg(feature = "async")]
pub mod time_driver;
pub mod uart;
