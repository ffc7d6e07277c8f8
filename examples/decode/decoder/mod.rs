//! From the bytes of a modem to records.

mod echo;
mod info;
mod pem;
mod record;
mod urc;

use std::io::{self, ErrorKind, Read, Write};

use quectel_mqtt::{
    DataFormat, Dialect,
    at::{Frame, Framer, Line, Parameters, Ring},
    command::{MESSAGE, MessageHead, MessageLine, Urc},
};

use echo::Echo;
use pem::Pem;
use record::{Kind, Record};

/// Decodes all that `input` brings, each record as soon as it is complete.
pub(crate) fn decode(
    dialect: &'static Dialect,
    format: DataFormat,
    mut input: impl Read,
    mut output: impl Write,
) -> io::Result<()> {
    let mut buffer = [0; BUFFER];
    let mut decoder = Decoder::new(dialect, format, &mut buffer);
    loop {
        let count = match input.read(decoder.ring.free()) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        decoder.ring.commit(count);
        decoder.write_all(&mut output)?;
    }
    decoder.end();
    decoder.write_all(&mut output)
}

/// The longest line that is understood.
pub(crate) const BUFFER: usize = 4_096;

struct Decoder<'buf> {
    dialect: &'static Dialect,
    format: DataFormat,
    ring: Ring<'buf>,
    framer: Framer,
    message: Option<Message>,
    pem: Pem,
    echo: Echo,
    /// The input has ended.
    is_over: bool,
}

/// A message whose payload is coming in.
struct Message {
    /// Client, packet identifier and topic, or why they are not known.
    head: Result<Record, &'static str>,
    /// The bytes that its payload takes on the line.
    len: usize,
    payload: Vec<u8>,
}

impl<'buf> Decoder<'buf> {
    fn new(dialect: &'static Dialect, format: DataFormat, buffer: &'buf mut [u8]) -> Self {
        let mut framer = Framer::new(MESSAGE);
        // Nobody tells when a command is sent that has one.
        framer.arm_prompt();
        Self {
            dialect,
            format,
            ring: Ring::new(buffer),
            framer,
            message: None,
            pem: Pem::default(),
            echo: Echo::default(),
            is_over: false,
        }
    }

    fn write_all(&mut self, output: &mut impl Write) -> io::Result<()> {
        while let Some(frame) = self.next_frame() {
            let Some(mut record) = self.record(frame) else {
                continue;
            };
            record.is_cut = self.is_over;
            let mut line = serde_json::to_vec(&record)?;
            line.push(b'\n');
            output.write_all(&line)?;
            output.flush()?;
        }
        Ok(())
    }

    /// The input has ended: what has begun is complete.
    fn end(&mut self) {
        self.is_over = true;
        if self.message.is_none() && !self.framer.is_at_start() {
            // Where the ring is full, it is so with a line that is lost.
            if let Some(byte) = self.ring.free().first_mut() {
                *byte = b'\r';
                self.ring.commit(1);
            }
        }
    }

    fn next_frame(&mut self) -> Option<Frame> {
        self.echo.skip(&mut self.ring);
        let frame = self.framer.next(&mut self.ring);
        if frame.is_none() && self.is_over && self.message.is_some() {
            // What has come of its payload.
            let len = self.ring.len();
            return Some(Frame::Payload { len, last: true });
        }
        frame
    }

    fn record(&mut self, frame: Frame) -> Option<Record> {
        match frame {
            Frame::Line(len) => {
                let line = self.ring.first(len).to_vec();
                self.ring.consume(len);
                self.line(&line)
            }
            Frame::Prompt => {
                self.framer.arm_prompt();
                self.echo.prompt();
                None
            }
            Frame::Head { len, text, payload } => {
                let head = self.ring.first(len).to_vec();
                self.ring.consume(len);
                self.begin_message(message_head(&head, text), payload);
                None
            }
            Frame::LostHead { payload } => {
                self.begin_message(Err("its topic is longer than the buffer"), payload);
                None
            }
            Frame::Payload { len, last } => {
                let part = self.ring.first(len).to_vec();
                self.ring.consume(len);
                let message = self.message.as_mut()?;
                message.payload.extend_from_slice(&part);
                if last { self.end_message() } else { None }
            }
            Frame::LostLine => Some(Record {
                kind: Kind::Lost,
                meaning: Some(format!("a line longer than {BUFFER} bytes")),
                ..Record::default()
            }),
        }
    }

