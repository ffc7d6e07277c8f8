use super::operations::{Completion, Operation};
use crate::{
    command::{ClientIndex, Status},
    error::Failure,
};

/// What has happened, in [`Engine::take_event`](super::Engine::take_event).
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Event<'a> {
    /// A message came from the server.
    Message(Message<'a>),
    /// A message came and could not be kept.
    MessageLost(MessageLost),
    /// The modem closed a client's connection (+QMTSTAT). Connect again when you like.
    #[non_exhaustive]
    Disconnected {
        /// The client.
        client: ClientIndex,
        /// Why.
        status: Status,
    },
    /// The modem is not one of those that the dialect is for, by what AT+CGMM says; see
    /// [`Model`](crate::command::Model). The driver goes on, but what it knows of the modem's limits
    /// and answers may be wrong.
    OtherModel,
    /// The modem restarted: all clients are closed, what was under way has failed, PDP contexts and TLS
    /// contexts that were set up are gone. An [`initialize`](super::Engine::initialize) that succeeds
    /// before this is taken takes it back.
    Restarted,
    /// The network has taken a PDP context back: all that goes through it is lost, or will be.
    #[non_exhaustive]
    ContextLost {
        /// Which one.
        context: u8,
    },
    /// An operation ended whose result nobody has taken. The results of eight are kept; a new operation
    /// takes the place of the oldest, so take them before you begin more.
    Completed {
        /// Which one.
        operation: Operation,
        /// How it ended.
        result: Result<Completion, Failure>,
    },
    /// A line that the driver does not know, without its line end. Boot texts and URCs of other
    /// commands come this way, as long as messages leave them room; they are counted in any case.
    Unsolicited(&'a [u8]),
}

/// An application message from the server.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Message<'a> {
    /// The client that received it.
    pub client: ClientIndex,
    /// Its packet identifier as the modem reported it; 0 for QoS 0.
    pub packet_id: u32,
    /// Its topic name: UTF-8 by MQTT, and as the server sent it.
    pub topic: &'a [u8],
    /// Its payload: any bytes.
    pub payload: &'a [u8],
}

impl<'a> Message<'a> {
    /// The topic name as text; `None` when it is not UTF-8.
    #[must_use]
    pub fn topic_name(&self) -> Option<&'a str> {
        core::str::from_utf8(self.topic).ok()
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Message<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        let Self {
            client,
            packet_id,
            topic,
            payload,
        } = self;
        let length = payload.len();
        defmt::write!(
            f,
            "Message {{ {}, {=u32}, {=[u8]:a}, {=usize} bytes }}",
            client,
            packet_id,
            topic,
            length
        );
    }
}

/// A message that is lost to the application, though not always to the server: it was
/// acknowledged by the modem before the driver saw it. Where several are lost before this is taken, it
/// names the last of them.
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct MessageLost {
    /// The client that received it, where that is known.
    pub client: Option<ClientIndex>,
    /// The bytes of its payload.
    pub payload_len: u32,
    /// Why it is lost.
    pub reason: LossReason,
    /// How many were lost since the last event of this kind, this one included.
    pub count: u16,
}

/// Why a message is lost.
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LossReason {
    /// The inbox has no room: take messages sooner, or give it the `needed` bytes for this one.
    InboxFull {
        /// The bytes that this message takes in the inbox.
        needed: u32,
    },
    /// The receive buffer can't hold the line up to the payload: its topic is too long.
    ReceiveBufferTooSmall,
    /// Its line names no client or no packet identifier, or its payload is to be hexadecimal digits and
    /// is not.
    Garbled,
    /// The modem stopped in the middle of the payload.
    Incomplete,
    /// The modem had stored it, and the connection closed before it was fetched; or it was fetched, and
    /// did not come. How long it is, is not known. If its QoS is 1 or 2 and the session is kept, the
    /// server may send it again.
    NotFetched,
}
