//! Messages that the modem stores (BG95 family): each is fetched when the inbox has room for it.

#[cfg(feature = "bg95")]
use super::{Client, Kind, LossReason, MessageLost, Operation, client::ClientState, inbox::Header};
use super::{Engine, operations::Step, timing::TABLES};
use crate::{
    at::{FinalResult, Parameters},
    command::{ClientIndex, PLACES},
};
#[cfg(feature = "bg95")]
use crate::{
    at::{holds, rotate_left},
    command::{Command, stored_places},
    dialect::MAX_CLIENTS,
    usage::UsageError,
    value::{Parameter, out_of_range},
};

impl Engine<'_> {
    /// Reads messages that the modem has stored, from one of its places (0–4) or from all; they come
    /// as events. The engine does this by itself as the inbox has room; what is read this way and
    /// finds none is lost, and reported so. BG95 family.
    ///
    /// # Errors
    /// [`UsageError::NotSupported`], [`UsageError::Value`] for another place,
    /// [`UsageError::NotConnected`], [`UsageError::Busy`].
    #[cfg(feature = "bg95")]
    pub fn fetch(
        &mut self,
        client: ClientIndex,
        place: Option<u8>,
    ) -> Result<Operation, UsageError> {
        self.check_supported(Command::Receive)?;
        let client = self.check_connected(client)?;
        let most = (PLACES as u32).saturating_sub(1);
        if let Some(place) = place.map(u32::from).filter(|place| *place > most) {
            return Err(out_of_range(Parameter::StoragePlace, place, 0, most).into());
        }
        // It reads stored messages itself.
        self.check_room()?;
        self.storage = Some(STORAGE);
        self.is_fetch_next = false;
        self.begin(Kind::Fetch, Step::Fetch { client, place }, client)
    }

    /// A message lies in this place of the modem.
    pub(super) fn stored(&mut self, client: u8, place: u8) {
        if let Some(storage) = self.storage {
            (storage.note)(self, client, place);
        }
    }

    /// What is to be done next about stored messages.
    pub(super) fn next_stored(&self) -> Option<Step> {
        self.storage.and_then(|storage| (storage.next)(self))
    }

    /// Puts on the line what [`Engine::next_stored`] has named.
    pub(super) fn fetch_stored(&mut self, step: Step) {
        if let Some(storage) = self.storage {
            (storage.fetch)(self, step);
        }
    }

    /// The messages in this place, or in all, are about to be read.
    pub(super) fn forget_stored(&mut self, client: u8, place: Option<u8>) {
        if let Some(storage) = self.storage {
            (storage.forget)(self, client, place);
        }
    }

    /// The final result code of an exchange that no operation has begun.
    pub(super) fn stored_answer(&mut self, step: Step, result: FinalResult) {
        if let Some(storage) = self.storage {
            (storage.answer)(self, step, result);
        }
    }

    /// What a row of the modem's table says about the places of a client.
    pub(super) fn table_row(&self, parameters: Parameters<'_>) -> Option<Row> {
        self.storage.and_then(|storage| (storage.row)(parameters))
    }

    /// Takes over a row of the table.
    pub(super) fn read_table(&mut self, row: Row) {
        if let Some(storage) = self.storage {
            (storage.read)(self, row);
        }
    }

    /// The connection is closed, and with it all that the modem had stored is gone.
    pub(super) fn lose_stored(&mut self, client: u8) {
        if let Some(storage) = self.storage {
            (storage.lose)(self, client);
        }
    }

    /// What the modem has stored is not known any more: it is to be asked, and again if its answer is lost or
    /// makes that necessary, but not for ever.
    #[inline(never)]
    pub(super) fn ask_for_table(&mut self) {
        self.is_table_due = true;
        if !self.is_of_table() {
            self.tables_left = TABLES;
        }
    }

    /// Whether the modem is being asked where messages are stored.
    pub(super) fn is_of_table(&self) -> bool {
        !self.exchange.is_idle() && matches!(self.exchange.step, Step::StoredTable)
    }

    /// A message has come of which nobody knows for whom: it is the one that is being read, if one is.
    pub(super) fn answer_fetch(&mut self) {
        if let Step::Fetch { client, .. } = self.exchange.step
            && let Some(client) = self.client(client)
        {
            client.asked = None;
        }
    }
}

