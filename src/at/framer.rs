use super::{CR, Frame, LF, LengthDelimited, Ring, is_line_end};

/// Finds where lines, prompts and payloads end in the bytes from the modem.
///
/// It remembers how far it has looked, so the cost of a byte is the same however the bytes are
/// cut into reads. A line ends at CR or LF; blank lines are skipped.
///
/// ```text
///            +----- CR LF NUL blank (skipped)
///            v |
/// +------> Start --'>' while armed--> [Prompt] --> Start
/// |          | first byte
/// |          v
/// |        Marker --another byte--> Line --CR|LF--> [Line] --> Start
/// |          | the marker is complete      ^
/// |          v                             | CR|LF before the payload
/// |        Plain -> TextStart -> Quoted <-> AfterQuote -> Length --> [Head]
/// |                          `-> Bare ------------------> Length    |
/// |                                                                 v
/// +--- Tail <------------------------------------------------- Payload
///      (closing quote)                        (opening quote) [Payload]…
/// ```
///
/// A digit in `TextStart` makes it a line: a list of numbers under the same marker. What turns out to
/// be no length belongs to the text, so `Length` goes back to `Quoted` or `Bare`.
#[derive(Debug)]
pub struct Framer {
    shape: LengthDelimited,
    state: State,
    /// How many bytes at the front of the ring belong to the frame and have been looked at.
    scanned: usize,
    /// Whether bytes of the frame were dropped, because it is longer than the ring.
    truncated: bool,
    prompt_armed: bool,
    /// Whether the text field, and so the payload, stands in quotes.
    quoted: bool,
    /// Plain fields still to come; bytes of the marker seen.
    count: u8,
    text: (usize, usize),
    /// The payload's length; in [`State::Payload`], what is left of it.
    length: u32,
    /// The payload's opening quote has not come.
    is_opening: bool,
    /// It comes in pieces as the bytes do.
    takes_any_piece: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Start,
    Marker,
    Line,
    Plain,
    TextStart,
    Quoted,
    AfterQuote,
    Bare,
    Length,
    Payload,
    Tail,
}

/// What becomes of the byte just looked at.
enum Step {
    /// It belongs to the frame.
    Take,
    /// It belongs to no frame.
    Skip,
    /// It is looked at again, in the new state.
    Again,
    /// The frame is complete before it.
    LineEnd,
    Prompt,
    /// The head is complete.
    Head,
}

impl Framer {
    /// A framer at the start of a line.
    #[must_use]
    pub const fn new(shape: LengthDelimited) -> Self {
        Self {
            shape,
            state: State::Start,
            scanned: 0,
            truncated: false,
            prompt_armed: false,
            quoted: false,
            count: 0,
            text: (0, 0),
            length: 0,
            is_opening: false,
            takes_any_piece: false,
        }
    }

    /// Takes a `>` at the start of a line for the prompt, until one comes or it is disarmed.
    pub const fn arm_prompt(&mut self) {
        self.prompt_armed = true;
    }

    /// Takes no `>` for a prompt any more.
    pub const fn disarm_prompt(&mut self) {
        self.prompt_armed = false;
    }

    /// Whether a payload has begun and not ended.
    #[must_use]
    pub fn is_in_payload(&self) -> bool {
        self.state == State::Payload
    }

    /// Whether no frame has begun.
    #[must_use]
    pub fn is_at_start(&self) -> bool {
        self.state == State::Start
    }

    /// Leaves the payload before: skips its closing quote.
    pub fn leave_payload(&mut self, ring: &mut Ring<'_>) {
        if let (State::Tail, Some(&byte)) = (self.state, ring.content().first())
            && matches!(self.step(byte), Step::Skip)
        {
            ring.consume(1);
        }
    }

    /// Skips line ends and blanks up to the next line.
    pub fn skip_blanks(&mut self, ring: &mut Ring<'_>) {
        while self.state == State::Start && ring.content().first().is_some_and(|&it| is_skipped(it))
        {
            ring.consume(1);
        }
    }

    /// The payload that begins takes two bytes on the line for each of its own. It comes in pieces as
    /// the bytes do, since those can show that it has ended before.
    pub const fn double_payload(&mut self) {
        self.takes_any_piece = true;
        self.length = self.length.saturating_mul(2);
    }

