//! The way of an operation from step to step, to its end.

use super::{
    Engine, Phase,
    client::ClientState,
    exchange::{Data, Exchange},
    operations::{Completion, Kind, State, Step},
    timing::{CLOSE_TIMEOUT, OVERDUE_TIMEOUT, SEND_TIMEOUT},
};
use crate::{
    at::{CommandWriter, FinalResult},
    command::{
        self, Command, ECHO_OFF, ERROR_CODES, ESCAPE_AND_PROBE, Model, PROBE, Request, Setting,
        SettingKey, SleepMode, Status,
    },
    error::{Cause, Failure},
    time::Instant,
};

impl Engine<'_> {
    /// Puts the command of an operation's step on the line.
    pub(super) fn start(&mut self, index: usize) {
        let Some(slot) = self.operations.slot(index) else {
            return;
        };
        slot.state = State::Exchange;
        let (step, client) = (slot.step, slot.client);
        match step {
            Step::Connect => self.set_state(client, ClientState::Connecting),
            Step::Fetch { client, place } => self.forget_stored(client, place),
            _ => {}
        }
        if !self.send(step, client) {
            self.outbox.abort();
            self.end(index, Err(Cause::Bug));
            return;
        }
        self.exchange.owner = Some(index);
    }

    /// Puts the command of a step on the line; `false` if that can't be.
    pub(super) fn send(&mut self, step: Step, client: u8) -> bool {
        let stored_before_open = usize::from(self.has_will).wrapping_add(self.has_ali_auth.into());
        let mut data = Data::None;
        let mut is_composed = true;
        match step {
            // With every other one, since a modem that waits for a command may not know what ESC means.
            Step::Probe if self.owes_escape && self.probes_left.is_multiple_of(2) => {
                self.outbox.send_outside(ESCAPE_AND_PROBE);
            }
            Step::Probe => self.outbox.send_outside(PROBE),
            Step::Echo => self.outbox.send_outside(ECHO_OFF),
            Step::ErrorFormat => self.outbox.send_outside(ERROR_CODES),
            Step::Configure(SettingKey::Will) if self.has_will => self.outbox.send_stored(0),
            Step::Configure(SettingKey::AliAuth) => {
                self.outbox.send_stored(stored_before_open.wrapping_sub(1));
            }
            Step::Open => self.outbox.send_stored(stored_before_open),
            Step::Connect => self.outbox.send_stored(stored_before_open.wrapping_add(1)),
            step if step.is_composed() => {
                data = self.composed_data;
                self.outbox.send_line();
            }
            Step::Script(stage) => match self.send_script(stage, client) {
                Some(follows) => data = follows,
                None => is_composed = false,
            },
            step => {
                is_composed = self.compose_step(step, client);
                self.outbox.send_line();
            }
        }
        self.exchange = Exchange {
            step,
            data,
            ..Exchange::IDLE
        };
        self.enter(Phase::Command, SEND_TIMEOUT);
        is_composed
    }

    /// Composes the command of a step that needs nothing but what the engine knows.
    fn compose_step(&mut self, step: Step, client: u8) -> bool {
        let (dialect, settings) = (self.dialect(), self.connecting);
        let mut line = |line: &mut CommandWriter<'_>| match step {
            Step::StoredTable => command::ask_for_table(line),
            Step::Model => Model.write(dialect, line),
            Step::Sleep(mode) => command::sleep(line, mode),
            Step::Configure(key) => {
                let setting: Setting<'_> = settings.setting(dialect, key);
                setting.write(dialect, line, client);
            }
            Step::Fetch { client, place } => command::fetch(line, client, place),
            Step::Disconnect => command::disconnect(line, client),
            Step::Close => command::close(line, client),
            _ => {}
        };
        self.outbox.compose(&mut line, &mut |_| {}).is_ok()
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
        let is_ok = result == FinalResult::Ok;
        match step {
            Step::Request(_) if is_ok && self.outbox.response().is_none() => {
                self.end(index, Err(Cause::AnswerTooLong));
            }
            Step::Script(stage) => self.script_answer(index, stage, result),
            step if is_ok && step.result().is_some() => {
                let timeout = match step {
                    Step::Open => self.dialect().open_timeout,
                    Step::Close => CLOSE_TIMEOUT,
                    _ => self.reply_timeout(client),
                };
                self.wait(index, timeout, Cause::Timeout);
            }
            // What can't be helped, or is as good as done: nothing was open.
            Step::Echo | Step::ErrorFormat | Step::Model | Step::Close | Step::Disconnect => {
                self.advance(index, Completion::Done)
            }
            Step::Sleep(mode) if is_ok || kind != Kind::Sleep => {
                // One that refuses to stay awake may sleep.
                self.may_sleep = !is_ok || mode != SleepMode::Awake;
                self.awake_until = None;
                self.advance(index, Completion::Done);
            }
            _ if is_ok => self.advance(index, Completion::Done),
            // A client that an earlier life left open takes no settings.
            Step::Configure(_) => self.close_and_retry(index, result.into()),
            _ => self.end(index, Err(result.into())),
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

    /// The modem has said that a client is disconnected.
    pub(super) fn disconnected(&mut self, index: usize) {
        if let Some(slot) = self.operations.slot(index) {
            slot.disconnected = true;
        }
        self.advance(index, Completion::Done);
    }

    /// A client could not be closed, or nobody knows. That is no obstacle where it is to be opened anew,
    /// nor a failure where it is disconnected already; then it is closed before it is opened again.
    pub(super) fn not_closed(&mut self, index: usize, cause: Cause) {
        let Some(slot) = self.operations.slot(index) else {
            return;
        };
        let (kind, client, disconnected) = (slot.kind, slot.client, slot.disconnected);
        match kind {
            Kind::Connect => self.advance(index, Completion::Done),
            Kind::Disconnect if disconnected => {
                self.set_state(client, ClientState::Stale);
                self.advance(index, Completion::Done);
            }
            _ => self.end(index, Err(cause)),
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
            (_, Step::ErrorFormat) => self.is_initialized = true,
            (_, Step::Model) => self.check_model(),
            (Kind::Connect, Step::Close) => self.set_opening(client),
            _ => {}
        }
        match self.next_step(kind, step, client) {
            _ if is_dropped => self.end(index, Err(Cause::Timeout)),
            Some(next) => self.make_ready(index, next),
            None => self.end(index, Ok(completion)),
        }
    }

    /// The first step of an operation of this kind, once the modem is ready for it.
    pub(super) fn first_step(&self, kind: Kind, client: u8) -> Option<Step> {
        match kind {
            Kind::Script => Some(Step::Script(0)),
            Kind::Connect if self.state(client) == ClientState::Stale => Some(Step::Close),
            Kind::Connect if self.dialect().sleeps => Some(Step::Sleep(SleepMode::Awake)),
            Kind::Connect => self.setting_after(None),
            _ => None,
        }
    }

    /// The step after this one; `None` after the last.
    fn next_step(&self, kind: Kind, step: Step, client: u8) -> Option<Step> {
        match (kind, step) {
            (_, Step::Echo) => Some(Step::ErrorFormat),
            (_, Step::ErrorFormat) => Some(Step::Model),
            (kind, Step::Model) | (kind @ Kind::Connect, Step::Close) => {
                self.first_step(kind, client)
            }
            (Kind::Connect, Step::Sleep(_)) => self.setting_after(None),
            (Kind::Connect, Step::Configure(key)) => {
                self.setting_after(Some(key)).or(Some(Step::Open))
            }
            (Kind::Connect, Step::Open) => Some(Step::Connect),
            (Kind::Disconnect, Step::Disconnect) => Some(Step::Close),
            (Kind::Disconnect | Kind::Close, Step::Close) => {
                let others = self.clients.iter().zip(0_u8..);
                let mut others = others.filter(|(_, other)| *other != client);
                let is_last = others.all(|(other, _)| other.state == ClientState::Closed);
                let sleeps = self.dialect().sleeps && self.sleep_mode != SleepMode::Awake;
                (sleeps && is_last).then_some(Step::Sleep(self.sleep_mode))
            }
            _ => None,
        }
    }

    /// The setting that a connect writes after this one.
    fn setting_after(&self, key: Option<SettingKey>) -> Option<Step> {
        let key = self.dialect().setting_after(key)?;
        // It is the last, and can't be unset.
        let is_written = key != SettingKey::AliAuth || self.has_ali_auth;
        is_written.then_some(Step::Configure(key))
    }

    /// Whether the modem is one of the dialect's.
    fn check_model(&mut self) {
        let response = self.outbox.response().unwrap_or_default();
        // The command's name, a quote or the texts of a start can stand before it, and what kind of it
        // this is behind. But a BG770A is no BG77.
        let is_named = |name: &&str| {
            let mut places = (0..response.len()).filter_map(|at| response.split_at_checked(at));
            places.any(|(before, rest)| {
                let behind = rest.strip_prefix(name.as_bytes());
                behind.is_some_and(|behind| {
                    !before.last().is_some_and(u8::is_ascii_alphanumeric)
                        && !behind.first().is_some_and(u8::is_ascii_digit)
                })
            })
        };
        // A modem that does not say is believed to be the right one.
        if !response.is_empty() && !self.dialect().models.iter().any(is_named) {
            self.is_other_model = true;
            self.has_news = true;
        }
    }

    /// Ends an operation, and puts its client where it belongs then.
    pub(super) fn end(&mut self, index: usize, result: Result<Completion, Cause>) {
        let Some(slot) = self.operations.slot(index) else {
            return;
        };
        let (kind, step, client) = (slot.kind, slot.step, slot.client);
        let (is_ready, is_abandoned) = (slot.is_ready(), slot.abandoned);
        let succeeded = result.is_ok();
        let command = if is_ready && !self.is_in_step {
            Command::Attention
        } else {
            self.command(step)
        };
        if let Some(slot) = self.operations.slot(index) {
            slot.finish(result.map_err(|cause| Failure { command, cause }));
        }
        self.leave_exchange(index);
        let state = match (kind, succeeded) {
            (Kind::Connect, true) => Some(ClientState::Connected),
            (Kind::Connect, false) => match (self.state(client), step) {
                (_, Step::Close | Step::Open | Step::Connect) => Some(ClientState::Stale),
                // Nothing was opened yet.
                (ClientState::Opening, _) => Some(ClientState::Closed),
                _ => None,
            },
            (Kind::Close | Kind::Disconnect, true) if self.state(client) == ClientState::Stale => {
                None
            }
            (Kind::Close | Kind::Disconnect, true) => Some(ClientState::Closed),
            (Kind::Close | Kind::Disconnect, false) => Some(ClientState::Stale),
            _ => None,
        };
        if let Some(state) = state {
            self.set_state(client, state);
        }
        // Whoever has begun anew need not be told why that was necessary.
        self.has_restarted &= kind != Kind::Initialize || !succeeded || is_abandoned;
        // Whatever it was to read may still be there.
        if kind == Kind::Fetch && !succeeded {
            self.ask_for_table();
        }
        self.has_news = true;
        self.has_changed = true;
        if matches!(kind, Kind::Close | Kind::Disconnect) {
            self.end_packets(client, Cause::Closed(Status::Disconnected));
        }
    }

    /// The command of a step, as errors name it.
    fn command(&self, step: Step) -> Command {
        match step {
            Step::Probe => Command::Attention,
            Step::Echo => Command::Echo,
            Step::ErrorFormat => Command::ErrorFormat,
            Step::Model => Command::Model,
            Step::Script(stage) => self.script_command(stage),
            Step::Sleep(_) => Command::Sleep,
            Step::Configure(key) => Command::Configure(key),
            Step::Open => Command::Open,
            Step::Connect => Command::Connect,
            Step::Disconnect => Command::Disconnect,
            Step::Close => Command::Close,
            Step::Subscribe => Command::Subscribe,
            Step::Unsubscribe => Command::Unsubscribe,
            Step::Publish => Command::Publish,
            Step::PublishInline => Command::PublishInline,
            Step::StoredTable | Step::Fetch { .. } => Command::Receive,
            Step::Request(command) => command,
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
        self.lose_stored(client);
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
