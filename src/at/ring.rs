use core::fmt;

/// A ring buffer over the caller's bytes that hands out its free part as a slice, so a UART
/// driver reads straight into it.
///
/// It starts again at the front whenever it runs empty. So a line wraps only in a burst, and
/// then [`Ring::contiguous`] rotates it into one piece. The other way, a nom input of two slices,
/// takes more flash for one parser than the rotation does (1.7 KB over 0.9 KB on a Cortex-M4), and
/// more instructions for every line, wrapped or not: `.ci/mcu` measures both.
pub struct Ring<'buf> {
    bytes: &'buf mut [u8],
    head: usize,
    len: usize,
}

impl<'buf> Ring<'buf> {
    /// An empty ring over `bytes`.
    pub fn new(bytes: &'buf mut [u8]) -> Self {
        Self {
            bytes,
            head: 0,
            len: 0,
        }
    }

    /// The free bytes that follow the content, as far as they lie in one piece.
    pub fn free(&mut self) -> &mut [u8] {
        let capacity = self.bytes.len();
        let end = self.head.saturating_add(self.len);
        let (start, stop) = if end < capacity {
            (end, capacity)
        } else {
            (end.saturating_sub(capacity), self.head)
        };
        self.bytes.get_mut(start..stop).unwrap_or_default()
    }

    /// Takes the first `n` bytes of [`Ring::free`] as content.
    pub fn commit(&mut self, n: usize) {
        self.len = self.len.saturating_add(n).min(self.bytes.len());
    }

    /// Removes `n` bytes from the front.
    pub fn consume(&mut self, n: usize) {
        self.len = self.len.saturating_sub(n);
        self.head = if self.len == 0 {
            0
        } else {
            self.wrap(self.head.saturating_add(n))
        };
    }

    /// The content from offset `from` on, as far as it lies in one piece.
    #[must_use]
    pub fn chunk(&self, from: usize) -> &[u8] {
        let capacity = self.bytes.len();
        let start = self.head.saturating_add(from);
        let end = self.head.saturating_add(self.len);
        let (start, end) = if start < capacity {
            (start, end.min(capacity))
        } else {
            (start.saturating_sub(capacity), end.saturating_sub(capacity))
        };
        self.bytes.get(start..end).unwrap_or_default()
    }

    /// The byte at offset `at` of the content.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<u8> {
        self.chunk(at).first().copied()
    }

    /// The first `n` bytes in one piece; where they wrap, the ring is rotated first.
    pub fn contiguous(&mut self, n: usize) -> &[u8] {
        if self.head.saturating_add(n) > self.bytes.len() {
            rotate_left(self.bytes, self.head);
            self.head = 0;
        }
        self.chunk(0).get(..n).unwrap_or_default()
    }

    /// How many bytes it can hold.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        self.bytes.len()
    }

    /// How many bytes it holds.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether it holds nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether no byte more fits.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.len == self.bytes.len()
    }

    /// `position` brought back below the capacity, which it exceeds once at the most.
    const fn wrap(&self, position: usize) -> usize {
        if position >= self.bytes.len() {
            position.saturating_sub(self.bytes.len())
        } else {
            position
        }
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
            .field("len", &self.len)
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
    fn content_that_wraps_comes_out_in_order_and_in_one_piece() {
        for head in 1..8 {
            let mut bytes = [0; 8];
            let mut ring = Ring::new(&mut bytes);
            push(&mut ring, &b"abcdefgh"[..head]);
            push(&mut ring, b"1");
            ring.consume(head);
            push(&mut ring, b"234567");
            assert_eq!(ring.len(), 7);
            let first = ring.chunk(0).len();
            assert_eq!(
                &[ring.chunk(0), ring.chunk(first)].concat()[..7],
                b"1234567"
            );
            assert_eq!(ring.contiguous(7), b"1234567", "head {head}");
            push(&mut ring, b"8");
            assert!(ring.is_full());
            assert!(ring.free().is_empty());
            assert_eq!(ring.contiguous(8), b"12345678");
        }
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
        assert!(ring.contiguous(1).is_empty());
    }
}
