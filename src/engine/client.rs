use super::timing::REPLY_MARGIN;
use crate::{command::Status, options::Settings};

/// One of the modem's MQTT clients, as far as the modem has told.
///
/// ```text
///            connect            QMTOPEN 0            QMTCONN 0
///   Closed ----------> Opening ----------> Connecting ----------> Connected
///     ^ ^                | failed             | refused, failed      |  |
///     | |                v                    v, QMTSTAT             |  |
///     | +-- QMTCLOSE --- Stale <-------------------------- QMTSTAT --+  |
///     |                                                                 |
///     +------ QMTCLOSE ------- Closing <---------- disconnect, close ---+
/// ```
///
/// A connect that fails before QMTOPEN goes back to `Closed`; a close that fails leads to `Stale`; a
/// modem restart leads to `Closed` from everywhere.
#[derive(Clone, Copy, Debug)]
pub(super) struct Client {
    pub(super) state: ClientState,
    /// A loss of the connection that the application has not been told of.
    pub(super) closed: Option<Status>,
    /// How long the modem may take for a packet with all retransmissions, in milliseconds.
    pub(super) reply_timeout: u32,
    /// The wait for one acknowledgement, in milliseconds.
    pub(super) packet_timeout: u32,
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
        packet_timeout: 0,
    };

    pub(super) const fn configure(&mut self, settings: Settings) {
        self.packet_timeout = (settings.packet_timeout as u32).saturating_mul(1000);
        // The notes leave out the first try.
        let tries = (settings.retries as u32).saturating_add(1);
        self.reply_timeout = self
            .packet_timeout
            .saturating_mul(tries)
            .saturating_add(REPLY_MARGIN);
    }
}
