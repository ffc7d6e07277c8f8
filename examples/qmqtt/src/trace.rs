//! The dialogue with the modem as text: one entry for each line, secrets redacted.
//!
//! Nothing is shown before its line is complete, so that a secret can be found wherever the
//! reads and writes happen to cut the line. Payloads are followed by their length: what looks
//! like a line inside of one is a part of its entry.

use std::io;

use embedded_io_async::{ErrorType, Read, Write};
use quectel_mqtt::Redacted;

/// Who says it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Direction {
    /// We say it to the modem.
    Sent,
    /// The modem says it.
    Received,
}

impl Direction {
    /// The arrow before an entry.
    #[must_use]
    pub const fn arrow(self) -> &'static str {
        match self {
            Self::Sent => "->",
            Self::Received => "<-",
        }
    }
}

/// One line, prompt or payload.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// Who says it.
    pub direction: Direction,
    /// Its text, redacted and escaped, without the line end.
    pub text: String,
    /// The bytes of the payload in it, where there is one.
    pub payload_len: Option<usize>,
}

/// A port that tells of everything that goes through it.
pub struct Traced<P> {
    port: P,
    trace: Option<Trace>,
}

impl<P> Traced<P> {
    /// The same port; with `None`, it tells nothing.
    #[must_use]
    pub const fn new(port: P, trace: Option<Trace>) -> Self {
        Self { port, trace }
    }
}

impl<P: ErrorType> ErrorType for Traced<P> {
    type Error = P::Error;
}

impl<P: Read> Read for Traced<P> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Self::Error> {
        let count = self.port.read(buffer).await?;
        if let Some(trace) = &mut self.trace {
            trace.received(&buffer[..count]);
        }
        Ok(count)
    }
}

impl<P: Write> Write for Traced<P> {
    async fn write(&mut self, buffer: &[u8]) -> Result<usize, Self::Error> {
        let count = self.port.write(buffer).await?;
        if let Some(trace) = &mut self.trace {
            trace.sent(&buffer[..count]);
        }
        Ok(count)
    }

    async fn flush(&mut self) -> Result<(), Self::Error> {
        self.port.flush().await
    }
}

/// Cuts both directions into entries.
pub struct Trace {
    sink: Box<dyn FnMut(Entry)>,
    /// Shown as `***` wherever it stands in quotes.
    password: Option<Vec<u8>>,
    outgoing: Vec<u8>,
    incoming: Vec<u8>,
    data: Data,
    /// The blank behind a prompt is a part of it.
    is_behind_prompt: bool,
}

/// The data of a publish.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Data {
    /// None is due.
    None,
    /// The command is sent; the prompt is due.
    Announced(Length),
    /// The prompt has come.
    Due(Length),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Length {
    Fixed(usize),
    /// Ctrl+Z ends it.
    Open,
}

impl Trace {
    /// A trace that gives its entries to `sink`.
    ///
    /// The password of AT+QMTCONN is a secret in any case. Where it is known, it is not shown
    /// in an echo that has lost the beginning of its command either.
    #[must_use]
    pub fn new(password: Option<&str>, sink: impl FnMut(Entry) + 'static) -> Self {
        Self {
            sink: Box::new(sink),
            password: password
                .filter(|password| !password.is_empty())
                .map(|password| password.as_bytes().to_vec()),
            outgoing: Vec::new(),
            incoming: Vec::new(),
            data: Data::None,
            is_behind_prompt: false,
        }
    }

    /// A trace on standard error.
    #[must_use]
    pub fn to_stderr(password: Option<&str>) -> Self {
        Self::new(password, |entry| {
            // A trace that can't be written must not stop the work.
            let arrow = entry.direction.arrow();
            let _ = io::Write::write_all(
                &mut io::stderr(),
                format!("{arrow} {}\n", entry.text).as_bytes(),
            );
        })
    }

