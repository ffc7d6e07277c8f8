use core::fmt;

use super::{CR, Parameters, holds};

/// What a line from the modem is, by its form alone.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Line<'a> {
    /// The echo of a command line: it begins with `AT`.
    Echo,
    /// The end of a command.
    Final(FinalResult),
    /// `+NAME: parameters`, an information response or a URC.
    Response {
        /// The name with its plus.
        name: &'a [u8],
        /// What follows the colon.
        parameters: Parameters<'a>,
    },
    /// Anything else.
    Text(&'a [u8]),
}

/// Final result code: ends every command (V.250, chapter 5.7; 27.007, chapter 9).
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum FinalResult {
    /// `OK`.
    #[error("OK")]
    Ok,
    /// `ERROR`.
    #[error("ERROR")]
    Error,
    /// `+CME ERROR: <err>`.
    #[error("+CME ERROR: {0}{meaning}", meaning = Meaning(*.0))]
    Cme(CmeError),
    /// `+CMS ERROR: <err>`, of the commands for short messages (3GPP TS 27.005, chapter 3.2.5).
    #[error("+CMS ERROR: {0}")]
    Cms(CmeError),
}

/// The `<err>` of a `+CME ERROR` (27.007, chapter 9.2) or `+CMS ERROR`.
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CmeError {
    /// Its number, as `AT+CMEE=1` asks for.
    Code(u16),
    /// A text instead of a number (`AT+CMEE=2`, or firmware that ignores the setting).
    Text,
}

impl CmeError {
    /// What the number means, as far as 27.007, chapter 9.2, has it and it can come to a driver of
    /// data connections. For a `+CMS ERROR`, it means something else.
    #[must_use]
    pub const fn meaning(self) -> Option<&'static str> {
        let Self::Code(code) = self else {
            return None;
        };
        Some(match code {
            3 => "operation not allowed",
            4 => "operation not supported",
            10 => "SIM not inserted",
            11 => "SIM PIN required",
            12 => "SIM PUK required",
            13 => "SIM failure",
            14 => "SIM busy",
            15 => "SIM wrong",
            16 => "incorrect password",
            20 => "memory full",
            21 => "invalid index",
            22 => "not found",
            23 => "memory failure",
            24 => "text too long",
            25 => "invalid characters in text",
            30 => "no network service",
            31 => "network timeout",
            32 => "network not allowed, emergency calls only",
            50 => "incorrect parameters",
            100 => "unknown error",
            103 => "illegal MS",
            106 => "illegal ME",
            107 => "packet services not allowed",
            111 => "network not allowed",
            112 => "location area not allowed",
            113 => "roaming not allowed here",
            132 => "service option not supported",
            133 => "service option not subscribed",
            134 => "service option out of order for now",
            148 => "unspecified packet service error",
            149 => "PDP authentication failed",
            150 => "invalid mobile class",
            _ => return None,
        })
    }
}

impl fmt::Display for CmeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => fmt::Display::fmt(code, f),
            Self::Text => f.write_str("(text)"),
        }
    }
}

/// What a number means, in brackets.
struct Meaning(CmeError);

impl fmt::Display for Meaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.meaning() {
            Some(meaning) => write!(f, " ({meaning})"),
            None => Ok(()),
        }
    }
}

impl<'a> Line<'a> {
    /// Says what `line` is; it comes without its line end.
    #[must_use]
    pub fn classify(line: &'a [u8]) -> Self {
        match line {
            b"OK" => Self::Final(FinalResult::Ok),
            b"ERROR" => Self::Final(FinalResult::Error),
            [b'A' | b'a', b'T' | b't', ..] => Self::Echo,
            [b'+', ..] => Self::response(line),
            text => Self::Text(text),
        }
    }

    fn response(line: &'a [u8]) -> Self {
        let colon = line.iter().position(|&byte| byte == b':');
        let Some((name, [_, parameters @ ..])) = colon.and_then(|at| line.split_at_checked(at))
        else {
            return Self::Text(line);
        };
        let name = name.trim_ascii_end();
        let mut parameters = Parameters::new(parameters);
        let error = match name {
            b"+CME ERROR" => FinalResult::Cme,
            b"+CMS ERROR" => FinalResult::Cms,
            name => return Self::Response { name, parameters },
        };
        let code = parameters.number().and_then(|code| code.try_into().ok());
        Self::Final(error(code.map_or(CmeError::Text, CmeError::Code)))
    }
}

