//! What the modem's TCP stack does, as a trait.

use std::{sync::Arc, time::Duration};

/// A TCP connection of the modem, named by a number that its [`Network`] gives out.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Link(pub u64);

/// How far a [`Link`] has come.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LinkStatus {
    /// The name is being resolved, or the server dialled.
    Opening,
    /// Bytes can be sent and received.
    Open,
    /// It could not be opened.
    Failed(OpenError),
    /// It was open and the server, or the network, closed it.
    ///
    /// Bytes that came before are received first: this is reported when none are left.
    Closed,
}

/// Why a [`Link`] could not be opened.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OpenError {
    /// The name cannot be resolved.
    Name,
    /// The server refused, or could not be reached.
    Connection,
}

/// Tells whoever serves the modem that its network has news, from any thread.
pub type Notify = Arc<dyn Fn() + Send + Sync>;

/// The modem's TCP stack.
///
/// No method waits. `now` is the time of the modem's clock; implementations with real sockets
/// do not need it.
pub trait Network {
    /// Begins to open a connection to `host`, a name or an address.
    fn open(&mut self, now: Duration, host: &str, port: u16) -> Link;

    /// Says how far the connection has come.
    fn status(&mut self, now: Duration, link: Link) -> LinkStatus;

    /// Takes bytes to be sent and returns how many it took, which may be none.
    fn send(&mut self, now: Duration, link: Link, bytes: &[u8]) -> usize;

    /// Appends at most `max` received bytes to `into` and returns how many there were.
    fn receive(&mut self, now: Duration, link: Link, into: &mut Vec<u8>, max: usize) -> usize;

    /// Closes the connection and forgets the link; bytes already taken are still sent.
    fn close(&mut self, now: Duration, link: Link);

    /// When something is going to happen by the passing of time alone.
    fn next_deadline(&self) -> Option<Duration> {
        None
    }

    /// Sets what to call when a link has news.
    fn set_notify(&mut self, notify: Notify) {
        drop(notify);
    }
}
