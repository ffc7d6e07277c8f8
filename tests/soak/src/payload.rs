//! Payloads that say which message they are, and whether they are whole.

use crate::random::Random;

/// Which way a message goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Direction {
    /// From the driver to the server.
    Up,
    /// From the server to the driver.
    Down,
}

/// The payload of a message: STX, direction, number, filler, checksum, ETX.
///
/// The filler is what has broken drivers: quotes, line ends, whole answers. It holds neither STX nor
/// ETX, so that a payload can be found in the bytes of a line without parsing anything else.
pub(crate) fn compose(direction: Direction, number: u32, seed: u64, longest: u64) -> Vec<u8> {
    let mut random = Random::new(seed ^ (u64::from(number) << 32) ^ direction as u64);
    let mut payload = vec![STX, letter(direction)];
    payload.extend_from_slice(format!("{number:010}").as_bytes());
    let length = random.between(0, longest);
    while (payload.len() as u64) < length {
        match random.between(0, 12) {
            0..8 => payload.push(match random.next() as u8 {
                STX | ETX => b'.',
                byte => byte,
            }),
            _ => payload.extend_from_slice(random.pick(&TRAPS)),
        }
    }
    // Now and then plain text, which can go in a command line.
    if number.is_multiple_of(4) {
        for byte in &mut payload[HEAD..] {
            *byte = b'a' + *byte % 26;
        }
    }
    payload.extend_from_slice(format!("{:08x}", checksum(&payload)).as_bytes());
    payload.push(ETX);
    payload
}

/// The number of the message, if its payload is whole.
pub(crate) fn number(direction: Direction, payload: &[u8]) -> Option<u32> {
    let body = payload.strip_suffix(&[ETX])?;
    let (content, digits) = body.split_at_checked(body.len().checked_sub(8)?)?;
    if digits != format!("{:08x}", checksum(content)).as_bytes() {
        return None;
    }
    let digits = content
        .get(..HEAD)?
        .strip_prefix(&[STX, letter(direction)])?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Finds the payloads in a stream of bytes.
#[derive(Debug)]
pub(crate) struct Scanner {
    direction: Direction,
    collected: Vec<u8>,
}

impl Scanner {
    pub(crate) const fn new(direction: Direction) -> Self {
        let collected = Vec::new();
        Self {
            direction,
            collected,
        }
    }

    /// Takes a byte, and gives the number of the message that it completes.
    pub(crate) fn byte(&mut self, byte: u8) -> Option<u32> {
        match byte {
            STX => self.collected.clear(),
            _ if self.collected.is_empty() => return None,
            _ => {}
        }
        self.collected.push(byte);
        if byte != ETX {
            return None;
        }
        let number = number(self.direction, &self.collected);
        self.collected.clear();
        number
    }
}

const fn letter(direction: Direction) -> u8 {
    match direction {
        Direction::Up => b'u',
        Direction::Down => b'd',
    }
}

/// FNV-1a.
fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811C_9DC5, |sum, byte| {
        (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}

pub(crate) const STX: u8 = 0x02;
pub(crate) const ETX: u8 = 0x03;

/// STX, the letter, ten digits.
const HEAD: usize = 12;

const TRAPS: [&[u8]; 9] = [
    b"\"",
    b"\r\nOK\r\n",
    b"\r\n+QMTSTAT: 0,1\r\n",
    b"\r\n> ",
    b"\r\nRDY\r\n",
    b"\",5,\"",
    b"\r\n+QMTRECV: 0,0,\"t\",3,\"abc\"\r\n",
    b"\x1A\x1B\x00",
    b"AT+QMTPUB=0,0,0,0,\"t\",1\r",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_tells_its_number_until_a_byte_is_changed() {
        for n in 0..200 {
            let payload = compose(Direction::Up, n, 7, 300);
            assert_eq!(number(Direction::Up, &payload), Some(n));
            assert_eq!(number(Direction::Down, &payload), None);
            let mut damaged = payload.clone();
            damaged[n as usize % payload.len()] ^= 0x40;
            assert_eq!(number(Direction::Up, &damaged), None);
        }
    }

    #[test]
    fn a_payload_is_found_in_the_bytes_around_it() {
        let payload = compose(Direction::Down, 42, 7, 300);
        let line = [b"\r\n+QMTRECV: 0,1,\"t\",9,\"", &payload[..], b"\"\r\n"].concat();
        let mut scanner = Scanner::new(Direction::Down);
        let found: Vec<u32> = line.iter().filter_map(|byte| scanner.byte(*byte)).collect();
        assert_eq!(found, [42]);
    }
}
