//! Inputs that the compiler does not know, so that it drops nothing of what they could ask for.

use core::hint::black_box;

/// A number.
pub fn any<T: Default>() -> T {
    black_box(T::default())
}

/// One of these.
///
/// # Panics
/// Never: no list here is empty.
pub fn any_of<T: Copy, const N: usize>(values: [T; N]) -> T {
    black_box(values)[0]
}

/// A text.
#[must_use]
pub fn text() -> &'static str {
    black_box("text")
}

/// Bytes.
#[must_use]
pub fn bytes() -> &'static [u8] {
    black_box(b"bytes")
}
