//! What the application takes: events, results, answers.

use super::{Completion, Engine, Event, Kind, Message, Operation, Phase, State, inbox::RecordKind};
use crate::{
    command::{ClientIndex, Request, Response},
    error::{Cause, Failure},
};

impl Engine<'_> {
    /// Takes the next event, or `None` when there is none.
    ///
    /// What it borrows is gone at the next call of any method that changes the engine. Messages
    /// come in the order in which the modem sent them; results of operations before all else,
    /// losses, restarts and lost connections behind the messages.
    pub fn take_event(&mut self) -> Option<Event<'_>> {
        if let Some((operation, result)) = self.operations.take_any() {
            return Some(Event::Completed { operation, result });
        }
        self.take_news()
    }

    /// Takes the next event that is no result of an operation.
    pub(crate) fn take_news(&mut self) -> Option<Event<'_>> {
        if !self.inbox.is_empty() {
            // There is more room then, which a stored message may wait for.
            self.has_changed = true;
            let record = self.inbox.take()?;
            return Some(match record.kind {
                RecordKind::Line => Event::Unsolicited(record.payload),
                RecordKind::Message => Event::Message(Message {
                    client: ClientIndex::new(record.client).unwrap_or_default(),
                    packet_id: record.packet_id,
                    topic: record.topic,
                    payload: record.payload,
                }),
            });
        }
        if let Some(lost) = self.lost.take() {
            return Some(Event::MessageLost(lost));
        }
        if core::mem::take(&mut self.is_other_model) {
            return Some(Event::OtherModel);
        }
        if core::mem::take(&mut self.has_restarted) {
            return Some(Event::Restarted);
        }
        if self.lost_contexts != 0 {
            let context = self.lost_contexts.trailing_zeros() as u8;
            self.lost_contexts &= self.lost_contexts.wrapping_sub(1);
            return Some(Event::ContextLost { context });
        }
        let mut clients = self.clients.iter_mut().zip(0_u8..);
        clients.find_map(|(client, index)| {
            Some(Event::Disconnected {
                client: ClientIndex::new(index).ok()?,
                status: client.closed.take()?,
            })
        })
    }

    /// Whether [`Engine::take_event`] has something to give.
    #[must_use]
    pub fn has_event(&self) -> bool {
        self.operations.has_done()
            || !self.inbox.is_empty()
            || self.lost.is_some()
            || self.is_other_model
            || self.has_restarted
            || self.lost_contexts != 0
            || self.clients.iter().any(|client| client.closed.is_some())
    }

    /// Takes the result of an operation; `None` while it is under way, and when it was taken or
    /// abandoned before.
    ///
    /// A result that is not taken this way comes as [`Event::Completed`]. Take one or the other:
    /// when results pile up that nobody takes, a new operation replaces the oldest of them.
    pub fn take_result(&mut self, operation: Operation) -> Option<Result<Completion, Failure>> {
        // What is read of the response to a request makes room for the next command.
        self.has_changed |= self.keeps_responses;
        self.operations.take(operation)
    }

    /// From now on, no command goes out while the result of a request has not been taken, and its
    /// response with it, or it is abandoned.
    #[cfg(feature = "runner")]
    pub(crate) const fn keep_responses(&mut self) {
        self.keeps_responses = true;
    }

    /// Keeps the place of an operation until its result is taken, or it is abandoned: somebody waits for it.
    /// `false` when the result was not taken in time, and is gone.
    #[cfg(feature = "runner")]
    pub(crate) fn await_result(&mut self, operation: Operation) -> bool {
        let found = self.operations.find(operation);
        found.map(|(_, slot)| slot.awaited = true).is_some()
    }

    /// Says that nobody will ask for the result of this operation.
    ///
    /// What has not begun is dropped. What has begun is brought to where the modem is in step and
    /// nothing is owed: a publish or subscribe ends as it would have, but a payload that Ctrl+Z
    /// ends and whose prompt has not come yet is cancelled; a connect stops after the command on
    /// the line, and its client must connect again. A disconnect or close goes on.
    pub fn abandon(&mut self, operation: Operation) {
        let Some((index, slot)) = self.operations.find(operation) else {
            return;
        };
        slot.abandoned = true;
        let has_begun = self.exchange.phase != Phase::Command || self.outbox.has_begun();
        let is_cut_short = match slot.state {
            // They have promised to the client's state that they will end.
            _ if matches!(slot.kind, Kind::Disconnect | Kind::Close) && slot.is_pending() => return,
            State::Ready => true,
            State::Waiting => matches!(slot.kind, Kind::Connect | Kind::Script),
            State::Exchange => !has_begun,
            State::Free | State::Done(_) => {
                slot.state = State::Free;
                false
            }
        };
        self.has_changed = true;
        if !has_begun && self.exchange.owner == Some(index) {
            self.end_exchange();
        }
        if is_cut_short {
            self.end(index, Err(Cause::Timeout));
        }
    }

    /// The information response to the last request, each of its lines ended by LF. It is there
    /// until the next call of a verb or of [`Engine::poll`].
    #[must_use]
    pub fn response(&self) -> &[u8] {
        self.outbox.response().unwrap_or_default()
    }

    /// What the last request was answered, while [`Engine::response`] is there; `None` when it does
    /// not fit the request.
    pub fn answer_to<R: Request>(&self, request: &R) -> Option<R::Answer<'_>> {
        request.read(self.dialect(), Response::new(self.response()))
    }
}
