//! One TCP connection of the server, with bytes under way in both directions.

use std::{collections::VecDeque, time::Duration};

use bytes::BytesMut;

use crate::network::{LinkStatus, OpenError};

/// Bytes, or the end of them, on their way.
#[derive(Debug)]
pub(super) struct Parcel {
    pub(super) due: Duration,
    /// `None` is the end of the connection.
    pub(super) bytes: Option<Vec<u8>>,
}

/// A TCP connection: what the modem sees of it and what the server does.
#[derive(Debug)]
pub(super) struct LocalLink {
    pub(super) opened: Duration,
    pub(super) error: Option<OpenError>,
    /// When the modem learns that it is open; `None` is never.
    pub(super) open_at: Option<Duration>,
    pub(super) to_server: VecDeque<Parcel>,
    pub(super) to_modem: VecDeque<Parcel>,
    /// Bytes that came and are not a whole packet yet.
    pub(super) inbox: BytesMut,
    /// The session, from CONNECT on.
    pub(super) client_id: Option<String>,
    pub(super) keep_alive: Duration,
    pub(super) last_heard: Duration,
    /// The server takes nothing more from here.
    pub(super) closed: bool,
}

impl LocalLink {
    pub(super) fn status(&self, now: Duration) -> LinkStatus {
        let Some(open_at) = self.open_at.filter(|at| *at <= now) else {
            return LinkStatus::Opening;
        };
        if let Some(error) = self.error {
            return LinkStatus::Failed(error);
        }
        match self.to_modem.front() {
            Some(parcel) if parcel.bytes.is_none() && parcel.due.max(open_at) <= now => {
                LinkStatus::Closed
            }
            _ => LinkStatus::Open,
        }
    }

    pub(super) fn give(&mut self, now: Duration, into: &mut Vec<u8>, max: usize) -> usize {
        let mut count = 0;
        while count < max
            && let Some(parcel) = self.to_modem.front_mut()
            && parcel.due <= now
            && let Some(bytes) = &mut parcel.bytes
        {
            let part = bytes.len().min(max - count);
            into.extend(bytes.drain(..part));
            count += part;
            if bytes.is_empty() {
                self.to_modem.pop_front();
            }
        }
        count
    }

    /// When the server is going to act on this link by the passing of time alone.
    pub(super) fn server_deadline(&self, connect_timeout: Option<Duration>) -> Option<Duration> {
        if self.closed {
            return None;
        }
        let silence = match &self.client_id {
            None => connect_timeout.map(|timeout| self.opened + timeout),
            Some(_) if self.keep_alive.is_zero() => None,
            // "one and a half times the Keep Alive time period"
            Some(_) => Some(self.last_heard + self.keep_alive * 3 / 2),
        };
        let parcel = self.to_server.front().map(|parcel| parcel.due);
        [silence, parcel].into_iter().flatten().min()
    }

    /// When the modem is going to see something new on this link.
    pub(super) fn modem_deadline(&self, now: Duration) -> Option<Duration> {
        let open = self.open_at.filter(|at| *at > now);
        let parcel = self.to_modem.front().map(|parcel| parcel.due);
        [open, parcel.filter(|at| *at > now)]
            .into_iter()
            .flatten()
            .min()
    }
}
