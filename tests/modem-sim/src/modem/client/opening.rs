//! The way to an open connection: the link and, in SSL mode, the handshake.

use std::time::Duration;

use super::{Client, Context, State, Tls};
use crate::{
    config::Family,
    network::{Link, LinkStatus, Network, OpenError},
};

impl Client {
    pub(in crate::modem) fn open(
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

    /// Goes on towards an open connection; says whether anything moved.
    pub(super) fn step_opening(
        &mut self,
        context: &mut Context<'_>,
        link: Link,
        status: LinkStatus,
    ) -> bool {
        match (status, self.tls.is_some()) {
            (LinkStatus::Opening, false) => return false,
            (LinkStatus::Opening, true) if context.now < self.handshake_by => return false,
            (LinkStatus::Open, true) => return self.shake_hands(context, link),
            (LinkStatus::Open, false) => {
                self.state = State::Open;
                self.notice("QMTOPEN", "0");
            }
            (LinkStatus::Failed(error), _) => {
                self.drop_link(context.now, context.network);
                self.open_failed(error);
            }
            (LinkStatus::Opening | LinkStatus::Closed, true) => self.handshake_failed(context),
            (LinkStatus::Closed, false) => {
                self.drop_link(context.now, context.network);
                self.open_failed(OpenError::Connection);
            }
        }
        true
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
            self.handshake_failed(context);
        } else if done {
            self.inbox.extend_from_slice(&early);
            self.state = State::Open;
            self.notice("QMTOPEN", "0");
        }
        moved || failed || done
    }

    fn handshake_failed(&mut self, context: &mut Context<'_>) {
        self.drop_link(context.now, context.network);
        self.notice("QMTOPEN", "-1");
    }

    fn open_failed(&mut self, error: OpenError) {
        let result = match (error, self.family) {
            (OpenError::Name, _) => "4",
            (OpenError::Connection, Family::Bg95) => "5",
            (OpenError::Connection, Family::Bc660k) => "-1",
        };
        self.notice("QMTOPEN", result);
    }
}

/// How long the way to a TLS connection may be; the note states no limit.
const HANDSHAKE_TIME: Duration = Duration::from_secs(300);

/// How many bytes of a handshake are read at once.
const HANDSHAKE_MAX: usize = 16 * 1024;
