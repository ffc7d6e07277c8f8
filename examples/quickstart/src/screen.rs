//! What the user sees: numbered steps in words, and below each the lines exchanged with the
//! modem.

use std::{
    cell::Cell,
    io::{self, Write},
    rc::Rc,
};

use qmqtt::trace::Entry;

/// Numbers the steps.
#[derive(Clone, Default)]
pub(crate) struct Screen {
    steps: Rc<Cell<u32>>,
}

impl Screen {
    /// The next step.
    pub(crate) fn step(&self, words: &str) {
        self.steps.set(self.steps.get() + 1);
        say(&format!("\n{:2}. {words}", self.steps.get()));
    }

    /// How a step has ended.
    pub(crate) fn result(&self, words: &str) {
        say(&format!("    {words}"));
    }

    /// A line exchanged with the modem.
    pub(crate) fn entry(&self, entry: &Entry) {
        say(&format!("      {}", shortened(entry)));
    }
}

/// Prints a line. A screen that is closed must not stop the work.
pub(crate) fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

fn shortened(entry: &Entry) -> String {
    let arrow = entry.direction.arrow();
    let text = &entry.text;
    if text.chars().count() <= WIDTH {
        return format!("{arrow} {text}");
    }
    let mut start: String = text.chars().take(SHORTENED).collect();
    // An escape (`\x00` at the longest) is shown whole or not at all.
    if let Some(escape) = start.rfind('\\').filter(|at| start.len() - at < 4) {
        start.truncate(escape);
    }
    match entry.payload_len {
        Some(len) => format!("{arrow} {start}… {len} bytes"),
        None => format!("{arrow} {start}…"),
    }
}

const WIDTH: usize = 100;

const SHORTENED: usize = 72;

#[cfg(test)]
mod tests {
    use qmqtt::trace::Direction;

    use super::*;

    #[test]
    fn a_long_payload_is_shortened_and_its_length_told() {
        let mut entry = Entry {
            direction: Direction::Sent,
            text: "x".repeat(WIDTH),
            payload_len: Some(WIDTH),
        };
        assert_eq!(shortened(&entry), format!("-> {}", "x".repeat(WIDTH)));
        entry.text = "ä".repeat(4096);
        entry.payload_len = Some(4096);
        let expected = format!("-> {}… 4096 bytes", "ä".repeat(SHORTENED));
        assert_eq!(shortened(&entry), expected);
        entry.text = "\\x00".repeat(4096);
        entry.text.insert(0, 'a');
        let expected = format!("-> a{}… 4096 bytes", "\\x00".repeat(SHORTENED / 4 - 1));
        assert_eq!(shortened(&entry), expected);
    }
}
