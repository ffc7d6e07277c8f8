//! AT+QMTCONN: sends CONNECT (BG95 note, chapter 3.2.4; BC660K note, chapter 3.3.4).
//!
//! ```text
//! AT+QMTCONN=<client_idx>,"<clientID>"[,"<username>"[,"<password>"]]
//! OK
//!
//! +QMTCONN: <client_idx>,<result>[,<ret_code>]
//! ```
//!
//! `<result>`: 0 sent and answered, 1 retransmission, 2 failed. `<ret_code>` is the
//! [`ConnectReturnCode`](crate::mqtt::ConnectReturnCode); some firmware leaves a 0 out.
//!
//! ```text
//! AT+QMTCONN?
//! [+QMTCONN: <client_idx>,<state>]
//! OK
//! ```

use super::{ClientIndex, Command, Request, Response};
use crate::{
    at::CommandWriter,
    dialect::Dialect,
    mqtt::{Password, Text},
};

/// Asks for the state of the clients that are open. Some firmware answers nothing at all when none
/// is.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug)]
pub struct ConnectionStateQuery;

/// The state of clients, as the modem told.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug)]
pub struct ConnectionStates<'a>(Response<'a>);

/// `<state>` of a client.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ConnectionState {
    /// 1: the network connection is open.
    Initializing,
    /// 2: the CONNECT is on its way.
    Connecting,
    /// 3: connected.
    Connected,
    /// 4: the DISCONNECT is on its way.
    Disconnecting,
    /// A number without a meaning in the notes.
    Unknown(u8),
}

impl From<u8> for ConnectionState {
    fn from(state: u8) -> Self {
        match state {
            1 => Self::Initializing,
            2 => Self::Connecting,
            3 => Self::Connected,
            4 => Self::Disconnecting,
            state => Self::Unknown(state),
        }
    }
}

impl ConnectionStates<'_> {
    /// One by one.
    pub fn iter(&self) -> impl Iterator<Item = (ClientIndex, ConnectionState)> + Clone {
        self.0.parameters("+QMTCONN").filter_map(|mut line| {
            let client = ClientIndex::new(line.byte()?).ok()?;
            Some((client, line.byte()?.into()))
        })
    }
}

impl Request for ConnectionStateQuery {
    type Answer<'a> = ConnectionStates<'a>;

    fn command(&self, _: &Dialect) -> Command {
        Command::Connect
    }

    fn write(&self, _: &Dialect, line: &mut CommandWriter<'_>) {
        line.read(Command::Connect.name());
    }

    fn read<'a>(&self, _: &Dialect, response: Response<'a>) -> Option<ConnectionStates<'a>> {
        Some(ConnectionStates(response))
    }
}

pub(crate) fn connect(
    writer: &mut CommandWriter<'_>,
    client: u8,
    client_id: Text<'_>,
    user_name: Option<Text<'_>>,
    password: Option<Password<'_>>,
) {
    writer
        .set(Command::Connect.name())
        .number(client.into())
        .and_string(client_id.as_str());
    if let Some(user_name) = user_name {
        writer.and_string(user_name.as_str());
        if let Some(password) = password {
            writer.and_string(password.reveal());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Parameter;

    fn text(text: &str) -> Text<'_> {
        Text::new(Parameter::ClientId, text).unwrap()
    }

    #[test]
    fn the_command_is_written_as_in_chapter_3_2_4() {
        let password = Password::new("pw").unwrap();
        let cases: [(Option<_>, Option<_>, &[u8]); 3] = [
            (None, None, b"AT+QMTCONN=0,\"clientExample\"\r"),
            (
                Some(text("u")),
                None,
                b"AT+QMTCONN=0,\"clientExample\",\"u\"\r",
            ),
            (
                Some(text("u")),
                Some(password),
                b"AT+QMTCONN=0,\"clientExample\",\"u\",\"pw\"\r",
            ),
        ];
        for (user_name, password, expected) in cases {
            let mut bytes = [0; 64];
            let mut writer = CommandWriter::new(&mut bytes);
            connect(&mut writer, 0, text("clientExample"), user_name, password);
            let len = writer.finish().unwrap();
            assert_eq!(&bytes[..len], expected);
        }
    }
}
