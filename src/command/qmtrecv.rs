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

use super::{ClientIndex, Command, Request, Response};
use crate::{
    at::{CommandWriter, Parameters},
    dialect::Dialect,
};

/// How many messages of a client the modem stores.
pub(crate) const SLOTS: usize = 5;

/// Asks where messages are stored.
#[derive(Clone, Copy, Debug)]
pub struct StoredQuery;

/// Which of the modem's places hold a message, client by client.
#[derive(Clone, Copy, Debug)]
pub struct StoredMessages<'a>(Response<'a>);

impl StoredMessages<'_> {
    /// The clients that are connected, and whether a message lies in each of their places.
    pub fn iter(&self) -> impl Iterator<Item = (ClientIndex, [bool; SLOTS])> + Clone {
        self.0.parameters("+QMTRECV").filter_map(stored_places)
    }
}

/// One line of the table.
pub(crate) fn stored_places(mut line: Parameters<'_>) -> Option<(ClientIndex, [bool; SLOTS])> {
    let client = ClientIndex::new(line.byte()?).ok()?;
    let mut places = [false; SLOTS];
    for place in &mut places {
        *place = line.byte()? != 0;
    }
    Some((client, places))
}

impl Request for StoredQuery {
    type Answer<'a> = StoredMessages<'a>;

    fn command(&self, _: &Dialect) -> Command {
        Command::Receive
    }

    fn write(&self, _: &Dialect, line: &mut CommandWriter<'_>) {
        line.read("+QMTRECV");
    }

    fn read<'a>(&self, _: &Dialect, response: Response<'a>) -> Option<StoredMessages<'a>> {
        Some(StoredMessages(response))
    }
}

/// Reads the message in one place, or in all of them.
pub(crate) fn fetch(line: &mut CommandWriter<'_>, client: u8, place: Option<u8>) {
    line.set("+QMTRECV").number(client.into());
    if let Some(place) = place {
        line.and_number(place.into());
    }
}
