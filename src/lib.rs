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

#[cfg(not(any(feature = "bg95", feature = "bc660k")))]
compile_error!(
    "quectel-mqtt needs the dialect of your modem: enable one of its cargo features `bg95`, `bg77`, `bg600l` or `bc660k`"
);

pub mod at;
pub mod command;
mod dialect;
pub mod engine;
mod error;
pub mod mqtt;
mod name;
mod options;
#[cfg(any(feature = "async", feature = "blocking", feature = "runner"))]
mod shell;
mod time;
mod usage;
mod value;

#[cfg(feature = "async")]
pub mod asynch;
#[cfg(feature = "blocking")]
pub mod blocking;
#[cfg(feature = "runner")]
pub mod runner;

#[cfg(doctest)]
mod _dialects;
#[doc(hidden)]
pub mod _mock;

pub use at::{CmeError, FinalResult};
pub use command::{
    AliAuth, Authentication, ClientIndex, Command, ContextKind, DataFormat, Domain, Granted,
    MqttError, OpenResult, PdpContext, PemFile, PublishForm, ReceiveMode, RecommendedAction,
    Redacted, Registration, RegistrationState, Request, Setting, SettingKey, SimState, SleepMode,
    Status, TlsOptions, TlsVersion, Validity,
};
#[cfg(feature = "bc660k")]
pub use dialect::BC660K_GL;
pub use dialect::Dialect;
#[cfg(feature = "bg95")]
pub use dialect::{BG77, BG95, BG600L};
pub use error::{Buffer, Cause, Error, Failure, UsageError};
pub use options::ConnectOptions;
pub use time::Instant;
pub use value::{Parameter, Problem, ValueError};
