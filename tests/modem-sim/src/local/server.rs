//! The server behind the handle: links, sessions, routing.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    fmt,
    time::Duration,
};

use bytes::BytesMut;

use super::{
    Connection, Listen, Message, PacketKind,
    link::{LocalLink, Parcel},
    topic,
};
use crate::network::{Link, LinkStatus, Notify, OpenError};

pub(super) struct Server {
    pub(super) now: Duration,
    pub(super) latency: Duration,
    pub(super) listen: Listen,
    pub(super) hidden: Vec<String>,
    pub(super) login: Option<(String, String)>,
    pub(super) refusal: Option<u8>,
    pub(super) denied: Vec<String>,
    pub(super) max_qos: u8,
    pub(super) connect_timeout: Option<Duration>,
    pub(super) withheld: HashMap<PacketKind, u32>,
    pub(super) paused: bool,
    pub(super) messages: Vec<Message>,
    pub(super) connections: Vec<Connection>,
    pub(super) received: Vec<(PacketKind, bool)>,
    pub(super) retained: BTreeMap<String, Message>,
    pub(super) links: BTreeMap<Link, LocalLink>,
    pub(super) sessions: BTreeMap<String, Session>,
    pub(super) notify: Vec<Notify>,
    next_link: u64,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            now: Duration::ZERO,
            latency: Duration::ZERO,
            listen: Listen::Accept,
            hidden: Vec::new(),
            login: None,
            refusal: None,
            denied: Vec::new(),
            max_qos: 2,
            connect_timeout: Some(Duration::from_secs(10)),
            withheld: HashMap::new(),
            paused: false,
            messages: Vec::new(),
            connections: Vec::new(),
            received: Vec::new(),
            retained: BTreeMap::new(),
            links: BTreeMap::new(),
            sessions: BTreeMap::new(),
            notify: Vec::new(),
            next_link: 0,
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Server")
            .field("now", &self.now)
            .field("links", &self.links)
            .field("sessions", &self.sessions)
            .finish_non_exhaustive()
    }
}

/// What the server knows of a client.
#[derive(Debug, Default)]
pub(super) struct Session {
    pub(super) link: Option<Link>,
    pub(super) clean: bool,
    pub(super) will: Option<Message>,
    pub(super) filters: Vec<(String, u8)>,
    /// Sent and not acknowledged, in order; after PUBREC without its message.
    pub(super) unacknowledged: VecDeque<(u16, Option<Message>)>,
    /// QoS 2 packet identifiers of the client that await PUBREL.
    pub(super) unreleased: Vec<u16>,
    pub(super) last_id: u16,
}

impl Server {
    /// Does all that is due at `now`.
    pub(super) fn advance(&mut self, now: Duration) {
        let now = self.now.max(now);
        while let Some((due, link)) = self.next_work(now) {
            self.now = self.now.max(due);
            self.work(link);
        }
        self.now = now;
    }

    pub(super) fn next_deadline(&self) -> Option<Duration> {
        let now = self.now;
        let modems = self
            .links
            .values()
            .filter_map(|link| link.modem_deadline(now));
        let server = self
            .links
            .values()
            .filter(|_| !self.paused)
            .filter_map(|link| link.server_deadline(self.connect_timeout));
        modems.chain(server).min()
    }

    pub(super) fn open(&mut self, error: Option<OpenError>) -> Link {
        let link = Link(self.next_link);
        self.next_link += 1;
        let silent = self.listen == Listen::Silent && error.is_none();
        let state = LocalLink {
            opened: self.now,
            error,
            // A TCP connection takes a round trip.
            open_at: (!silent).then_some(self.now + self.latency * 2),
            to_server: VecDeque::new(),
            to_modem: VecDeque::new(),
            inbox: BytesMut::new(),
            client_id: None,
            keep_alive: Duration::ZERO,
            last_heard: self.now,
            closed: silent || error.is_some(),
        };
        self.links.insert(link, state);
        link
    }

    pub(super) fn status(&self, link: Link) -> LinkStatus {
        match self.links.get(&link) {
            Some(state) => state.status(self.now),
            None => LinkStatus::Closed,
        }
    }

