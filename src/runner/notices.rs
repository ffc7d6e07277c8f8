use core::fmt;

use embassy_sync::{
    blocking_mutex::raw::RawMutex,
    pubsub::{PubSubBehavior, PubSubChannel, Subscriber, WaitResult},
};

use super::{Shared, State};
use crate::{
    ClientIndex, Status,
    engine::{Event, Message, MessageLost},
};

/// What has happened to the modem, for everyone who listens: see [`Handle::notices`](super::Handle::notices).
/// Lines that the driver does not know are not among it, but counted.
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Notice {
    /// The modem closed a client's connection (+QMTSTAT). Connect again when you like.
    #[non_exhaustive]
    Disconnected {
        /// The client.
        client: ClientIndex,
        /// Why.
        status: Status,
    },
    /// See [`Event::OtherModel`].
    OtherModel,
    /// See [`Event::Restarted`]; but nothing takes it back.
    Restarted,
    /// See [`Event::ContextLost`].
    #[non_exhaustive]
    ContextLost {
        /// Which one.
        context: u8,
    },
    /// A message came and could not be kept. What a slow reader of [`Messages`](super::Messages) loses, it is told
    /// itself.
    MessageLost(MessageLost),
    /// A message came that nobody wanted: see [`Client::messages`](super::Client::messages).
    #[non_exhaustive]
    Unclaimed {
        /// The client that received it.
        client: ClientIndex,
        /// The bytes of its payload.
        payload_len: usize,
    },
    /// So many notices came while nobody took them, and are gone.
    Missed(u64),
    /// The runner has ended, or was dropped.
    Ended,
}

impl Notice {
    pub(super) const fn unclaimed(message: &Message<'_>) -> Self {
        Self::Unclaimed {
            client: message.client,
            payload_len: message.payload.len(),
        }
    }

    /// What everyone is told of an event.
    pub(super) fn of(event: &Event<'_>) -> Option<Self> {
        Some(match *event {
            Event::Disconnected { client, status } => Self::Disconnected { client, status },
            Event::OtherModel => Self::OtherModel,
            Event::Restarted => Self::Restarted,
            Event::ContextLost { context } => Self::ContextLost { context },
            Event::MessageLost(lost) => Self::MessageLost(lost),
            Event::Message(_) | Event::Completed { .. } | Event::Unsolicited(_) => return None,
        })
    }
}

/// What happens to the modem, from now on, for one listener. Those who listen slowly lose the oldest notices, and
/// are told how many.
pub struct Notices<'a, M: RawMutex> {
    shared: &'a Shared<'a, M>,
    subscriber: Subscriber<'a, M, Notice, CAPACITY, MAX_LISTENERS, 0>,
}

impl<'a, M: RawMutex> Notices<'a, M> {
    /// `None` when there are as many as there can be.
    pub(super) fn new(shared: &'a Shared<'a, M>) -> Option<Self> {
        let subscriber = shared.notices.0.subscriber().ok()?;
        Some(Self { shared, subscriber })
    }

    /// Waits for the next notice. While the runner has ended, that is [`Notice::Ended`].
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped; so it may stand in a `select`.
    pub async fn next(&mut self) -> Notice {
        let is_over = |state: &mut State<'a>| state.life().is_err();
        let next = match self.subscriber.try_next_message() {
            Some(next) => next,
            None if self.shared.with(false, is_over) => return Notice::Ended,
            None => self.subscriber.next_message().await,
        };
        match next {
            WaitResult::Message(notice) => notice,
            WaitResult::Lagged(count) => Notice::Missed(count),
        }
    }
}

impl<M: RawMutex> fmt::Debug for Notices<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notices").finish_non_exhaustive()
    }
}

/// How the notices reach those who listen.
pub(super) struct NoticeChannel<M: RawMutex>(PubSubChannel<M, Notice, CAPACITY, MAX_LISTENERS, 0>);

impl<M: RawMutex> NoticeChannel<M> {
    pub(super) const fn new() -> Self {
        Self(PubSubChannel::new())
    }

    pub(super) fn tell(&self, notice: Notice) {
        self.0.publish_immediate(notice);
    }
}

/// How many notices wait for somebody who listens slowly.
const CAPACITY: usize = 8;

/// How many can listen at the same time.
const MAX_LISTENERS: usize = 4;
