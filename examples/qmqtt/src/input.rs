//! The messages to publish: from the command line, from a file, from standard input.

use std::{
    fs::File,
    io::{self, BufRead, Read},
    os::unix::ffi::OsStrExt,
    path::Path,
};

use quectel_mqtt::{Parameter, Problem, ValueError};
use tokio::sync::mpsc;

use crate::{
    cli::Payload,
    failure::{Failed, Step},
};

/// Where the messages come from.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Input {
    One(Vec<u8>),
    Lines,
}

impl Input {
    /// Reads what is there from the beginning, and checks that it is not too long.
    pub(crate) fn new(payload: &Payload, limit: usize) -> Result<Self, Failed> {
        let one = if payload.lines {
            return Ok(Self::Lines);
        } else if let Some(path) = &payload.file {
            read_file(path, limit).map_err(|error| {
                let path = path.display();
                Failed::new(Step::Publish.name(), format_args!("{path}: {error}"))
            })?
        } else {
            let message = payload.message.as_deref().unwrap_or_default().as_bytes();
            Text {
                bytes: message.to_vec(),
                len: message.len() as u64,
            }
        };
        one.within(limit).map(Self::One)
    }
}

/// The lines of standard input, as they come.
pub(crate) struct Lines(mpsc::Receiver<io::Result<Text>>);

impl Lines {
    /// Begins to read, on a thread of its own: nothing else waits without end.
    pub(crate) fn of_stdin(limit: usize) -> io::Result<Self> {
        let (sender, receiver) = mpsc::channel(1);
        std::thread::Builder::new()
            .name("stdin".into())
            .spawn(move || {
                let mut stdin = io::stdin().lock();
                while let Some(line) = read_line(&mut stdin, limit).transpose() {
                    let is_last = line.is_err();
                    if sender.blocking_send(line).is_err() || is_last {
                        return;
                    }
                }
            })?;
        Ok(Self(receiver))
    }

    /// The next line without its line feed, or `None` after the last. Nothing is lost when the
    /// future is dropped.
    pub(crate) async fn next(&mut self) -> Option<io::Result<Text>> {
        self.0.recv().await
    }
}

/// Text of which no more is kept than shows that it is too long.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Text {
    bytes: Vec<u8>,
    len: u64,
}

impl Text {
    pub(crate) fn within(self, limit: usize) -> Result<Vec<u8>, Failed> {
        if self.len <= limit as u64 {
            return Ok(self.bytes);
        }
        let problem = Problem::TooLong {
            length: self.len.try_into().unwrap_or(u32::MAX),
            limit: limit.try_into().unwrap_or(u32::MAX),
        };
        let parameter = Parameter::Payload;
        Err(Failed::value(
            Step::Publish,
            ValueError { parameter, problem },
        ))
    }
}

fn read_file(path: &Path, limit: usize) -> io::Result<Text> {
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    let mut bytes = Vec::new();
    // A device may never end.
    file.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    let len = size.max(bytes.len() as u64);
    Ok(Text { bytes, len })
}

/// As mosquitto_pub does, only the line feed is taken off; what ends without one is a line too.
fn read_line(input: &mut impl BufRead, limit: usize) -> io::Result<Option<Text>> {
    let mut line = Text {
        bytes: Vec::new(),
        len: 0,
    };
    loop {
        let available = match input.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            available => available?,
        };
        if available.is_empty() {
            return Ok((line.len > 0).then_some(line));
        }
        let end = available.iter().position(|byte| *byte == b'\n');
        let part = &available[..end.unwrap_or(available.len())];
        let room = (limit + 1).saturating_sub(line.bytes.len());
        line.bytes.extend_from_slice(&part[..room.min(part.len())]);
        line.len += part.len() as u64;
        let consumed = part.len() + usize::from(end.is_some());
        input.consume(consumed);
        if end.is_some() {
            return Ok(Some(line));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Write};

    use super::*;

    fn lines(input: &[u8], limit: usize) -> Vec<(Vec<u8>, u64)> {
        // Small pieces, as a pipe may bring them.
        let mut reader = BufReader::with_capacity(3, input);
        std::iter::from_fn(|| read_line(&mut reader, limit).unwrap())
            .map(|line| (line.bytes, line.len))
            .collect()
    }

    #[test]
    fn a_line_loses_its_line_feed_and_nothing_else() {
        let expected: [(&[u8], u64); 5] = [
            (b"one\r", 4),
            (b"", 0),
            (b"\0\xFF\"", 3),
            (b"", 0),
            (b"last", 4),
        ];
        let expected = expected.map(|(bytes, len)| (bytes.to_vec(), len));
        assert_eq!(lines(b"one\r\n\n\0\xFF\"\n\nlast", 10), expected);
        assert_eq!(lines(b"", 10), []);
        assert_eq!(lines(b"\n", 10), [(Vec::new(), 0)]);
    }

    #[test]
    fn a_line_that_is_too_long_is_counted_but_not_kept() {
        assert_eq!(
            lines(b"123456789\nab\n", 4),
            [(b"12345".to_vec(), 9), (b"ab".to_vec(), 2)]
        );
    }

    #[test]
    fn a_payload_beyond_the_limit_is_refused_with_its_length() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&[b'x'; 4097]).unwrap();
        let text = read_file(file.path(), 4096).unwrap();
        let message = text.within(4096).unwrap_err().to_string();
        let expected = "publish: payload: 4097 is longer than the limit of 4096";
        assert_eq!(message, expected);
        let text = read_file(file.path(), 4097).unwrap();
        assert_eq!(text.within(4097).unwrap(), [b'x'; 4097]);
    }

    #[test]
    fn a_file_without_end_is_refused() {
        let text = read_file(Path::new("/dev/zero"), 16).unwrap();
        assert!(text.within(16).is_err());
    }
}
