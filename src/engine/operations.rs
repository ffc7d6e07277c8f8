use crate::{
    command::{Command, Granted, Registration, SettingKey, SleepMode},
    error::{Cause, Failure},
    time::Instant,
};

/// What the caller waits for: the name of an operation that a verb of the engine has begun.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use = "its result tells whether it succeeded"]
pub struct Operation {
    slot: u8,
    generation: u16,
}

/// What an operation that succeeded brought.
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Completion {
    /// It is done; there is nothing to tell.
    Done,
    /// The modem is registered with a network.
    Registered(Registration),
    /// A subscribe was acknowledged, with this for each topic filter.
    Subscribed(Granted),
}

/// What kind of operation, which decides its steps.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Initialize,
    Script,
    Sleep,
    Connect,
    Disconnect,
    Close,
    Subscribe,
    Unsubscribe,
    Publish,
    Fetch,
    Request,
}

impl Kind {
    /// Whether it sends a packet over the client's connection, and is lost with that.
    pub(super) const fn is_packet(self) -> bool {
        matches!(self, Self::Subscribe | Self::Unsubscribe | Self::Publish)
    }

    /// Whether it keeps lines in the transmit buffer, or may do so.
    pub(super) const fn has_stored_lines(self) -> bool {
        matches!(self, Self::Connect | Self::Script)
    }
}

/// One exchange of an operation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Step {
    /// Of no operation: asks whether the modem is there and in step.
    Probe,
    /// Of no operation: asks where messages are stored.
    #[cfg_attr(not(feature = "bg95"), expect(dead_code))]
    StoredTable,
    Echo,
    ErrorFormat,
    Model,
    /// A stage of the script that is under way.
    Script(u8),
    Sleep(SleepMode),
    Configure(SettingKey),
    Open,
    Connect,
    Disconnect,
    Close,
    Subscribe,
    Unsubscribe,
    Publish,
    PublishInline,
    /// Reads the message in one of the modem's places, or in all.
    #[cfg_attr(not(feature = "bg95"), expect(dead_code))]
    Fetch {
        client: u8,
        place: Option<u8>,
    },
    Request(Command),
}

impl Step {
    /// Whether a result URC of this command answers it, after its OK.
    pub(super) fn awaits(self, command: Command) -> bool {
        self.result() == Some(command)
    }

    /// The command whose result URC follows its OK.
    pub(super) const fn result(self) -> Option<Command> {
        Some(match self {
            Self::Open => Command::Open,
            Self::Connect => Command::Connect,
            Self::Disconnect => Command::Disconnect,
            Self::Close => Command::Close,
            Self::Subscribe => Command::Subscribe,
            Self::Unsubscribe => Command::Unsubscribe,
            Self::Publish | Self::PublishInline => Command::Publish,
            _ => return None,
        })
    }

    /// Whether it sends what the application has written itself.
    pub(super) const fn is_raw(self) -> bool {
        matches!(self, Self::Request(Command::Raw))
    }

    /// Whether its command is composed by the verb, with what the caller gave.
    pub(super) const fn is_composed(self) -> bool {
        matches!(
            self,
            Self::Subscribe
                | Self::Unsubscribe
                | Self::Publish
                | Self::PublishInline
                | Self::Request(_)
        )
    }

    /// Whether its information response is kept.
    pub(super) const fn has_response(self) -> bool {
        matches!(
            self,
            Self::Request(_) | Self::StoredTable | Self::Model | Self::Script(_)
        )
    }

    /// Whether its information response is lines of any form.
    pub(super) const fn has_text_response(self) -> bool {
        matches!(
            self,
            Self::Model
                | Self::Request(
                    Command::Raw | Command::Manufacturer | Command::Model | Command::Revision
                )
        )
    }
}

#[derive(Clone, Debug)]
pub(super) enum State {
    Free,
    /// The step's command is to go out when the line is free.
    Ready,
    /// The step's command is on the line.
    Exchange,
    /// The step's command is answered; its result URC is owed.
    Waiting,
    Done(Result<Completion, Failure>),
}

#[derive(Debug)]
pub(super) struct Slot {
    pub(super) state: State,
    pub(super) kind: Kind,
    pub(super) step: Step,
    /// The client, or the PDP context, that it is about.
    pub(super) client: u8,
    pub(super) packet_id: u16,
    generation: u16,
    pub(super) deadline: Option<Instant>,
    /// What it ends with when its time is over.
    pub(super) overdue: Cause,
    /// How often it began anew without an end: the modem has sent its packet again, or has restarted
    /// while it was made ready.
    pub(super) repeats: u8,
    /// Whether nobody waits for its end.
    pub(super) abandoned: bool,
    /// Somebody waits for the result, so nothing takes its place.
    pub(super) awaited: bool,
    /// Whether a connect has closed the client and begun again; whether an activation has failed and
    /// the state is asked once more.
    pub(super) retried: bool,
    /// Whether the modem has told a disconnect that it has happened: its QMTCLOSE may fail.
    pub(super) disconnected: bool,
}

impl Slot {
    const FREE: Self = Self {
        state: State::Free,
        kind: Kind::Request,
        step: Step::Probe,
        client: 0,
        packet_id: 0,
        generation: 0,
        deadline: None,
        overdue: Cause::Timeout,
        repeats: 0,
        abandoned: false,
        awaited: false,
        retried: false,
        disconnected: false,
    };

    /// Whether another operation may take this place.
    const fn is_vacant(&self) -> bool {
        match self.state {
            State::Free => true,
            State::Done(_) => !self.awaited,
            State::Ready | State::Exchange | State::Waiting => false,
        }
    }

