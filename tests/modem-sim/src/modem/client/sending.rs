//! What goes to the server.

use std::time::Duration;

use super::{Client, Context, State};
use crate::{config::Family, modem::exchange::Step};

impl Client {
    /// Sends a packet, now or when the link takes it.
    pub(super) fn queue(&mut self, now: Duration, packet: &[u8]) {
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
    pub(super) fn put(&mut self, bytes: &[u8]) {
        self.outbox.extend(bytes);
        self.queued += bytes.len() as u64;
    }

    /// Gives the link what it takes.
    pub(super) fn flush(&mut self, context: &mut Context<'_>) {
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
        if !done.is_empty() {
            self.failures = 0;
        }
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
}