/// Whether a modem that waits for a command could take these bytes for one, now or when the next
/// command line ends it. It ignores what stands before `AT` (V.250, chapter 5.2.1); and `A/`, which
/// repeats the last command, needs no end (chapter 5.2.4).
pub(crate) fn could_be_a_command(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    // Every turn leaves an `A` behind.
    while let Some(start) = rest.iter().position(|byte| byte | 0x20 == b'a') {
        let is_first = start == 0 && rest.len() == bytes.len();
        rest = rest.get(start.saturating_add(1)..).unwrap_or_default();
        match rest.first() {
            Some(b'/') => return true,
            Some(b'T' | b't') => return is_first || holds(rest, CR),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_the_prefix_of_a_command_and_its_end_could_be_one() {
        for bytes in [
            &b"AT+QMTCLOSE=0\r"[..],
            b"at",
            b"xAT\r",
            b"{\"data\":\r\n}",
            b"x a/",
            b"AtI\r",
        ] {
            assert!(could_be_a_command(bytes), "{}", bytes.escape_ascii());
        }
        for bytes in [
            &b""[..],
            b"A",
            b"\r\nOK\r\n",
            b"{\"data\":5}",
            b"\rAT",
            b"A T\r",
        ] {
            assert!(!could_be_a_command(bytes), "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn lines_are_classified_by_their_form() {
        assert_eq!(Line::classify(b"OK"), Line::Final(FinalResult::Ok));
        assert_eq!(Line::classify(b"ERROR"), Line::Final(FinalResult::Error));
        let cme = |error| Line::Final(FinalResult::Cme(error));
        assert_eq!(Line::classify(b"+CME ERROR: 3"), cme(CmeError::Code(3)));
        assert_eq!(
            Line::classify(b"+CME ERROR:8600"),
            cme(CmeError::Code(8600))
        );
        let cms = FinalResult::Cms(CmeError::Code(321));
        assert_eq!(Line::classify(b"+CMS ERROR: 321"), Line::Final(cms));
        let text = b"+CME ERROR: operation not allowed";
        assert_eq!(Line::classify(text), cme(CmeError::Text));
        assert_eq!(Line::classify(b"AT+CMEE=1"), Line::Echo);
        assert_eq!(Line::classify(b"RDY"), Line::Text(b"RDY"));
        assert_eq!(Line::classify(b"OKAY"), Line::Text(b"OKAY"));
        assert_eq!(Line::classify(b"+"), Line::Text(b"+"));
        assert_eq!(Line::classify(b""), Line::Text(b""));
    }

    #[test]
    fn an_error_says_its_number_and_what_that_means() {
        extern crate std;
        use std::string::ToString;

        let shown = |code| FinalResult::Cme(CmeError::Code(code)).to_string();
        assert_eq!(shown(10), "+CME ERROR: 10 (SIM not inserted)");
        assert_eq!(shown(999), "+CME ERROR: 999");
        let cms = FinalResult::Cms(CmeError::Code(10));
        assert_eq!(cms.to_string(), "+CMS ERROR: 10");
        let text = FinalResult::Cme(CmeError::Text);
        assert_eq!(text.to_string(), "+CME ERROR: (text)");
    }

    // 27.007, chapters 9.2.1 and 9.2.2, whose words the driver says in its own way.
    #[test]
    fn every_number_of_the_standard_says_what_it_stands_for() {
        for (code, word) in [
            (3, "not allowed"),
            (4, "not supported"),
            (10, "not inserted"),
            (11, "PIN"),
            (12, "PUK"),
            (13, "failure"),
            (14, "busy"),
            (15, "wrong"),
            (16, "password"),
            (20, "full"),
            (21, "index"),
            (22, "not found"),
            (23, "failure"),
            (24, "too long"),
            (25, "characters"),
            (30, "no network"),
            (31, "timeout"),
            (32, "emergency"),
            (50, "incorrect parameters"),
            (100, "unknown"),
            (103, "illegal MS"),
            (106, "illegal ME"),
            (107, "not allowed"),
            (111, "not allowed"),
            (112, "area"),
            (113, "roaming"),
            (132, "not supported"),
            (133, "not subscribed"),
            (134, "out of order"),
            (148, "unspecified"),
            (149, "PDP auth"),
            (150, "class"),
        ] {
            let meaning = CmeError::Code(code).meaning();
            assert!(
                meaning.is_some_and(|it| it.contains(word)),
                "{code}: {meaning:?}"
            );
        }
        assert_eq!(CmeError::Text.meaning(), None);
    }

    #[test]
    fn blanks_around_the_colon_of_a_response_are_optional() {
        for line in [
            "+QMTPUB: 0,1",
            "+QMTPUB:0,1",
            "+QMTPUB : 0,1",
            "+QMTPUB:   0,1",
        ] {
            let Line::Response {
                name,
                mut parameters,
            } = Line::classify(line.as_bytes())
            else {
                panic!("{line}");
            };
            assert_eq!(name, b"+QMTPUB");
            assert_eq!((parameters.byte(), parameters.byte()), (Some(0), Some(1)));
        }
    }
}
