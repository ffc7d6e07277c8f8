//! The dialogue with the modem as text: one entry for each line, secrets redacted.
//!
//! Nothing is shown before its line is complete, so that a secret can be found wherever the
//! reads and writes happen to cut the line. Payloads are followed by their length: what looks
//! like a line inside of one is a part of its entry. Certificates and private keys are shown as
//! their length alone, and so are their lines when the modem echoes them.

mod lines;

use std::io;

use embedded_io_async::{ErrorType, Read, Write};
use quectel_mqtt::Redacted;

use lines::{
    Announced, Formats, Length, Message, announced, find, is_answer, is_error, is_like_pem,
    is_line_end, message, position,
};

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
    /// What has gone out of the certificate or key of the last command.
    file: Option<Vec<u8>>,
    formats: Formats,
    /// The blank behind a prompt is a part of it.
    is_behind_prompt: bool,
}

/// The data of a command.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Data {
    /// None is due.
    None,
    /// The command is sent; the prompt is due.
    Announced(Announced),
    /// The prompt has come.
    Due(Announced),
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
            file: None,
            formats: Formats::default(),
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
            if let Data::Due(announced) = self.data {
                let end = match announced.length {
                    Length::Fixed(len) => Some(len).filter(|len| *len <= self.outgoing.len()),
                    Length::Open => position(&self.outgoing, ends_data).map(|at| at + 1),
                };
                let Some(end) = end else {
                    return;
                };
                let payload = self.outgoing.drain(..end).collect();
                self.end_data(payload);
                continue;
            }
            let Some(end) = position(&self.outgoing, is_line_end) else {
                return;
            };
            let line: Vec<_> = self.outgoing.drain(..=end).collect();
            self.formats.learn(&line);
            let announced = announced(&line, &self.formats);
            self.data = announced.map_or(Data::None, Data::Announced);
            self.file = announced.filter(|it| it.is_file).map(|_| Vec::new());
            self.show_line(Direction::Sent, &line[..end]);
        }
    }

    /// Data has gone out, whole or as far as it came.
    fn end_data(&mut self, data: Vec<u8>) {
        self.data = Data::None;
        if data.is_empty() {
            return;
        }
        let Some(file) = &mut self.file else {
            self.show(Direction::Sent, &data, Some(data.len()));
            return;
        };
        let len = data.len() - usize::from(data.last().is_some_and(|byte| ends_data(*byte)));
        *file = data;
        self.show_hidden(Direction::Sent, len);
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
            if let (Data::Announced(announced), Some(b'>')) = (self.data, self.incoming.first())
                && !announced.follows_connect
            {
                self.data = Data::Due(announced);
                self.incoming.remove(0);
                self.is_behind_prompt = true;
                self.show(Direction::Received, b">", None);
                continue;
            }
            let message = match message(&self.incoming, &self.formats) {
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
            match self.data {
                Data::Announced(announced) if announced.follows_connect && line == b"CONNECT" => {
                    self.data = Data::Due(announced);
                }
                Data::None => {}
                Data::Announced(_) if is_error(&line) => self.data = Data::None,
                Data::Due(_) if is_error(&line) => {
                    let begun = std::mem::take(&mut self.outgoing);
                    self.end_data(begun);
                }
                Data::Announced(_) | Data::Due(_) => {}
            }
            self.show_received(&line);
        }
    }

    /// A line from the modem, which may be one of a file that it echoes.
    fn show_received(&mut self, line: &[u8]) {
        let is_hidden = self.file.as_deref().is_some_and(|file| {
            let is_in = |bytes| line.len() >= SHORTEST_PIECE && find(bytes, line).is_some();
            !is_answer(line) && (is_like_pem(line) || is_in(file) || is_in(&self.outgoing))
        });
        match is_hidden {
            true => self.show_hidden(Direction::Received, line.len()),
            false => self.show_line(Direction::Received, line),
        }
    }

    fn show_hidden(&mut self, direction: Direction, len: usize) {
        (self.sink)(Entry {
            direction,
            text: format!("<{len} bytes>"),
            payload_len: Some(len),
        });
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
        match self.data {
            Data::Due(_) => self.end_data(outgoing),
            Data::None | Data::Announced(_) => self.show_line(Direction::Sent, &outgoing),
        }
        let incoming = std::mem::take(&mut self.incoming);
        self.show_received(&incoming);
    }
}

/// Ctrl+Z, and ESC, which cancels.
const fn ends_data(byte: u8) -> bool {
    matches!(byte, 0x1A | 0x1B)
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

const CONNECT: &[u8] = b"AT+QMTCONN=";

/// The third string behind one of these is a secret.
const BEFORE_SECRETS: [&[u8]; 2] = [b"+QMTCONN=", b"\"ALIAUTH\""];

const HIDDEN: &[u8; 5] = b"\"***\"";

/// A shorter piece of a file may be something else.
const SHORTEST_PIECE: usize = 4;

/// A line that does not end is shown in parts.
const LONGEST_LINE: usize = 65_536;

#[cfg(test)]
#[path = "trace_tests.rs"]
mod tests;
