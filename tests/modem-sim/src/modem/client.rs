//! One of the modem's MQTT clients: its network connection and its session.

mod opening;
mod packets;
mod sending;
mod store;
mod timers;
#[cfg_attr(not(feature = "tls"), path = "client/no_tls.rs")]
mod tls;

use std::{
    collections::{BTreeSet, VecDeque},
    time::Duration,
};

use bytes::BytesMut;

use self::store::Store;
pub(super) use self::{store::SLOTS, tls::Tls};
use super::{
    exchange::{Exchange, Step},
    params::Refused,
    settings::Settings,
};
use crate::{
    Behaviour,
    behaviour::Refusal,
    config::Family,
    network::{Link, LinkStatus, Network},
};

/// What a client needs to do its work.
pub(super) struct Context<'a> {
    pub(super) now: Duration,
    pub(super) network: &'a mut dyn Network,
    pub(super) behaviour: &'a Behaviour,
    /// Whether anything may be read from the network.
    pub(super) accepts: bool,
}

/// An MQTT client of the modem.
#[derive(Debug)]
pub(super) struct Client {
    index: usize,
    family: Family,
    pub(super) settings: Settings,
    pub(super) state: State,
    pub(super) host: String,
    pub(super) port: u16,
    link: Option<Link>,
    /// Between MQTT and the link, in SSL mode.
    tls: Option<Tls>,
    /// When the TLS handshake must be done.
    handshake_by: Duration,
    /// Bytes that the network has not taken yet.
    outbox: VecDeque<u8>,
    /// How many bytes of this link were put into the outbox.
    queued: u64,
    /// How many of them the network has taken.
    sent: u64,
    inbox: BytesMut,
    pub(super) exchanges: Vec<Exchange>,
    /// QoS 2 messages that were delivered and not yet released by the server.
    received: BTreeSet<u16>,
    /// The client identifier that `received` belongs to.
    session: String,
    store: Store,
    last_sent: Duration,
    /// When PINGRESP must have come.
    ping_deadline: Option<Duration>,
    /// Packets that could not be delivered since the last one that could.
    failures: u32,
    /// Lines for the host.
    pub(super) notices: Vec<Vec<u8>>,
}

/// How far a client has come.
///
/// ```text
/// Idle --QMTOPEN--> Opening --link open--> Open --QMTCONN--> Connecting --CONNACK 0--> Connected
///                                                                |                        | QMTDISC
///                                          Idle <--link gone-- Refused               Disconnecting
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum State {
    Idle,
    Opening,
    Open,
    Connecting { deadline: Duration },
    Refused { deadline: Duration },
    Connected,
    Disconnecting { deadline: Duration, sent: bool },
}

impl Client {
    pub(super) fn new(index: usize, family: Family) -> Self {
        Self {
            index,
            family,
            settings: Settings::new(family),
            state: State::Idle,
            host: String::new(),
            port: 0,
            link: None,
            tls: None,
            handshake_by: Duration::ZERO,
            outbox: VecDeque::new(),
            queued: 0,
            sent: 0,
            inbox: BytesMut::new(),
            exchanges: Vec::new(),
            received: BTreeSet::new(),
            session: String::new(),
            store: Store::default(),
            last_sent: Duration::ZERO,
            ping_deadline: None,
            failures: 0,
            notices: Vec::new(),
        }
    }

    pub(super) fn connect(&mut self, now: Duration, client_id: &str, packet: Vec<u8>) {
        if self.settings.clean_session || self.session != client_id {
            self.received.clear();
        }
        self.session = client_id.into();
        self.queue(now, &packet);
        let deadline = now + self.settings.packet_timeout;
        self.state = State::Connecting { deadline };
    }

    pub(super) fn disconnect(&mut self, now: Duration) {
        self.queue(now, &[0xE0, 0x00]);
        let deadline = now + self.settings.packet_timeout;
        let sent = false;
        self.state = State::Disconnecting { deadline, sent };
        self.exchanges.clear();
    }

    /// Sends a packet and keeps it until it is acknowledged.
    pub(super) fn begin(
        &mut self,
        now: Duration,
        packet_id: u16,
        step: Step,
        packet: Vec<u8>,
    ) -> Result<(), Refused> {
        let quiet = matches!(step, Step::Sending { .. });
        if !quiet && self.exchanges.iter().any(|one| one.occupies(packet_id)) {
            return Err(Refused::State);
        }
        self.queue(now, &packet);
        let step = match step {
            Step::Sending { .. } => Step::Sending { end: self.queued },
            step => step,
        };
        self.exchanges.push(Exchange {
            packet_id,
            step,
            packet,
            retransmissions: 0,
            deadline: now + self.settings.packet_timeout,
        });
        Ok(())
    }

    /// Closes the network connection, without a word to the host.
    pub(super) fn drop_link(&mut self, now: Duration, network: &mut dyn Network) {
        if let Some(link) = self.link.take() {
            network.close(now, link);
        }
        self.state = State::Idle;
        self.tls = None;
        self.outbox.clear();
        self.queued = 0;
        self.sent = 0;
        self.inbox.clear();
        self.exchanges.clear();
        self.store = Store::default();
        self.ping_deadline = None;
        self.failures = 0;
    }

    /// Does all there is to do now; says whether there was anything.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> bool {
        let Some(link) = self.link else {
            return false;
        };
        let before = self.notices.len();
        match (self.state, context.network.status(context.now, link)) {
            (State::Opening, status) => return self.step_opening(context, link, status),
            (State::Idle, _) => {}
            (_, LinkStatus::Failed(_) | LinkStatus::Closed) => self.link_lost(context),
            (_, LinkStatus::Opening | LinkStatus::Open) => {
                self.take_waiting(context);
                self.flush(context);
                let read = self.read(context, link);
                self.expire(context);
                self.flush(context);
                return read || self.notices.len() > before;
            }
        }
        self.notices.len() > before
    }

    fn disconnect_failed(&mut self) {
        let result = match self.family {
            Family::Bg95 => "2",
            Family::Bc660k => "-1",
        };
        self.notice("QMTDISC", result);
    }

    /// The server, or the network, has closed the connection.
    fn link_lost(&mut self, context: &mut Context<'_>) {
        let state = self.state;
        self.drop_link(context.now, context.network);
        match state {
            State::Disconnecting { sent: true, .. } => self.notice("QMTSTAT", "5"),
            State::Disconnecting { sent: false, .. } => self.disconnect_failed(),
            State::Refused { .. } if context.behaviour.refusal == Refusal::ConnThenStat => {
                self.notice("QMTSTAT", "4");
            }
            // The other forms of a refusal were reported in full when CONNACK came.
            State::Refused { .. } => {}
            _ => self.notice("QMTSTAT", "1"),
        }
    }

    /// Puts a line for the host together: `+<name>: <client_idx>,<values>`.
    fn notice(&mut self, name: &str, values: &str) {
        let line = format!("+{name}: {},{values}", self.index);
        self.notices.push(line.into_bytes());
    }
}
