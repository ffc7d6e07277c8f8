//! Commands that are a question and its answer.

use core::{fmt, str};

use super::{Command, Redacted};
use crate::{
    at::{CommandWriter, Line, Parameters},
    dialect::Dialect,
    usage::UsageError,
};

/// A command that answers at once, with an information response and OK: how it is written, and how
/// its answer is read.
///
/// [`Engine::request`](crate::engine::Engine::request) sends it. Your own commands can be requests
/// too:
///
/// ```
/// use quectel_mqtt::at::CommandWriter;
/// use quectel_mqtt::command::{Request, Response};
/// use quectel_mqtt::Dialect;
///
/// /// AT+CBC: the battery's voltage, in millivolts (27.007, chapter 8.4).
/// struct Battery;
///
/// impl Request for Battery {
///     type Answer<'a> = u16;
///
///     fn write(&self, _: &Dialect, line: &mut CommandWriter<'_>) {
///         line.raw(b"AT+CBC");
///     }
///
///     fn read<'a>(&self, _: &Dialect, response: Response<'a>) -> Option<u16> {
///         let mut parameters = response.parameters("+CBC").next()?;
///         let (_, _) = (parameters.number()?, parameters.number()?);
///         parameters.number()?.try_into().ok()
///     }
/// }
///
/// // Its reading can be tested without a modem.
/// # #[cfg(feature = "bg95")]
/// assert_eq!(
///     Battery.read(&quectel_mqtt::BG95, Response::new(b"+CBC: 0,85,3950\n")),
///     Some(3950)
/// );
/// ```
///
/// `modem.request(&Battery).await?` then sends it with the async shell.
pub trait Request {
    /// What the answer says. It may borrow from the transmit buffer, where the answer lies.
    type Answer<'a>;

    /// Writes the command line, without its CR. A line that does not begin with `AT`, or holds a
    /// control character, is refused by the engine.
    fn write(&self, dialect: &Dialect, line: &mut CommandWriter<'_>);

    /// Reads the information response; `None` when it is not what was expected.
    fn read<'a>(&self, dialect: &Dialect, response: Response<'a>) -> Option<Self::Answer<'a>>;

    /// The name under which the dialect knows the command, and errors tell of it. What is not
    /// [`Command::Raw`] must be in [`Dialect::commands`], or the engine refuses the request.
    fn command(&self, dialect: &Dialect) -> Command {
        let _ = dialect;
        Command::Raw
    }

    /// What the dialect can't take, before a byte is sent.
    ///
    /// # Errors
    /// [`UsageError`], as the implementation likes.
    fn check(&self, dialect: &Dialect) -> Result<(), UsageError> {
        let _ = dialect;
        Ok(())
    }

    /// How long the answer may take, in milliseconds. 5 s, where the command has no need of the
    /// network.
    fn timeout(&self) -> u32 {
        5_000
    }
}

/// Any command as text, without its CR. Its answer is the information response, each line ended
/// by LF.
///
/// A command that takes data after a prompt can't be sent this way.
#[derive(Clone, Copy)]
pub struct Raw<'a>(
    /// The command line.
    pub &'a str,
);

impl Request for Raw<'_> {
    type Answer<'a> = &'a [u8];

    fn write(&self, _: &Dialect, line: &mut CommandWriter<'_>) {
        line.raw(self.0.as_bytes());
    }

    fn read<'a>(&self, _: &Dialect, response: Response<'a>) -> Option<&'a [u8]> {
        Some(response.as_bytes())
    }

    /// 27.007 has commands of three minutes.
    fn timeout(&self) -> u32 {
        180_000
    }
}

/// It may hold a secret.
impl fmt::Debug for Raw<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = Redacted(self.0.as_bytes());
        f.debug_tuple("Raw").field(&line).finish()
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Raw<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Raw({})", Redacted(self.0.as_bytes()));
    }
}

/// The information response to a command: lines, each ended by LF.
#[derive(Clone, Copy)]
pub struct Response<'a>(&'a [u8]);

impl<'a> Response<'a> {
    /// The response in these bytes.
    #[must_use]
    pub const fn new(lines: &'a [u8]) -> Self {
        Self(lines)
    }

    /// All of it.
    #[must_use]
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// Its lines, without their ends.
    pub fn lines(self) -> impl Iterator<Item = &'a [u8]> + Clone {
        self.0
            .split(|&byte| byte == b'\n')
            .filter(|line| !line.is_empty())
    }

    /// The parameters of each line `NAME: parameters`; the name comes with its plus.
    pub fn parameters(self, name: &'static str) -> impl Iterator<Item = Parameters<'a>> + Clone {
        self.lines()
            .filter_map(move |line| match Line::classify(line) {
                Line::Response {
                    name: found,
                    parameters,
                } if found == name.as_bytes() => Some(parameters),
                _ => None,
            })
    }

    /// The one line of a command that answers with text. Some modems put the command's name before
    /// it, and some put it into quotes.
    #[must_use]
    pub fn line(self) -> Option<&'a [u8]> {
        let line = self.lines().next()?;
        let text = match Line::classify(line) {
            Line::Response { parameters, .. } => parameters.rest(),
            _ => line,
        };
        let text = text.trim_ascii();
        let unquoted = text
            .strip_prefix(b"\"")
            .and_then(|text| text.strip_suffix(b"\""));
        Some(unquoted.unwrap_or(text))
    }

    /// The same as text; `None` when it is not UTF-8.
    #[must_use]
    pub fn text(self) -> Option<&'a str> {
        str::from_utf8(self.line()?).ok()
    }
}

/// It may hold a secret, as the answer about `aliauth` does.
impl fmt::Debug for Response<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Response").field(&Redacted(self.0)).finish()
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Response<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Response({})", Redacted(self.0));
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;

    #[test]
    fn text_comes_alone_or_behind_a_name_or_in_quotes() {
        let answers: [&[u8]; 4] = [
            b"BG95-M3\n",
            b"+CGMM: BG95-M3\n",
            b"+CGMM: \"BG95-M3\"\n",
            b"BG95-M3 \nRevision: 1\n",
        ];
        for answer in answers {
            assert_eq!(Response::new(answer).text(), Some("BG95-M3"));
        }
        assert_eq!(Response::new(b"").text(), None);
        assert_eq!(Response::new(b"\xFF\n").text(), None);
    }

    #[test]
    fn debug_output_of_a_request_and_its_answer_does_not_show_a_secret() {
        let raw = Raw("AT+QICSGP=1,1,\"apn\",\"user\",\"hunter2\",1");
        let answer = Response::new(b"+QMTCFG: \"aliauth\",\"key\",\"name\",\"hunter2\"\n");
        let shown = std::format!("{raw:?} {answer:?}");
        assert!(
            shown.contains("***") && !shown.contains("hunter2"),
            "{shown}"
        );
    }
}