    fn sent(&mut self, bytes: &[u8]) {
        self.outgoing.extend_from_slice(bytes);
        loop {
            if let Data::Due(length) = self.data {
                let end = match length {
                    Length::Fixed(len) => Some(len).filter(|len| *len <= self.outgoing.len()),
                    Length::Open => position(&self.outgoing, |byte| byte == SUB).map(|at| at + 1),
                };
                let Some(end) = end else {
                    return;
                };
                let payload: Vec<_> = self.outgoing.drain(..end).collect();
                self.data = Data::None;
                self.show(Direction::Sent, &payload, Some(payload.len()));
                continue;
            }
            let Some(end) = position(&self.outgoing, is_line_end) else {
                return;
            };
            let line: Vec<_> = self.outgoing.drain(..=end).collect();
            self.data = announced(&line).map_or(Data::None, Data::Announced);
            self.show_line(Direction::Sent, &line[..end]);
        }
    }

    fn received(&mut self, bytes: &[u8]) {
        self.incoming.extend_from_slice(bytes);
        loop {
            if self.is_behind_prompt && !self.incoming.is_empty() {
                self.is_behind_prompt = false;
                if self.incoming[0] == b' ' {
                    self.incoming.remove(0);
                }
            }
            let start = position(&self.incoming, |byte| !is_line_end(byte));
            self.incoming.drain(..start.unwrap_or(self.incoming.len()));
            if let (Data::Announced(length), Some(b'>')) = (self.data, self.incoming.first()) {
                self.data = Data::Due(length);
                self.incoming.remove(0);
                self.is_behind_prompt = true;
                self.show(Direction::Received, b">", None);
                continue;
            }
            let message = match message(&self.incoming) {
                Message::Incomplete if self.incoming.len() <= LONGEST_LINE => return,
                Message::Incomplete => Some((self.incoming.len(), self.incoming.len())),
                Message::Complete { len, payload } => Some((len, payload)),
                Message::No => None,
            };
            if let Some((len, payload)) = message {
                let line: Vec<_> = self.incoming.drain(..len).collect();
                self.show(Direction::Received, &line, Some(payload));
                continue;
            }
            let end = match position(&self.incoming, is_line_end) {
                Some(end) => end,
                None if self.incoming.len() > LONGEST_LINE => self.incoming.len(),
                None => return,
            };
            let line: Vec<_> = self.incoming.drain(..end).collect();
            if self.data != Data::None && is_error(&line) {
                self.data = Data::None;
            }
            self.show_line(Direction::Received, &line);
        }
    }

    fn show_line(&mut self, direction: Direction, line: &[u8]) {
        if !line.is_empty() {
            self.show(direction, line, None);
        }
    }

    fn show(&mut self, direction: Direction, bytes: &[u8], payload_len: Option<usize>) {
        let text = match payload_len {
            // Not to be searched for commands.
            Some(_) => Redacted(bytes).to_string(),
            None => redacted(bytes, self.password.as_deref()),
        };
        (self.sink)(Entry {
            direction,
            text,
            payload_len,
        });
    }
}

impl Drop for Trace {
    /// What has begun is shown as far as it came.
    fn drop(&mut self) {
        let outgoing = std::mem::take(&mut self.outgoing);
        let payload_len = matches!(self.data, Data::Due(_)).then_some(outgoing.len());
        if !outgoing.is_empty() {
            self.show(Direction::Sent, &outgoing, payload_len);
        }
        let incoming = std::mem::take(&mut self.incoming);
        self.show_line(Direction::Received, &incoming);
    }
}

