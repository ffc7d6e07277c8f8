//! An MQTT 3.1.1 server in memory, for tests that must not depend on sockets or on the clock.
//!
//! [`LocalServer`] is a handle; its clones are one server. [`LocalServer::network`] makes the
//! [`Network`] of a modem, and any number of modems can share a server. Nothing happens by
//! itself: the server works when a modem is polled, at the time the modem is given, and the same
//! calls always lead to the same bytes.
//!
//! The server keeps sessions, retained messages and wills, and acknowledges at once. What is
//! unusual about a server is reached through the handle: it can be [paused](LocalServer::pause),
//! [refuse](LocalServer::refuse_connections), [keep packets back](LocalServer::withhold),
//! [drop links](LocalServer::drop_links), or not [listen](LocalServer::listen) at all.

mod link;
mod packets;
mod server;
#[cfg(feature = "tls")]
mod tls;
mod topic;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use self::server::Server;
use crate::network::{Link, LinkStatus, Network, Notify, OpenError};

pub use self::packets::PacketKind;
#[cfg(feature = "tls")]
pub use self::tls::TlsNetwork;
pub use self::topic::matches as topic_matches;

/// An application message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Message {
    /// The topic name.
    pub topic: String,
    /// The payload.
    pub payload: Vec<u8>,
    /// 0, 1 or 2.
    pub qos: u8,
    /// Whether the server keeps it for later subscribers.
    pub retain: bool,
}

impl Message {
    /// A message that is not retained.
    #[must_use]
    pub fn new(topic: impl Into<String>, payload: impl Into<Vec<u8>>, qos: u8) -> Self {
        Self {
            topic: topic.into(),
            payload: payload.into(),
            qos,
            retain: false,
        }
    }
}

/// A CONNECT packet that the server has received.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Connection {
    /// `MQTT`, or `MQIsdp` for MQTT 3.1.
    pub protocol: String,
    /// 4, or 3 for MQTT 3.1.
    pub level: u8,
    /// The client identifier.
    pub client_id: String,
    /// Whether the client asked for a clean session.
    pub clean_session: bool,
    /// The keep alive time, in seconds.
    pub keep_alive: u16,
    /// The will.
    pub will: Option<Message>,
    /// The user name.
    pub username: Option<String>,
    /// The password.
    pub password: Option<Vec<u8>>,
}

/// A server in memory. Clones are handles to the same server.
#[derive(Clone, Debug, Default)]
pub struct LocalServer(Arc<Mutex<Server>>);

impl LocalServer {
    /// A server that listens on every host name and port, without any delay.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The TCP stack of a modem that reaches this server.
    #[must_use]
    pub fn network(&self) -> LocalNetwork {
        LocalNetwork(self.clone())
    }

    /// Sets how long everything takes from modem to server, and back.
    pub fn set_latency(&self, one_way: Duration) {
        self.lock().latency = one_way;
    }

    /// Sets whether the server accepts TCP connections; otherwise they are refused.
    pub fn listen(&self, listen: Listen) {
        self.lock().listen = listen;
    }

    /// Adds a host name that cannot be resolved.
    pub fn hide_name(&self, host: &str) {
        self.lock().hidden.push(host.into());
    }

    /// Demands this user name and password; others are refused with return code 4.
    pub fn require_login(&self, username: &str, password: &str) {
        self.lock().login = Some((username.into(), password.into()));
    }

    /// Refuses each CONNECT with this return code, until set back to `None`.
    pub fn refuse_connections(&self, code: Option<u8>) {
        self.lock().refusal = code;
    }

    /// Answers a subscription to exactly this filter with 128.
    pub fn deny_filter(&self, filter: &str) {
        self.lock().denied.push(filter.into());
    }

    /// Grants no subscription more than this QoS.
    pub fn limit_qos(&self, most: u8) {
        self.lock().max_qos = most;
    }

    /// Closes links on which no CONNECT came for this long; by default, 10 s.
    pub fn set_connect_timeout(&self, timeout: Option<Duration>) {
        self.lock().connect_timeout = timeout;
    }

    /// Does not send the next `count` packets of this kind: they are lost.
    pub fn withhold(&self, kind: PacketKind, count: u32) {
        self.lock().withheld.insert(kind, count);
    }

