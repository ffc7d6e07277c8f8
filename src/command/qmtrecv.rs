//! AT+QMTRECV: messages that the modem has stored (BG95 note, chapters 3.2.10 and 4.2).
//!
//! ```text
//! +QMTRECV: <client_idx>,<recv_id>                       a message has come, and was stored
//!
//! AT+QMTRECV=<client_idx>[,<recv_id>]                    one of them, or all
//! +QMTRECV: <client_idx>,<msgID>,"<topic>",<payload_len>,"<payload>"
//! OK
//!
//! AT+QMTRECV?
//! +QMTRECV: <client_idx>,<store_status_0>,…,<store_status_4>
//! OK
//! ```
//!
//! `<recv_id>`: 0–4. `<store_status>`: 1 where a message is stored. Reading a message removes it.
//!
//! Three shapes share the name: a message, the news that one is stored, the table of the places.
//! [`MESSAGE`](super::MESSAGE) lets a [`Framer`](crate::at::Framer) find a message with its length,
//! [`MessageLine`] reads one without, [`Urc::Stored`](super::Urc) is the news, and [`StoredQuery`]
//! reads the table.

use super::{ClientIndex, Command};
use crate::at::{CommandWriter, Line, Parameters};

/// How many places the modem has for messages of a client.
pub(crate) const PLACES: usize = 5;

/// How a message begins: `<client_idx>,<msgID>,`.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct MessageHead {
    /// The client that has received it.
    pub client: ClientIndex,
    /// Its packet identifier, 0 for QoS 0. Some modems count beyond 65535.
    pub packet_id: u32,
}

impl MessageHead {
    /// Takes it from the left; `None` when it names no client, or no packet identifier.
    pub fn take(parameters: &mut Parameters<'_>) -> Option<Self> {
        Some(Self {
            client: ClientIndex::new(parameters.byte()?).ok()?,
            packet_id: parameters.unsigned()?,
        })
    }
}

/// A message without its length, from a modem that was not told to report it:
/// `+QMTRECV: <client_idx>,<msgID>,"<topic>","<payload>"`.
///
/// The payload ends at the last quote of the line. So it is cut where it holds CR or LF.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct MessageLine<'a> {
    /// Whose it is.
    pub head: MessageHead,
    /// Its topic name.
    pub topic: &'a [u8],
    /// Its payload, as it stands on the line.
    pub payload: &'a [u8],
}

impl<'a> MessageLine<'a> {
    /// The message in the line; `None` when it has another form.
    #[must_use]
    #[inline(never)]
    pub fn parse(line: &Line<'a>) -> Option<Self> {
        let Line::Response {
            name: b"+QMTRECV",
            mut parameters,
        } = *line
        else {
            return None;
        };
        let head = MessageHead::take(&mut parameters)?;
        let topic = parameters.string()?;
        let payload = parameters.rest().trim_ascii();
        let payload = payload.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
        Some(Self {
            head,
            topic,
            payload,
        })
    }
}

#[cfg(feature = "bg95")]
pub use table::{StoredMessages, StoredQuery};

#[cfg(feature = "bg95")]
mod table {
    use super::{
        super::{Request, Response},
        *,
    };
    use crate::dialect::Dialect;

    /// Asks where messages are stored.
    #[cfg_attr(feature = "defmt", derive(defmt::Format))]
    #[derive(Clone, Copy, Debug)]
    pub struct StoredQuery;

    /// Which of the modem's places hold a message, client by client.
    #[cfg_attr(feature = "defmt", derive(defmt::Format))]
    #[derive(Clone, Copy, Debug)]
    pub struct StoredMessages<'a>(Response<'a>);

    impl StoredMessages<'_> {
        /// The clients that are connected, and whether a message lies in each of their places.
        pub fn iter(&self) -> impl Iterator<Item = (ClientIndex, [bool; PLACES])> + Clone {
            self.0.parameters("+QMTRECV").filter_map(stored_places)
        }
    }

    impl Request for StoredQuery {
        type Answer<'a> = StoredMessages<'a>;

        fn command(&self, _: &Dialect) -> Command {
            Command::Receive
        }

        fn write(&self, _: &Dialect, line: &mut CommandWriter<'_>) {
            ask_for_table(line);
        }

        fn read<'a>(&self, _: &Dialect, response: Response<'a>) -> Option<StoredMessages<'a>> {
            Some(StoredMessages(response))
        }
    }
}

/// One line of the table.
#[cfg(feature = "bg95")]
pub(crate) fn stored_places(mut line: Parameters<'_>) -> Option<(ClientIndex, [bool; PLACES])> {
    let client = ClientIndex::new(line.byte()?).ok()?;
    let mut places = [false; PLACES];
    for place in &mut places {
        *place = line.byte()? != 0;
    }
    Some((client, places))
}

/// Asks where messages are stored.
pub(crate) fn ask_for_table(line: &mut CommandWriter<'_>) {
    line.read(Command::Receive.name());
}

/// Reads the message in one place, or in all of them.
pub(crate) fn fetch(line: &mut CommandWriter<'_>, client: u8, place: Option<u8>) {
    line.set(Command::Receive.name()).number(client.into());
    if let Some(place) = place {
        line.and_number(place.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // BG95 note, chapter 4.2.
    #[test]
    fn a_message_without_length_ends_at_the_last_quote_of_its_line() {
        let line = br#"+QMTRECV: 0,70000,"topic/pub","{"a":"b"}" "#;
        let message = MessageLine::parse(&Line::classify(line)).unwrap();
        assert_eq!(message.head.client, ClientIndex::ZERO);
        assert_eq!(message.head.packet_id, 70_000);
        assert_eq!(message.topic, b"topic/pub");
        assert_eq!(message.payload, br#"{"a":"b"}"#);
    }

    #[test]
    fn the_other_shapes_and_pieces_are_no_message() {
        for line in [
            "+QMTRECV: 0,1",
            "+QMTRECV: 0,1,0,0,0,1",
            "+QMTRECV: 0,1,\"topic\"",
            "+QMTRECV: 0,1,\"topic\",\"",
            "+QMTRECV: 0,1,\"topic\",\"cut",
            "+QMTRECV: 6,1,\"topic\",\"x\"",
            "+QMTRECV: 0,-1,\"topic\",\"x\"",
            "+QMTRECVX: 0,1,\"topic\",\"x\"",
        ] {
            assert_eq!(
                MessageLine::parse(&Line::classify(line.as_bytes())),
                None,
                "{line}"
            );
        }
    }
}
