use core::str::{self, FromStr};

/// What the meter can be told to do, as text: `light on`, `light off`, `interval 30`.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Command {
    /// Publish every so many seconds, 1–86,400.
    Interval(u32),
    /// Switch the light.
    Light(Light),
}

/// The board's light.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Light {
    /// It shines.
    On,
    /// It doesn't.
    Off,
}

/// The text is none of the commands.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Unknown;

impl Command {
    /// From the payload of a message, which can be any bytes.
    ///
    /// # Errors
    /// [`Unknown`].
    pub fn from_payload(payload: &[u8]) -> Result<Self, Unknown> {
        str::from_utf8(payload).map_err(|_| Unknown)?.parse()
    }
}

impl FromStr for Command {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Unknown> {
        match text.trim().split_once(' ') {
            Some(("light", "on")) => Ok(Self::Light(Light::On)),
            Some(("light", "off")) => Ok(Self::Light(Light::Off)),
            Some(("interval", seconds)) => match seconds.parse() {
                Ok(seconds @ 1..=86_400) => Ok(Self::Interval(seconds)),
                _ => Err(Unknown),
            },
            _ => Err(Unknown),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_understood_and_all_else_is_not() {
        let parse = |text: &str| Command::from_payload(text.as_bytes());
        assert_eq!(parse("light on"), Ok(Command::Light(Light::On)));
        assert_eq!(parse("light off\n"), Ok(Command::Light(Light::Off)));
        assert_eq!(parse("interval 30"), Ok(Command::Interval(30)));
        let wrong = [
            "",
            "light",
            "light of",
            "interval 0",
            "interval 86401",
            "interval -1",
            "interval",
        ];
        for text in wrong {
            assert_eq!(parse(text), Err(Unknown), "{text}");
        }
        assert_eq!(Command::from_payload(b"light \xFF"), Err(Unknown));
    }
}