    pub(super) fn take_from(&mut self, link: Link, bytes: &[u8]) -> usize {
        let due = self.now + self.latency;
        let Some(state) = self.links.get_mut(&link) else {
            return 0;
        };
        if state.closed {
            return bytes.len();
        }
        let waiting: usize = state
            .to_server
            .iter()
            .filter_map(|parcel| parcel.bytes.as_ref())
            .map(Vec::len)
            .sum();
        let count = bytes.len().min(WINDOW.saturating_sub(waiting));
        if count > 0 {
            let bytes = Some(bytes[..count].to_vec());
            state.to_server.push_back(Parcel { due, bytes });
            self.changed();
        }
        count
    }

    pub(super) fn give_to(&mut self, link: Link, into: &mut Vec<u8>, max: usize) -> usize {
        let now = self.now;
        self.links
            .get_mut(&link)
            .map_or(0, |state| state.give(now, into, max))
    }

    /// The modem closes: it forgets the link now, the server hears of it later.
    pub(super) fn close_from(&mut self, link: Link) {
        let due = self.now + self.latency;
        if let Some(state) = self.links.get_mut(&link) {
            if state.closed {
                self.links.remove(&link);
                return;
            }
            state.to_modem.clear();
            state.open_at = Some(self.now);
            state.to_server.push_back(Parcel { due, bytes: None });
            self.changed();
        }
    }

    pub(super) fn drop_links(&mut self) {
        let links: Vec<Link> = self.links.keys().copied().collect();
        for link in links {
            self.hang_up(link);
        }
        self.changed();
    }

    /// The server closes a link; a client that did not disconnect leaves its will.
    pub(super) fn hang_up(&mut self, link: Link) {
        let due = self.now + self.latency;
        let Some(state) = self.links.get_mut(&link) else {
            return;
        };
        if !state.closed {
            state.closed = true;
            state.to_server.clear();
            state.to_modem.push_back(Parcel { due, bytes: None });
        }
        let Some(client_id) = state.client_id.take() else {
            return;
        };
        let Some(session) = self.sessions.get_mut(&client_id) else {
            return;
        };
        session.link = None;
        let will = session.will.take();
        if session.clean {
            self.sessions.remove(&client_id);
        }
        if let Some(will) = will {
            self.route(&will);
        }
    }

    /// Keeps a message if it is retained, and sends it to all who have subscribed.
    pub(super) fn route(&mut self, message: &Message) {
        if message.retain {
            let topic = message.topic.clone();
            match message.payload.is_empty() {
                true => self.retained.remove(&topic),
                false => self.retained.insert(topic, message.clone()),
            };
        }
        let receivers: Vec<(String, u8)> = self
            .sessions
            .iter()
            .filter_map(|(client_id, session)| {
                let granted = session
                    .filters
                    .iter()
                    .filter(|(filter, _)| topic::matches(filter, &message.topic))
                    .map(|(_, qos)| *qos)
                    .max()?;
                Some((client_id.clone(), granted))
            })
            .collect();
        for (client_id, granted) in receivers {
            let mut copy = message.clone();
            copy.qos = copy.qos.min(granted);
            copy.retain = false;
            self.deliver(&client_id, copy);
        }
    }

    pub(super) fn connected_clients(&self) -> Vec<String> {
        self.sessions
            .iter()
            .filter(|(_, session)| session.link.is_some())
            .map(|(client_id, _)| client_id.clone())
            .collect()
    }

    /// Tells all modems that there is something new.
    pub(super) fn changed(&self) {
        for notify in &self.notify {
            notify();
        }
    }

    fn next_work(&self, now: Duration) -> Option<(Duration, Link)> {
        if self.paused {
            return None;
        }
        self.links
            .iter()
            .filter_map(|(link, state)| {
                let due = state.server_deadline(self.connect_timeout)?;
                (due <= now).then_some((due, *link))
            })
            .min()
    }

    fn work(&mut self, link: Link) {
        let now = self.now;
        let Some(state) = self.links.get_mut(&link) else {
            return;
        };
        let is_due = state
            .to_server
            .front()
            .is_some_and(|parcel| parcel.due <= now);
        let Some(parcel) = is_due.then(|| state.to_server.pop_front()).flatten() else {
            // Nothing was due but the end of the server's patience.
            return self.hang_up(link);
        };
        match parcel.bytes {
            Some(bytes) => {
                state.last_heard = now;
                state.inbox.extend_from_slice(&bytes);
                self.read_packets(link);
            }
            None => {
                self.hang_up(link);
                self.links.remove(&link);
            }
        }
        self.changed();
    }
}

/// How many bytes a link takes before the server has read them.
const WINDOW: usize = 64 * 1024;
