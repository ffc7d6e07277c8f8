//! What happens by the passing of time alone.

use std::time::Duration;

use super::{Client, Context, State};
use crate::modem::exchange::Step;

impl Client {
    /// When something is due by the passing of time alone.
    pub(in crate::modem) fn deadline(&self) -> Option<Duration> {
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

    /// Gives up, sends again, or pings: what is due by now.
    pub(super) fn expire(&mut self, context: &mut Context<'_>) {
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
        let most = context.behaviour.close_after_failures;
        if self.link.is_some() && most.is_some_and(|most| most <= self.failures) {
            self.drop_link(now, context.network);
            // "Due to packet sending failure all the time."
            self.notice("QMTSTAT", "6");
        }
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
                self.failures += 1;
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
}
