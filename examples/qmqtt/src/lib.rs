//! What the command-line client and the quickstart share: the way to a modem, and the trace of
//! what is said on it.

pub mod port;
pub mod trace;

// The time driver of embassy-time, on which the driver's deadlines run.
use quectel_host_clock as _;
