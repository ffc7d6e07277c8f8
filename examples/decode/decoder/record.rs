//! One JSON object.

use quectel_mqtt::{
    Redacted,
    at::{Line, Parameters},
};
use serde::Serialize;
use serde_json::Value;

/// What one line or message says. Only the fields that it has are written.
#[derive(Debug, Default, Serialize)]
pub(super) struct Record {
    pub(super) kind: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) client: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) packet_id: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) topic: Option<String>,
    /// In place of `topic`, when that is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) topic_hex: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) payload_hex: Option<String>,
    /// The number of the result, status or error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<i32>,
    /// The parameters for which there is no other field, in their order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) values: Option<Vec<Value>>,
    /// The same in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) meaning: Option<String>,
    /// The line, escaped, and without secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) line: Option<String>,
    /// The input ends before the line does.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) is_cut: bool,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Final,
    Result,
    Status,
    Message,
    Stored,
    Modem,
    Info,
    #[default]
    Unknown,
    Lost,
}

impl Record {
    /// A record of this kind about a line.
    pub(super) fn of_line(kind: Kind, line: &[u8]) -> Self {
        Self {
            kind,
            line: Some(Redacted(line).to_string()),
            ..Self::default()
        }
    }

    pub(super) fn meaning(mut self, meaning: impl ToString) -> Self {
        self.meaning = Some(meaning.to_string());
        self
    }

    /// A topic name as text where it is text.
    pub(super) fn topic(mut self, topic: &[u8]) -> Self {
        match std::str::from_utf8(topic) {
            Ok(topic) => self.topic = Some(topic.to_owned()),
            Err(_) => self.topic_hex = Some(hex(topic)),
        }
        self
    }

    pub(super) fn payload(mut self, payload: &[u8]) -> Self {
        self.payload_hex = Some(hex(payload));
        self
    }
}

/// The parameters of a line as numbers, texts and empty places; without its secrets.
pub(super) fn values(line: &[u8]) -> Vec<Value> {
    let shown = Redacted(line).to_string();
    let Line::Response { parameters, .. } = Line::classify(shown.as_bytes()) else {
        return Vec::new();
    };
    let mut rest = parameters;
    std::iter::from_fn(|| (!rest.is_empty()).then(|| value(&mut rest))).collect()
}

fn value(rest: &mut Parameters<'_>) -> Value {
    if let Some(number) = rest.number() {
        return number.into();
    }
    if let Some(text) = rest.string() {
        return String::from_utf8_lossy(text).into();
    }
    let before = rest.rest();
    rest.skip();
    let taken = &before[..before.len() - rest.rest().len()];
    let taken = taken.strip_suffix(b",").unwrap_or(taken).trim_ascii();
    match taken {
        b"" => Value::Null,
        text => String::from_utf8_lossy(text).into(),
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
