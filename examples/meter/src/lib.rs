//! What the firmware examples have in common: a meter that publishes the temperature every minute,
//! obeys commands, and connects again when the modem restarts or the connection is lost.
//!
//! - [`Settings`]: where it connects. [`Settings::YOURS`] is yours to change.
//! - [`Meter`]: the meter itself, over a handle of the driver's `runner`. It knows no chip.
//! - [`Board`]: what it needs of one.
//! - [`Backoff`], [`Command`], [`Temperature`]: the parts that firmware without an executor takes,
//!   too.

#![no_std]
#![forbid(unsafe_code)]

mod backoff;
#[cfg(feature = "tasks")]
mod board;
mod command;
#[cfg(feature = "tasks")]
mod meter;
mod settings;
mod temperature;

pub use backoff::Backoff;
#[cfg(feature = "tasks")]
pub use board::{Board, Ending, News};
pub use command::{Command, Light, Unknown};
#[cfg(feature = "tasks")]
pub use meter::{COMMANDS, Meter};
pub use settings::{Certificate, Settings};
pub use temperature::Temperature;
