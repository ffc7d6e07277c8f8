use crate::value::{Parameter, Problem, ValueError};

/// UTF-8 text that is safe inside a quoted parameter: neither `"` nor a control character.
///
/// MQTT 3.1.1, chapter 1.5.3, advises against control characters in its strings; for the modem
/// they are line ends, ends of data and editing keys, and it has no escape for a quote.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Text<'a>(&'a str);

impl<'a> Text<'a> {
    /// Checks the text; `parameter` is the name that an error will bear.
    ///
    /// # Errors
    /// [`ValueError`] with the first byte that can't be sent.
    pub fn new(parameter: Parameter, text: &'a str) -> Result<Self, ValueError> {
        match text.bytes().position(is_forbidden) {
            None => Ok(Self(text)),
            Some(position) => Err(ValueError::forbidden(parameter, text.as_bytes(), position)),
        }
    }

    /// Checks text that must not be empty.
    ///
    /// # Errors
    /// [`ValueError`] with the first byte that can't be sent, or when there is none at all.
    pub fn non_empty(parameter: Parameter, text: &'a str) -> Result<Self, ValueError> {
        if text.is_empty() {
            return Err(ValueError {
                parameter,
                problem: Problem::Empty,
            });
        }
        Self::new(parameter, text)
    }

    /// The text.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.0
    }
}

const fn is_forbidden(byte: u8) -> bool {
    byte == b'"' || byte.is_ascii_control()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_that_ends_or_edits_a_command_line_is_refused_with_its_position() {
        for byte in (0u8..0x20).chain([b'"', 0x7F]) {
            let bytes = [b'a', byte, b'b'];
            let text = core::str::from_utf8(&bytes).unwrap();
            let error = Text::new(Parameter::UserName, text).unwrap_err();
            assert_eq!(error.parameter, Parameter::UserName);
            assert_eq!(error.problem, Problem::ForbiddenByte { byte, position: 1 });
        }
    }

    #[test]
    fn other_text_passes_unchanged() {
        for text in ["", "plain", "comma, space; $aws/things/+/ä€😀 '\\"] {
            assert_eq!(Text::new(Parameter::UserName, text).unwrap().as_str(), text);
        }
    }
}