/// A line for a person's eyes: escaped, and without its secrets.
///
/// These are the password of AT+QMTCONN and the device secret of AT+QMTCFG="aliauth", wherever
/// command or answer begin in the line, and `password` wherever it stands in quotes.
#[must_use]
pub fn redacted(line: &[u8], password: Option<&[u8]>) -> String {
    let mut line = line.to_vec();
    if let Some(password) = password {
        let quoted = [b"\"", password, b"\""].concat();
        let mut from = 0;
        while let Some(at) = find(&line[from..], &quoted) {
            let start = from + at;
            line.splice(start..start + quoted.len(), *HIDDEN);
            from = start + HIDDEN.len();
        }
    }
    let upper = line.to_ascii_uppercase();
    let start = BEFORE_SECRETS
        .iter()
        .filter_map(|word| find(&upper, word).map(|at| at + word.len()))
        .min();
    let Some(start) = start else {
        return Redacted(&line).to_string();
    };
    // Their secrets stand in the same place behind the word.
    let command = [CONNECT, &line[start..]].concat();
    let shown = Redacted(&command).to_string();
    format!("{}{}", Redacted(&line[..start]), &shown[CONNECT.len()..])
}

/// The length of the data that follows a command line, if it is a publish.
fn announced(line: &[u8]) -> Option<Length> {
    const COMMAND: &[u8] = b"AT+QMTPUB=";
    let line = line.trim_ascii();
    let name = line.get(..COMMAND.len())?;
    if !name.eq_ignore_ascii_case(COMMAND) {
        return None;
    }
    let topic_end = line.iter().rposition(|byte| *byte == b'"')?;
    match &line[topic_end + 1..] {
        [] => Some(Length::Open),
        [b',', length @ ..] => number(length).map(Length::Fixed),
        _ => None,
    }
}

enum Message {
    /// It is none.
    No,
    /// It may become one, or is one whose end has not come.
    Incomplete,
    Complete {
        len: usize,
        payload: usize,
    },
}

/// `+QMTRECV: <client_idx>,<msgID>,"<topic>",<payload_len>,"<payload>"` at the start of `bytes`.
fn message(bytes: &[u8]) -> Message {
    const NAME: &[u8] = b"+QMTRECV:";
    if bytes.len() < NAME.len() {
        return match !bytes.is_empty() && NAME.starts_with(bytes) {
            true => Message::Incomplete,
            false => Message::No,
        };
    }
    if !bytes.starts_with(NAME) {
        return Message::No;
    }
    let mut quotes = bytes
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'"')
        .map(|(at, _)| at);
    let head_end = match (quotes.next(), quotes.next(), quotes.next()) {
        (Some(_), Some(topic_end), Some(payload)) => (topic_end, payload),
        // Without a payload, or a line of another form.
        _ if position(bytes, is_line_end).is_some() => return Message::No,
        _ => return Message::Incomplete,
    };
    let (topic_end, start) = head_end;
    let length = bytes[topic_end + 1..start]
        .strip_prefix(b",")
        .and_then(|rest| rest.strip_suffix(b","))
        .and_then(number);
    let Some(payload) = length else {
        return Message::No;
    };
    // The payload stands in quotes.
    let len = start.saturating_add(payload).saturating_add(2);
    if bytes.len() < len {
        return Message::Incomplete;
    }
    Message::Complete { len, payload }
}

fn number(digits: &[u8]) -> Option<usize> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn is_error(line: &[u8]) -> bool {
    line == b"ERROR" || line.starts_with(b"+CME ERROR")
}

fn position(bytes: &[u8], matches: impl Fn(u8) -> bool) -> Option<usize> {
    bytes.iter().position(|byte| matches(*byte))
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

const fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

/// Ctrl+Z.
const SUB: u8 = 0x1A;

const CONNECT: &[u8] = b"AT+QMTCONN=";

/// The third string behind one of these is a secret.
const BEFORE_SECRETS: [&[u8]; 2] = [b"+QMTCONN=", b"\"ALIAUTH\""];

const HIDDEN: &[u8; 5] = b"\"***\"";

/// A line that does not end is shown in parts.
const LONGEST_LINE: usize = 65_536;

#[cfg(test)]
#[path = "trace_tests.rs"]
mod tests;
