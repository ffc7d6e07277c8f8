//! What the modem's bytes mean.

use super::{
    Completion, Engine, LossReason, Phase,
    client::ClientState,
    count, count_many,
    echo::Echoing,
    exchange::Data,
    operations::{State, Step},
    timing::{PROBE_INTERVAL, PROBES, REASON_TIMEOUT},
};
use crate::{
    at::{FinalResult, Frame, Line, holds},
    command::{
        Command, ModemEvent, OpenResult, PROBE_ANSWER, PacketResult, ResultUrc, Status, Urc,
    },
    error::Cause,
    mqtt::ConnectReturnCode,
};

impl Engine<'_> {
    /// Takes all complete frames out of the ring, and says whether there was one.
    pub(super) fn receive(&mut self) -> bool {
        let mut has_taken = false;
        // Every turn consumes bytes of the ring, or ends the loop.
        loop {
            if self.is_echo_due() && self.skip_echo() {
                return has_taken;
            }
            let frame = match self.framer.next(&mut self.rx) {
                Some(frame) => frame,
                None if self.has_powered_down() => self.framer.end_line(),
                None => {
                    self.stay_in_reception();
                    return has_taken;
                }
            };
            has_taken = true;
            match frame {
                Frame::Line(len) => self.line(len),
                Frame::Prompt => self.prompt(),
                Frame::Head { len, text, payload } => self.begin_message(len, text, payload),
                Frame::Payload { len, last } => self.payload(len, last),
                Frame::LostLine => self.lost_line(),
                Frame::LostHead { payload } => {
                    self.answer_fetch();
                    let reason = LossReason::ReceiveBufferTooSmall;
                    self.begin_reception(false, None, payload, Some(reason));
                }
            }
        }
    }

    /// The last line of a modem that switches itself off may have no end.
    fn has_powered_down(&self) -> bool {
        let len = self.framer.unfinished();
        if len < SHORTEST_FAREWELL {
            return false;
        }
        let line = self.rx.first(len);
        line.ends_with(b"DOWN")
            && matches!(
                Urc::parse(&Line::Text(line)),
                Some(Urc::Modem(ModemEvent::PoweredDown))
            )
    }

    fn line(&mut self, len: usize) {
        count_many(&mut self.statistics.lines, 1);
        let line = self.rx.first(len);
        let kind = Line::classify(line);
        // While its payload goes out, the modem has nothing to answer. (It may restart.)
        if matches!(kind, Line::Final(_))
            && self.exchange.phase == Phase::Data
            && self.is_of_echo()
            && self.outbox.data_behind(line).is_some()
        {
            self.unsolicited(len);
            self.rx.consume(len);
            return;
        }
        let step = self.exchange.step;
        let is_captured = step.has_response() && self.exchange.is_answer_due();
        match kind {
            Line::Echo => self.echo(len),
            Line::Final(result) => self.final_result(result),
            Line::Response { name, parameters } => {
                let is_answer = is_captured && is_answer_to(self.outbox.line(), name);
                let urc = Urc::parse(&kind);
                let is_answer = is_answer && self.is_believed(urc.as_ref());
                // Also when it comes late: nothing else looks like it.
                let asks_table = matches!(step, Step::StoredTable);
                let is_table = asks_table && name == MESSAGE_NAME;
                if is_table && let Some(row) = self.table_row(parameters) {
                    self.read_table(row);
                } else if is_answer && !asks_table {
                    self.outbox.capture(line);
                } else if name == PROBE_ANSWER {
                    // Also that of a probe which was thought to have been slept through.
                    self.is_probe_answered = true;
                } else if let Some(urc) = urc.filter(|urc| self.is_news(urc)) {
                    self.urc(&urc);
                } else if name == MESSAGE_NAME && holds(parameters.rest(), b'"') {
                    self.message_without_length(len);
                } else {
                    self.unsolicited(len);
                }
            }
            Line::Text(text) => {
                if let Some(urc) = Urc::parse(&kind) {
                    self.urc(&urc);
                } else if self.exchange.data == Data::File && text == b"CONNECT" {
                    self.prompt();
                } else if is_captured && step.has_text_response() {
                    self.outbox.capture(text);
                } else {
                    self.unsolicited(len);
                }
            }
        }
        self.rx.consume(len);
    }

    /// News of a stored message, from a modem that was not told to store any, is damaged.
    fn is_news(&self, urc: &Urc) -> bool {
        let Urc::Stored { client, .. } = *urc else {
            return true;
        };
        let client = self.clients.get(usize::from(client));
        client.is_some_and(|client| client.stores)
    }

    fn urc(&mut self, urc: &Urc) {
        match *urc {
            Urc::Result(ref result) => self.result(result),
            Urc::Status { client, status } => self.status(client, status),
            Urc::Stored { client, place } => self.stored(client, place),
            Urc::Modem(ModemEvent::Ready | ModemEvent::PoweredDown) => self.starting(true),
            Urc::Modem(ModemEvent::Starting) => self.starting(false),
            Urc::Modem(ModemEvent::ContextLost { context }) => {
                self.lost_contexts |= 1_u32.checked_shl(context.into()).unwrap_or_default();
                self.has_news = true;
            }
        }
    }

    fn prompt(&mut self) {
        // Also a late one: the modem waits for the data of a command that was given up.
        let is_due = match self.exchange.phase {
            Phase::Prompt | Phase::Overdue => true,
            phase => phase == Phase::Final && self.exchange.data == Data::Cancelled,
        };
        if !is_due {
            return;
        }
        let owner = self.exchange.owner;
        let slot = owner.and_then(|index| self.operations.slot(index));
        let is_wanted = slot.is_some_and(|slot| !slot.abandoned);
        if is_wanted || !self.exchange.data.is_cancellable() {
            self.send_data();
            return;
        }
        if let Some(index) = owner {
            self.end(index, Err(Cause::Timeout));
        }
        if self.exchange.data == Data::Cancelled {
            // If the modem has kept the first ESC, the second begins a line to it.
            count(&mut self.statistics.resyncs);
            self.fall_out_of_step(PROBES);
        }
        self.cancel_data();
    }

    fn final_result(&mut self, result: FinalResult) {
        let is_error = result != FinalResult::Ok;
        // The OK behind it belongs to a probe, maybe to one that was given up long ago.
        if core::mem::take(&mut self.is_probe_answered) && !is_error {
            self.probes_owed = self.probes_owed.saturating_sub(1);
            if self.exchange.is_probe() && self.exchange.phase == Phase::Final {
                self.probe_answered();
            } else {
                count(&mut self.statistics.stale_answers);
            }
            return;
        }
        match self.exchange.phase {
            Phase::Final if self.exchange.is_probe() => self.bare_probe_result(is_error),
            // It may be the answer to the command line; then the data meets another, which may come
            // back.
            Phase::Final if is_error && self.exchange.is_blind => {
                self.end_with(result);
                self.lose_step();
            }
            Phase::Final => self.end_with(result),
            Phase::Prompt if is_error && self.exchange.is_echo_new => self.restart(),
            // Refused instead of the prompt, or in the middle of the data.
            Phase::Prompt if is_error => self.end_with(result),
            Phase::Data if is_error => {
                self.owe_escape();
                self.end_with(result);
                self.lose_step();
            }
            // The answer that was given up: from now on, only a probe can tell.
            Phase::Overdue => self.lose_step(),
            // It belongs to no command of ours.
            Phase::Idle | Phase::Command | Phase::Prompt | Phase::Data => {
                count(&mut self.statistics.stale_answers);
            }
        }
    }

    fn end_with(&mut self, result: FinalResult) {
        let (owner, step) = (self.exchange.owner.take(), self.exchange.step);
        // Who knows what a command of the application's own has changed.
        self.echoing = match step {
            step if step.is_raw() && may_switch_echo(self.outbox.line()) => Echoing::Unknown,
            _ => self.echoing.after(self.exchange.has_echoed),
        };
        self.stay_awake();
        // What was sent before has come back before this.
        self.owes_echo = false;
        self.end_exchange();
        self.is_fetch_next = owner.is_some();
        match owner {
            Some(index) => self.answer(index, result),
            None => self.stored_answer(step, result),
        }
    }

    /// A probe's final result code without its information response: that of an earlier command, or
    /// of a modem that never sends one, which is believed at its second OK.
    fn bare_probe_result(&mut self, is_error: bool) {
        if is_error {
            // It is starting; ask again when the time is over.
            self.probes_owed = self.probes_owed.saturating_sub(1);
            return;
        }
        self.bare_answers = self.bare_answers.saturating_add(1);
        if self.bare_answers >= 2 {
            self.probes_owed = self.probes_owed.saturating_sub(1);
            self.probe_answered();
        }
    }

    /// The modem is in step again, when the answers to the probes before have come, or won't.
    fn probe_answered(&mut self) {
        self.exchange.has_probe_succeeded = true;
        if self.probes_owed == 0 {
            self.end_probe();
        } else {
            self.enter(Phase::Final, PROBE_INTERVAL);
        }
    }

    /// The operation that waits for this result.
    fn awaiting(&self, urc: &ResultUrc) -> Option<usize> {
        // Before the command and its data have gone out, it can't be theirs.
        let is_sent = self.exchange.phase == Phase::Final;
        self.operations.oldest(&|slot| {
            !slot.is_ready()
                && (is_sent || !matches!(slot.state, State::Exchange))
                && slot.client == urc.client
                && slot.packet_id == urc.packet_id
                && slot.step.awaits(urc.command)
        })
    }

    /// Whether a line of the right name answers what is asked. The result URC of a command has the
    /// name of its read and test forms' answers, and the news of a stored message that of the
    /// table.
    fn is_believed(&self, urc: Option<&Urc>) -> bool {
        match urc {
            None | Some(Urc::Modem(_)) => true,
            // A state looks like a result without a return code; there is no state 0.
            Some(Urc::Result(result)) if result.command == Command::Connect => {
                result.result != 0 && result.values.codes().is_empty()
            }
            Some(Urc::Result(result)) => {
                self.exchange.step.is_raw() && self.awaiting(result).is_none()
            }
            Some(Urc::Status { .. } | Urc::Stored { .. }) => false,
        }
    }

    fn result(&mut self, urc: &ResultUrc) {
        let Some(index) = self.awaiting(urc) else {
            count(&mut self.statistics.stale_answers);
            return;
        };
        if urc.command == Command::Publish {
            self.owes_echo = false;
        }
        if self.exchange.owner == Some(index) {
            // A modem that has a result waits for no more data.
            self.exchange.data = Data::None;
        }
        match (urc.command, PacketResult::from(urc.result)) {
            (Command::Open, result) => self.opened(index, result, urc.result),
            (Command::Close, PacketResult::Failed) => self.not_closed(index, Cause::NotClosed),
            (Command::Disconnect, PacketResult::Sent) => self.disconnected(index),
            (Command::Close | Command::Disconnect, _) => self.advance(index, Completion::Done),
            (_, PacketResult::Retransmitted) => self.retransmitted(index),
            (_, PacketResult::Failed) => self.end(index, Err(Cause::NotSent)),
            (_, PacketResult::Unknown(n)) => self.end(index, Err(Cause::UnknownResult(n))),
            (Command::Connect, PacketResult::Sent) => {
                // Some firmware leaves the code out when it is 0.
                match urc.values.codes().first().copied().unwrap_or(0).into() {
                    ConnectReturnCode::Accepted => self.advance(index, Completion::Done),
                    refused => self.end(index, Err(Cause::Refused(refused))),
                }
            }
            (Command::Subscribe, PacketResult::Sent) => {
                self.advance(index, Completion::Subscribed(urc.values.clone()));
            }
            (_, PacketResult::Sent) => self.advance(index, Completion::Done),
        }
    }

    fn opened(&mut self, index: usize, result: PacketResult, number: i16) {
        if result == PacketResult::Sent {
            self.advance(index, Completion::Done);
            return;
        }
        let result = OpenResult::from(number);
        match result {
            OpenResult::Occupied => self.close_and_retry(index, Cause::Open(result)),
            result => self.end(index, Err(Cause::Open(result))),
        }
    }

    /// The modem tries again: that is progress, and takes as long as a first try.
    fn retransmitted(&mut self, index: usize) {
        count(&mut self.statistics.retransmissions);
        let Some(slot) = self.operations.slot(index) else {
            return;
        };
        let client = slot.client;
        slot.repeats = slot.repeats.saturating_add(1);
        if matches!(slot.state, State::Waiting) && slot.repeats <= MOST_RETRANSMISSIONS {
            let timeout = self.reply_timeout(client);
            self.wait(index, timeout, Cause::Timeout);
        }
    }

    fn status(&mut self, client: u8, status: Status) {
        match self.state(client) {
            ClientState::Connected => {
                self.end_packets(client, Cause::Closed(status));
                if let Some(client) = self.client(client) {
                    client.state = ClientState::Stale;
                    client.closed = Some(status);
                }
                self.has_news = true;
            }
            // The news of a DISCONNECT belongs to the connection before.
            ClientState::Connecting if status == Status::Disconnected => {
                count(&mut self.statistics.stale_answers);
            }
            // The attempt is over. A +QMTCONN with the reason can come right behind.
            ClientState::Connecting => {
                let index = self
                    .operations
                    .oldest(&|slot| slot.client == client && matches!(slot.step, Step::Connect));
                if let Some(index) = index {
                    self.set_state(client, ClientState::Stale);
                    self.leave_exchange(index);
                    self.wait(index, REASON_TIMEOUT, Cause::Closed(status));
                }
            }
            ClientState::Closing => {
                let index = self
                    .operations
                    .oldest(&|slot| slot.client == client && matches!(slot.step, Step::Disconnect));
                if let Some(index) = index {
                    self.disconnected(index);
                }
            }
            // Late news of an earlier connection, or the twin of what is known.
            ClientState::Closed | ClientState::Stale | ClientState::Opening => {
                count(&mut self.statistics.stale_answers);
            }
        }
    }
}

/// Whether a response of this name answers that command line: `AT+NAME`, and no letter more.
fn is_answer_to(line: &[u8], name: &[u8]) -> bool {
    let Some((start, rest)) = line
        .get(2..)
        .and_then(|line| line.split_at_checked(name.len()))
    else {
        return false;
    };
    start.eq_ignore_ascii_case(name) && !rest.first().is_some_and(u8::is_ascii_alphanumeric)
}

/// Whether a command line may hold ATE, which switches the echo (V.250, chapter 6.2.4). A single
/// extended command does not.
pub(super) fn may_switch_echo(line: &[u8]) -> bool {
    line.get(2) != Some(&b'+') || holds(line, b';')
}

/// `POWERED DOWN`.
const SHORTEST_FAREWELL: usize = 12;

const MESSAGE_NAME: &[u8] = b"+QMTRECV";

/// `<retry_times>` is 10 at the most; a modem that reports more does not hold up its operation.
const MOST_RETRANSMISSIONS: u8 = 10;
