//! What the firmware and its lab have agreed on.
//!
//! The lab asks [`COUNT`] questions, each under a topic that ends with its number, and the firmware
//! answers each in the same way. What a question or an answer holds follows from its number, so
//! both sides see when a byte is damaged. A question without an answer is asked again when the
//! firmware says that it is [`READY`], and only then: what is lost otherwise stays lost, and
//! the run fails.

#![no_std]
#![forbid(unsafe_code)]

mod payload;
mod report;

pub use payload::{Direction, Payload};
pub use report::Report;

/// How many messages go each way.
pub const COUNT: u16 = 100;

/// How many questions may be without an answer at the same time: the firmware must have room for
/// so many messages.
pub const WINDOW: u16 = 3;

/// Questions, by their numbers.
pub const QUESTIONS: &str = "qemu/ask/";

/// All of them.
pub const QUESTIONS_FILTER: &str = "qemu/ask/+";

/// Answers, by the numbers of their questions.
pub const ANSWERS: &str = "qemu/answer/";

/// All of them.
pub const ANSWERS_FILTER: &str = "qemu/answer/+";

/// The firmware has connected and subscribed: it takes questions.
pub const READY: &str = "qemu/ready";

/// How the firmware's first line begins, which names its modem as `modem-sim` does. The lab makes
/// that one.
pub const MODEM: &str = "modem: ";

/// The number of a message under this topic, if it begins so.
#[must_use]
pub fn number(topic: &[u8], prefix: &str) -> Option<u16> {
    let digits = topic.strip_prefix(prefix.as_bytes())?;
    let number = core::str::from_utf8(digits).ok()?.parse().ok()?;
    (number < COUNT).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_has_its_number_at_its_end() {
        assert_eq!(number(b"qemu/ask/42", QUESTIONS), Some(42));
        assert_eq!(number(b"qemu/answer/42", QUESTIONS), None);
        assert_eq!(number(b"qemu/ask/100", QUESTIONS), None);
        assert_eq!(number(b"qemu/ask/", QUESTIONS), None);
        assert_eq!(number(b"qemu/ask/\xFF", QUESTIONS), None);
    }
}
