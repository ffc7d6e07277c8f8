//! Shared by the tests.

#![allow(dead_code, unused_imports, reason = "no test file uses all of it")]

pub(crate) mod answering;
pub(crate) mod begun;
pub(crate) mod bounds;
pub(crate) mod cases;
pub(crate) mod counting;
pub(crate) mod damaged;
pub(crate) mod dropped;
#[cfg(all(feature = "blocking", feature = "runner"))]
#[allow(unused_imports, reason = "one test file plays through the shells")]
pub(crate) mod faces;
pub(crate) mod field_note;
pub(crate) mod hal_mock;
pub(crate) mod hesitant;
pub(crate) mod interrupted;
pub(crate) mod obliging;
pub(crate) mod requests;
pub(crate) mod shown;
pub(crate) mod simulated;
pub(crate) mod steps;
#[cfg(feature = "runner")]
pub(crate) mod tasks;
pub(crate) mod text;
pub(crate) mod transcript;
pub(crate) mod verbs;
