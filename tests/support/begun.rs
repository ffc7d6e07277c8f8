//! What was under way when something broke into a transcript.

/// What was under way when it happened.
pub(super) struct Begun {
    /// All that the modem has said.
    pub(super) heard: Vec<u8>,
    /// Whether a final result code is owed.
    pub(super) is_answer_owed: bool,
    /// Whether the driver has told of a restart.
    pub(super) has_restarted: bool,
}

impl Begun {
    pub(super) fn hear(&mut self, bytes: &[u8]) {
        self.heard.extend_from_slice(bytes);
        let is_in = |text: &[u8]| bytes.windows(text.len()).any(|it| it == text);
        self.is_answer_owed &= !is_in(b"OK\r") && !is_in(b"ERROR");
    }

    pub(super) fn look_at(&mut self, sent: &mut Vec<u8>) {
        self.is_answer_owed |= sent.starts_with(b"AT");
        sent.clear();
    }

    /// Whether the modem stops in the middle of a line.
    pub(super) fn is_line_broken(&self) -> bool {
        !matches!(
            self.heard.trim_ascii_end_of_prompt(),
            [] | [.., b'\r' | b'\n']
        )
    }

    /// Whether a payload is incomplete. Told by the lengths alone, and in favour of yes: payloads that
    /// are written as digits are twice as long.
    pub(super) fn is_payload_owed(&self) -> bool {
        let marker = b"+QMTRECV";
        let starts = self.heard.windows(marker.len()).enumerate();
        let starts = starts.filter(|(_, window)| window == marker);
        starts.map(|(at, _)| &self.heard[at..]).any(|line| {
            let commas = (0..line.len()).filter(|at| line[*at] == b',');
            commas.into_iter().any(|comma| {
                let digits = line[..comma]
                    .iter()
                    .rev()
                    .take_while(|it| it.is_ascii_digit());
                let count = digits.count();
                let number = &line[comma - count..comma];
                let number = std::str::from_utf8(number).unwrap().parse::<usize>();
                let payload = line.len() - comma - 1;
                number.is_ok_and(|number| payload < 2 * number + 2)
            })
        })
    }

    /// Whether the modem has said before that it starts.
    pub(super) fn has_started(&self) -> bool {
        let lines: [&[u8]; 4] = [b"RDY", b"POWER", b"+CFUN: 1", b"+CFUN:1"];
        let is_in = |line: &&[u8]| self.heard.windows(line.len()).any(|it| it == *line);
        self.has_restarted || lines.iter().any(is_in)
    }
}

trait Prompted {
    fn trim_ascii_end_of_prompt(&self) -> &[u8];
}

impl Prompted for [u8] {
    /// Without a prompt at its end.
    fn trim_ascii_end_of_prompt(&self) -> &[u8] {
        let trimmed = self.strip_suffix(b" ").unwrap_or(self);
        trimmed.strip_suffix(b">").unwrap_or(self)
    }
}
