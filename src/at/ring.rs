use core::fmt;

/// A ring buffer over the caller's bytes that hands out its free part as a slice, so a UART
/// driver reads straight into it, and its content as another, so that nobody parses in two pieces.
///
/// It starts again at the front whenever it runs empty. Where the bytes behind the content are used
/// up before that, in a burst, the content moves to the front: at the most once for every byte that
/// was consumed, and mostly a piece of one line.
pub struct Ring<'buf> {
    bytes: &'buf mut [u8],
    head: usize,
    end: usize,
}

impl<'buf> Ring<'buf> {
    /// An empty ring over `bytes`.
    pub fn new(bytes: &'buf mut [u8]) -> Self {
        Self {
            bytes,
            head: 0,
            end: 0,
        }
    }

    /// The free bytes that follow the content.
    pub fn free(&mut self) -> &mut [u8] {
        if self.end == self.bytes.len() {
            self.move_to_front();
        }
        self.bytes.get_mut(self.end..).unwrap_or_default()
    }

    /// Takes the first `n` bytes of [`Ring::free`] as content, and returns how many there were.
    pub fn commit(&mut self, n: usize) -> usize {
        let n = n.min(self.bytes.len().saturating_sub(self.end));
        self.end = self.end.wrapping_add(n);
        n
    }

    /// Removes `n` bytes from the front.
    #[inline(never)]
    pub fn consume(&mut self, n: usize) {
        self.head = self.head.saturating_add(n);
        if self.head >= self.end {
            self.head = 0;
            self.end = 0;
        }
    }

    /// What it holds.
    #[must_use]
    pub fn content(&self) -> &[u8] {
        self.bytes.get(self.head..self.end).unwrap_or_default()
    }

    /// The first `n` bytes of the content; nothing when there are not so many.
    #[must_use]
    #[inline(never)]
    pub fn first(&self, n: usize) -> &[u8] {
        self.content().get(..n).unwrap_or_default()
    }

    /// The byte at offset `at` of the content.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<u8> {
        self.content().get(at).copied()
    }

    /// How many bytes it can hold.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        self.bytes.len()
    }

    /// How many bytes it holds.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.end.wrapping_sub(self.head)
    }

    /// Whether it holds nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.end == self.head
    }

    /// Whether no byte more fits.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.len() == self.bytes.len()
    }

    /// Only when the content reaches to the end.
    fn move_to_front(&mut self) {
        // `copy_within` brings in 700 bytes of flash, for what seldom happens.
        for place in 0..self.len() {
            let byte = self.get(place).unwrap_or_default();
            if let Some(to) = self.bytes.get_mut(place) {
                *to = byte;
            }
        }
        self.end = self.end.wrapping_sub(self.head);
        self.head = 0;
    }
}

/// Brings the first `n` bytes behind the others, as `slice::rotate_left` does, which has three
/// algorithms and a panic.
pub(crate) fn rotate_left(bytes: &mut [u8], n: usize) {
    if let Some((front, back)) = bytes.split_at_mut_checked(n) {
        front.reverse();
        back.reverse();
        bytes.reverse();
    }
}

/// Its bytes may be secret: the echo of a password.
impl fmt::Debug for Ring<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ring")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(ring: &mut Ring<'_>, bytes: &[u8]) {
        for &byte in bytes {
            ring.free()[0] = byte;
            ring.commit(1);
        }
    }

    #[test]
    fn content_that_goes_round_comes_out_in_order_and_in_one_piece() {
        for head in 1..8 {
            let mut bytes = [0; 8];
            let mut ring = Ring::new(&mut bytes);
            push(&mut ring, &b"abcdefgh"[..head]);
            push(&mut ring, b"1");
            ring.consume(head);
            push(&mut ring, b"234567");
            assert_eq!(ring.len(), 7);
            assert_eq!(ring.content(), b"1234567", "head {head}");
            push(&mut ring, b"8");
            assert!(ring.is_full());
            assert!(ring.free().is_empty());
            assert_eq!(ring.first(8), b"12345678");
            assert_eq!((ring.get(7), ring.get(8)), (Some(b'8'), None));
        }
    }

    #[test]
    fn no_more_is_taken_than_there_was_room_for() {
        let mut bytes = [0; 8];
        let mut ring = Ring::new(&mut bytes);
        assert_eq!(ring.commit(5), 5);
        ring.consume(2);
        assert_eq!(ring.commit(5), 3);
        assert_eq!(ring.free().len(), 2);
        assert_eq!(ring.commit(5), 2);
        assert!(ring.is_full());
    }

    #[test]
    fn an_empty_ring_offers_its_whole_capacity() {
        let mut bytes = [0; 8];
        let mut ring = Ring::new(&mut bytes);
        push(&mut ring, b"abc");
        ring.consume(2);
        assert!(!ring.is_empty());
        ring.consume(1);
        assert!(ring.is_empty());
        assert_eq!(ring.free().len(), 8);
    }

    #[test]
    fn a_ring_over_nothing_is_always_full() {
        let mut ring = Ring::new(&mut []);
        assert!(ring.is_full() && ring.is_empty());
        assert!(ring.free().is_empty());
        ring.commit(5);
        ring.consume(5);
        assert!(ring.first(1).is_empty());
    }
}
