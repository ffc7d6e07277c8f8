//! `examples/decode`: what it says of the notes' dialogues, of pieces and of garbage.

#[path = "../../examples/decode/decoder/mod.rs"]
mod decoder;

mod dialogues;
mod lines;
mod pieces;

use std::io::{self, Read};

use decoder::decode;
use quectel_mqtt::{DataFormat, Dialect};
use serde_json::Value;

/// Gives out a capture in pieces.
struct Pieces<'a> {
    rest: &'a [u8],
    size: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = self.size.min(buffer.len());
        self.rest.take(size as u64).read(buffer).inspect(|count| {
            self.rest = &self.rest[*count..];
        })
    }
}

/// The records of a capture, which are the same however its bytes come.
fn records_as(dialect: &'static Dialect, format: DataFormat, capture: &[u8]) -> Vec<Value> {
    let in_pieces = |size| {
        let rest = capture;
        let mut output = Vec::new();
        decode(dialect, format, Pieces { rest, size }, &mut output).unwrap();
        output
    };
    let output = in_pieces(usize::MAX);
    for size in [1, 2, 3, 5, 64] {
        assert_eq!(in_pieces(size), output, "in pieces of {size}");
    }
    let lines = std::str::from_utf8(&output).unwrap().lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn records(dialect: &'static Dialect, capture: impl AsRef<[u8]>) -> Vec<Value> {
    records_as(dialect, DataFormat::Text, capture.as_ref())
}

/// What there is to say of one line.
fn record(dialect: &'static Dialect, line: &str) -> Value {
    let mut records = records(dialect, format!("\r\n{line}\r\n"));
    assert_eq!(records.len(), 1, "{line}: {records:?}");
    records.remove(0)
}

/// Kind and line of each record, or kind, topic and payload.
fn told(records: &[Value]) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let payload = |value: &Value| {
        let digits = value.as_str().unwrap();
        let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
        let bytes: Vec<_> = (0..digits.len()).step_by(2).map(byte).collect();
        bytes.escape_ascii().to_string()
    };
    records
        .iter()
        .map(|record| match &record["payload_hex"] {
            Value::Null => format!("{} {}", text(&record["kind"]), text(&record["line"])),
            digits => format!(
                "{} {} {}",
                text(&record["kind"]),
                text(&record["topic"]),
                payload(digits)
            ),
        })
        .collect()
}
