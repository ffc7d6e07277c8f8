use crate::COUNT;

/// Which way a message goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Direction {
    /// From the lab to the firmware.
    Question,
    /// From the firmware to the lab.
    Answer,
}

/// The bytes of a message: any bytes, and of a number that nobody guesses.
#[derive(Clone, Debug)]
pub struct Payload {
    state: u32,
    left: usize,
}

impl Payload {
    /// Of this message, where a payload may have as many as `limit` bytes.
    #[must_use]
    pub fn new(direction: Direction, number: u16, limit: usize) -> Self {
        let seed = u32::from(number) << 1 | direction as u32;
        let mut payload = Self {
            // The constant spreads small numbers over all bits; the state must not be zero.
            state: seed.wrapping_mul(0x9E37_79B9) ^ 0x5A5A_5A5A | 1,
            left: 0,
        };
        let (one, other) = (payload.random(), payload.random());
        payload.left = match number {
            0 => 0,
            1 => 1,
            2 => limit - 1,
            LAST | 3 => limit,
            // Most are short, some are long.
            _ => one as usize % (limit + 1) * (other as usize % (limit + 1)) / limit,
        };
        payload
    }

    /// Whether these are its bytes.
    #[must_use]
    pub fn is(self, bytes: &[u8]) -> bool {
        self.eq(bytes.iter().copied())
    }

    /// Xorshift.
    fn random(&mut self) -> u32 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 17;
        self.state ^= self.state << 5;
        self.state >> 8
    }
}

impl Iterator for Payload {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        self.left = self.left.checked_sub(1)?;
        Some(self.random() as u8)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Payload {}

const LAST: u16 = COUNT - 1;

#[cfg(test)]
mod tests {
    extern crate std;
    use std::vec::Vec;

    use super::{Direction::*, *};

    #[test]
    fn a_payload_is_itself_until_a_byte_is_changed_or_lost() {
        let all = (0..COUNT).flat_map(|n| [Question, Answer].map(|it| Payload::new(it, n, 1460)));
        for payload in all.filter(|payload| payload.len() > 0) {
            let mut bytes: Vec<u8> = payload.clone().collect();
            assert!(payload.clone().is(&bytes));
            assert!(!payload.clone().is(&bytes[1..]));
            bytes[0] ^= 0x40;
            assert!(!payload.is(&bytes));
        }
    }

    #[test]
    fn payloads_go_from_nothing_to_the_limit() {
        for limit in [1460, 4096] {
            let lengths = (0..COUNT).map(|number| Payload::new(Answer, number, limit).len());
            assert_eq!(lengths.clone().min(), Some(0));
            assert_eq!(lengths.clone().max(), Some(limit));
            let mean = lengths.sum::<usize>() / usize::from(COUNT);
            assert!((limit / 5..limit / 2).contains(&mean), "{mean}");
        }
    }

    #[test]
    fn no_two_messages_are_the_same() {
        let all = (4..COUNT).flat_map(|n| [Question, Answer].map(|it| Payload::new(it, n, 4096)));
        let starts: std::collections::HashSet<Vec<u8>> =
            all.map(|payload| payload.take(8).collect()).collect();
        assert_eq!(starts.len(), 2 * usize::from(COUNT - 4));
    }
}
