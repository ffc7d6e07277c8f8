//! Shared by the tests.

#![allow(dead_code, reason = "no test file uses all of it")]

pub(crate) mod simulated;
pub(crate) mod transcript;
