//! What a modem repeats of what it was sent.

use quectel_mqtt::at::Ring;

/// The command under way and its data, where their echo tells.
#[derive(Debug, Default)]
pub(super) struct Echo {
    command: Vec<u8>,
    data: Data,
}

/// What follows the prompt. Modems echo it or not, whatever they do with commands.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Data {
    /// No data, or nothing is known of it.
    #[default]
    None,
    /// So many bytes; the blank of the prompt may come before them.
    Counted(usize),
    /// So many bytes, now, if they are echoed.
    Due(usize),
    /// So many bytes of the echo are still to come.
    Echoed(usize),
    /// Lines without end, up to the final result code.
    Lines,
}

impl Echo {
    /// A command line has come back.
    pub(super) fn command(&mut self, line: &[u8]) {
        self.command = line.to_vec();
        self.data = Data::None;
    }

    /// A prompt has come.
    pub(super) fn prompt(&mut self) {
        self.data = announced(&self.command);
    }

    /// A final result code has come.
    pub(super) fn end(&mut self) {
        *self = Self::default();
    }

    /// Whether the command under way is the read command of this name.
    pub(super) fn asks(&self, name: &[u8]) -> bool {
        strip_name(&self.command, name).is_some_and(|rest| rest.trim_ascii() == b"?")
    }

    /// Whether lines may be data that comes back.
    pub(super) fn has_lines(&self) -> bool {
        self.data == Data::Lines
    }

    /// Takes data that comes back out of the ring.
    pub(super) fn skip(&mut self, ring: &mut Ring<'_>) {
        while let Some(byte) = ring.get(0) {
            self.data = match self.data {
                Data::None | Data::Lines => return,
                Data::Counted(len) => {
                    if byte == b' ' {
                        ring.consume(1);
                    }
                    Data::Due(len)
                }
                // The line of the prompt ends here, or it is that of the answer.
                Data::Due(_) if matches!(byte, b'\r' | b'\n') => Data::Lines,
                Data::Due(len) => Data::Echoed(len),
                Data::Echoed(0) => Data::None,
                Data::Echoed(len) => {
                    let come = ring.len().min(len);
                    ring.consume(come);
                    Data::Echoed(len - come)
                }
            };
        }
    }
}

/// What follows this command behind a prompt.
fn announced(command: &[u8]) -> Data {
    let takes_file = [&b"+QSSLCFG"[..], b"+QFUPL"];
    if takes_file
        .iter()
        .any(|name| strip_name(command, name).is_some())
    {
        return Data::Lines;
    }
    let Some(rest) = strip_name(command, b"+QMTPUB=") else {
        return Data::None;
    };
    let topic_end = rest.iter().rposition(|byte| *byte == b'"');
    let length = topic_end.and_then(|end| rest[end + 1..].strip_prefix(b","));
    let length = length.and_then(|digits| std::str::from_utf8(digits).ok()?.trim().parse().ok());
    length.map_or(Data::Lines, Data::Counted)
}

/// What follows the name in a command line.
fn strip_name<'a>(command: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (start, rest) = command.get(2..)?.split_at_checked(name.len())?;
    start.eq_ignore_ascii_case(name).then_some(rest)
}
