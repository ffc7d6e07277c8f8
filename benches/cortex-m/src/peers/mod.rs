//! The same work by other crates, as far as they can do it.

pub mod atat;
