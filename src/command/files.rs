//! AT+QFUPL, AT+QFLST, AT+QFDEL: files in the modem (BG95 note, chapter 5.2; the rest is from the
//! family's manual on files).
//!
//! ```text
//! AT+QFUPL="<name>",<size>,<timeout>
//! CONNECT
//! the file: <size> bytes
//! +QFUPL: <size>,<checksum>
//! OK
//!
//! AT+QFLST="<pattern>"       +QFLST: "<name>",<size>
//! AT+QFDEL="<name>"
//! ```
//!
//! `<checksum>`: the exclusive or of all pairs of bytes, high byte first, in hexadecimal; a last byte
//! without another is a high one. `<timeout>`: after so many seconds without a byte, the modem gives
//! up. A file that exists is not replaced: it must be deleted before.

use core::{fmt, str};

#[cfg(feature = "bg95")]
use super::Request;
use super::{Command, Response};
use crate::{
    at::CommandWriter,
    mqtt::Text,
    value::{Parameter, Problem, ValueError, limit},
};

/// A certificate or key in PEM, which the modem keeps.
///
/// On the BG95 family it is a file, which outlasts restarts: upload it once, then name it. The
/// BC660K-GL has no names, and takes the content at once.
#[derive(Clone, Copy)]
pub struct PemFile<'a> {
    pub(crate) name: Text<'a>,
    /// `None`: the modem has it already.
    pub(crate) content: Option<&'a [u8]>,
}

impl<'a> PemFile<'a> {
    /// A file that the modem has already.
    ///
    /// # Errors
    /// [`ValueError`] when the name is empty, exceeds 80 bytes, or holds `"` or a control
    /// character.
    pub fn stored(name: &'a str) -> Result<Self, ValueError> {
        limit(Parameter::FileName, name.len(), 80)?;
        Ok(Self {
            name: Text::non_empty(Parameter::FileName, name)?,
            content: None,
        })
    }

    /// A file to upload, in place of one of this name that may be there.
    ///
    /// # Errors
    /// As [`PemFile::stored`], and when the content is empty.
    pub fn upload(name: &'a str, content: &'a [u8]) -> Result<Self, ValueError> {
        if content.is_empty() {
            return Err(ValueError {
                parameter: Parameter::Certificate,
                problem: Problem::Empty,
            });
        }
        Ok(Self {
            content: Some(content),
            ..Self::stored(name)?
        })
    }
}

/// Its content may be a private key.
impl fmt::Debug for PemFile<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PemFile")
            .field("name", &self.name)
            .field("size", &self.content.map(<[u8]>::len))
            .finish()
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for PemFile<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        let size = self.content.map(<[u8]>::len);
        defmt::write!(f, "PemFile {{ {}, {} }}", self.name, size);
    }
}

/// Asks for the files in the modem (BG95 family).
#[cfg(feature = "bg95")]
#[derive(Clone, Copy, Debug)]
pub struct FileQuery;

/// The files in the modem, as far as the answer fits into the transmit buffer.
#[cfg(feature = "bg95")]
#[derive(Clone, Copy, Debug)]
pub struct Files<'a>(Response<'a>);

#[cfg(feature = "bg95")]
impl<'a> Files<'a> {
    /// Name and size, one by one.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, u32)> + Clone + use<'a> {
        self.0.parameters("+QFLST").filter_map(|mut line| {
            let name = str::from_utf8(line.string()?).ok()?;
            Some((name, line.number()?.try_into().ok()?))
        })
    }
}

#[cfg(feature = "bg95")]
impl Request for FileQuery {
    type Answer<'a> = Files<'a>;

    fn command(&self, _: &crate::Dialect) -> Command {
        Command::ListFiles
    }

    fn write(&self, _: &crate::Dialect, line: &mut CommandWriter<'_>) {
        line.set(Command::ListFiles.name()).raw(b"\"*\"");
    }

