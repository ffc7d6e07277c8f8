/// The form of the one line that carries its payload by length:
/// `<marker> <plain>,…,"<text>",<length>,"<payload>"`.
///
/// Nothing inside text and payload is escaped. The text ends at the first quote that is followed
/// by a comma, a number and a comma; the payload ends by its length alone. Firmware that leaves
/// the quotes out is understood too.
#[derive(Clone, Copy, Debug)]
pub struct LengthDelimited {
    /// How the line begins.
    pub marker: &'static [u8],
    /// The number of fields between marker and text.
    pub plain_fields: u8,
}

/// A piece of what the modem sent. Its bytes are the first in the ring; whoever takes them
/// consumes them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Frame {
    /// A line of that many bytes, its end not counted.
    Line(usize),
    /// The prompt for data; already consumed.
    Prompt,
    /// The head of a length-delimited line, up to where the payload begins.
    Head {
        /// Its bytes.
        len: usize,
        /// Where its text field begins and ends.
        text: (usize, usize),
        /// The payload's bytes, which follow in frames of their own.
        payload: u32,
    },
    /// Bytes of the payload.
    Payload {
        /// How many.
        len: usize,
        /// Whether they are the last.
        last: bool,
    },
    /// A line longer than the ring; already consumed.
    LostLine,
    /// A head longer than the ring; already consumed. Its payload follows.
    LostHead {
        /// The payload's bytes.
        payload: u32,
    },
}
