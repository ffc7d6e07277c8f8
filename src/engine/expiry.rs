//! What happens when time runs out.

use super::{
    Completion, Engine, Phase, count,
    exchange::Data,
    operations::Step,
    timing::{LONGEST_DATA_MODE, OVERDUE_TIMEOUT, PROBES, PROBES_UNSENT, SEND_TIMEOUT},
};
use crate::{
    at::{ESC, could_be_a_command},
    command::UPLOAD_TIMEOUT,
    error::Cause,
    time::Instant,
};

impl Engine<'_> {
    /// Time has run out for what was due at this time. Nobody may have looked at the line since.
    pub(super) fn expire(&mut self, time: Instant) {
        self.has_changed = true;
        let is_due = |deadline: Option<Instant>| deadline.is_some_and(|at| at.is_reached(time));
        if is_due(self.reception_deadline())
            && let Some(reception) = self.reception
        {
            self.abandon_reception(reception);
        }
        if is_due(self.starting_until) {
            self.starting_until = None;
        }
        if is_due(self.awake_until) {
            self.awake_until = None;
        }
        if is_due(self.probe_again) {
            self.probe_again = None;
            self.probes_left = self.probes_left.max(PROBES);
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
                if self.may_sleep || self.bare_answers == 0 {
                    // The ones before have woken the modem, and are lost; or their answers are known by
                    // their information responses, however late they come.
                    self.probes_owed = 0;
                }
                self.end_probe();
                return;
            }
            if self.exchange.phase == Phase::Command {
                // A line that takes nothing takes no more than one that is asked in vain.
                self.probes_left = self.probes_left.saturating_sub(PROBES_UNSENT);
            }
            self.end_exchange();
            return;
        }
        match self.exchange.phase {
            // The prompt is lost, or the modem never saw the command. In the first case it waits
            // for data, and would take the next command for them: it is told to give up, or gets
            // exactly the bytes that it waits for. In the second they are a line to it; so none
            // goes out that could be a command.
            Phase::Prompt if self.exchange.data.is_cancellable() => {
                self.time_out(owner);
                self.cancel_data();
            }
            Phase::Prompt
                if self.exchange.data == Data::Counted
                    && !could_be_a_command(self.outbox.data()) =>
            {
                count(&mut self.statistics.timeouts);
                self.framer.disarm_prompt();
                self.exchange.is_blind = true;
                self.send_data();
            }
            Phase::Data => {
                self.time_out(owner);
                let stalled = self.stalled_for();
                self.exchange.stalled = stalled;
                if stalled >= self.data_mode_timeout() {
                    // The modem waits for a command again, and would take the data for one.
                    self.outbox.abort();
                    self.enter(Phase::Overdue, OVERDUE_TIMEOUT);
                } else {
                    self.enter(Phase::Data, SEND_TIMEOUT);
                }
            }
            // Its end may have been lost, and nothing but ESC gets the modem out of that.
            Phase::Final if self.exchange.data == Data::Terminated => {
                self.time_out(owner);
                self.cancel_data();
            }
            Phase::Overdue => {
                self.owe_escape();
                self.lose_step();
            }
            _ => {
                self.time_out(owner);
                self.outbox.abort();
                // A modem that waits for data, or for bytes of it that were lost, would take probes
                // for them. What went out without a prompt has most likely met a command line.
                let patience = match self.exchange.data {
                    // A command line that did not go out whole begins nothing.
                    _ if self.exchange.phase == Phase::Command => 0,
                    Data::Counted if self.exchange.is_blind => 0,
                    Data::File | Data::Counted => self.data_mode_timeout(),
                    _ => 0,
                };
                let patience = patience.min(LONGEST_DATA_MODE);
                self.enter(Phase::Overdue, OVERDUE_TIMEOUT.saturating_add(patience));
            }
        }
    }

    /// The operation, if there is one, waits for its exchange no more.
    fn time_out(&mut self, owner: Option<usize>) {
        count(&mut self.statistics.timeouts);
        let Some(index) = owner else {
            return;
        };
        if matches!(self.exchange.step, Step::Close) {
            self.not_closed(index, Cause::Timeout);
        } else {
            self.end(index, Err(Cause::Timeout));
        }
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
            Step::Script(_)
                if self
                    .script_until
                    .is_some_and(|until| !until.is_reached(self.now)) =>
            {
                self.go_on(index, 0);
            }
            _ => {
                if overdue == Cause::Timeout {
                    count(&mut self.statistics.timeouts);
                }
                self.end(index, Err(overdue));
            }
        }
    }

    /// How long the line has taken no data, in milliseconds, when the deadline for it is reached; else 0.
    pub(super) fn stalled_for(&self) -> u32 {
        let deadline = self
            .exchange
            .deadline
            .filter(|deadline| self.exchange.phase == Phase::Data && deadline.is_reached(self.now));
        deadline.map_or(0, |deadline| {
            let stalled = self.exchange.stalled.saturating_add(SEND_TIMEOUT);
            stalled.saturating_add(self.now.millis_from(deadline))
        })
    }

    /// After this time without a byte, in milliseconds, the modem waits for data no more.
    pub(super) fn data_mode_timeout(&self) -> u32 {
        match self.exchange.data {
            Data::File => UPLOAD_TIMEOUT.saturating_mul(1000),
            _ => self.dialect().data_mode_timeout,
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
}
