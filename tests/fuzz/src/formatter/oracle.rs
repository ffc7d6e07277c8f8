//! What may be sent, said anew.

use quectel_mqtt::Dialect;

/// Whether it can stand between quotes.
pub(super) fn is_text(text: &str, least: usize, most: u16) -> bool {
    let is_clean = !text.contains(|it: char| it == '"' || it.is_ascii_control());
    is_clean && (least..=most.into()).contains(&text.len())
}

pub(super) fn is_topic(text: &str, most: u16) -> bool {
    is_text(text, 1, most) && !text.contains(['+', '#'])
}

pub(super) fn is_filter(text: &str, most: u16) -> bool {
    let levels: Vec<&str> = text.split('/').collect();
    let is_level = |(at, level): (usize, &&str)| match *level {
        "#" => at + 1 == levels.len(),
        level => level == "+" || !level.contains(['+', '#']),
    };
    is_text(text, 1, most) && levels.iter().enumerate().all(is_level)
}

/// Whether the payload can go in the command line.
pub(super) fn is_inline(dialect: &Dialect, payload: &[u8]) -> bool {
    let has_length = dialect.client_count == 5;
    let is_clean = |byte: &u8| !byte.is_ascii_control() && (has_length || *byte != b'"');
    payload.iter().all(is_clean)
}
