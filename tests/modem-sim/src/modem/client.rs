//! One of the modem's MQTT clients: its network connection and its session.

mod packets;
mod store;
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
    network::{Link, LinkStatus, Network, OpenError},
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
            notices: Vec::new(),
        }
    }

    pub(super) fn open(
        &mut self,
        now: Duration,
        network: &mut dyn Network,
        (host, port): (&str, u16),
        tls: Option<Tls>,
    ) {
        self.tls = tls;
        self.handshake_by = now + HANDSHAKE_TIME;
        self.host = host.into();
        self.port = port;
        self.link = Some(network.open(now, host, port));
        self.state = State::Opening;
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
    }

    /// Does all there is to do now; says whether there was anything.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> bool {
        let Some(link) = self.link else {
            return false;
        };
        let before = self.notices.len();
        match (self.state, context.network.status(context.now, link)) {
            (State::Opening, LinkStatus::Opening)
                if self.tls.is_some() && self.handshake_by <= context.now =>
            {
                self.drop_link(context.now, context.network);
                self.notice("QMTOPEN", "-1");
            }
            (State::Opening, LinkStatus::Open) if self.tls.is_some() => {
                let moved = self.shake_hands(context, link);
                return moved || self.notices.len() > before;
            }
            (State::Opening, LinkStatus::Open) => {
                self.state = State::Open;
                self.notice("QMTOPEN", "0");
            }
            (State::Opening, LinkStatus::Failed(error)) => {
                self.drop_link(context.now, context.network);
                self.open_failed(error);
            }
            (State::Opening, LinkStatus::Closed) if self.tls.is_some() => {
                self.drop_link(context.now, context.network);
                self.notice("QMTOPEN", "-1");
            }
            (State::Opening, LinkStatus::Closed) => {
                self.drop_link(context.now, context.network);
                self.open_failed(OpenError::Connection);
            }
            (State::Idle | State::Opening, _) => {}
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

    /// Does what the TLS handshake asks for; says whether anything moved.
    fn shake_hands(&mut self, context: &mut Context<'_>, link: Link) -> bool {
        let mut bytes = Vec::new();
        let count = context
            .network
            .receive(context.now, link, &mut bytes, HANDSHAKE_MAX);
        let Some(tls) = &mut self.tls else {
            return false;
        };
        let mut early = Vec::new();
        let failed = tls.receive(&bytes, &mut early).is_none() || self.handshake_by <= context.now;
        let done = !tls.is_handshaking();
        let outbound = tls.outbound();
        let moved = count > 0 || !outbound.is_empty();
        self.put(&outbound);
        self.flush(context);
        if failed {
            self.drop_link(context.now, context.network);
            self.notice("QMTOPEN", "-1");
        } else if done {
            self.inbox.extend_from_slice(&early);
            self.state = State::Open;
            self.notice("QMTOPEN", "0");
        }
        moved
    }

    fn open_failed(&mut self, error: OpenError) {
        let result = match (error, self.family) {
            (OpenError::Name, _) => "4",
            (OpenError::Connection, Family::Bg95) => "5",
            (OpenError::Connection, Family::Bc660k) => "-1",
        };
        self.notice("QMTOPEN", result);
    }

    fn disconnect_failed(&mut self) {
        let result = match self.family {
            Family::Bg95 => "2",
            Family::Bc660k => "-1",
        };
        self.notice("QMTDISC", result);
    }

    /// When something is due by the passing of time alone.
    pub(super) fn deadline(&self) -> Option<Duration> {
        let state = match self.state {
            State::Connecting { deadline }
            | State::Refused { deadline }
            | State::Disconnecting {
                deadline,
                sent: false,
            } => Some(deadline),
            State::Connected => self.ping_deadline.or_else(|| self.next_ping()),
            State::Opening if self.tls.is_some() => Some(self.handshake_by),
            State::Idle | State::Opening | State::Open | State::Disconnecting { .. } => None,
        };
        let exchanges = self.exchanges.iter().map(|one| one.deadline).min();
        [state, exchanges].into_iter().flatten().min()
    }

    fn next_ping(&self) -> Option<Duration> {
        match self.settings.keep_alive {
            0 => None,
            seconds => Some(self.last_sent + Duration::from_secs(seconds.into())),
        }
    }

    fn queue(&mut self, now: Duration, packet: &[u8]) {
        match &mut self.tls {
            Some(tls) => {
                // What cannot be encrypted any more is not missed: the link is at its end.
                let _ = tls.send(packet);
                let outbound = tls.outbound();
                self.put(&outbound);
            }
            None => self.put(packet),
        }
        self.last_sent = now;
    }

    /// Puts bytes into the outbox as they go over the link.
    fn put(&mut self, bytes: &[u8]) {
        self.outbox.extend(bytes);
        self.queued += bytes.len() as u64;
    }

    fn flush(&mut self, context: &mut Context<'_>) {
        let Some(link) = self.link else {
            return;
        };
        while !self.outbox.is_empty() {
            let (bytes, _) = self.outbox.as_slices();
            let taken = context.network.send(context.now, link, bytes);
            if taken == 0 {
                return;
            }
            self.outbox.drain(..taken);
            self.sent += taken as u64;
            self.finish_sent();
        }
        // "Connection closed successfully": the BC660K-GL does not wait for the server.
        if self.family == Family::Bc660k
            && matches!(self.state, State::Disconnecting { sent: true, .. })
        {
            self.drop_link(context.now, context.network);
        }
    }

    /// Reports what is done with being sent.
    fn finish_sent(&mut self) {
        let sent = self.sent;
        let mut done = Vec::new();
        self.exchanges.retain(|one| match one.step {
            Step::Sending { end } if end <= sent => {
                done.push(one.packet_id);
                false
            }
            _ => true,
        });
        for packet_id in done {
            self.notice("QMTPUB", &format!("{packet_id},0"));
        }
        if let State::Disconnecting { deadline, sent } = self.state
            && !sent
            && self.outbox.is_empty()
        {
            let sent = true;
            self.state = State::Disconnecting { deadline, sent };
            self.notice("QMTDISC", "0");
        }
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

    /// Gives up, sends again, or pings: what is due by now.
    fn expire(&mut self, context: &mut Context<'_>) {
        let now = context.now;
        match self.state {
            State::Connecting { deadline } if deadline <= now => {
                let unsent = !self.outbox.is_empty();
                self.drop_link(now, context.network);
                self.notice("QMTCONN", "2");
                self.notice("QMTSTAT", if unsent { "3" } else { "4" });
            }
            State::Refused { deadline } if deadline <= now => self.link_lost(context),
            State::Disconnecting {
                deadline,
                sent: false,
            } if deadline <= now => {
                self.drop_link(now, context.network);
                self.disconnect_failed();
            }
            State::Connected => self.ping(context),
            _ => {}
        }
        self.retransmit(now);
    }

    fn ping(&mut self, context: &mut Context<'_>) {
        let now = context.now;
        if self.ping_deadline.is_some_and(|deadline| deadline <= now) {
            self.drop_link(now, context.network);
            self.notice("QMTSTAT", "2");
        } else if self.ping_deadline.is_none() && self.next_ping().is_some_and(|due| due <= now) {
            self.queue(now, &[0xC0, 0x00]);
            let tries = self.settings.retries + 1;
            self.ping_deadline = Some(now + self.settings.packet_timeout * tries);
        }
    }

    fn retransmit(&mut self, now: Duration) {
        let mut exchanges = std::mem::take(&mut self.exchanges);
        exchanges.retain_mut(|one| {
            if now < one.deadline {
                return true;
            }
            if one.retransmissions >= self.settings.retries {
                self.notice(one.name(), &format!("{},2", one.packet_id));
                return false;
            }
            one.retransmissions += 1;
            one.deadline = now + self.settings.packet_timeout;
            // A packet that has not even left is not sent twice.
            if !matches!(one.step, Step::Sending { .. }) && self.outbox.is_empty() {
                one.mark_duplicate();
                self.queue(now, &one.packet);
            }
            if self.settings.timeout_notice {
                let (name, count) = (one.name(), one.retransmissions);
                self.notice(name, &format!("{},1,{count}", one.packet_id));
            }
            true
        });
        self.exchanges = exchanges;
    }

    /// Puts a line for the host together: `+<name>: <client_idx>,<values>`.
    fn notice(&mut self, name: &str, values: &str) {
        let line = format!("+{name}: {},{values}", self.index);
        self.notices.push(line.into_bytes());
    }
}

/// How long the way to a TLS connection may be; the note states no limit.
const HANDSHAKE_TIME: Duration = Duration::from_secs(300);

/// How many bytes of a handshake are read at once.
const HANDSHAKE_MAX: usize = 16 * 1024;
