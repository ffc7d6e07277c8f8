#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice,
        clippy::todo,
        clippy::unimplemented,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]
#![warn(clippy::large_futures)]

#[cfg(not(feature = "bg95"))]
compile_error!(
    "quectel-mqtt needs the dialect of your modem: enable one of its cargo features `bg95`, `bg77` or `bg600l`"
);

pub mod at;
pub mod command;
mod dialect;
pub mod engine;
mod error;
pub mod mqtt;
mod options;
mod time;
mod value;

#[cfg(feature = "async")]
pub mod asynch;

#[doc(hidden)]
pub mod _mock;

pub use at::{CmeError, FinalResult};
pub use command::{
    ClientIndex, Command, Granted, OpenResult, RecommendedAction, Redacted, SettingKey, Status,
};
pub use dialect::Dialect;
#[cfg(feature = "bg95")]
pub use dialect::{BG77, BG95, BG600L};
pub use error::{Buffer, Cause, Error, Failure, UsageError};
pub use options::ConnectOptions;
pub use time::Instant;
pub use value::{Parameter, Problem, ValueError};
