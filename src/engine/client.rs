use heapless::Vec;

use super::{Engine, timing::REPLY_MARGIN};
use crate::{
    command::{ClientIndex, DataFormat, PLACES, ReceiveMode, Status},
    dialect::Dialect,
    options::Settings,
};

/// One of the modem's MQTT clients, as far as the modem has told.
///
/// ```text
///            connect            QMTOPEN 0            QMTCONN 0
///   Closed ----------> Opening ----------> Connecting ----------> Connected
///     ^                 ^   | failed            | refused, failed,    |  |
///     |        connect: |   v                   v QMTSTAT             |  |
///     |        QMTCLOSE +- Stale <------------------------- QMTSTAT --+  |
///     |                     | close                                      |
///     |                     v                                            |
///     +---- QMTCLOSE --- Closing <------------- disconnect, close -------+
/// ```
///
/// A connect that fails before QMTOPEN goes back to `Closed`; a close that fails leads to `Stale`; a
/// modem restart leads to `Closed` from everywhere, as `close` does through `Closing`.
#[derive(Clone, Debug)]
pub(super) struct Client {
    pub(super) state: ClientState,
    /// A loss of the connection that the application has not been told of.
    pub(super) closed: Option<Status>,
    /// How long the modem may take for a packet with all retransmissions, in milliseconds.
    pub(super) reply_timeout: u32,
    /// How payloads are written in a publish.
    pub(super) send_format: DataFormat,
    /// How payloads are written in a received message.
    pub(super) receive_format: DataFormat,
    /// Whether the modem stores its messages.
    pub(super) stores: bool,
    /// Where in the modem messages lie, in the order in which they came.
    #[cfg_attr(not(feature = "bg95"), expect(dead_code))]
    pub(super) stored: Vec<u8, PLACES, u8>,
    /// The place that was read last, until its message comes, or the modem's answer.
    pub(super) asked: Option<u8>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum ClientState {
    /// Nothing is known to be open.
    Closed,
    /// The connection is lost or in doubt: QMTCLOSE must come before the next QMTOPEN.
    Stale,
    Opening,
    Connecting,
    Connected,
    Closing,
}

impl Client {
    pub(super) const NEW: Self = Self {
        state: ClientState::Closed,
        closed: None,
        reply_timeout: 0,
        send_format: DataFormat::Text,
        receive_format: DataFormat::Text,
        stores: false,
        stored: Vec::new(),
        asked: None,
    };

    pub(super) fn configure(&mut self, dialect: &Dialect, settings: Settings) {
        let (packet_timeout, retries) = settings.retransmission(dialect);
        // The BG95 note leaves out the first try.
        let tries = u32::from(retries).saturating_add(1);
        self.reply_timeout = u32::from(packet_timeout)
            .saturating_mul(1000)
            .saturating_mul(tries)
            .saturating_add(REPLY_MARGIN);
        self.send_format = settings.send_format;
        self.receive_format = settings.receive_format;
        self.stores = settings.receive == ReceiveMode::Stored;
    }
}

/// Whether a client is connected, as far as the modem has told.
pub(super) fn is_connected(clients: &[Client], client: ClientIndex) -> bool {
    let client = clients.get(usize::from(client.get()));
    client.is_some_and(|client| client.state == ClientState::Connected)
}

impl Engine<'_> {
    #[inline(never)]
    pub(super) fn client(&mut self, index: u8) -> Option<&mut Client> {
        self.clients.get_mut(usize::from(index))
    }

    #[inline(never)]
    pub(super) fn state(&self, client: u8) -> ClientState {
        self.clients
            .get(usize::from(client))
            .map_or(ClientState::Closed, |client| client.state)
    }

    #[inline(never)]
    pub(super) fn set_state(&mut self, client: u8, state: ClientState) {
        if let Some(client) = self.client(client) {
            client.state = state;
        }
    }

    /// The client is to be opened with the settings of the connect under way: no connection of before is
    /// left, nor what came over it.
    pub(super) fn set_opening(&mut self, index: u8) {
        self.lose_stored(index);
        let (dialect, settings) = (self.dialect(), self.connecting);
        if let Some(client) = self.client(index) {
            client.configure(dialect, settings);
            client.state = ClientState::Opening;
        }
    }

    pub(super) fn reply_timeout(&self, client: u8) -> u32 {
        self.clients
            .get(usize::from(client))
            .map_or(0, |client| client.reply_timeout)
    }
}
