use arbitrary::Unstructured;

/// The fuzzer's bytes, taken from the front; zeros when there are no more.
pub struct Input<'a>(Unstructured<'a>);

impl<'a> Input<'a> {
    /// All of `data` is to be taken.
    #[must_use]
    pub fn new(data: &'a [u8]) -> Self {
        Self(Unstructured::new(data))
    }

    /// Whether all has been taken.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One byte.
    pub fn byte(&mut self) -> u8 {
        self.0.arbitrary().unwrap_or(0)
    }

    /// One byte, as a decision.
    pub fn flag(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    /// One byte, as a number below `end`.
    pub fn below(&mut self, end: u8) -> u8 {
        self.byte() % end.max(1)
    }

    /// Two bytes.
    pub fn number(&mut self) -> u16 {
        u16::from_le_bytes([self.byte(), self.byte()])
    }

    /// As many bytes as the first one says, or as there are.
    pub fn bytes(&mut self) -> &'a [u8] {
        let n = usize::from(self.byte()).min(self.0.len());
        self.0.bytes(n).unwrap_or_default()
    }

    /// Text of any length: bytes, and how often they are repeated.
    pub fn text(&mut self) -> String {
        let piece = String::from_utf8_lossy(self.bytes()).into_owned();
        let times = usize::from(self.byte()).clamp(1, LONGEST / piece.len().max(1) + 1);
        piece.repeat(times)
    }

    /// All that is left.
    #[must_use]
    pub fn rest(self) -> &'a [u8] {
        self.0.take_rest()
    }
}

/// More than any limit of either dialect.
const LONGEST: usize = 5000;
