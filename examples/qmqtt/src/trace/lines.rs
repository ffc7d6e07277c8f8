//! What the lines of the dialogue announce.

/// The data that follows a command.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Announced {
    pub(super) length: Length,
    /// Whether it is a certificate or a private key.
    pub(super) is_file: bool,
    /// Whether it follows the line `CONNECT`, not a prompt.
    pub(super) follows_connect: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Length {
    Fixed(usize),
    /// Ctrl+Z ends it, or ESC cancels it.
    Open,
}

/// Which clients have their payloads written as digits, as AT+QMTCFG="dataformat" says.
#[derive(Debug, Default)]
pub(super) struct Formats {
    sent: [bool; CLIENTS],
    received: [bool; CLIENTS],
}

impl Formats {
    /// Learns from a command line.
    pub(super) fn learn(&mut self, line: &[u8]) {
        let Some(rest) = strip_start(line.trim_ascii(), b"AT+QMTCFG=\"dataformat\",") else {
            return;
        };
        let mut values = rest.split(|byte| *byte == b',').map(number);
        let mut next = || values.next().flatten();
        if let (Some(client @ ..CLIENTS), Some(sent), Some(received)) = (next(), next(), next()) {
            self.sent[client] = sent == 1;
            self.received[client] = received == 1;
        }
    }

    /// How many bytes on the line a byte of a payload takes that goes out.
    fn sent(&self, client: Option<usize>) -> usize {
        bytes_for(&self.sent, client)
    }

    /// The same of one that comes in.
    fn received(&self, client: Option<usize>) -> usize {
        bytes_for(&self.received, client)
    }
}

fn bytes_for(clients: &[bool], client: Option<usize>) -> usize {
    let is_hex = client.and_then(|client| clients.get(client));
    1 + usize::from(is_hex == Some(&true))
}

/// The data that follows a command line, if there is any.
pub(super) fn announced(line: &[u8], formats: &Formats) -> Option<Announced> {
    let line = line.trim_ascii();
    let behind = |name| {
        let rest = strip_start(line, name)?;
        let quote = rest.iter().rposition(|byte| *byte == b'"')?;
        Some((rest, &rest[quote + 1..]))
    };
    if let Some((rest, length)) = behind(b"AT+QMTPUB=") {
        let client = number(rest.split(|byte| *byte == b',').next()?);
        let length = match length {
            // A payload in the command line.
            [] if is_inline(rest) => return None,
            [] => Length::Open,
            [b',', length @ ..] => Length::Fixed(number(length)? * formats.sent(client)),
            _ => return None,
        };
        let (is_file, follows_connect) = (false, false);
        return Some(Announced {
            length,
            is_file,
            follows_connect,
        });
    }
    if let Some((_, sizes)) = behind(b"AT+QFUPL=") {
        let size = sizes.split(|byte| *byte == b',').nth(1)?;
        let length = Length::Fixed(number(size)?);
        let (is_file, follows_connect) = (true, true);
        return Some(Announced {
            length,
            is_file,
            follows_connect,
        });
    }
    let (rest, end) = behind(b"AT+QSSLCFG=")?;
    let is_entered = rest.first()?.is_ascii_digit()
        && end.is_empty()
        && KEYS.iter().any(|key| rest.ends_with(key));
    is_entered.then_some(Announced {
        length: Length::Open,
        is_file: true,
        follows_connect: false,
    })
}

/// `<client_idx>,<msgID>,<qos>,<retain>,"<topic>",<msg_len>,"<msg>"`: two strings, not one.
fn is_inline(parameters: &[u8]) -> bool {
    parameters.iter().filter(|byte| **byte == b'"').count() > 2
}

pub(super) enum Message {
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
pub(super) fn message(bytes: &[u8], formats: &Formats) -> Message {
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
    let client = bytes[NAME.len()..].split(|byte| *byte == b',').next();
    let client = client.and_then(|client| number(client.trim_ascii()));
    let payload = payload.saturating_mul(formats.received(client));
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

/// A final result code, or an information response or URC.
pub(super) fn is_answer(line: &[u8]) -> bool {
    line == b"OK" || is_error(line) || line.first() == Some(&b'+') && line.contains(&b':')
}

pub(super) fn is_error(line: &[u8]) -> bool {
    line == b"ERROR" || line.starts_with(b"+CME ERROR")
}

pub(super) fn position(bytes: &[u8], matches: impl Fn(u8) -> bool) -> Option<usize> {
    bytes.iter().position(|byte| matches(*byte))
}

pub(super) fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

pub(super) const fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

/// The line behind this start, whose letters may be small.
fn strip_start<'a>(line: &'a [u8], start: &[u8]) -> Option<&'a [u8]> {
    let (found, rest) = line.split_at_checked(start.len())?;
    found.eq_ignore_ascii_case(start).then_some(rest)
}

/// A line that may be one of a certificate or key: base64, or a boundary.
pub(super) fn is_like_pem(line: &[u8]) -> bool {
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    find(line, b"-----").is_some() || line.len() >= 16 && line.iter().all(is_digit)
}

/// The certificates of AT+QSSLCFG.
const KEYS: [&[u8]; 3] = [b"\"cacert\"", b"\"clientcert\"", b"\"clientkey\""];

/// As many as any modem has.
const CLIENTS: usize = 6;
