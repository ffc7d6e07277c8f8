//! The way of an operation from step to step, to its end.

use super::{
    Engine, Phase,
    client::ClientState,
    exchange::{Data, Exchange},
    operations::{Completion, Kind, State, Step},
    timing::{CLOSE_TIMEOUT, OVERDUE_TIMEOUT, REGISTRATION_INTERVAL, SEND_TIMEOUT},
};
use crate::{
    at::{CommandWriter, FinalResult},
    command::{
        self, Command, ContextQuery, ECHO_OFF, ERROR_CODES, Model, PROBE, RegistrationQuery,
        Request, Response, Setting, SettingKey, SimQuery, SimState, SleepMode, Status, StoredQuery,
        TlsTask,
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
        if step == Step::Connect {
            self.set_state(client, ClientState::Connecting);
        }
        if !self.send(step, client) {
            self.outbox.abort();
            self.end(index, Err(Cause::Bug));
            return;
        }
        self.exchange.owner = Some(index);
        if let Step::Fetch { client, place } = step {
            self.forget_stored(client, place);
        }
    }

    /// Puts the command of a step on the line; `false` if that can't be.
    pub(super) fn send(&mut self, step: Step, client: u8) -> bool {
        let stored_before_open = usize::from(self.has_will).wrapping_add(self.has_ali_auth.into());
        let mut data = Data::None;
        let mut is_composed = true;
        match step {
            Step::Probe => self.outbox.send_outside(PROBE),
            Step::Echo => self.outbox.send_outside(ECHO_OFF),
            Step::ErrorFormat => self.outbox.send_outside(ERROR_CODES),
            Step::Configure(SettingKey::Will) if self.has_will => self.outbox.send_stored(0),
            Step::Configure(SettingKey::AliAuth) => {
                self.outbox.send_stored(stored_before_open.wrapping_sub(1));
            }
            Step::DefineContext => self.outbox.send_stored(0),
            Step::Open => self.outbox.send_stored(stored_before_open),
            Step::Connect => self.outbox.send_stored(stored_before_open.wrapping_add(1)),
            step if step.is_composed() => {
                data = self.composed_data;
                self.outbox.send_line();
            }
            step => {
                is_composed = self.compose_step(step, client);
                if let Step::Tls(place) = step
                    && let Some((_, task)) = self.tls_task(place)
                {
                    data = match task {
                        TlsTask::Upload(..) => Data::File,
                        TlsTask::Enter(..) => Data::Certificate,
                        _ => Data::None,
                    };
                    self.outbox.set_data(task.data());
                }
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
        let (dialect, settings, tls) = (self.dialect, self.connecting, self.tls);
        let mut line = |line: &mut CommandWriter<'_>| match step {
            Step::StoredTable => StoredQuery.write(dialect, line),
            Step::Model => Model.write(dialect, line),
            Step::Sim => SimQuery.write(dialect, line),
            Step::Registration(domain) => RegistrationQuery { domain }.write(dialect, line),
            Step::ContextState => ContextQuery.write(dialect, line),
            Step::ActivateContext => command::activate(dialect, line, client),
            Step::Tls(place) => {
                if let Some((options, (_, task))) =
                    tls.and_then(|options| Some((options, options.task(dialect, place)?)))
                {
                    options.write(dialect, line, &task);
                }
            }
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
            Step::Sim | Step::Registration(_) => self.registration(index, step, result),
            Step::ContextState => self.context_state(index, client),
            // It may be active already.
            Step::ActivateContext if !is_ok => {
                slot.retried = true;
                slot.overdue = result.into();
                self.make_ready(index, Step::ContextState);
            }
            Step::Tls(place) => self.tls_answer(index, place, result),
            step if is_ok && step.result().is_some() => {
                let timeout = match step {
                    Step::Open => self.dialect.open_timeout,
                    Step::Close => CLOSE_TIMEOUT,
                    _ => self.reply_timeout(client),
                };
                self.wait(index, timeout, Cause::Timeout);
            }
            // What can't be helped, or is as good as done: nothing was open.
            Step::Echo | Step::ErrorFormat | Step::Model | Step::Close | Step::Disconnect => {
                self.advance(index, Completion::Done)
            }
            Step::Sleep(_) if kind != Kind::Sleep => self.advance(index, Completion::Done),
            _ if is_ok => self.advance(index, Completion::Done),
            // A client that an earlier life left open takes no settings.
            Step::Configure(_) => self.close_and_retry(index, result.into()),
            _ => self.end(index, Err(result.into())),
        }
    }

    /// What SIM or network say about the registration that is waited for.
    fn registration(&mut self, index: usize, step: Step, result: FinalResult) {
        let dialect = self.dialect;
        let response = Response::new(self.outbox.response().unwrap_or_default());
        let mut domains = dialect.domains.iter().copied();
        // What is known now, and which network to ask next.
        let (reason, next) = match step {
            // It may take a while to start.
            Step::Sim if result != FinalResult::Ok => (Some(result.into()), None),
            Step::Sim => match SimQuery.read(dialect, response) {
                Some(SimState::Ready) | None => (None, domains.next()),
                // Waiting does not help.
                Some(state) => {
                    self.end(index, Err(Cause::Sim(state)));
                    return;
                }
            },
            Step::Registration(domain) => {
                let registration = RegistrationQuery { domain }.read(dialect, response);
                if let Some(found) = registration.filter(|found| found.is_registered()) {
                    self.end(index, Ok(Completion::Registered(found)));
                    return;
                }
                // When no network has the modem, the first is the one that counts.
                let is_first = domains.clone().next() == Some(domain);
                let reason = registration.filter(|_| is_first).map(Cause::NotRegistered);
                (
                    reason,
                    domains
                        .find(|one| *one == domain)
                        .and_then(|_| domains.next()),
                )
            }
            _ => (None, None),
        };
        let pause = self.now.after(REGISTRATION_INTERVAL);
        let until = self.registering_until;
        let Some(slot) = self.operations.slot(index) else {
            return;
        };
        if let Some(reason) = reason {
            slot.overdue = reason;
        }
        if let Some(domain) = next {
            self.make_ready(index, Step::Registration(domain));
            return;
        }
        if let (Step::Registration(_), Some(first)) = (step, dialect.domains.first()) {
            // Whose answer is the reason.
            slot.step = Step::Registration(*first);
        }
        slot.state = State::Waiting;
        slot.deadline = Instant::earlier(Some(pause), Some(until));
        self.has_changed = true;
    }

    /// Whether the PDP context is active.
    fn context_state(&mut self, index: usize, context: u8) {
        let response = Response::new(self.outbox.response().unwrap_or_default());
        let contexts = ContextQuery.read(self.dialect, response);
        let is_active = contexts.is_some_and(|contexts| contexts.is_active(context));
        let Some(slot) = self.operations.slot(index) else {
            return;
        };
        let (has_failed, cause) = (slot.retried, slot.overdue);
        if is_active {
            self.end(index, Ok(Completion::Done));
        } else if has_failed {
            self.end(index, Err(cause));
        } else {
            self.make_ready(index, Step::DefineContext);
        }
    }

    fn tls_answer(&mut self, index: usize, place: u8, result: FinalResult) {
        let Some((_, task)) = self.tls_task(place) else {
            self.end(index, Err(Cause::Bug));
            return;
        };
        let response = Response::new(self.outbox.response().unwrap_or_default());
        if result == FinalResult::Ok && !task.is_confirmed(response) {
            self.end(index, Err(Cause::Damaged));
        } else if result == FinalResult::Ok || task.command() == Command::DeleteFile {
            self.advance(index, Completion::Done);
        } else {
            self.end(index, Err(result.into()));
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
            (_, Step::Model) => self.check_model(),
            (_, Step::Sleep(mode)) => {
                self.may_sleep = mode != SleepMode::Awake;
                self.awake_until = None;
            }
            (Kind::Connect, Step::Close) => self.set_state(client, ClientState::Opening),
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
            Kind::Register => Some(Step::Sim),
            Kind::Activate => Some(Step::ContextState),
            Kind::ConfigureTls => self.tls_task(0).map(|(place, _)| Step::Tls(place)),
            Kind::Connect if self.state(client) == ClientState::Stale => Some(Step::Close),
            Kind::Connect if self.dialect.sleeps => Some(Step::Sleep(SleepMode::Awake)),
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
                (self.dialect.sleeps && is_last).then_some(Step::Sleep(SleepMode::Deep))
            }
            (Kind::Activate, Step::DefineContext) => Some(Step::ActivateContext),
            (Kind::ConfigureTls, Step::Tls(place)) => {
                let next = self.tls_task(place.saturating_add(1))?;
                Some(Step::Tls(next.0))
            }
            _ => None,
        }
    }

    /// The setting that a connect writes after this one.
    fn setting_after(&self, key: Option<SettingKey>) -> Option<Step> {
        let key = self.dialect.setting_after(key)?;
        // It is the last, and can't be unset.
        let is_written = key != SettingKey::AliAuth || self.has_ali_auth;
        is_written.then_some(Step::Configure(key))
    }

    /// Whether the modem is one of the dialect's.
    fn check_model(&mut self) {
        let response = self.outbox.response().map(Response::new);
        let model = response.and_then(|response| Model.read(self.dialect, response));
        let mut models = self.dialect.models.iter();
        // A modem that does not say is believed to be the right one.
        if model.is_some_and(|model| !models.any(|name| model.starts_with(name))) {
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
        let is_ready = slot.is_ready();
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
            (Kind::Close | Kind::Disconnect, true) => Some(ClientState::Closed),
            (Kind::Close | Kind::Disconnect, false) => Some(ClientState::Stale),
            _ => None,
        };
        if let Some(state) = state {
            self.set_state(client, state);
        }
        self.has_news = true;
        self.has_changed = true;
        if kind == Kind::ConfigureTls {
            self.tls = None;
        }
        if matches!(kind, Kind::Close | Kind::Disconnect) {
            self.end_packets(client, Cause::Closed(Status::Disconnected));
        }
    }

    /// The command of a step, as errors name it.
    fn command(&self, step: Step) -> Command {
        let contexts = self.dialect.context_commands;
        match step {
            Step::Probe => Command::Attention,
            Step::Echo => Command::Echo,
            Step::ErrorFormat => Command::ErrorFormat,
            Step::Model => Command::Model,
            Step::Sim => Command::Sim,
            Step::Registration(domain) => Command::Registration(domain),
            Step::DefineContext => Command::DefineContext(contexts),
            Step::ContextState | Step::ActivateContext => Command::ActivateContext(contexts),
            Step::Tls(place) => {
                let task = self.tls_task(place);
                task.map_or(Command::ConfigureTls, |(_, task)| task.command())
            }
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