    fn read<'a>(&self, _: &crate::Dialect, response: Response<'a>) -> Option<Files<'a>> {
        Some(Files(response))
    }
}

/// Deletes a file in the modem (BG95 family).
#[cfg(feature = "bg95")]
#[derive(Clone, Copy, Debug)]
pub struct DeleteFile<'a>(
    /// Which one.
    pub PemFile<'a>,
);

#[cfg(feature = "bg95")]
impl Request for DeleteFile<'_> {
    type Answer<'a> = ();

    fn command(&self, _: &crate::Dialect) -> Command {
        Command::DeleteFile
    }

    fn write(&self, _: &crate::Dialect, line: &mut CommandWriter<'_>) {
        delete(line, self.0);
    }

    fn read<'a>(&self, _: &crate::Dialect, _: Response<'a>) -> Option<()> {
        Some(())
    }
}

pub(super) fn delete(line: &mut CommandWriter<'_>, file: PemFile<'_>) {
    write_named(line, Command::DeleteFile, file);
}

pub(super) fn upload(line: &mut CommandWriter<'_>, file: PemFile<'_>, content: &[u8]) {
    write_named(line, Command::Upload, file);
    line.and_number(content.len() as u32)
        .and_number(UPLOAD_TIMEOUT);
}

/// Whether the modem has received this, by size and checksum.
pub(super) fn is_confirmed(response: Response<'_>, content: &[u8]) -> bool {
    let mut lines = response.parameters("+QFUPL");
    lines.any(|mut line| {
        let size = line.number().and_then(|size| size.try_into().ok());
        size == Some(content.len()) && hexadecimal(line.rest()) == Some(checksum(content))
    })
}

fn write_named(line: &mut CommandWriter<'_>, command: Command, file: PemFile<'_>) {
    line.set(command.name())
        .raw(b"\"")
        .raw(file.name.as_str().as_bytes())
        .raw(b"\"");
}

fn checksum(content: &[u8]) -> u16 {
    content.chunks(2).fold(0, |sum, pair| {
        let high = pair.first().copied().unwrap_or(0);
        let low = pair.get(1).copied().unwrap_or(0);
        sum ^ u16::from_be_bytes([high, low])
    })
}

fn hexadecimal(digits: &[u8]) -> Option<u16> {
    let digits = str::from_utf8(digits.trim_ascii()).ok()?;
    u16::from_str_radix(digits, 16).ok()
}

/// `<timeout>`; longer than the engine waits for the port to take a byte.
pub(crate) const UPLOAD_TIMEOUT: u32 = 20;

#[cfg(test)]
mod tests {
    use super::*;

    // The family's manual on files: 16 bits, exclusive or of two bytes at a time.
    #[test]
    fn the_checksum_takes_two_bytes_at_a_time() {
        assert_eq!(checksum(b""), 0);
        assert_eq!(checksum(&[0x12]), 0x1200);
        assert_eq!(checksum(&[0x12, 0x34, 0x56]), 0x1234 ^ 0x5600);
    }

    #[test]
    fn a_file_is_confirmed_by_size_and_checksum() {
        let content = [0x12, 0x34];
        for (answer, is_confirmed) in [
            ("+QFUPL: 2,1234\n", true),
            ("+QFUPL:2, 1234\n", true),
            ("+QFUPL: 3,1234\n", false),
            ("+QFUPL: 2,1235\n", false),
            ("+QFUPL: 2\n", false),
            ("", false),
        ] {
            let response = Response::new(answer.as_bytes());
            assert_eq!(super::is_confirmed(response, &content), is_confirmed);
        }
    }

    #[test]
    fn debug_output_does_not_show_the_content() {
        extern crate std;
        let file = PemFile::upload("key.pem", b"-----BEGIN PRIVATE KEY-----").unwrap();
        let shown = std::format!("{file:?}");
        assert!(shown.contains("key.pem") && !shown.contains("BEGIN"));
    }
}
