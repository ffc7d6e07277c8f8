//! How the modem's lines are read and written.

use std::collections::VecDeque;

use super::{Answer, Kind, Message};

pub(super) fn say(answers: &mut VecDeque<Answer>, kind: Kind, line: &str) {
    push(answers, kind, format!("\r\n{line}\r\n").into_bytes());
}

pub(super) fn push(answers: &mut VecDeque<Answer>, kind: Kind, bytes: Vec<u8>) {
    answers.push_back(Answer { kind, bytes });
}

/// Cut at the commas outside of quotes.
pub(super) fn fields(parameters: &str) -> Vec<&str> {
    let mut is_quoted = false;
    let is_comma = |character: char| {
        is_quoted ^= character == '"';
        character == ',' && !is_quoted
    };
    parameters.split(is_comma).collect()
}

/// What the bytes on the line stand for.
pub(super) fn payload(bytes: &[u8], is_hex: bool) -> Option<Vec<u8>> {
    if !is_hex {
        return Some(bytes.to_vec());
    }
    let digits = std::str::from_utf8(bytes).ok()?;
    let pairs = digits.as_bytes().chunks(2);
    let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    pairs.map(byte).collect()
}

pub(super) fn message_line(message: &Message, is_hex: bool) -> Vec<u8> {
    let Message {
        client,
        packet_id,
        topic,
        payload,
    } = message;
    let length = payload.len();
    let head = format!("\r\n+QMTRECV: {client},{packet_id},\"{topic}\",{length},\"");
    let digits: String = payload.iter().map(|byte| format!("{byte:02X}")).collect();
    let payload = if is_hex {
        digits.as_bytes()
    } else {
        &payload[..]
    };
    [head.as_bytes(), payload, b"\"\r\n"].concat()
}

/// The bytes of a line's characters.
pub(super) fn bytes_of(text: &str) -> Vec<u8> {
    text.chars().map(|character| character as u8).collect()
}
