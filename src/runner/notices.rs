use core::{fmt, future::poll_fn, task::Poll};

use embassy_sync::blocking_mutex::raw::RawMutex;
use embassy_time::Timer;

use super::{Shared, turns::Full, wakers::Wakers};
use crate::{
    ClientIndex, Status,
    engine::{Event, Message, MessageLost},
    shell,
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
    Missed(u32),
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
    /// How many were told before the next.
    heard: u32,
}

impl<'a, M: RawMutex> Notices<'a, M> {
    pub(super) fn new(shared: &'a Shared<'a, M>) -> Self {
        let heard = shared.with(0, |state| {
            // Whoever comes when it is over is told so.
            let last = u32::from(state.life().is_err());
            state.board.told.wrapping_sub(last)
        });
        Self { shared, heard }
    }

    /// Waits for the next notice. After [`Notice::Ended`], which is told once for each end, that is
    /// one of another run.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped; so it may stand in a `select`.
    pub async fn next(&mut self) -> Notice {
        loop {
            let heard = &mut self.heard;
            let poll = poll_fn(|context| {
                self.shared.with(Poll::Pending, |state| {
                    if let Some(notice) = state.board.next(heard) {
                        return Poll::Ready(Some(notice));
                    }
                    match state.board.listeners.try_register(context.waker()) {
                        Ok(()) => Poll::Pending,
                        Err(Full) => Poll::Ready(None),
                    }
                })
            });
            if let Some(notice) = poll.await {
                return notice;
            }
            let now = shell::now();
            Timer::at(shell::deadline(Some(now.after(LOOK_AGAIN)), now)).await;
        }
    }
}

impl<M: RawMutex> fmt::Debug for Notices<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notices").finish_non_exhaustive()
    }
}

/// Where the last notices stand.
pub(super) struct Board {
    notices: [Notice; CAPACITY],
    /// How many there were.
    told: u32,
    /// To be woken. One more does not wake the others to make room, as they would wake it in turn, for ever.
    listeners: Wakers<LISTENERS>,
}

impl Board {
    pub(super) const fn new() -> Self {
        Self {
            notices: [Notice::Ended; CAPACITY],
            told: 0,
            listeners: Wakers::new(),
        }
    }

    pub(super) fn tell(&mut self, notice: Notice) {
        if let Some(place) = self.notices.get_mut(place(self.told)) {
            *place = notice;
        }
        self.told = self.told.wrapping_add(1);
        self.listeners.wake();
    }

    /// The notice behind those that were heard.
    fn next(&self, heard: &mut u32) -> Option<Notice> {
        let unheard = self.told.wrapping_sub(*heard);
        if unheard == 0 {
            return None;
        }
        let missed = unheard.saturating_sub(CAPACITY as u32);
        if missed > 0 {
            *heard = heard.wrapping_add(missed);
            return Some(Notice::Missed(missed));
        }
        let notice = self.notices.get(place(*heard)).copied();
        *heard = heard.wrapping_add(1);
        notice
    }
}

const fn place(number: u32) -> usize {
    number as usize % CAPACITY
}

/// How many notices wait for somebody who listens slowly.
const CAPACITY: usize = 8;

/// How many tasks are woken by a notice. More than that look by themselves.
const LISTENERS: usize = 4;

/// When they do, in milliseconds.
const LOOK_AGAIN: u32 = 100;
