//! Progress: what goes out next, and whether the modem is in step.

use super::{
    Action, Engine, Kind, Phase,
    client::ClientState,
    count,
    echo::Echoing,
    exchange::{Data, Exchange},
    operations::{Slot, Step},
    receive::may_switch_echo,
    timing::{
        AWAKE_TIME, COMMAND_TIMEOUT, DATA_TIMEOUT, LOOK_TIMEOUT, LOOKS, MOST_RESTARTS,
        PROBE_INTERVAL, PROBES, PROBES_AT_BOOT, PROMPT_TIMEOUT, SEND_TIMEOUT, SILENCE,
        START_DURATION,
    },
};
use crate::{at::SUB, dialect::MAX_CLIENTS, error::Cause, time::Instant};

impl Engine<'_> {
    /// Does what can be done at the time `now`, and says what the caller has to do next.
    ///
    /// `now` must not run backwards. The cost of a call is bounded by the size of the buffers; for most
    /// calls, by the bytes in the receive buffer.
    ///
    /// Before a deadline counts, the line is looked at: the action then names `now` itself, again and
    /// again as long as bytes come, up to a second.
    pub fn poll(&mut self, now: Instant) -> Action {
        self.now = now;
        let is_quiet = !(self.has_sent || self.has_news || self.has_changed || self.is_late());
        let has_sent = core::mem::take(&mut self.has_sent);
        if self.exchange.is_sending() {
            self.follow_transmission(has_sent);
        }
        if !self.receive() && is_quiet {
            // As most bytes do, these only make a frame longer.
            self.looking_since = None;
            return self.line_action(self.next_deadline);
        }
        if self.is_late() {
            // What came may have moved the deadline.
            self.find_deadline();
        }
        if !self.is_late() {
            self.looking_since = None;
        } else if !self.has_news {
            // News first: it may be what the deadline is for.
            if self.must_look() {
                let until = Some(now);
                return if self.is_sending_late() {
                    Action::Transmit { until }
                } else {
                    Action::Receive { until }
                };
            }
            let since = self.looking_since.take();
            self.expire(since.unwrap_or(now));
        }
        // First, so that the response to a request is read before the next command is composed.
        if core::mem::take(&mut self.has_news) {
            return Action::Deliver;
        }
        if core::mem::take(&mut self.has_changed) {
            self.start_next();
            self.find_deadline();
        }
        if core::mem::take(&mut self.has_news) {
            return Action::Deliver;
        }
        self.line_action(self.next_deadline)
    }

    /// While bytes go out, a caller need not read.
    pub(super) fn reception_deadline(&self) -> Option<Instant> {
        let reception = self.reception.filter(|_| !self.exchange.is_sending());
        reception.map(|reception| reception.deadline)
    }

    const fn line_action(&self, until: Option<Instant>) -> Action {
        if self.exchange.is_sending() {
            Action::Transmit { until }
        } else {
            Action::Receive { until }
        }
    }

    fn is_late(&self) -> bool {
        self.next_deadline
            .is_some_and(|deadline| deadline.is_reached(self.now))
    }

    /// Whether the deadline is that of what goes out.
    fn is_sending_late(&self) -> bool {
        let deadline = self
            .exchange
            .deadline
            .filter(|_| self.exchange.is_sending());
        deadline.is_some_and(|deadline| deadline.is_reached(self.now))
    }

    /// Whether the line is to be looked at before a deadline counts. What it waits for may have come
    /// while nobody polled, and stand in the UART, where a payload would be taken for lines; and a line
    /// that was never written to is not stuck.
    fn must_look(&mut self) -> bool {
        // What the line takes now would be a command to the modem.
        if self.stalled_for() >= self.data_mode_timeout() {
            return false;
        }
        let has_looked = core::mem::take(&mut self.has_looked) || self.is_sending_late();
        let has_received = core::mem::take(&mut self.has_received);
        let Some(since) = self.looking_since else {
            self.looking_since = Some(self.now);
            self.looks_left = LOOKS;
            return true;
        };
        self.looks_left = self.looks_left.saturating_sub(1);
        if has_looked {
            // A line that is never silent must not keep an operation from its end.
            has_received && !since.after(LOOK_TIMEOUT).is_reached(self.now)
        } else {
            // Nor a caller who reads only when there is something; others were kept from it by a verb,
            // or by a future that was dropped.
            self.looks_left > 0
        }
    }

    fn find_deadline(&mut self) {
        self.next_deadline = [
            self.exchange.deadline,
            self.reception_deadline(),
            self.starting_until,
            self.awake_until,
            self.probe_again,
            self.operations.next_deadline(),
        ]
        .into_iter()
        .fold(None, Instant::earlier);
    }

    /// What was to be sent may have gone out since the last poll.
    fn follow_transmission(&mut self, has_sent: bool) {
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
            Step::Open => self.dialect().open_timeout,
            Step::Connect | Step::Disconnect => self.reply_timeout(client),
            Step::Request(_) | Step::Script(_) => self.request_timeout,
            _ => COMMAND_TIMEOUT,
        }
    }

    #[inline(never)]
    pub(super) fn enter(&mut self, phase: Phase, timeout: u32) {
        self.exchange.phase = phase;
        self.exchange.deadline = Some(self.now.after(timeout));
        self.has_changed = true;
    }

    /// The line is free again.
    #[inline(never)]
    pub(super) fn end_exchange(&mut self) {
        self.owes_echo |= self.exchange.is_echo_owed();
        self.exchange = Exchange::IDLE;
        self.outbox.abort();
        self.framer.disarm_prompt();
        self.has_changed = true;
    }

    /// Begins the next exchange, when the line is free and somebody waits for it.
    fn start_next(&mut self) {
        if !self.exchange.is_idle() || self.keeps_responses && self.operations.has_answered() {
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
            self.probe(stored.is_some());
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

    /// Asks whether the modem is there and in step, as often as it is allowed; and later again, when it
    /// has messages.
    fn probe(&mut self, has_messages: bool) {
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
        if has_messages && self.probe_again.is_none() {
            self.probe_again = Some(self.now.after(SILENCE));
        }
    }

    /// The modem has answered: it is awake for now.
    #[inline(never)]
    pub(super) fn stay_awake(&mut self) {
        self.awake_until = self.may_sleep.then(|| self.now.after(AWAKE_TIME));
    }

    /// The modem has shown that it is in step.
    pub(super) fn end_probe(&mut self) {
        self.stay_awake();
        self.owes_escape = false;
        self.owes_echo = false;
        self.is_in_step = true;
        self.probes_left = 0;
        self.probe_again = None;
        self.end_exchange();
    }

    /// The line is free, and the modem must show that it is in step before the next command.
    pub(super) fn lose_step(&mut self) {
        count(&mut self.statistics.resyncs);
        // What was not answered may have sent it to sleep, or not have reached one that slept.
        self.may_sleep = self.dialect().sleeps;
        // What was lost may have been the news of a stored message. A modem that does not tell
        // where they lie is not asked for ever.
        if !matches!(self.exchange.step, Step::StoredTable) {
            self.ask_for_table();
        }
        if self.exchange.step.is_raw() && may_switch_echo(self.outbox.line()) {
            // It may have come into effect.
            self.echoing = Echoing::Unknown;
        }
        let step = self.exchange.step;
        self.end_exchange();
        if let Step::Fetch { client, .. } = step
            && self.state(client) != ClientState::Connected
        {
            // Its answer would have told.
            self.lose_stored(client);
        }
        self.fall_out_of_step(PROBES);
    }

    /// Data breaks off that Ctrl+Z ends. What says so may have been the data's own echo; where nothing does,
    /// the ESC in its place may have been lost. Nothing but ESC gets the modem out of that.
    pub(super) fn owe_escape(&mut self) {
        let phase = self.exchange.phase;
        let waits = matches!(phase, Phase::Prompt | Phase::Data | Phase::Overdue);
        self.owes_escape |= waits && self.exchange.data.is_cancellable();
    }

    /// From now on the modem must show that it is in step, in as many probes at the most.
    #[inline(never)]
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
        self.owe_escape();
        // Also where its echo was not expected: a modem that has restarted echoes.
        self.owes_echo |= self.exchange.has_sent_payload();
        self.end_exchange();
        self.fall_out_of_step(0);
        self.probe_again = None;
        self.probes_owed = 0;
        self.is_probe_answered = false;
        while let Some(index) = self
            .operations
            .oldest(&|slot| slot.kind != Kind::Initialize)
        {
            self.end(index, Err(Cause::Restarted));
        }
        // This is what an initialize waits for: it goes on, unless the modem never gets ready.
        if let Some(index) = self.operations.oldest(&|_| true)
            && let Some(slot) = self.operations.slot(index)
        {
            slot.repeats = slot.repeats.saturating_add(1);
            if slot.repeats > MOST_RESTARTS {
                self.end(index, Err(Cause::Restarted));
            } else {
                self.make_ready(index, Step::Echo);
                self.probes_left = PROBES_AT_BOOT;
            }
        }
        for client in 0..MAX_CLIENTS as u8 {
            self.lose_stored(client);
            self.set_state(client, ClientState::Closed);
        }
        for client in &mut self.clients {
            client.closed = None;
        }
        self.may_sleep = self.dialect().sleeps;
        self.is_initialized = false;
        self.echoing = Echoing::Unknown;
        self.has_restarted = true;
        self.has_news = true;
    }
}
