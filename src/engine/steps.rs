//! The way of an operation from step to step, to its end.

use super::{
    Engine, Phase,
    client::ClientState,
    exchange::Exchange,
    operations::{Completion, Kind, State, Step},
    timing::{CLOSE_TIMEOUT, OVERDUE_TIMEOUT, SEND_TIMEOUT},
};
use crate::{
    at::{CommandWriter, FinalResult},
    command::{self, Command, ECHO_OFF, ERROR_CODES, Setting, Status},
    error::{Cause, Failure},
    time::Instant,
};

impl Engine<'_> {
    /// Puts the command of a step on the line.
    pub(super) fn start(&mut self, index: usize) {
        let Some(slot) = self.operations.slot(index) else {
            return;
        };
        slot.state = State::Exchange;
        let (step, client) = (slot.step, slot.client);
        let settings = self.connecting;
        let version = self.dialect.version_code(settings.version);
        let setting = match step {
            Step::Version => Some(Setting::Version(version)),
            Step::Tls => Some(Setting::NoTls),
            Step::KeepAlive => Some(Setting::KeepAlive(settings.keep_alive)),
            Step::Session => Some(Setting::Session(settings.session)),
            Step::Timeout => Some(Setting::Timeout {
                packet_timeout: settings.packet_timeout,
                retries: settings.retries,
            }),
            Step::Will => (!self.has_will).then_some(Setting::Will(None)),
            Step::ReceiveMode => Some(Setting::ReceiveDirect),
            _ => None,
        };
        let stored_before_open = usize::from(self.has_will);
        let mut composed = Ok(());
        match step {
            Step::Echo => self.outbox.send_fixed(ECHO_OFF),
            Step::ErrorFormat => self.outbox.send_fixed(ERROR_CODES),
            Step::Will if self.has_will => self.outbox.send_stored(0),
            Step::Open => self.outbox.send_stored(stored_before_open),
            Step::Connect => {
                self.outbox.send_stored(stored_before_open.wrapping_add(1));
                self.set_state(client, ClientState::Connecting);
            }
            step if step.is_composed() => self.outbox.send_line(),
            _ => {
                let line = |writer: &mut CommandWriter<'_>| match setting {
                    Some(setting) => setting.encode(writer, client),
                    None if step == Step::Disconnect => command::disconnect(writer, client),
                    None => command::close(writer, client),
                };
                composed = self.outbox.compose(line, &[]);
                self.outbox.send_line();
            }
        }
        if composed.is_err() {
            self.outbox.abort();
            self.end(index, Err(Cause::Bug));
            return;
        }
        self.exchange = Exchange {
            command: step.command(),
            owner: Some(index),
            has_data: step == Step::Publish,
            ..Exchange::IDLE
        };
        self.enter(Phase::Command, SEND_TIMEOUT);
    }

    /// A final result code has come for the command on the line.
    pub(super) fn answer(&mut self, index: usize, result: FinalResult) {
        let Some(slot) = self.operations.slot(index) else {
            return;
        };
        let (kind, step, client) = (slot.kind, slot.step, slot.client);
        if slot.abandoned && kind == Kind::Connect {
            self.end(index, Err(Cause::Timeout));
            return;
        }
        match (step, result) {
            (Step::Raw, FinalResult::Ok) if self.outbox.response().is_none() => {
                self.end(index, Err(Cause::AnswerTooLong));
            }
            (step, FinalResult::Ok) if step.has_result() => {
                let timeout = match step {
                    Step::Open => self.dialect.open_timeout,
                    Step::Close => CLOSE_TIMEOUT,
                    _ => self.reply_timeout(client),
                };
                self.wait(index, timeout, Cause::Timeout);
            }
            // What can't be helped, or is as good as done: nothing was open.
            (_, FinalResult::Ok)
            | (Step::Echo | Step::ErrorFormat | Step::Close | Step::Disconnect, _) => {
                self.advance(index, Completion::Done);
            }
            // A client that an earlier life left open takes no settings.
            (step, _)
                if kind == Kind::Connect && matches!(step.command(), Command::Configure(_)) =>
            {
                self.close_and_retry(index, Cause::Modem(result));
            }
            (_, error) => self.end(index, Err(Cause::Modem(error))),
        }
    }

    /// The operation waits for its result URC.
    pub(super) fn wait(&mut self, index: usize, timeout: u32, overdue: Cause) {
        let deadline = self.now.after(timeout);
        if let Some(slot) = self.operations.slot(index) {
            slot.state = State::Waiting;
            slot.deadline = Some(deadline);
            slot.overdue = overdue;
        }
        self.has_changed = true;
    }

    /// A connect closes its client and begins again, once.
    pub(super) fn close_and_retry(&mut self, index: usize, otherwise: Cause) {
        let Some(slot) = self.operations.slot(index) else {
            return;
        };
        if core::mem::replace(&mut slot.retried, true) {
            self.end(index, Err(otherwise));
        } else {
            self.make_ready(index, Step::Close);
        }
    }

    /// A step has succeeded: the next begins, or the operation is done.
    pub(super) fn advance(&mut self, index: usize, completion: Completion) {
        let Some(slot) = self.operations.slot(index) else {
            return;
        };
        let (kind, step, client) = (slot.kind, slot.step, slot.client);
        let is_dropped = slot.abandoned && kind == Kind::Connect;
        match (kind, step) {
            (_, Step::ErrorFormat) => {
                self.is_initialized = true;
                // Whoever makes the modem ready need not be told why that was necessary.
                self.has_restarted = false;
            }
            (Kind::Connect, Step::Close) => self.set_state(client, ClientState::Opening),
            _ => {}
        }
        let mut next = step.next(kind);
        if next == Some(Step::Version) && self.state(client) == ClientState::Stale {
            next = Some(Step::Close);
        }
        match next {
            _ if is_dropped => self.end(index, Err(Cause::Timeout)),
            Some(next) => self.make_ready(index, next),
            None => self.end(index, Ok(completion)),
        }
    }

    /// Ends an operation, and puts its client where it belongs then.
    pub(super) fn end(&mut self, index: usize, result: Result<Completion, Cause>) {
        let is_probing = !self.is_in_step;
        let Some(slot) = self.operations.slot(index) else {
            return;
        };
        let (kind, step, client) = (slot.kind, slot.step, slot.client);
        let is_ready = slot.is_ready();
        let succeeded = result.is_ok();
        let command = if is_ready && is_probing {
            Command::Attention
        } else {
            step.command()
        };
        slot.finish(result.map_err(|cause| Failure { command, cause }));
        self.leave_exchange(index);
        let state = match (kind, succeeded) {
            (Kind::Connect, true) => Some(ClientState::Connected),
            (Kind::Connect, false) => match (self.state(client), step) {
                (_, Step::Close | Step::Open | Step::Connect) => Some(ClientState::Stale),
                // Nothing was opened yet.
                (ClientState::Opening, _) => Some(ClientState::Closed),
                _ => None,
            },
            (Kind::Close | Kind::Disconnect, true) => Some(ClientState::Closed),
            (Kind::Close | Kind::Disconnect, false) => Some(ClientState::Stale),
            _ => None,
        };
        if let Some(state) = state {
            self.set_state(client, state);
        }
        self.has_news = true;
        self.has_changed = true;
        if matches!(kind, Kind::Close | Kind::Disconnect) {
            self.end_packets(client, Cause::Closed(Status::Disconnected));
        }
    }

    /// Ends what the client has under way, now that its connection is closed.
    pub(super) fn end_packets(&mut self, client: u8, cause: Cause) {
        while let Some(index) = self
            .operations
            .oldest(&|slot| slot.client == client && slot.kind.is_packet())
        {
            self.end(index, Err(cause));
        }
    }

    pub(super) fn make_ready(&mut self, index: usize, step: Step) {
        self.leave_exchange(index);
        if let Some(slot) = self.operations.slot(index) {
            slot.step = step;
            slot.state = State::Ready;
            slot.deadline = None;
        }
        self.has_changed = true;
    }

    /// The operation has no more interest in its exchange, whose final result code may still be
    /// owed.
    pub(super) fn leave_exchange(&mut self, index: usize) {
        if self.exchange.owner != Some(index) {
            return;
        }
        self.exchange.owner = None;
        if matches!(self.exchange.phase, Phase::Prompt | Phase::Final) {
            let soon = self.now.after(OVERDUE_TIMEOUT);
            self.exchange.deadline = Instant::earlier(self.exchange.deadline, Some(soon));
        }
    }
}
