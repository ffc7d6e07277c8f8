use core::{fmt, future::poll_fn, task::Poll};

use embassy_sync::{blocking_mutex::raw::RawMutex, waitqueue::WakerRegistration};

use super::{Shared, State};
use crate::{
    ClientIndex,
    engine::{Header, Message, Queue},
    mqtt::TopicFilter,
};

/// The messages of one client that match a topic filter, from
/// [`Client::messages`](super::Client::messages). Dropping it ends that, and gives its place to
/// another.
pub struct Messages<'a, M: RawMutex> {
    shared: &'a Shared<'a, M>,
    place: usize,
}

/// Why [`Messages::next`] has no message.
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Missed {
    /// So many messages came since this was told last, and had no room in the memory. More may
    /// follow.
    #[error("{count} messages had no room")]
    Lost {
        /// How many.
        count: u32,
    },
    /// The next message does not fit into what it is to be copied to, and is lost.
    #[error("a message of {needed} bytes had no room")]
    TooSmall {
        /// The bytes of its topic and payload.
        needed: usize,
    },
    /// The runner has ended, or was dropped.
    #[error("the runner has ended")]
    Ended,
}

impl<'a, M: RawMutex> Messages<'a, M> {
    pub(super) const fn new(shared: &'a Shared<'a, M>, place: usize) -> Self {
        Self { shared, place }
    }

    /// Waits for the next message, and copies it to `memory`: topic name and payload.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped; so it may stand in a `select`.
    ///
    /// # Errors
    /// [`Missed`]; after [`Missed::Ended`], which is told once for each end, this waits for another
    /// run.
    pub async fn next<'m>(&mut self, memory: &'m mut [u8]) -> Result<Message<'m>, Missed> {
        let taken = poll_fn(|context| {
            let ended = Poll::Ready(Err(Missed::Ended));
            self.shared.with(ended, |state| {
                let Some(stream) = self.stream(state) else {
                    return ended;
                };
                let taken = stream.take(memory);
                if taken != Ok(None) {
                    return Poll::Ready(taken.map(Option::unwrap_or_default));
                }
                if core::mem::take(&mut stream.has_ended) {
                    return ended;
                }
                stream.reader.register(context.waker());
                Poll::Pending
            })
        });
        let Taken {
            client,
            packet_id,
            topic,
            payload,
        } = taken.await?;
        let (topic, rest) = memory.split_at_checked(topic).unwrap_or_default();
        Ok(Message {
            client,
            packet_id,
            topic,
            payload: rest.get(..payload).unwrap_or_default(),
        })
    }

    fn stream<'s>(&self, state: &'s mut State<'a>) -> Option<&'s mut Stream<'a>> {
        state.streams.get_mut(self.place)?.as_mut()
    }
}

impl<M: RawMutex> Drop for Messages<'_, M> {
    fn drop(&mut self) {
        self.shared.with((), |state| {
            if let Some(place) = state.streams.get_mut(self.place) {
                *place = None;
            }
        });
    }
}

impl<M: RawMutex> fmt::Debug for Messages<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Messages")
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

/// What [`Messages`] waits for, and what has come of it.
pub(super) struct Stream<'a> {
    client: ClientIndex,
    filter: TopicFilter<'a>,
    queue: Queue<'a>,
    lost: u32,
    /// The runner has ended, and the reader was not told.
    has_ended: bool,
    reader: WakerRegistration,
}

/// A message that was copied: how long its parts are.
#[derive(Clone, Copy, Default, Eq, PartialEq)]
struct Taken {
    client: ClientIndex,
    packet_id: u32,
    topic: usize,
    payload: usize,
}

impl<'a> Stream<'a> {
    pub(super) const fn new(
        client: ClientIndex,
        filter: TopicFilter<'a>,
        memory: &'a mut [u8],
    ) -> Self {
        Self {
            client,
            filter,
            queue: Queue::new(memory),
            lost: 0,
            has_ended: false,
            reader: WakerRegistration::new(),
        }
    }

    pub(super) fn wants(&self, message: &Message<'_>) -> bool {
        message.client == self.client && self.filter.matches(message.topic)
    }

    pub(super) fn push(&mut self, message: &Message<'_>) {
        let header = Header::of_message(
            message.client,
            message.packet_id,
            message.topic,
            message.payload.len() as u32,
        );
        if !self.queue.push(header, message.topic, message.payload) {
            self.lost = self.lost.saturating_add(1);
        }
        self.reader.wake();
    }

    /// The runner has ended: behind the messages, the reader is told.
    pub(super) fn end(&mut self) {
        self.has_ended = true;
        self.reader.wake();
    }

    /// Copies the first message to `memory`, if there is one.
    fn take(&mut self, memory: &mut [u8]) -> Result<Option<Taken>, Missed> {
        if self.lost > 0 {
            let count = core::mem::take(&mut self.lost);
            return Err(Missed::Lost { count });
        }
        let Some(message) = self.queue.take() else {
            return Ok(None);
        };
        let taken = Taken {
            client: ClientIndex::new(message.client).unwrap_or_default(),
            packet_id: message.packet_id,
            topic: message.topic.len(),
            payload: message.payload.len(),
        };
        let needed = taken.topic.saturating_add(taken.payload);
        if needed > memory.len() {
            return Err(Missed::TooSmall { needed });
        }
        let bytes = message.topic.iter().chain(message.payload);
        for (to, from) in memory.iter_mut().zip(bytes) {
            *to = *from;
        }
        Ok(Some(taken))
    }
}

/// How many [`Messages`] there can be at the same time.
pub(super) const MAX_STREAMS: usize = 8;
