//! The modem's files: `AT+QFUPL`, `AT+QFLST`, `AT+QFDEL`, as far as certificates need them.

use std::{collections::BTreeMap, time::Duration};

use super::{
    Modem,
    collect::{Collect, Collecting, End},
    line::{Answer, Form, Reply},
    params::{Params, Refused},
};

/// Files by name; they outlast a restart.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

/// A file that is being uploaded.
#[derive(Debug)]
pub(super) struct Upload {
    name: String,
    /// `A` is sent after each 1024 bytes.
    pub(super) acknowledge: bool,
}

impl Modem {
    /// `AT+QFUPL="<name>"[,<size>[,<timeout>[,<ackmode>]]]`
    pub(super) fn qfupl(&mut self, form: Form) -> Answer {
        let mut params = match form {
            Form::Test => {
                self.info("+QFUPL: <filename>,(1-1048576),(1-65535),(0,1)");
                return Ok(Reply::Ok);
            }
            Form::Write(params) => params,
            Form::Read | Form::Execute => return Err(Refused::Parameter),
        };
        let name = file_name(&mut params)?;
        let size = params.optional_integer(1, SIZE_MAX)?.unwrap_or(10_240);
        let timeout = params.optional_integer(1, 65_535)?.unwrap_or(5);
        let acknowledge = params.optional_integer(0, 1)? == Some(1);
        params.end()?;
        if self.files.contains_key(&name) {
            return Ok(Reply::Cme(407, "file already exists"));
        }
        let size = usize::try_from(size).map_err(|_| Refused::Parameter)?;
        let timeout = u64::try_from(timeout).map_err(|_| Refused::Parameter)?;
        Ok(Reply::Prompt(Collecting {
            what: Collect::Upload(Upload { name, acknowledge }),
            end: End::Length(size),
            echo: false,
            patience: Some(Duration::from_secs(timeout)),
            last: self.now,
            data: Vec::new(),
        }))
    }

    pub(super) fn finish_upload(&mut self, upload: Upload, mut data: Vec<u8>) -> Answer {
        if self.behaviour.corrupt_uploads > 0 {
            self.behaviour.corrupt_uploads -= 1;
            if let Some(first) = data.first_mut() {
                *first = !*first;
            }
        }
        self.info(format!("+QFUPL: {},{:x}", data.len(), checksum(&data)));
        self.files.insert(upload.name, data);
        Ok(Reply::Ok)
    }

    /// `AT+QFLST[="<name>"]`
    pub(super) fn qflst(&mut self, form: Form) -> Answer {
        let name = match form {
            Form::Test => return Ok(Reply::Ok),
            Form::Execute => ALL.into(),
            Form::Write(mut params) => {
                let name = file_name(&mut params)?;
                params.end()?;
                name
            }
            Form::Read => return Err(Refused::Parameter),
        };
        let lines: Vec<String> = self
            .files
            .iter()
            .filter(|(one, _)| name == ALL || **one == name)
            .map(|(one, data)| format!("+QFLST: \"{one}\",{}", data.len()))
            .collect();
        if lines.is_empty() && name != ALL {
            return Ok(NOT_FOUND);
        }
        for line in lines {
            self.info(line);
        }
        Ok(Reply::Ok)
    }

    /// `AT+QFDEL="<name>"`
    pub(super) fn qfdel(&mut self, form: Form) -> Answer {
        let mut params = match form {
            Form::Test => {
                self.info("+QFDEL: <filename>");
                return Ok(Reply::Ok);
            }
            Form::Write(params) => params,
            Form::Read | Form::Execute => return Err(Refused::Parameter),
        };
        let name = file_name(&mut params)?;
        params.end()?;
        if name == ALL {
            self.files.clear();
        } else if self.files.remove(&name).is_none() {
            return Ok(NOT_FOUND);
        }
        Ok(Reply::Ok)
    }
}

/// A name, without the place that may stand before it.
pub(super) fn file_name(params: &mut Params) -> Result<String, Refused> {
    let name = params.text(1, NAME_MAX)?;
    Ok(name.strip_prefix("UFS:").unwrap_or(&name).into())
}

/// The exclusive or of all pairs of bytes, high byte first; an odd last byte is a high one.
fn checksum(data: &[u8]) -> u16 {
    let (pairs, rest) = data.as_chunks::<2>();
    let last = rest.first().map_or(0, |high| u16::from(*high) << 8);
    pairs
        .iter()
        .fold(last, |sum, pair| sum ^ u16::from_be_bytes(*pair))
}

const ALL: &str = "*";
const NAME_MAX: usize = 80;
const NOT_FOUND: Reply = Reply::Cme(405, "file not found");
const SIZE_MAX: i64 = 1_048_576;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_takes_bytes_in_pairs() {
        assert_eq!(checksum(b""), 0);
        assert_eq!(checksum(&[0x12]), 0x1200);
        assert_eq!(checksum(&[0x12, 0x34]), 0x1234);
        assert_eq!(checksum(&[0x12, 0x34, 0x56]), 0x4434);
    }
}
