//! Test commands: what a modem takes (BG95 note, chapter 3.1.2; BC660K note, chapter 3.1.2).
//!
//! ```text
//! AT+QMTOPEN=?
//! +QMTOPEN: (0-5),<host_name>,(0-65535)
//! OK
//! ```
//!
//! `(a-b)` is a range, `(a,b,…)` a list, `<name>` a string, `"key"` the key of a setting.

use super::{Command, Request, Response};
use crate::{
    at::{CommandWriter, Line},
    dialect::Dialect,
    usage::UsageError,
};

/// Asks what a command takes. Some commands answer without a word, as `AT+QMTRECV=?` does; the OK
/// then says that the modem knows the command.
///
/// For [`Command::Configure`], all settings are listed, whatever the key. [`Command::Attention`],
/// [`Command::Echo`] and [`Command::Raw`] have no such form, and are refused.
#[derive(Clone, Copy, Debug)]
pub struct Test(
    /// Which command.
    pub Command,
);

/// What a command takes, line by line.
#[derive(Clone, Copy, Debug)]
pub struct Ranges<'a>(Response<'a>);

/// What a parameter takes.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Range<'a> {
    /// `(min-max)`: a number from `min` to `max`.
    From {
        /// The smallest.
        min: u32,
        /// The largest.
        max: u32,
    },
    /// `(a,b,…)`: one of these, as the modem wrote them.
    OneOf(&'a [u8]),
    /// `<name>`: a string.
    Named(&'a [u8]),
    /// `"key"`: just this.
    Key(&'a [u8]),
    /// Something else, as the modem wrote it.
    Other(&'a [u8]),
}

impl Range<'_> {
    /// Whether it is the range or list of numbers that holds this one.
    #[must_use]
    pub fn contains(&self, number: u32) -> bool {
        match *self {
            Self::From { min, max } => (min..=max).contains(&number),
            Self::OneOf(list) => list
                .split(|&byte| byte == b',')
                .any(|item| decimal(item.trim_ascii()) == Some(number)),
            Self::Named(_) | Self::Key(_) | Self::Other(_) => false,
        }
    }
}

impl<'a> Ranges<'a> {
    /// The lines, each with what its parameters take, in their order.
    pub fn lines(
        &self,
    ) -> impl Iterator<Item = impl Iterator<Item = Range<'a>> + Clone + use<'a>> + Clone + use<'a>
    {
        self.0
            .lines()
            .filter_map(|line| match Line::classify(line) {
                Line::Response { parameters, .. } => Some(Fields(parameters.rest())),
                _ => None,
            })
    }

    /// What the parameters of this setting take: the client, then its values.
    pub fn setting(
        &self,
        key: super::SettingKey,
    ) -> Option<impl Iterator<Item = Range<'a>> + use<'a>> {
        self.lines().find_map(|mut line| match line.next()? {
            Range::Key(name) if key.is_named(name) => Some(line),
            _ => None,
        })
    }
}

impl Request for Test {
    type Answer<'a> = Ranges<'a>;

    fn command(&self, _: &Dialect) -> Command {
        self.0
    }

    fn check(&self, dialect: &Dialect) -> Result<(), UsageError> {
        let command = self.0;
        // Basic commands have no test form (V.250, chapter 5.4.4).
        if command.name().starts_with('+') && dialect.supports(command) {
            return Ok(());
        }
        Err(UsageError::NotSupported { command })
    }

    fn write(&self, _: &Dialect, line: &mut CommandWriter<'_>) {
        line.set(self.0.name()).raw(b"?");
    }

    fn read<'a>(&self, _: &Dialect, response: Response<'a>) -> Option<Ranges<'a>> {
        Some(Ranges(response))
    }
}

/// The fields of a line, cut at commas outside of brackets.
#[derive(Clone)]
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Range<'a>;

    fn next(&mut self) -> Option<Range<'a>> {
        let rest = self.0.trim_ascii();
        if rest.is_empty() {
            return None;
        }
        let mut depth = 0_u8;
        let end = rest.iter().position(|&byte| {
            match byte {
                b'(' => depth = depth.saturating_add(1),
                b')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            byte == b',' && depth == 0
        });
        let (field, rest) = rest.split_at_checked(end.unwrap_or(rest.len()))?;
        self.0 = rest.get(1..).unwrap_or_default();
        Some(range(field.trim_ascii()))
    }
}

fn range(field: &[u8]) -> Range<'_> {
    match field {
        [b'<', name @ .., b'>'] => Range::Named(name),
        [b'"', key @ .., b'"'] => Range::Key(key),
        [b'(', list @ .., b')'] => {
            let mut bounds = list.split(|&byte| byte == b'-').map(decimal);
            match (bounds.next().flatten(), bounds.next().flatten()) {
                (Some(min), Some(max)) if bounds.next().is_none() => Range::From { min, max },
                _ => Range::OneOf(list),
            }
        }
        field => Range::Other(field),
    }
}

/// The value of decimal digits.
fn decimal(digits: &[u8]) -> Option<u32> {
    core::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::vec::Vec;

    use super::*;

    #[test]
    fn ranges_lists_names_and_keys_are_told_apart() {
        let response = Response::new(
            b"+QMTCFG: \"rcv/mode\", (0-5),(0,1),<topic>,(1-2,4),x\n+QMTPUB : (0-65535)\n",
        );
        let lines: Vec<Vec<_>> = Ranges(response).lines().map(Iterator::collect).collect();
        let expected: [&[Range<'_>]; 2] = [
            &[
                Range::Key(b"rcv/mode"),
                Range::From { min: 0, max: 5 },
                Range::OneOf(b"0,1"),
                Range::Named(b"topic"),
                Range::OneOf(b"1-2,4"),
                Range::Other(b"x"),
            ],
            &[Range::From {
                min: 0,
                max: 65_535,
            }],
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_number_is_in_a_range_or_a_list_or_not() {
        assert!(Range::From { min: 1, max: 3 }.contains(3));
        assert!(!Range::From { min: 1, max: 3 }.contains(4));
        assert!(Range::OneOf(b"0, 1").contains(1));
        assert!(!Range::OneOf(b"0,1").contains(2));
        assert!(!Range::Named(b"1").contains(1));
    }
}
