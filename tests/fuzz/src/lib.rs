//! What the fuzz targets check, a module for each target.
//!
//! Every target takes its choices from the front of its input, byte by byte: so a small change of
//! the input is a small change of what happens, and the corpus can be written by hand (see
//! `src/bin/corpus.rs`).

pub mod dialogue;
pub mod engine;
pub mod formatter;
pub mod framer;
pub mod grammar;

mod input;
mod line;
mod modem;

pub use input::Input;
use quectel_mqtt::{BC660K_GL, BG95, Dialect};

/// One of the dialects.
fn dialect(is_bc660k: bool) -> &'static Dialect {
    if is_bc660k { &BC660K_GL } else { &BG95 }
}