    const fn is_free(&self) -> bool {
        matches!(self.state, State::Free)
    }

    pub(super) const fn is_ready(&self) -> bool {
        matches!(self.state, State::Ready)
    }

    pub(super) const fn is_pending(&self) -> bool {
        matches!(self.state, State::Ready | State::Exchange | State::Waiting)
    }

    /// Ends the operation. Nobody is told of one that was abandoned.
    pub(super) fn finish(&mut self, result: Result<Completion, Failure>) {
        self.deadline = None;
        self.state = if self.abandoned {
            State::Free
        } else {
            State::Done(result)
        };
    }
}

/// The operations that are under way, or done and not yet asked for.
#[derive(Debug)]
pub(super) struct Operations {
    slots: [Slot; OPERATIONS],
    generation: u16,
}

/// Five publishes of one client in flight, and as many others as to keep a second client busy.
pub(crate) const OPERATIONS: usize = 8;

impl Operations {
    pub(super) const fn new() -> Self {
        Self {
            slots: [const { Slot::FREE }; OPERATIONS],
            generation: 0,
        }
    }

    /// Begins an operation; `None` when as many are under way as there can be.
    pub(super) fn begin(&mut self, kind: Kind, step: Step, client: u8) -> Option<Operation> {
        let generation = self.generation;
        let (index, slot) = self
            .slots
            .iter_mut()
            .enumerate()
            .filter(|(_, slot)| slot.is_vacant())
            // A free one; else the result that has waited longest for somebody to take it.
            .max_by_key(|(_, slot)| match slot.state {
                State::Free => u16::MAX,
                _ => generation.wrapping_sub(slot.generation),
            })?;
        self.generation = self.generation.wrapping_add(1);
        *slot = Slot {
            state: State::Ready,
            kind,
            step,
            client,
            generation: self.generation,
            ..Slot::FREE
        };
        Some(Operation {
            slot: index as u8,
            generation: self.generation,
        })
    }

    pub(super) fn has_room(&self) -> bool {
        self.slots.iter().any(Slot::is_vacant)
    }

    #[inline(never)]
    pub(super) fn slot(&mut self, index: usize) -> Option<&mut Slot> {
        self.slots.get_mut(index)
    }

    pub(super) fn find(&mut self, operation: Operation) -> Option<(usize, &mut Slot)> {
        let index = usize::from(operation.slot);
        let slot = self.slots.get_mut(index)?;
        (slot.generation == operation.generation && !slot.is_free()).then_some((index, slot))
    }

    pub(super) fn pending(&mut self) -> impl Iterator<Item = (usize, &mut Slot)> {
        self.slots
            .iter_mut()
            .enumerate()
            .filter(|(_, slot)| slot.is_pending())
    }

    /// How many operations of this kind a client has under way.
    pub(super) fn count(&self, kind: Kind, client: u8) -> usize {
        let is_counted =
            |slot: &&Slot| slot.is_pending() && slot.kind == kind && slot.client == client;
        self.slots.iter().filter(is_counted).count()
    }

    pub(super) fn has(&self, is_meant: impl Fn(Kind) -> bool) -> bool {
        self.slots
            .iter()
            .any(|slot| slot.is_pending() && is_meant(slot.kind))
    }

    pub(super) fn is_packet_id_in_use(&self, packet_id: u16) -> bool {
        self.slots
            .iter()
            .any(|slot| slot.is_pending() && slot.packet_id == packet_id)
    }

    /// The oldest operation that `matches`, among those under way.
    #[inline(never)]
    pub(super) fn oldest(&self, matches: &dyn Fn(&Slot) -> bool) -> Option<usize> {
        let mut oldest = None;
        let mut oldest_age = 0;
        for (index, slot) in self.slots.iter().enumerate() {
            let age = self.generation.wrapping_sub(slot.generation);
            if slot.is_pending() && age >= oldest_age && matches(slot) {
                oldest = Some(index);
                oldest_age = age;
            }
        }
        oldest
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.slots
            .iter()
            .fold(None, |next, slot| Instant::earlier(next, slot.deadline))
    }

    pub(super) fn has_done(&self) -> bool {
        self.slots
            .iter()
            .any(|slot| matches!(slot.state, State::Done(_)))
    }

    /// Whether a request is done, and its answer not taken.
    pub(super) fn has_answered(&self) -> bool {
        self.slots
            .iter()
            .any(|slot| slot.kind == Kind::Request && matches!(slot.state, State::Done(_)))
    }

    /// Takes the result of one operation.
    pub(super) fn take(&mut self, operation: Operation) -> Option<Result<Completion, Failure>> {
        let (_, slot) = self.find(operation)?;
        if !matches!(slot.state, State::Done(_)) {
            return None;
        }
        match core::mem::replace(&mut slot.state, State::Free) {
            State::Done(result) => Some(result),
            _ => None,
        }
    }

    /// Takes the result of the oldest operation that is done.
    pub(super) fn take_any(&mut self) -> Option<(Operation, Result<Completion, Failure>)> {
        let (index, slot) = self
            .slots
            .iter()
            .enumerate()
            .filter(|(_, slot)| matches!(slot.state, State::Done(_)))
            .max_by_key(|(_, slot)| self.generation.wrapping_sub(slot.generation))?;
        let operation = Operation {
            slot: index as u8,
            generation: slot.generation,
        };
        Some((operation, self.take(operation)?))
    }
}