    /// The payload that begins takes no more bytes on the line than these.
    pub fn limit_payload(&mut self, most: u32) {
        self.length = self.length.min(most);
    }

    /// Takes the payload for ended: its closing quote is next.
    pub const fn end_payload(&mut self) {
        self.is_opening = false;
        self.state = State::Tail;
    }

    /// Stops waiting for the rest of a payload: what comes next begins a line.
    pub const fn abandon_payload(&mut self) {
        self.is_opening = false;
        self.state = State::Start;
    }

    /// The length of a line that has begun and has all that is in the ring, but no end.
    #[must_use]
    pub fn unfinished(&self) -> usize {
        if self.state == State::Line && !self.truncated {
            self.scanned
        } else {
            0
        }
    }

    /// Takes the line that has begun for ended.
    pub fn end_line(&mut self) -> Frame {
        self.state = State::Start;
        Frame::Line(core::mem::take(&mut self.scanned))
    }

    /// The next frame, or `None` when more bytes are needed.
    pub fn next(&mut self, ring: &mut Ring<'_>) -> Option<Frame> {
        // Every turn of the loop takes at least one byte, or returns; so the ring's content bounds it.
        loop {
            if self.state == State::Payload {
                return self.payload(ring);
            }
            match self.scan(ring.content()) {
                Step::Take | Step::Again => {
                    self.make_room(ring);
                    return None;
                }
                Step::Skip => ring.consume(1),
                Step::LineEnd => return Some(self.line_end(ring)),
                Step::Prompt => {
                    ring.consume(1);
                    return Some(Frame::Prompt);
                }
                Step::Head => return Some(self.head(ring)),
            }
        }
    }

    /// Takes bytes into the frame as far as they belong to it: up to the end of the content, or to
    /// what the first of them that does not is.
    fn scan(&mut self, content: &[u8]) -> Step {
        let mut rest = content.get(self.scanned..).unwrap_or_default();
        // Every turn takes a byte, or looks at it again in a state that takes it.
        while let Some(&byte) = rest.first() {
            let taken = match self.taken_at_once(rest) {
                0 => match self.step(byte) {
                    Step::Take => 1,
                    Step::Again => 0,
                    step => return step,
                },
                taken => taken,
            };
            self.scanned = self.scanned.wrapping_add(taken);
            rest = rest.get(taken..).unwrap_or_default();
        }
        Step::Take
    }

    /// How many bytes belong to the frame without a look at each.
    fn taken_at_once(&mut self, rest: &[u8]) -> usize {
        match self.state {
            State::Line => {
                let end = rest.iter().position(|byte| is_line_end(*byte));
                end.unwrap_or(rest.len())
            }
            State::Quoted => {
                let ends = |byte: &u8| is_line_end(*byte) || *byte == b'"';
                rest.iter().position(ends).unwrap_or(rest.len())
            }
            State::Marker if self.count == 0 && rest.starts_with(self.shape.marker) => {
                self.begin_plain();
                self.shape.marker.len()
            }
            _ => 0,
        }
    }

    fn step(&mut self, byte: u8) -> Step {
        // Without its payload a head is a line like others; and one without length ends here.
        if is_line_end(byte) && !matches!(self.state, State::Start | State::Tail) {
            self.state = State::Line;
            return Step::LineEnd;
        }
        match self.state {
            State::Start => return self.start(byte),
            State::Tail => {
                self.state = State::Start;
                // The closing quote; some firmware cuts it.
                return if byte == b'"' && self.quoted {
                    Step::Skip
                } else {
                    Step::Again
                };
            }
            State::Marker => self.marker(byte),
            State::Plain if byte == b',' => {
                self.count = self.count.wrapping_sub(1);
                if self.count == 0 {
                    self.state = State::TextStart;
                }
            }
            State::TextStart => match byte {
                b' ' => {}
                // A number in this place: a list of numbers under the same marker.
                b'0'..=b'9' => self.state = State::Line,
                byte => {
                    self.quoted = byte == b'"';
                    let start = self.scanned.wrapping_add(usize::from(self.quoted));
                    self.text = (start, start);
                    self.state = self.text_state();
                }
            },
            State::Quoted | State::AfterQuote if byte == b'"' => {
                self.text.1 = self.scanned;
                self.state = State::AfterQuote;
            }
            State::AfterQuote if byte == b',' => self.begin_length(),
            State::Bare if byte == b',' => {
                self.text.1 = self.scanned;
                self.begin_length();
            }
            State::Length => return self.length(byte),
            State::AfterQuote => self.state = State::Quoted,
            State::Line | State::Plain | State::Quoted | State::Bare | State::Payload => {}
        }
        Step::Take
    }

