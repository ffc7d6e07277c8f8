use core::fmt;

use super::put;

/// A command line does not fit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Overflow {
    /// The bytes that it takes.
    pub needed: usize,
    /// The bytes that there are.
    pub capacity: usize,
}

/// Writes one command line into the caller's bytes.
///
/// It never writes past their end; [`CommandWriter::finish`] tells how many would have been
/// needed.
pub struct CommandWriter<'a> {
    bytes: &'a mut [u8],
    len: usize,
}

impl<'a> CommandWriter<'a> {
    /// A writer at the start of `bytes`.
    pub fn new(bytes: &'a mut [u8]) -> Self {
        Self { bytes, len: 0 }
    }

    /// Appends bytes as they are.
    #[inline(never)]
    pub fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        put(self.bytes, self.len, bytes);
        // What does not fit is counted all the same.
        self.len = self.len.saturating_add(bytes.len());
        self
    }

    #[inline(never)]
    fn byte(&mut self, byte: u8) -> &mut Self {
        if let Some(place) = self.bytes.get_mut(self.len) {
            *place = byte;
        }
        self.len = self.len.saturating_add(1);
        self
    }

    /// Begins an execution command: `AT` and its name, which comes with its plus.
    pub fn execute(&mut self, name: &str) -> &mut Self {
        self.byte(b'A').byte(b'T').raw(name.as_bytes())
    }

    /// Begins a read command.
    pub fn read(&mut self, name: &str) -> &mut Self {
        self.execute(name).byte(b'?')
    }

    /// Begins a write command, or a test command when `?` follows.
    pub fn set(&mut self, name: &str) -> &mut Self {
        self.execute(name).byte(b'=')
    }

    /// Appends two hexadecimal digits for each byte.
    pub fn hex(&mut self, bytes: &[u8]) -> &mut Self {
        for byte in bytes {
            self.raw(&[hex_digit(byte >> 4), hex_digit(byte & 0x0F)]);
        }
        self
    }

    /// Appends a decimal number.
    pub fn number(&mut self, mut number: u32) -> &mut Self {
        // Most have one digit.
        if number < 10 {
            return self.byte(b'0'.wrapping_add(number as u8));
        }
        let mut digits = [b'0'; 10];
        let mut used = 0_usize;
        for digit in digits.iter_mut().rev() {
            *digit = b'0'.wrapping_add((number % 10) as u8);
            number /= 10;
            used = used.wrapping_add(1);
            if number == 0 {
                break;
            }
        }
        let start = digits.len().saturating_sub(used);
        self.raw(digits.get(start..).unwrap_or_default())
    }

    /// Appends a comma and a decimal number.
    #[inline(never)]
    pub fn and_number(&mut self, number: u32) -> &mut Self {
        self.byte(b',').number(number)
    }

    /// Appends a quoted string. There is no escape: the caller has made sure that the text holds
    /// neither a quote nor a control character.
    pub fn string(&mut self, text: &str) -> &mut Self {
        self.byte(b'"').raw(text.as_bytes()).byte(b'"')
    }

    /// Appends a comma and a quoted string, as [`CommandWriter::string`] does.
    #[inline(never)]
    pub fn and_string(&mut self, text: &str) -> &mut Self {
        self.byte(b',').string(text)
    }

    /// Ends the line with CR alone (an LF behind it has been taken as the first byte of a
    /// payload) and returns its length.
    ///
    /// # Errors
    /// [`Overflow`] when the line does not fit.
    pub fn finish(&mut self) -> Result<usize, Overflow> {
        self.raw(b"\r").check()
    }

    /// The length so far, whether it fits or not.
    #[must_use]
    pub const fn written(&self) -> usize {
        self.len
    }

    /// The length so far.
    ///
    /// # Errors
    /// [`Overflow`] when it does not fit.
    pub const fn check(&self) -> Result<usize, Overflow> {
        if self.len <= self.bytes.len() {
            Ok(self.len)
        } else {
            Err(Overflow {
                needed: self.len,
                capacity: self.bytes.len(),
            })
        }
    }
}

/// Its bytes may be secret.
impl fmt::Debug for CommandWriter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommandWriter")
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}

const fn hex_digit(value: u8) -> u8 {
    match value {
        0..=9 => b'0'.wrapping_add(value),
        _ => b'A'.wrapping_sub(10).wrapping_add(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_decimal() {
        for number in [0, 7, 10, 65_535, 4_294_967_295_u32] {
            let mut bytes = [0; 16];
            let len = CommandWriter::new(&mut bytes)
                .number(number)
                .check()
                .unwrap();
            assert_eq!(
                core::str::from_utf8(&bytes[..len]).unwrap().parse(),
                Ok(number)
            );
        }
    }

    #[test]
    fn a_line_that_does_not_fit_says_what_it_needs() {
        let mut bytes = [0; 8];
        let mut writer = CommandWriter::new(&mut bytes);
        let error = writer.raw(b"AT+X=1").and_string("yz").finish().unwrap_err();
        assert_eq!(
            error,
            Overflow {
                needed: 12,
                capacity: 8
            }
        );
        let mut bytes = [0; 12];
        let len = CommandWriter::new(&mut bytes)
            .raw(b"AT+X=1")
            .and_string("yz")
            .finish();
        assert_eq!(len, Ok(12));
        assert_eq!(&bytes, b"AT+X=1,\"yz\"\r");
    }
}
