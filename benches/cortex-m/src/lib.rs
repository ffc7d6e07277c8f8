//! The firmware that shows what the driver costs on a Cortex-M4, run by QEMU's mps2-an386.
//!
//! | binary | shows |
//! |---|---|
//! | `size_async`, `size_runner`, `size_every_command`, `size_atat` | flash and RAM of the [job](firmware), over `size_async_none` |
//! | `size_blocking` | the same without a time driver, over `size_blocking_none` |
//! | `ram` | the size of the engine, of the futures, and of the stack that the job takes |
//! | `instructions` | what is spent on messages, answers and commands, beside other crates |
//! | `no_panic` | that no call of the engine can panic: it would not link |
//!
//! `.ci/figures` builds and runs them, and prints tables; `.ci/mcu` shows that nothing can panic. In
//! this folder, `cargo run --release --features peers --bin instructions` runs one.

#![no_std]

#[cfg(not(feature = "bg95"))]
pub use quectel_mqtt::BC660K_GL as DIALECT;
/// The dialect of the build.
#[cfg(feature = "bg95")]
pub use quectel_mqtt::BG95 as DIALECT;

pub mod counter;
#[cfg(feature = "blocking")]
pub mod delay;
pub mod dialogue;
pub mod executor;
pub mod firmware;
pub mod leds;
pub mod memory;
pub mod panics;
#[cfg(feature = "peers")]
pub mod peers;
#[cfg(all(feature = "async", feature = "blocking"))]
pub mod scripted;
pub mod semihosting;
pub mod stack;
#[cfg(feature = "async")]
pub mod time_driver;
pub mod uart;
pub mod unknown;
