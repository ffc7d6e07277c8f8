//! A modem in the middle of its life: it has just started, or lost a connection.

use quectel_mqtt::Dialect;

use super::obliging::Obliging;

/// A modem that answers, but not for a client that is not connected.
pub(crate) struct Answering {
    modem: Obliging,
    echoes: bool,
    /// The client that is closed at first.
    client: u8,
    pub(crate) is_closed: bool,
    line: Vec<u8>,
}

impl Answering {
    /// A modem that has just started: it echoes, and has no connection.
    pub(crate) fn started() -> Self {
        Self {
            echoes: true,
            ..Self::running(0)
        }
    }

    /// A modem that has lost the connection of a client.
    pub(crate) fn running(client: u8) -> Self {
        Self {
            modem: Obliging::default(),
            echoes: false,
            client,
            is_closed: true,
            line: Vec::new(),
        }
    }

    /// What it says to these bytes.
    pub(crate) fn answer(&mut self, bytes: &[u8], dialect: &Dialect) -> String {
        if self.modem.is_in_data_mode() {
            let answer = self.modem.answer(bytes, true, dialect);
            // Ctrl+Z may have come in a write of its own.
            return match bytes.last() {
                Some(0x1A) if self.modem.is_in_data_mode() => {
                    self.modem.answer(&[0x1A], true, dialect)
                }
                _ => answer,
            };
        }
        self.line.extend_from_slice(bytes);
        let mut answer = String::new();
        while let Some(end) = self.line.iter().position(|byte| *byte == b'\r') {
            let line: Vec<u8> = self.line.drain(..=end).collect();
            let text = String::from_utf8_lossy(&line);
            if self.echoes {
                answer += &text;
            }
            // What stands before is the rest of something else.
            if let Some(at) = text.find("AT") {
                answer += &self.command(&text[at..], dialect);
            }
        }
        answer
    }

    fn command(&mut self, line: &str, dialect: &Dialect) -> String {
        let is_packet = [
            "AT+QMTPUB",
            "AT+QMTSUB",
            "AT+QMTUNS",
            "AT+QMTDISC",
            "AT+QMTRECV",
        ]
        .iter()
        .any(|name| line.starts_with(name));
        let is_ours = line.contains(&format!("={}", self.client));
        match line {
            "ATE0\r" => self.echoes = false,
            _ if self.is_closed && is_packet && is_ours => return "\r\nERROR\r\n".into(),
            line if line.starts_with("AT+QMTCONN") && is_ours => self.is_closed = false,
            _ => {}
        }
        self.modem.answer(line.as_bytes(), true, dialect)
    }
}
