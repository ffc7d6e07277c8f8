//! Progress: what goes out next, and what happens when time runs out.

use super::{
    Action, Client, Completion, Engine, Kind, Phase,
    client::ClientState,
    count,
    exchange::{Data, Exchange},
    operations::{Slot, Step},
    timing::{
        AWAKE_TIME, COMMAND_TIMEOUT, DATA_TIMEOUT, OVERDUE_TIMEOUT, PROBE_INTERVAL, PROBES,
        PROBES_AT_BOOT, PROMPT_TIMEOUT, SEND_TIMEOUT, START_DURATION,
    },
};
use crate::{
    at::{CR, ESC, SUB},
    command::UPLOAD_TIMEOUT,
    dialect::MAX_CLIENTS,
    error::Cause,
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
        // First, so that the response to a raw command is read before the next command is composed.
        if core::mem::take(&mut self.has_news) {
            return Action::Deliver;
        }
        if core::mem::take(&mut self.has_changed) {
            self.start_next();
            self.next_deadline = [
                self.exchange.deadline,
                self.reception.map(|reception| reception.deadline),
                self.starting_until,
                self.awake_until,
                self.operations.next_deadline(),
            ]
            .into_iter()
            .fold(None, Instant::earlier);
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
        let has_sent = core::mem::take(&mut self.has_sent);
        if !self.exchange.is_sending() {
            return;
        }
        if !self.outbox.is_sent() {
            if has_sent {
                // Slow is not stuck.
                self.exchange.stalled = 0;
                self.enter(self.exchange.phase, SEND_TIMEOUT);
            }
            return;
        }
        self.exchange.stalled = 0;
        match self.exchange.phase {
            Phase::Command if self.exchange.data != Data::None => {
                if self.exchange.data != Data::File {
                    self.framer.arm_prompt();
                }
                self.enter(Phase::Prompt, PROMPT_TIMEOUT);
            }
            Phase::Command => {
                let timeout = self.answer_timeout();
                self.enter(Phase::Final, timeout);
            }
            _ if self.exchange.data == Data::Certificate => {
                self.outbox.send_outside(&[SUB]);
                self.exchange.data = Data::Terminated;
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
        match self.exchange.step {
            // Some firmware reports the result before OK, or instead of it.
            Step::Open => self.dialect.open_timeout,
            Step::Connect | Step::Disconnect => self.reply_timeout(client),
            Step::Request(_) | Step::Script(_) => self.request_timeout,
            _ => COMMAND_TIMEOUT,
        }
    }

    pub(super) fn enter(&mut self, phase: Phase, timeout: u32) {
        self.exchange.phase = phase;
        self.exchange.deadline = Some(self.now.after(timeout));
        self.has_changed = true;
    }

    /// The line is free again.
    pub(super) fn end_exchange(&mut self) {
        self.exchange = Exchange::IDLE;
        self.outbox.abort();
        self.framer.disarm_prompt();
        self.has_changed = true;
    }

    /// Begins the next exchange, when the line is free and somebody waits for it.
    fn start_next(&mut self) {
        if !self.exchange.is_idle() {
            return;
        }
        self.drop_stored_lines();
        // A command that its verb has composed goes first: another one would be composed over it.
        let composed = |slot: &Slot| slot.is_ready() && slot.step.is_composed();
        let next = self.operations.oldest(&composed);
        let next = next.or_else(|| self.operations.oldest(&Slot::is_ready));
        let stored = match next {
            None => self.next_stored(),
            Some(_) => None,
        };
        if (next.is_some() || stored.is_some()) && self.may_be_asleep() {
            self.fall_out_of_step(PROBES);
        }
        if !self.is_in_step {
            self.probe();
        } else if let Some(index) = next {
            self.start(index);
        } else if let Some(step) = stored {
            self.fetch_stored(step);
        }
    }

    /// Forgets the lines that nobody sends any more.
    pub(super) fn drop_stored_lines(&mut self) {
        if self.outbox.has_stored() && !self.operations.has(Kind::has_stored_lines) {
            self.outbox.drop_stored();
        }
    }

    /// Whether the modem may have fallen asleep: then the next command only wakes it.
    fn may_be_asleep(&self) -> bool {
        self.is_in_step && self.may_sleep && self.awake_until.is_none()
    }

    /// Asks whether the modem is there and in step, as often as it is allowed.
    fn probe(&mut self) {
        if let Some(left) = self.probes_left.checked_sub(1) {
            self.probes_left = left;
            self.probes_owed = self.probes_owed.saturating_add(1);
            self.send(Step::Probe, 0);
            return;
        }
        // Nobody answers: whoever waits for the line is told.
        while let Some(index) = self.operations.oldest(&|slot| slot.is_ready()) {
            self.end(index, Err(Cause::Timeout));
        }
    }

    /// Time has run out for something.
    fn expire(&mut self) {
        self.has_changed = true;
        let now = self.now;
        let is_due = |deadline: Option<Instant>| deadline.is_some_and(|at| at.is_reached(now));
        if let Some(reception) = self.reception.filter(|it| it.deadline.is_reached(now)) {
            self.abandon_reception(reception);
        }
        if is_due(self.starting_until) {
            self.starting_until = None;
        }
        if is_due(self.awake_until) {
            self.awake_until = None;
        }
        if is_due(self.exchange.deadline) {
            self.expire_exchange();
        }
        while let Some(index) = self.operations.oldest(&|slot| is_due(slot.deadline)) {
            self.expire_operation(index);
        }
    }

    fn expire_exchange(&mut self) {
        let owner = self.exchange.owner;
        if self.exchange.is_probe() {
            if self.exchange.has_probe_succeeded {
                if self.may_sleep {
                    // The ones before have woken the modem, and are lost.
                    self.probes_owed = 0;
                }
                self.end_probe();
            } else {
                self.end_exchange();
            }
            return;
        }
        match self.exchange.phase {
            // The prompt is lost, or the modem never saw the command. In the first case it waits
            // for data, and would take the next command for them: it is told to give up, or gets
            // exactly the bytes that it waits for. In the second they are a line to it; so none
            // goes out that could be a command.
            Phase::Prompt if self.exchange.data.is_cancellable() => {
                count(&mut self.statistics.timeouts);
                if let Some(index) = owner {
                    self.end(index, Err(Cause::Timeout));
                }
                self.cancel_data();
            }
            Phase::Prompt
                if self.exchange.data == Data::Counted
                    && !could_be_a_command(self.outbox.data()) =>
            {
                count(&mut self.statistics.timeouts);
                self.framer.disarm_prompt();
                self.outbox.send_data();
                self.enter(Phase::Data, SEND_TIMEOUT);
            }
            Phase::Data => {
                count(&mut self.statistics.timeouts);
                if let Some(index) = owner {
                    self.end(index, Err(Cause::Timeout));
                }
                let stalled = self.exchange.stalled.saturating_add(SEND_TIMEOUT);
                self.exchange.stalled = stalled;
                if stalled >= self.data_mode_timeout() {
                    // The modem waits for a command again, and would take the data for one.
                    self.outbox.abort();
                    self.enter(Phase::Overdue, OVERDUE_TIMEOUT);
                } else {
                    self.enter(Phase::Data, SEND_TIMEOUT);
                }
            }
            Phase::Overdue => self.lose_step(),
            _ => {
                count(&mut self.statistics.timeouts);
                if let Some(index) = owner {
                    self.end(index, Err(Cause::Timeout));
                }
                self.outbox.abort();
                // A modem that waits for a file would take probes for it.
                let patience = match self.exchange.data {
                    Data::File => self.data_mode_timeout(),
                    _ => 0,
                };
                self.enter(Phase::Overdue, OVERDUE_TIMEOUT.saturating_add(patience));
            }
        }
    }

    /// After this time without a byte, in milliseconds, the modem waits for data no more.
    fn data_mode_timeout(&self) -> u32 {
        match self.exchange.data {
            Data::File => UPLOAD_TIMEOUT.saturating_mul(1000),
            _ => self.dialect.data_mode_timeout,
        }
    }

    /// Tells the modem to give up the command that it waits for data of.
    pub(super) fn cancel_data(&mut self) {
        self.outbox.send_outside(&[ESC]);
        self.exchange.data = Data::Cancelled;
        // One that comes now shows that the modem has not seen it.
        self.framer.arm_prompt();
        self.enter(Phase::Data, SEND_TIMEOUT);
    }

    /// The modem has answered: it is awake for now.
    pub(super) fn stay_awake(&mut self) {
        self.awake_until = self.may_sleep.then(|| self.now.after(AWAKE_TIME));
    }

    /// The modem has shown that it is in step.
    pub(super) fn end_probe(&mut self) {
        self.stay_awake();
        self.is_in_step = true;
        self.probes_left = 0;
        self.end_exchange();
    }

    /// The line is free, and the modem must show that it is in step before the next command.
    pub(super) fn lose_step(&mut self) {
        // What was lost may have been the news of a stored message. A modem that does not tell
        // where they lie is asked once.
        self.is_table_due |= self.exchange.step != Step::StoredTable;
        self.end_exchange();
        self.fall_out_of_step(PROBES);
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
            // It has paused, and begins again as long as there is time.
            Step::Script(_) if !self.script_until.is_reached(self.now) => self.go_on(index, 0),
            _ => {
                if overdue == Cause::Timeout {
                    count(&mut self.statistics.timeouts);
                }
                self.end(index, Err(overdue));
            }
        }
    }

    /// From now on the modem must show that it is in step, in as many probes at the most.
    pub(super) fn fall_out_of_step(&mut self, probes: u8) {
        self.is_in_step = false;
        self.bare_answers = 0;
        self.probes_left = probes;
        self.has_changed = true;
    }

    /// A line has come that a starting or stopping modem sends; some of them come in the middle
    /// of a start only.
    pub(super) fn starting(&mut self, is_first: bool) {
        if self.starting_until.is_none() || (is_first && self.is_in_step) {
            self.restart();
        }
    }

    /// The modem restarted: nothing that was owed will come, and all settings are gone.
    pub(super) fn restart(&mut self) {
        self.starting_until = Some(self.now.after(START_DURATION));
        count(&mut self.statistics.restarts);
        self.end_exchange();
        self.fall_out_of_step(0);
        self.probes_owed = 0;
        self.is_probe_answered = false;
        while let Some(index) = self
            .operations
            .oldest(&|slot| slot.kind != Kind::Initialize)
        {
            self.end(index, Err(Cause::Restarted));
        }
        // This is what an initialize waits for: it goes on.
        if let Some(index) = self.operations.oldest(&|_| true) {
            self.make_ready(index, Step::Echo);
            self.probes_left = PROBES_AT_BOOT;
        }
        for client in 0..MAX_CLIENTS as u8 {
            self.lose_stored(client);
            self.set_state(client, ClientState::Closed);
        }
        for client in &mut self.clients {
            client.closed = None;
        }
        self.may_sleep = self.dialect.sleeps;
        self.is_initialized = false;
        self.is_echo_off = false;
        self.has_restarted = true;
        self.has_news = true;
    }

    pub(super) fn client(&mut self, index: u8) -> Option<&mut Client> {
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
}

/// Whether a modem that waits for a command could take the data for one, now or when the next
/// command line ends it.
fn could_be_a_command(data: &[u8]) -> bool {
    data.contains(&CR) || matches!(data, [b'A' | b'a', b'T' | b't', ..])
}
