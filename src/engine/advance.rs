//! Progress: what goes out next, and what happens when time runs out.

use super::{
    Action, Engine, Phase, Reception,
    client::ClientState,
    count,
    exchange::{Echo, Exchange},
    operations::{Completion, Kind, State, Step},
};
use crate::{
    at::{CommandWriter, FinalResult},
    command::{self, Command, ECHO_OFF, ERROR_CODES, PROBE, Setting},
    error::{Cause, Failure},
    time::Instant,
};

impl Engine<'_> {
    /// Does what can be done at the time `now`, and says what the caller has to do next.
    ///
    /// `now` must not run backwards. The cost of a call is bounded by the bytes in the receive
    /// buffer.
    pub fn poll(&mut self, now: Instant) -> Action {
        self.now = now;
        self.follow_transmission();
        self.receive();
        if self.next_deadline.is_some_and(|next| next.is_reached(now)) {
            self.expire();
        }
        self.start_next();
        if self.have_timers_changed {
            self.have_timers_changed = false;
            let reception = self.reception.map(|reception| reception.deadline);
            let line = Instant::earlier(reception, self.exchange.deadline);
            self.next_deadline = Instant::earlier(line, self.operations.next_deadline());
        }
        if core::mem::take(&mut self.has_news) {
            Action::Deliver
        } else if self.exchange.is_sending() {
            Action::Transmit {
                until: self.next_deadline,
            }
        } else {
            Action::Receive {
                until: self.next_deadline,
            }
        }
    }

    /// What was to be sent may have gone out since the last poll.
    fn follow_transmission(&mut self) {
        if !self.exchange.is_sending() || !self.outbox.is_sent() {
            return;
        }
        match self.exchange.phase {
            Phase::Command if self.exchange.has_data => {
                self.framer.arm_prompt();
                self.enter(Phase::Prompt, PROMPT_TIMEOUT);
            }
            Phase::Command => {
                let timeout = self.answer_timeout();
                self.enter(Phase::Final, timeout);
            }
            _ => self.enter(Phase::Final, DATA_TIMEOUT),
        }
    }

    /// How long the final result code of the command on the line may take, in milliseconds.
    fn answer_timeout(&mut self) -> u32 {
        if self.exchange.is_probe() {
            return PROBE_INTERVAL;
        }
        let client = self
            .exchange
            .owner
            .and_then(|index| self.operations.slot(index))
            .map_or(0, |slot| slot.client);
        match self.exchange.command {
            // Some firmware reports the result before OK, or instead of it.
            Command::Open => self.dialect.open_timeout,
            Command::Connect | Command::Disconnect => self.reply_timeout(client),
            Command::Raw => RAW_TIMEOUT,
            _ => COMMAND_TIMEOUT,
        }
    }

    pub(super) fn enter(&mut self, phase: Phase, timeout: u32) {
        self.exchange.phase = phase;
        self.exchange.deadline = Some(self.now.after(timeout));
        self.have_timers_changed = true;
    }

    /// The line is free again.
    pub(super) fn end_exchange(&mut self) {
        self.exchange = Exchange::IDLE;
        self.outbox.abort();
        self.framer.disarm_prompt();
        self.have_timers_changed = true;
    }

    /// Begins the next exchange, when the line is free and somebody waits for it.
    fn start_next(&mut self) {
        if !self.exchange.is_idle() {
            return;
        }
        if self.outbox.has_stored() && !self.operations.has(Kind::Connect) {
            self.outbox.drop_stored();
        }
        if !self.is_in_step {
            self.probe();
            return;
        }
        if let Some(index) = self.operations.oldest(|slot| slot.state == State::Ready) {
            self.start(index);
        }
    }

    /// Asks whether the modem is there and in step, as often as it is allowed.
    fn probe(&mut self) {
        if let Some(left) = self.probes_left.checked_sub(1) {
            self.probes_left = left;
            self.outbox.send_fixed(PROBE);
            self.exchange = Exchange::IDLE;
            self.enter(Phase::Command, SEND_TIMEOUT);
            return;
        }
        // Nobody answers: whoever waits for the line is told.
        while let Some(index) = self.operations.oldest(|slot| slot.state == State::Ready) {
            self.end(index, Err(Cause::Timeout));
        }
    }

    /// Puts the command of a step on the line.
    fn start(&mut self, index: usize) {
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
            // Composed by the verb, with what the caller gave.
            Step::Subscribe | Step::Unsubscribe | Step::Publish | Step::Raw => {
                self.outbox.send_line();
            }
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

    /// Time has run out for something.
    fn expire(&mut self) {
        self.have_timers_changed = true;
        let now = self.now;
        let is_due = |deadline: Option<Instant>| deadline.is_some_and(|at| at.is_reached(now));
        if let Some(reception) = self.reception.filter(|it| it.deadline.is_reached(now)) {
            self.abandon_reception(reception);
        }
        if is_due(self.exchange.deadline) {
            self.expire_exchange();
        }
        while let Some(index) = self.operations.oldest(|slot| is_due(slot.deadline)) {
            self.expire_operation(index);
        }
    }

    fn expire_exchange(&mut self) {
        let owner = self.exchange.owner;
        if self.exchange.is_probe() {
            self.end_exchange();
            return;
        }
        match self.exchange.phase {
            // The prompt is lost, or the modem never saw the command. In the first case it waits
            // for exactly these bytes, and would take the next command for them.
            Phase::Prompt if owner.is_some() => {
                count(&mut self.statistics.timeouts);
                self.framer.disarm_prompt();
                self.outbox.send_data();
                self.enter(Phase::Data, SEND_TIMEOUT);
            }
            Phase::Overdue => self.lose_step(),
            _ => {
                count(&mut self.statistics.timeouts);
                if let Some(index) = owner {
                    self.end(index, Err(Cause::Timeout));
                }
                self.outbox.abort();
                self.enter(Phase::Overdue, OVERDUE_TIMEOUT);
            }
        }
    }

    /// The line is free, and the modem must show that it is in step before the next command.
    pub(super) fn lose_step(&mut self) {
        self.end_exchange();
        self.is_in_step = false;
        self.bare_answers = 0;
        self.probes_left = PROBES;
    }

    /// The result URC of an operation has not come in time.
    fn expire_operation(&mut self, index: usize) {
        let Some(slot) = self.operations.slot(index) else {
            return;
        };
        let (step, overdue) = (slot.step, slot.overdue);
        match step {
            // Its URC may never come, on some firmware.
            Step::Close | Step::Disconnect => self.advance(index, Completion::Done),
            _ => {
                if overdue == Cause::Timeout {
                    count(&mut self.statistics.timeouts);
                }
                self.end(index, Err(overdue));
            }
        }
    }

    /// A final result code has come for the command on the line.
    pub(super) fn answer(&mut self, index: usize, result: FinalResult) {
        let Some(slot) = self.operations.slot(index) else {
            return;
        };
        let (kind, step, client) = (slot.kind, slot.step, slot.client);
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
            (step, _) if kind == Kind::Connect && step.command() == Command::Configure => {
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
        self.have_timers_changed = true;
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
            (_, Step::ErrorFormat) => self.is_initialized = true,
            (Kind::Connect, Step::Close) => self.set_state(client, ClientState::Opening),
            _ => {}
        }
        let mut next = step.next(kind);
        if next == Some(Step::Version) && self.state(client) == ClientState::Stale {
            next = Some(Step::Close);
        }
        match next {
            Some(_) if is_dropped => self.end(index, Err(Cause::Timeout)),
            Some(next) => self.make_ready(index, next),
            None => self.end(index, Ok(completion)),
        }
    }

    fn make_ready(&mut self, index: usize, step: Step) {
        self.leave_exchange(index);
        if let Some(slot) = self.operations.slot(index) {
            slot.step = step;
            slot.state = State::Ready;
            slot.deadline = None;
        }
        self.have_timers_changed = true;
    }

    /// Ends an operation, and puts its client where it belongs then.
    pub(super) fn end(&mut self, index: usize, result: Result<Completion, Cause>) {
        let is_probing = !self.is_in_step;
        let Some(slot) = self.operations.slot(index) else {
            return;
        };
        let (kind, step, client) = (slot.kind, slot.step, slot.client);
        let is_ready = slot.state == State::Ready;
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
                // Nothing was opened yet.
                (ClientState::Opening, step) if step != Step::Open => Some(ClientState::Closed),
                (ClientState::Closed, _) => None,
                _ => Some(ClientState::Stale),
            },
            (Kind::Close | Kind::Disconnect, true) => Some(ClientState::Closed),
            (Kind::Close | Kind::Disconnect, false) => Some(ClientState::Stale),
            _ => None,
        };
        if let Some(state) = state {
            self.set_state(client, state);
        }
        self.has_news = true;
        self.have_timers_changed = true;
    }

    /// The operation has no more interest in its exchange, whose final result code may still be
    /// owed.
    fn leave_exchange(&mut self, index: usize) {
        if self.exchange.owner != Some(index) {
            return;
        }
        self.exchange.owner = None;
        if matches!(self.exchange.phase, Phase::Prompt | Phase::Final) {
            let soon = self.now.after(OVERDUE_TIMEOUT);
            self.exchange.deadline = Instant::earlier(self.exchange.deadline, Some(soon));
        }
    }

    pub(super) fn abandon_reception(&mut self, reception: Reception) {
        self.framer.abandon_payload();
        self.inbox.abort();
        self.reception = None;
        self.report_loss(super::MessageLost {
            reason: super::LossReason::Incomplete,
            ..reception.loss
        });
    }

    pub(super) fn report_loss(&mut self, loss: super::MessageLost) {
        count(&mut self.statistics.messages_lost);
        let before = self.lost.map_or(0, |lost| lost.count);
        self.lost = Some(super::MessageLost {
            count: before.saturating_add(1),
            ..loss
        });
        self.has_news = true;
    }

    /// The modem restarted: nothing that was owed will come, and all settings are gone.
    pub(super) fn restart(&mut self) {
        let is_same_start = self
            .last_restart
            .is_some_and(|last| !last.after(START_DURATION).is_reached(self.now));
        if is_same_start
            && self
                .clients
                .iter()
                .all(|it| it.state == ClientState::Closed)
        {
            return;
        }
        self.last_restart = Some(self.now);
        count(&mut self.statistics.restarts);
        self.end_exchange();
        while let Some(index) = self.operations.oldest(|_| true) {
            self.end(index, Err(Cause::Restarted));
        }
        for client in &mut self.clients {
            client.state = ClientState::Closed;
            client.closed = None;
        }
        self.is_initialized = false;
        self.is_in_step = false;
        self.bare_answers = 0;
        self.probes_left = 0;
        self.has_restarted = true;
        self.has_news = true;
    }

    pub(super) fn client(&mut self, index: u8) -> Option<&mut super::Client> {
        self.clients.get_mut(usize::from(index))
    }

    pub(super) fn state(&self, client: u8) -> ClientState {
        self.clients
            .get(usize::from(client))
            .map_or(ClientState::Closed, |client| client.state)
    }

    pub(super) fn set_state(&mut self, client: u8, state: ClientState) {
        if let Some(client) = self.client(client) {
            client.state = state;
        }
    }

    pub(super) fn reply_timeout(&self, client: u8) -> u32 {
        self.clients
            .get(usize::from(client))
            .map_or(0, |client| client.reply_timeout)
    }

    /// Whether the exchange's data may come back as an echo at this place of the line.
    pub(super) fn is_echo_due(&self) -> bool {
        self.exchange.echo != Echo::Off
            && matches!(self.exchange.phase, Phase::Data | Phase::Final)
            && self.exchange.has_data
    }
}

// All in milliseconds. The notes give 300 ms for local commands; real answers take longer.

/// For the UART to take a command line or its data; 4096 bytes take 4.3 s at 9600 baud.
const SEND_TIMEOUT: u32 = 15_000;
/// For the answer to a command that does not go to the network.
const COMMAND_TIMEOUT: u32 = 5_000;
/// For the answer to a command that we know nothing about (27.007 has some of three minutes).
const RAW_TIMEOUT: u32 = 180_000;
/// For the prompt.
const PROMPT_TIMEOUT: u32 = 10_000;
/// For the OK after data, which has been seen to take over a second.
const DATA_TIMEOUT: u32 = 15_000;
/// For the result URC of QMTCLOSE, which never comes on some firmware.
const CLOSE_TIMEOUT: u32 = 2_000;
/// For a final result code that is late already.
const OVERDUE_TIMEOUT: u32 = 2_000;
/// Between two probes.
const PROBE_INTERVAL: u32 = 1_000;
/// A start of the modem shows as several lines (RDY, +CFUN: 1, APP RDY) within this time.
const START_DURATION: u32 = 15_000;

/// How often a modem that gives no answer is asked whether it is there.
pub(super) const PROBES: u8 = 5;