/// What serves stored messages. Who asks for them brings it along, in the options of a connect or by
/// a fetch; where nobody does, none of it is linked.
#[derive(Clone, Copy)]
pub(crate) struct Storage {
    note: fn(&mut Engine<'_>, u8, u8),
    next: fn(&Engine<'_>) -> Option<Step>,
    fetch: fn(&mut Engine<'_>, Step),
    forget: fn(&mut Engine<'_>, u8, Option<u8>),
    answer: fn(&mut Engine<'_>, Step, FinalResult),
    row: fn(Parameters<'_>) -> Option<Row>,
    read: fn(&mut Engine<'_>, Row),
    lose: fn(&mut Engine<'_>, u8),
}

/// A client, and in which of its places messages lie.
pub(super) type Row = (ClientIndex, [bool; PLACES]);

#[cfg(feature = "bg95")]
pub(crate) const STORAGE: &Storage = &Storage {
    note: |engine, client, place| engine.note_place(client, place),
    next: |engine| engine.next_place(),
    fetch: |engine, step| engine.fetch_place(step),
    forget: |engine, client, place| engine.forget_place(client, place),
    answer: |engine, step, result| engine.answer_of_place(step, result),
    row: stored_places,
    read: |engine, row| engine.read_row(row),
    lose: |engine, client| engine.lose_places(client),
};

impl core::fmt::Debug for Storage {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Storage")
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Storage {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Storage");
    }
}

/// What serves them.
#[cfg(feature = "bg95")]
impl Engine<'_> {
    fn note_place(&mut self, client: u8, place: u8) {
        self.has_changed = true;
        // There is no such place, so it is damaged news.
        if usize::from(place) >= PLACES {
            self.ask_for_table();
        }
        if let Some(client) = self.client(client)
            && usize::from(place) < PLACES
            && !holds(&client.stored, place)
        {
            let _ = client.stored.push(place);
        }
    }

    fn next_place(&self) -> Option<Step> {
        let stores = |index: usize| {
            self.clients
                .get(index)
                .filter(|client| client.stores && client.state == ClientState::Connected)
        };
        if self.is_table_due
            && self.tables_left > 0
            && (0..MAX_CLIENTS).any(|index| stores(index).is_some())
        {
            return Some(Step::StoredTable);
        }
        // How long a message is shows only when it comes. So it is fetched when there is as much room
        // as there can be, or enough for any.
        if !self.inbox.is_empty() && self.inbox.room() < self.largest_record() {
            return None;
        }
        // One client after the other.
        let start = usize::from(self.fetched_last).saturating_add(1);
        (start..start.saturating_add(MAX_CLIENTS)).find_map(|index| {
            let index = index.checked_rem(MAX_CLIENTS)?;
            let place = stores(index)?.stored.first().copied();
            place.map(|place| Step::Fetch {
                client: index as u8,
                place: Some(place),
            })
        })
    }

    fn fetch_place(&mut self, step: Step) {
        self.is_fetch_next = false;
        match step {
            Step::Fetch { client, place } => {
                self.fetched_last = client;
                self.forget_stored(client, place);
                let before = self
                    .client(client)
                    .and_then(|client| core::mem::replace(&mut client.asked, place));
                if before.is_some() {
                    // It was lost on the line, and the modem's table did not come or did not tell.
                    self.not_fetched(client);
                }
            }
            _ => self.tables_left = self.tables_left.saturating_sub(1),
        }
        if !self.send(step, 0) {
            self.end_exchange();
        }
    }

    fn forget_place(&mut self, client: u8, place: Option<u8>) {
        if let Some(client) = self.client(client) {
            client
                .stored
                .retain(|one| place.is_some_and(|place| *one != place));
        }
    }

    fn answer_of_place(&mut self, step: Step, result: FinalResult) {
        let client = match step {
            Step::Fetch { client, .. } => client,
            Step::StoredTable => {
                // A modem that knows no table has none to ask for.
                self.is_table_due &= result == FinalResult::Ok;
                return;
            }
            _ => return,
        };
        let asked = self.client(client).and_then(|client| client.asked.take());
        if asked.is_some() {
            // It is not there any more, or its connection is not; or it was lost on the line.
            self.not_fetched(client);
        }
    }

    /// Takes over what the modem says about the places of a client. Not later: the news of another
    /// message can come before the table's final result code.
    fn read_row(&mut self, (client, places): Row) {
        self.is_table_due = false;
        for (place, is_stored) in (0_u8..).zip(places) {
            if is_stored {
                self.stored_still(client.get(), place);
            } else {
                self.forget_stored(client.get(), Some(place));
                let asked = self.client(client.get()).map(|client| &mut client.asked);
                if let Some(asked) = asked.filter(|asked| **asked == Some(place)) {
                    // It was read, and lost on the line.
                    *asked = None;
                    self.not_fetched(client.get());
                }
            }
        }
    }

    /// A message lies in this place, by the modem's table.
    fn stored_still(&mut self, index: u8, place: u8) {
        let is_news = |client: &&mut Client| !holds(&client.stored, place);
        let is_news = self.client(index).filter(is_news).is_some();
        self.stored(index, place);
        if let Some(client) = self.client(index)
            && is_news
            && client.asked == Some(place)
        {
            // Its fetch was lost: it is older than those whose news came meanwhile.
            let others = client.stored.len().saturating_sub(1);
            rotate_left(&mut client.stored, others);
            client.asked = None;
        }
    }

    fn lose_places(&mut self, client: u8) {
        // The answer to a fetch that is under way still tells.
        let is_fetching = !self.exchange.is_idle()
            && matches!(self.exchange.step, Step::Fetch { client: one, .. } if one == client);
        if let Some(one) = self.client(client).filter(|_| !is_fetching)
            && one.asked.take().is_some()
        {
            self.not_fetched(client);
        }
        while let Some(one) = self.client(client)
            && one.stored.pop().is_some()
        {
            self.not_fetched(client);
        }
    }

    fn not_fetched(&mut self, client: u8) {
        self.report_loss(Some(MessageLost {
            client: ClientIndex::new(client).ok(),
            payload_len: 0,
            reason: LossReason::NotFetched,
            count: 1,
        }));
    }

    fn largest_record(&self) -> usize {
        let topic = usize::from(self.dialect().topic_limit);
        let payload = usize::from(self.dialect().payload_limit);
        Header::SIZE.saturating_add(topic).saturating_add(payload)
    }
}
