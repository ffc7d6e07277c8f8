//! One job, done by each shell, by a peer, and by nobody: what one firmware takes more than the other
//! is the cost of the driver.
//!
//! The job: connect, subscribe, show every message on the LEDs, and publish under another topic that
//! it came. Topics have up to 64 bytes and payloads up to 256.

#[cfg(feature = "async")]
pub mod asynch;
#[cfg(feature = "peers")]
pub mod atat;
#[cfg(feature = "blocking")]
pub mod blocking;
#[cfg(feature = "async")]
pub mod every_command;
#[cfg(feature = "runner")]
pub mod runner;