    fn begin_message(&mut self, head: Result<Record, &'static str>, payload: u32) {
        let mut len = payload as usize;
        if self.format == DataFormat::Hex {
            self.framer.double_payload();
            len = len.saturating_mul(2);
        }
        self.message = Some(Message {
            head,
            len,
            payload: Vec::new(),
        });
    }

    fn end_message(&mut self) -> Option<Record> {
        let Message { head, len, payload } = self.message.take()?;
        let come = payload.len();
        let lost = |record, meaning: String| Record {
            kind: Kind::Lost,
            meaning: Some(meaning),
            ..record
        };
        let record = match head {
            Ok(record) => record,
            Err(reason) => return Some(lost(Record::default().payload(&payload), reason.into())),
        };
        if come < len {
            let meaning = format!("the payload ended after {come} of {len} bytes");
            return Some(lost(record.payload(&payload), meaning));
        }
        Some(self.with_payload(record, &payload))
    }

    /// The message with its payload, which may be digits.
    fn with_payload(&self, record: Record, payload: &[u8]) -> Record {
        let decoded = match self.format {
            DataFormat::Hex => from_digits(payload),
            _ => Some(payload.to_vec()),
        };
        match decoded {
            Some(payload) => record.payload(&payload),
            None => Record {
                kind: Kind::Lost,
                meaning: Some("the payload is not hexadecimal".into()),
                ..record.payload(payload)
            },
        }
    }

    fn line(&mut self, line: &[u8]) -> Option<Record> {
        // Ctrl+Z and ESC, which end data, come back with it.
        let start = line.iter().position(|byte| !matches!(byte, 0x1A | 0x1B))?;
        let line = &line[start..];
        if self.pem.takes(line) {
            return None;
        }
        let parsed = Line::classify(line);
        match parsed {
            Line::Echo => {
                self.echo.command(line);
                None
            }
            Line::Final(result) => {
                self.echo.end();
                Some(urc::final_result(line, result))
            }
            Line::Response { .. } | Line::Text(_) => self.response(line, &parsed),
        }
    }

    fn response(&mut self, line: &[u8], parsed: &Line<'_>) -> Option<Record> {
        if let Some(message) = MessageLine::parse(parsed) {
            let record = of_message(message.head, message.topic);
            return Some(self.with_payload(record, message.payload));
        }
        let urc = Urc::parse(parsed).filter(|urc| !self.is_answer(parsed, urc));
        if let Some(urc) = urc {
            return urc::record(line, &urc);
        }
        if let Some(record) = info::record(self.dialect, line, parsed) {
            return Some(record);
        }
        if line == b"CONNECT" {
            // The prompt of AT+QFUPL.
            self.echo.prompt();
            return None;
        }
        let is_data = matches!(parsed, Line::Text(_)) && self.echo.has_lines();
        (!is_data).then(|| Record::of_line(Kind::Unknown, line))
    }

    /// Whether a line that looks like a URC answers a query. Its echo tells; and where there is
    /// none, +QMTCONN has states that are no results.
    fn is_answer(&self, line: &Line<'_>, urc: &Urc) -> bool {
        let Line::Response { name, .. } = line else {
            return false;
        };
        match urc {
            Urc::Result(result) => self.echo.asks(name) || info::is_state(result),
            Urc::Modem(_) => self.echo.asks(name),
            _ => false,
        }
    }
}

/// Client, packet identifier and topic of `+QMTRECV: <client_idx>,<msgID>,"<topic>",…`.
fn message_head(head: &[u8], text: (usize, usize)) -> Result<Record, &'static str> {
    let colon = head.iter().position(|byte| *byte == b':');
    let rest = colon.map_or(&[][..], |colon| &head[colon + 1..]);
    let start = MessageHead::take(&mut Parameters::new(rest));
    let start = start.ok_or("it names no client, or no packet identifier")?;
    Ok(of_message(
        start,
        head.get(text.0..text.1).unwrap_or_default(),
    ))
}

fn of_message(head: MessageHead, topic: &[u8]) -> Record {
    let record = Record {
        kind: Kind::Message,
        client: Some(head.client.get()),
        packet_id: Some(head.packet_id),
        ..Record::default()
    };
    record.topic(topic)
}

fn from_digits(digits: &[u8]) -> Option<Vec<u8>> {
    let value = |digit: u8| char::from(digit).to_digit(16);
    let pairs = digits.chunks(2).map(|pair| match *pair {
        [high, low] => Some((value(high)? << 4 | value(low)?) as u8),
        _ => None,
    });
    pairs.collect()
}
