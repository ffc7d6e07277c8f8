//! AT+QMTOPEN: opens the network connection (BG95 note, chapter 3.2.2; BC660K note, chapter
//! 3.3.2).
//!
//! ```text
//! AT+QMTOPEN=<client_idx>,"<host_name>",<port>
//! OK
//!
//! +QMTOPEN: <client_idx>,<result>
//! ```
//!
//! It fails as OK and a result, as a result and ERROR without OK, or as a bare ERROR.
//!
//! ```text
//! AT+QMTOPEN?
//! [+QMTOPEN: <client_idx>,"<host_name>",<port>]
//! OK
//! ```

use core::str;

use super::{ClientIndex, Command, Request, Response};
use crate::{at::CommandWriter, dialect::Dialect, mqtt::Text};

/// Asks which network connections are open. Some firmware answers nothing at all when none is.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug)]
pub struct ConnectionQuery;

/// The network connections that are open.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug)]
pub struct Connections<'a>(Response<'a>);

/// An open network connection.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Connection<'a> {
    /// Whose it is.
    pub client: ClientIndex,
    /// The server's name or IP address.
    pub host: &'a str,
    /// Its port.
    pub port: u16,
}

impl<'a> Connections<'a> {
    /// One by one.
    pub fn iter(&self) -> impl Iterator<Item = Connection<'a>> + Clone + use<'a> {
        self.0.parameters("+QMTOPEN").filter_map(|mut line| {
            Some(Connection {
                client: ClientIndex::new(line.byte()?).ok()?,
                host: str::from_utf8(line.string()?).ok()?,
                port: line.number()?.try_into().ok()?,
            })
        })
    }
}

impl Request for ConnectionQuery {
    type Answer<'a> = Connections<'a>;

    fn command(&self, _: &Dialect) -> Command {
        Command::Open
    }

    fn write(&self, _: &Dialect, line: &mut CommandWriter<'_>) {
        line.read(Command::Open.name());
    }

    fn read<'a>(&self, _: &Dialect, response: Response<'a>) -> Option<Connections<'a>> {
        Some(Connections(response))
    }
}

/// `<result>` of +QMTOPEN, other than 0.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum OpenResult {
    /// −1: the network connection could not be opened.
    #[error("the network connection could not be opened (result -1)")]
    Failed,
    /// 1: wrong parameter.
    #[error("wrong parameter (result 1)")]
    WrongParameter,
    /// 2: the client index is in use, even after the driver has closed it.
    #[error("the client is in use (result 2)")]
    Occupied,
    /// 3: the PDP context could not be activated.
    #[error("no data connection: the PDP context could not be activated (result 3)")]
    PdpActivation,
    /// 4: the host name could not be resolved.
    #[error("no such host: the name could not be resolved (result 4)")]
    NameResolution,
    /// 5: the server could not be reached, or refused the connection (BG95 family).
    #[error("the server can't be reached, or its port is closed (result 5)")]
    NetworkConnection,
    /// A number without a meaning in the notes.
    #[error("unknown result {0}")]
    Unknown(i16),
}

impl From<i16> for OpenResult {
    fn from(result: i16) -> Self {
        match result {
            -1 => Self::Failed,
            1 => Self::WrongParameter,
            2 => Self::Occupied,
            3 => Self::PdpActivation,
            4 => Self::NameResolution,
            5 => Self::NetworkConnection,
            result => Self::Unknown(result),
        }
    }
}

pub(crate) fn open(writer: &mut CommandWriter<'_>, client: u8, host: Text<'_>, port: u16) {
    writer
        .set(Command::Open.name())
        .number(client.into())
        .and_string(host.as_str())
        .and_number(port.into());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Parameter;

    #[test]
    fn the_command_is_written_as_in_chapter_3_2_2() {
        let mut bytes = [0; 128];
        let mut writer = CommandWriter::new(&mut bytes);
        let host = "iot-as-mqtt.cn-shanghai.aliyuncs.com";
        let host = Text::new(Parameter::HostName, host).unwrap();
        open(&mut writer, 0, host, 1883);
        let len = writer.finish().unwrap();
        let expected = b"AT+QMTOPEN=0,\"iot-as-mqtt.cn-shanghai.aliyuncs.com\",1883\r";
        assert_eq!(&bytes[..len], expected);
    }

    #[test]
    fn every_result_of_the_note_has_a_name_and_others_keep_their_number() {
        for result in (-1..=5).filter(|&result| result != 0) {
            assert!(!matches!(OpenResult::from(result), OpenResult::Unknown(_)));
        }
        assert_eq!(OpenResult::from(6), OpenResult::Unknown(6));
        assert_eq!(OpenResult::from(-2), OpenResult::Unknown(-2));
    }
}
