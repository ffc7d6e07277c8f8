use nom::{
    IResult, Parser,
    bytes::complete::{tag, take_while, take_while1},
    combinator::opt,
    sequence::delimited,
};

type Parsed<'a, T> = IResult<&'a [u8], T, ()>;

/// The parameters of an information response or URC, taken from the left one by one.
///
/// `<parameter>[,<parameter>…]`, each a decimal number or a quoted string; blanks around them
/// are accepted, since some firmware leaves out the one after the colon and some sends more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Parameters<'a> {
    rest: &'a [u8],
}

impl<'a> Parameters<'a> {
    /// The parameters in `rest`, which begins behind the colon.
    #[must_use]
    pub const fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    /// Takes a number; `None`, and nothing taken, when there is none.
    #[inline(never)]
    pub fn number(&mut self) -> Option<i32> {
        let before = self.rest;
        let (is_negative, magnitude) = self.signed()?;
        let Ok(number) = i32::try_from(magnitude) else {
            self.rest = before;
            return None;
        };
        Some(if is_negative {
            number.wrapping_neg()
        } else {
            number
        })
    }

    /// Takes a number without a sign, which may need all of 32 bits.
    pub fn unsigned(&mut self) -> Option<u32> {
        let before = self.rest;
        let (is_negative, magnitude) = self.signed()?;
        if is_negative {
            self.rest = before;
            return None;
        }
        Some(magnitude)
    }

    fn signed(&mut self) -> Option<(bool, u32)> {
        let (rest, (sign, digits)) = field(number)(self.rest).ok()?;
        let magnitude = decimal(digits)?;
        self.rest = rest;
        Some((sign.is_some(), magnitude))
    }

    /// Takes a number that must fit into a `u8`.
    #[inline(never)]
    pub fn byte(&mut self) -> Option<u8> {
        self.number()?.try_into().ok()
    }

    /// Takes a quoted string up to its next quote.
    pub fn string(&mut self) -> Option<&'a [u8]> {
        let (rest, text) = field(quoted)(self.rest).ok()?;
        self.rest = rest;
        Some(text)
    }

    /// Takes a parameter whatever it is, also an empty one.
    pub fn skip(&mut self) {
        if self.string().is_none() {
            let end = self.rest.iter().position(|&byte| byte == b',');
            let after = end.map_or(self.rest.len(), |end| end.saturating_add(1));
            self.rest = self.rest.get(after..).unwrap_or_default();
        }
    }

    /// What has not been taken.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Whether all has been taken.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }
}

/// A value with its blanks, and the comma that ends it unless it is the last.
fn field<'a, T>(value: impl Fn(&'a [u8]) -> Parsed<'a, T>) -> impl Fn(&'a [u8]) -> Parsed<'a, T> {
    move |input| {
        let (input, value) = delimited(blanks, &value, blanks).parse(input)?;
        if input.is_empty() {
            return Ok((input, value));
        }
        let (input, _) = tag(",".as_bytes()).parse(input)?;
        Ok((input, value))
    }
}

/// An optional sign and digits.
fn number(input: &[u8]) -> Parsed<'_, (Option<&[u8]>, &[u8])> {
    let digits = take_while1(|byte: u8| byte.is_ascii_digit());
    (opt(tag("-".as_bytes())), digits).parse(input)
}

fn quoted(input: &[u8]) -> Parsed<'_, &[u8]> {
    delimited(
        tag("\"".as_bytes()),
        take_while(|byte| byte != b'"'),
        tag("\"".as_bytes()),
    )
    .parse(input)
}

fn blanks(input: &[u8]) -> Parsed<'_, &[u8]> {
    take_while(|byte| byte == b' ').parse(input)
}

/// The value of digits; `None` when it does not fit into 32 bits.
fn decimal(digits: &[u8]) -> Option<u32> {
    let mut value = 0_u32;
    for digit in digits {
        value = value
            .checked_mul(10)?
            .checked_add(u32::from(digit.wrapping_sub(b'0')))?;
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_strings_are_taken_from_the_left() {
        let mut parameters = Parameters::new(b" 0, -1 ,\"a,b\",65536,7");
        assert_eq!(parameters.byte(), Some(0));
        assert_eq!(parameters.string(), None);
        assert_eq!(parameters.number(), Some(-1));
        assert_eq!(parameters.string(), Some(&b"a,b"[..]));
        assert_eq!(parameters.number(), Some(65_536));
        assert_eq!(parameters.number(), Some(7));
        assert!(parameters.is_empty());
        assert_eq!(parameters.number(), None);
    }

    #[test]
    fn a_parameter_of_any_kind_can_be_skipped() {
        let mut parameters = Parameters::new(b" 1,,\"a,b\",x,7");
        for _ in 0..4 {
            parameters.skip();
        }
        assert_eq!(parameters.number(), Some(7));
        parameters.skip();
        assert!(parameters.is_empty());
    }

    #[test]
    fn what_is_no_number_is_refused_and_not_taken() {
        for text in [
            "",
            " ",
            "-",
            "x",
            "1x",
            "2147483648",
            "99999999999",
            "\"1\"",
            ",1",
        ] {
            let mut parameters = Parameters::new(text.as_bytes());
            assert_eq!(parameters.number(), None, "{text:?}");
            assert_eq!(parameters.rest(), text.as_bytes());
        }
    }

    #[test]
    fn a_number_without_sign_takes_all_of_32_bits() {
        let mut parameters = Parameters::new(b"4294967295,-1,4294967296");
        assert_eq!(parameters.unsigned(), Some(u32::MAX));
        assert_eq!(parameters.unsigned(), None);
        assert_eq!(parameters.number(), Some(-1));
        assert_eq!(parameters.unsigned(), None);
        assert_eq!(parameters.rest(), b"4294967296");
    }
}