    fn start(&mut self, byte: u8) -> Step {
        if is_skipped(byte) {
            return Step::Skip;
        }
        if byte == b'>' && core::mem::take(&mut self.prompt_armed) {
            return Step::Prompt;
        }
        self.count = 0;
        self.state = State::Marker;
        Step::Again
    }

    fn marker(&mut self, byte: u8) {
        let position = usize::from(self.count);
        let expected = self.shape.marker.get(position);
        if byte == b' ' && expected == Some(&b':') {
            return;
        }
        self.count = self.count.wrapping_add(1);
        if expected != Some(&byte) {
            self.state = State::Line;
        } else if position.wrapping_add(1) >= self.shape.marker.len() {
            self.begin_plain();
        }
    }

    const fn begin_plain(&mut self) {
        self.count = self.shape.plain_fields;
        self.state = State::Plain;
    }

    fn begin_length(&mut self) {
        self.length = 0;
        self.count = 0;
        self.state = State::Length;
    }

    fn length(&mut self, byte: u8) -> Step {
        match byte {
            b'0'..=b'9' if self.count < MAX_LENGTH_DIGITS => {
                self.count = self.count.wrapping_add(1);
                let digit = u32::from(byte.wrapping_sub(b'0'));
                self.length = self.length.wrapping_mul(10).wrapping_add(digit);
            }
            b' ' if self.count == 0 => {}
            b',' if self.count > 0 => {
                self.scanned = self.scanned.wrapping_add(1);
                self.is_opening = self.quoted;
                self.state = State::Payload;
                return Step::Head;
            }
            // It was no length: the comma belonged to the text.
            _ => {
                self.state = self.text_state();
                return Step::Again;
            }
        }
        Step::Take
    }

    const fn text_state(&self) -> State {
        if self.quoted {
            State::Quoted
        } else {
            State::Bare
        }
    }

    fn line_end(&mut self, ring: &mut Ring<'_>) -> Frame {
        self.state = State::Start;
        let (len, truncated) = self.end_of_frame();
        if truncated {
            ring.consume(len);
            return Frame::LostLine;
        }
        Frame::Line(len)
    }

    fn head(&mut self, ring: &mut Ring<'_>) -> Frame {
        let payload = self.length;
        self.takes_any_piece = false;
        let (len, truncated) = self.end_of_frame();
        if truncated {
            ring.consume(len);
            return Frame::LostHead { payload };
        }
        Frame::Head {
            len,
            text: self.text,
            payload,
        }
    }

    fn payload(&mut self, ring: &mut Ring<'_>) -> Option<Frame> {
        if self.is_opening {
            // Without the quote, the payload begins here.
            self.quoted = *ring.content().first()? == b'"';
            self.is_opening = false;
            ring.consume(self.quoted.into());
        }
        let available = ring.len();
        let left = self.length as usize;
        let is_piece = available > 0 && (self.takes_any_piece || ring.is_full());
        if available < left && !is_piece {
            return None;
        }
        let len = available.min(left);
        self.length = self.length.saturating_sub(len as u32);
        let last = self.length == 0;
        if last {
            self.state = State::Tail;
        }
        Some(Frame::Payload { len, last })
    }

    /// An over-long frame costs itself alone: its bytes go, the state stays.
    fn make_room(&mut self, ring: &mut Ring<'_>) {
        if ring.is_full() && self.scanned > 0 {
            ring.consume(self.scanned);
            self.scanned = 0;
            self.truncated = true;
        }
    }

    fn end_of_frame(&mut self) -> (usize, bool) {
        (
            core::mem::take(&mut self.scanned),
            core::mem::take(&mut self.truncated),
        )
    }
}

/// Whether the byte means nothing between two lines.
pub(crate) const fn is_skipped(byte: u8) -> bool {
    matches!(byte, CR | LF | b' ' | 0)
}

/// Longer numbers are no lengths: the part of a topic, or noise. Believing one would swallow all
/// that comes after it.
const MAX_LENGTH_DIGITS: u8 = 5;

#[cfg(test)]
#[path = "framer_tests.rs"]
mod tests;
