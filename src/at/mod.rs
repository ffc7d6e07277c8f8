//! The AT line: V.250 and 3GPP TS 27.007. Knows no MQTT.
//!
//! Bytes from the modem go from the UART straight into a [`Ring`], a [`Framer`] finds where
//! lines, prompts and payloads end without looking at a byte twice, and [`Line`] says what a
//! complete line is. Command lines are written by a [`CommandWriter`].
//!
//! These are building blocks for tools and benches; unlike the rest of the crate they may change
//! in any release.

mod frame;
mod framer;
mod line;
mod parameters;
mod ring;
mod writer;

pub use frame::{Frame, LengthDelimited};
pub use framer::Framer;
pub(crate) use framer::is_skipped;
pub(crate) use line::could_be_a_command;
pub use line::{CmeError, FinalResult, Line};
pub use parameters::Parameters;
pub use ring::Ring;
pub(crate) use ring::rotate_left;
pub use writer::{CommandWriter, Overflow};

pub(crate) const CR: u8 = b'\r';
pub(crate) const LF: u8 = b'\n';
/// Ctrl+Z, which ends data of variable length.
pub(crate) const SUB: u8 = 0x1A;

/// It cancels data of variable length.
pub(crate) const ESC: u8 = 0x1B;

/// Whether one of the bytes is this. For `contains`, a search by words comes in, of 150 bytes.
#[expect(clippy::manual_contains, reason = "for its size")]
pub(crate) fn holds(bytes: &[u8], wanted: u8) -> bool {
    bytes.iter().any(|&byte| byte == wanted)
}

/// Puts `bytes` at this place of `room`, if they fit behind it, and says whether they do.
#[inline(always)]
pub(crate) fn put(room: &mut [u8], place: usize, bytes: &[u8]) -> bool {
    let room = room.get_mut(place..).unwrap_or_default();
    let Some((room, _)) = room.split_at_mut_checked(bytes.len()) else {
        return false;
    };
    // Four at once: the `memcpy` of a firmware that is to be small takes one after the other.
    let (to_words, to_rest) = room.as_chunks_mut::<4>();
    let (from_words, from_rest) = bytes.as_chunks::<4>();
    for (to, from) in to_words.iter_mut().zip(from_words) {
        *to = *from;
    }
    for (to, from) in to_rest.iter_mut().zip(from_rest) {
        *to = *from;
    }
    true
}

pub(crate) const fn is_line_end(byte: u8) -> bool {
    matches!(byte, CR | LF)
}
