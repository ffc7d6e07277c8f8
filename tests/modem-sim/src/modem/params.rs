//! The parameters of a command line, parsed as strictly as the application note writes them.

/// Why a command is answered with an error.
///
/// The BG95 family says `ERROR` to all of it, the BC660K-GL has a number for each.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Refused {
    /// No such command.
    Unknown,
    /// No such form or value.
    Parameter,
    /// A control character in a string.
    Character,
    /// A string that is not UTF-8.
    Utf8,
    /// More data than is allowed.
    Length,
    /// The client has no connection that the command needs.
    Link,
    /// Not now: too late for a setting, or a packet of this kind is still in flight.
    State,
}

impl Refused {
    /// Number and text of the error (application note of the BC660K-GL, chapter 4).
    pub(crate) const fn mqtt_error(self) -> Option<(u16, &'static str)> {
        Some(match self {
            Self::Unknown => return None,
            Self::Link => (8503, "MQTT link layer error"),
            Self::Character => (8505, "MQTT illegal character"),
            Self::Utf8 => (8506, "MQTT illegal UTF8"),
            Self::Parameter => (8507, "MQTT invalid parameter"),
            Self::Length => (
                8508,
                "The length of transmitted data exceeds the size of the remaining transmission buffer",
            ),
            Self::State => (8600, "MQTT unknown error"),
        })
    }
}

/// One parameter between two commas.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Param {
    Omitted,
    Integer(i64),
    /// `0X` and up to eight hexadecimal digits.
    Hexadecimal(i64),
    String(Vec<u8>),
    /// All the rest of the line, as it stands.
    Tail(Vec<u8>),
}

/// The parameters of one command, taken from left to right.
#[derive(Debug)]
pub(crate) struct Params(std::vec::IntoIter<Param>);

impl Params {
    /// Parses what stands behind `=`.
    ///
    /// A string runs from quote to quote and knows no escapes; an integer is an optional minus
    /// sign and up to ten digits. Spaces around a parameter are ignored.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, Refused> {
        let mut list = Vec::new();
        let mut rest = text;
        loop {
            rest = trim_start(rest);
            let param;
            if let Some(after_quote) = rest.strip_prefix(b"\"") {
                let end = position(after_quote, b'"').ok_or(Refused::Parameter)?;
                param = Param::String(after_quote[..end].to_vec());
                rest = trim_start(&after_quote[end + 1..]);
            } else {
                let end = position(rest, b',').unwrap_or(rest.len());
                param = integer(rest[..end].trim_ascii_end())?;
                rest = &rest[end..];
            }
            list.push(param);
            match rest.split_first() {
                None => return Ok(Self(list.into_iter())),
                Some((b',', more)) => rest = more,
                Some(_) => return Err(Refused::Parameter),
            }
        }
    }

    /// Parses `count` parameters; what stands behind the comma after them is kept as it is.
    pub(crate) fn parse_with_tail(text: &[u8], count: usize) -> Result<Self, Refused> {
        let mut quoted = false;
        let mut commas = 0;
        for (index, byte) in text.iter().enumerate() {
            match byte {
                b'"' => quoted = !quoted,
                b',' if !quoted => commas += 1,
                _ => {}
            }
            if commas == count {
                let mut list: Vec<_> = Self::parse(&text[..index])?.0.collect();
                list.push(Param::Tail(text[index + 1..].to_vec()));
                return Ok(Self(list.into_iter()));
            }
        }
        Self::parse(text)
    }

    /// The rest of the line, if it was kept.
    pub(crate) fn tail(&mut self) -> Option<Vec<u8>> {
        let Some(Param::Tail(tail)) = self.0.as_slice().first() else {
            return None;
        };
        let tail = tail.clone();
        self.0.next();
        Some(tail)
    }

    /// The next parameter, which must be an integer from `min` to `max`.
    pub(crate) fn integer(&mut self, min: i64, max: i64) -> Result<i64, Refused> {
        self.optional_integer(min, max)?.ok_or(Refused::Parameter)
    }

    /// The same, or nothing where the parameter was left out.
    pub(crate) fn optional_integer(&mut self, min: i64, max: i64) -> Result<Option<i64>, Refused> {
        match self.0.next() {
            Some(Param::Integer(value)) if (min..=max).contains(&value) => Ok(Some(value)),
            None | Some(Param::Omitted) => Ok(None),
            Some(_) => Err(Refused::Parameter),
        }
    }

    /// The next parameter, which must be a hexadecimal number up to `max`.
    pub(crate) fn hexadecimal(&mut self, max: i64) -> Result<i64, Refused> {
        match self.0.next() {
            Some(Param::Hexadecimal(value)) if value <= max => Ok(value),
            _ => Err(Refused::Parameter),
        }
    }

    /// The next parameter, which must be a string of `min` to `max` bytes of text.
    ///
    /// MQTT wants UTF-8 in all strings; control characters are refused.
    pub(crate) fn text(&mut self, min: usize, max: usize) -> Result<String, Refused> {
        let text = String::from_utf8(self.bytes(min, max)?).map_err(|_| Refused::Utf8)?;
        match text.bytes().any(|byte| byte.is_ascii_control()) {
            true => Err(Refused::Character),
            false => Ok(text),
        }
    }

    /// The same, or nothing where there are no more parameters.
    pub(crate) fn optional_text(&mut self, max: usize) -> Result<Option<String>, Refused> {
        match self.is_empty() {
            true => Ok(None),
            false => self.text(0, max).map(Some),
        }
    }

    /// The same, or nothing where the parameter was left out between two commas.
    pub(crate) fn text_or_omitted(&mut self, max: usize) -> Result<Option<String>, Refused> {
        if let Some(Param::Omitted) = self.0.as_slice().first() {
            self.0.next();
            return Ok(None);
        }
        self.optional_text(max)
    }

    /// The next parameter, which must be a string of `min` to `max` bytes of any kind.
    pub(crate) fn bytes(&mut self, min: usize, max: usize) -> Result<Vec<u8>, Refused> {
        match self.0.next() {
            Some(Param::String(bytes)) if (min..=max).contains(&bytes.len()) => Ok(bytes),
            _ => Err(Refused::Parameter),
        }
    }

    /// Whether all parameters were taken.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.len() == 0
    }

    /// Refuses parameters beyond the last.
    pub(crate) fn end(&self) -> Result<(), Refused> {
        match self.is_empty() {
            true => Ok(()),
            false => Err(Refused::Parameter),
        }
    }
}

