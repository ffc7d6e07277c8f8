//! The dialogue as text, without its secrets.

use std::io::Write;

/// Writes lines of both directions.
pub(super) struct Trace {
    into: Box<dyn Write + Send>,
    from_host: Vec<u8>,
    from_modem: Vec<u8>,
    /// Between the first and the last line of a certificate.
    in_pem: bool,
}

impl Trace {
    pub(super) fn new(into: Box<dyn Write + Send>) -> Self {
        Self {
            into,
            from_host: Vec::new(),
            from_modem: Vec::new(),
            in_pem: false,
        }
    }

    /// Command lines: each is shown when it is complete.
    pub(super) fn host_line(&mut self, bytes: &[u8]) {
        self.from_host.extend_from_slice(bytes);
        for line in complete_lines(&mut self.from_host) {
            self.show("-> ", &line);
        }
    }

    /// A part of a payload, which knows no lines.
    pub(super) fn payload(&mut self, bytes: &[u8]) {
        self.show("-> ", bytes);
    }

    /// A part of a file, which may be a key.
    pub(super) fn secret(&mut self, count: usize) {
        self.show("-> ", format!("*** ({count} bytes)").as_bytes());
    }

    pub(super) fn modem_line(&mut self, bytes: &[u8]) {
        self.from_modem.extend_from_slice(bytes);
        for line in complete_lines(&mut self.from_modem) {
            // The echo of a certificate, or of a key.
            self.in_pem &= !line.starts_with(b"+") && line != b"OK";
            self.in_pem |= line.starts_with(b"-----BEGIN");
            match self.in_pem {
                true => self.show("<- ", b"***"),
                false => self.show("<- ", &line),
            }
            self.in_pem &= !line.starts_with(b"-----END");
        }
        if self.from_modem == b"> " {
            self.from_modem.clear();
            self.show("<- ", b"> ");
        }
    }

    fn show(&mut self, arrow: &str, line: &[u8]) {
        let text = escape(&redact(line));
        // A trace that can't be written must not stop the modem.
        let _ = writeln!(self.into, "{arrow}{text}").and_then(|()| self.into.flush());
    }
}

/// Takes the complete lines out of a buffer; empty lines are left out.
fn complete_lines(buffer: &mut Vec<u8>) -> Vec<Vec<u8>> {
    let is_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
    let rest = match buffer.iter().rposition(is_end) {
        Some(end) => buffer.split_off(end + 1),
        None if buffer.len() < LINE_MAX => return Vec::new(),
        None => Vec::new(),
    };
    let lines = buffer
        .split(is_end)
        .filter(|line| !line.is_empty())
        .map(<[u8]>::to_vec)
        .collect();
    *buffer = rest;
    lines
}

/// Replaces the password of `AT+QMTCONN` and the device secret of `aliauth` by `***`.
///
/// Both are the third string behind the word that announces them; the BC660K-GL answers a query of
/// `aliauth` with three strings and no word.
fn redact(line: &[u8]) -> Vec<u8> {
    let upper = line.to_ascii_uppercase();
    let word = [&b"+QMTCONN="[..], b"\"ALIAUTH\""]
        .into_iter()
        .filter_map(|word| {
            let start = upper.windows(word.len()).position(|part| part == word)?;
            Some(start + word.len())
        })
        .min()
        .or_else(|| is_three_strings(line).then_some(ANSWER.len()));
    let Some(start) = word else {
        return line.to_vec();
    };
    let mut shown = line[..start].to_vec();
    let mut quotes = 0;
    for byte in &line[start..] {
        let secret = quotes == 5 && *byte != b'"';
        if *byte == b'"' {
            if quotes == 5 {
                shown.extend_from_slice(b"***");
            }
            quotes += 1;
        }
        if !secret {
            shown.push(*byte);
        }
    }
    if quotes == 5 {
        // A string that does not end is secret to its end.
        shown.extend_from_slice(b"***");
    }
    shown
}

/// Whether the line answers a query with three strings and nothing else.
fn is_three_strings(line: &[u8]) -> bool {
    let Some(values) = line.strip_prefix(ANSWER) else {
        return false;
    };
    let mut parts = values.split(|byte| *byte == b'"');
    let mut next = || parts.next();
    let mut separated = |by: &[u8]| next() == Some(by) && next().is_some();
    separated(b"") && separated(b",") && separated(b",") && next() == Some(b"") && next().is_none()
}

fn escape(line: &[u8]) -> String {
    let mut text = String::new();
    for byte in line {
        match byte {
            b'\\' => text.push_str("\\\\"),
            b'\r' => text.push_str("\\r"),
            b'\n' => text.push_str("\\n"),
            0x20..=0x7E => text.push(char::from(*byte)),
            _ => text.push_str(&format!("\\x{byte:02x}")),
        }
    }
    text
}

const ANSWER: &[u8] = b"+QMTCFG: ";

/// A line longer than this is shown in parts.
const LINE_MAX: usize = 8192;

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> String {
        escape(&redact(line.as_bytes()))
    }

    #[test]
    fn secrets_are_not_shown() {
        for (line, expected) in [
            (
                r#"AT+QMTCONN=0,"id","user","secret""#,
                r#"AT+QMTCONN=0,"id","user","***""#,
            ),
            (
                r#"at+qmtconn=0,"id","user","sec"#,
                r#"at+qmtconn=0,"id","user","***"#,
            ),
            (
                r#"AT+QMTCFG="aliauth",0,"pk","dn","secret""#,
                r#"AT+QMTCFG="aliauth",0,"pk","dn","***""#,
            ),
            (
                r#"+QMTCFG: "aliauth","pk","dn","secret""#,
                r#"+QMTCFG: "aliauth","pk","dn","***""#,
            ),
            (
                r#"+QMTCFG: "pk","dn","secret""#,
                r#"+QMTCFG: "pk","dn","***""#,
            ),
            (
                r#"+QMTCFG: "will",1,0,0,"t","m""#,
                r#"+QMTCFG: "will",1,0,0,"t","m""#,
            ),
            (r#"AT+QMTCONN=0,"id","user""#, r#"AT+QMTCONN=0,"id","user""#),
        ] {
            assert_eq!(shown(line), expected);
        }
    }

    #[test]
    fn what_cannot_be_printed_is_escaped() {
        assert_eq!(escape(b"a\\\r\n\x1A\xFF"), "a\\\\\\r\\n\\x1a\\xff");
    }
}