    /// Stops working: what comes is kept unread.
    pub fn pause(&self) {
        self.lock_now().paused = true;
    }

    /// Goes on where [`pause`](Self::pause) stopped.
    pub fn resume(&self) {
        let mut server = self.lock_now();
        server.paused = false;
        server.changed();
    }

    /// Closes all links at once, as a server does that is shut down.
    pub fn drop_links(&self) {
        self.lock_now().drop_links();
    }

    /// Publishes a message as a client elsewhere does.
    pub fn publish(&self, message: Message) {
        let mut server = self.lock_now();
        server.route(&message);
        server.changed();
    }

    /// Sends a message to every connected client once more, as a copy with the DUP flag set.
    ///
    /// Only what is in flight towards the clients is sent: QoS 1 and 2 without acknowledgement.
    pub fn repeat_unacknowledged(&self) {
        let mut server = self.lock_now();
        server.repeat_unacknowledged();
        server.changed();
    }

    /// All messages that clients have published so far, oldest first; each QoS 2 message once.
    pub fn messages(&self) -> Vec<Message> {
        self.lock_now().messages.clone()
    }

    /// Takes what [`messages`](Self::messages) shows, so that a long run need not keep it all.
    pub fn take_messages(&self) -> Vec<Message> {
        std::mem::take(&mut self.lock_now().messages)
    }

    /// All CONNECT packets so far, oldest first.
    pub fn connections(&self) -> Vec<Connection> {
        self.lock_now().connections.clone()
    }

    /// The kinds of all packets received so far, oldest first, and whether DUP was set.
    pub fn packets(&self) -> Vec<(PacketKind, bool)> {
        self.lock_now().received.clone()
    }

    /// The retained message of a topic.
    pub fn retained(&self, topic: &str) -> Option<Message> {
        self.lock_now().retained.get(topic).cloned()
    }

    /// The client identifiers that are connected now, in order.
    pub fn connected_clients(&self) -> Vec<String> {
        self.lock_now().connected_clients()
    }

    /// The server at the present time: this thread's virtual time or, without it, the time of
    /// the last call from a modem.
    fn lock_now(&self) -> MutexGuard<'_, Server> {
        #[cfg(feature = "time-driver")]
        if crate::clock::Virtual::is_running() {
            let mut server = self.lock();
            server.advance(crate::clock::now());
            return server;
        }
        self.lock()
    }

    fn lock(&self) -> MutexGuard<'_, Server> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a [`LocalServer`] accepts TCP connections.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Listen {
    /// It does.
    #[default]
    Accept,
    /// They are refused.
    Refuse,
    /// They are neither accepted nor refused.
    Silent,
}

/// The TCP stack of a modem that knows one [`LocalServer`] and nothing else.
#[derive(Clone, Debug)]
pub struct LocalNetwork(LocalServer);

impl Network for LocalNetwork {
    fn open(&mut self, now: Duration, host: &str, _port: u16) -> Link {
        let mut server = self.0.lock();
        server.advance(now);
        let error = match () {
            () if server.hidden.iter().any(|name| name == host) => Some(OpenError::Name),
            () if server.listen == Listen::Refuse => Some(OpenError::Connection),
            () => None,
        };
        server.open(error)
    }

    fn status(&mut self, now: Duration, link: Link) -> LinkStatus {
        let mut server = self.0.lock();
        server.advance(now);
        server.status(link)
    }

    fn send(&mut self, now: Duration, link: Link, bytes: &[u8]) -> usize {
        let mut server = self.0.lock();
        server.advance(now);
        let count = server.take_from(link, bytes);
        server.advance(now);
        count
    }

    fn receive(&mut self, now: Duration, link: Link, into: &mut Vec<u8>, max: usize) -> usize {
        let mut server = self.0.lock();
        server.advance(now);
        server.give_to(link, into, max)
    }

    fn close(&mut self, now: Duration, link: Link) {
        let mut server = self.0.lock();
        server.advance(now);
        server.close_from(link);
        server.advance(now);
    }

    fn next_deadline(&self) -> Option<Duration> {
        self.0.lock().next_deadline()
    }

    fn set_notify(&mut self, notify: Notify) {
        self.0.lock().notify.push(notify);
    }
}