fn integer(text: &[u8]) -> Result<Param, Refused> {
    if text.is_empty() {
        return Ok(Param::Omitted);
    }
    if let [b'0', b'X' | b'x', digits @ ..] = text {
        let digits = str::from_utf8(digits).map_err(|_| Refused::Parameter)?;
        let value = match digits.starts_with('+') || digits.len() > 8 {
            true => return Err(Refused::Parameter),
            false => i64::from_str_radix(digits, 16).map_err(|_| Refused::Parameter)?,
        };
        return Ok(Param::Hexadecimal(value));
    }
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    if digits.is_empty() || digits.len() > 10 || !digits.iter().all(u8::is_ascii_digit) {
        return Err(Refused::Parameter);
    }
    let value = digits
        .iter()
        .fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    Ok(Param::Integer(match digits.len() == text.len() {
        true => value,
        false => -value,
    }))
}

fn trim_start(text: &[u8]) -> &[u8] {
    text.trim_ascii_start()
}

fn position(text: &[u8], byte: u8) -> Option<usize> {
    text.iter().position(|candidate| *candidate == byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_integers_and_strings_in_order() {
        let mut params = Params::parse(br#"0, 65535 ,"a,b",-1,"""#).unwrap();
        assert_eq!(params.integer(0, 5), Ok(0));
        assert_eq!(params.integer(0, 65535), Ok(65535));
        assert_eq!(params.text(1, 3), Ok("a,b".into()));
        assert_eq!(params.integer(-1, 0), Ok(-1));
        assert_eq!(params.text(0, 0), Ok(String::new()));
        assert_eq!(params.end(), Ok(()));
    }

    #[test]
    fn refuses_what_is_neither() {
        for text in [
            r#""a"#,
            r#""a"b"#,
            "a",
            "1a",
            "1 2",
            "-",
            "12345678901",
            r#""a""b""#,
        ] {
            assert!(Params::parse(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn an_omitted_parameter_is_not_an_integer() {
        assert_eq!(
            Params::parse(b"").unwrap().integer(0, 5),
            Err(Refused::Parameter)
        );
        assert_eq!(
            Params::parse(b",").unwrap().optional_integer(0, 5),
            Ok(None)
        );
    }
}
