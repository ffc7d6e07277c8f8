//! Shared by the tests: the transcript player.

#![allow(dead_code, reason = "no test file uses all of it")]

pub(crate) mod transcript;
