//! What is wrong with a call.

use crate::{name::Command, value::ValueError};

/// A call that was refused; nothing was sent, and all is as before.
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum UsageError {
    /// The client is connected, or on its way; disconnect or close it first.
    #[error("the client is connected already")]
    AlreadyConnected,
    /// Another command is on the line, or all places for operations in flight are taken.
    /// Try again as the contract of the [`engine`](crate::engine) says; the shells do this by
    /// themselves.
    #[error("another command is under way")]
    Busy,
    /// The transmit buffer can't hold this command with its payload, or the receive buffer is too
    /// small for any answer.
    #[error("the {buffer} buffer of {capacity} bytes is too small, {needed} are needed")]
    BufferTooSmall {
        /// Which one.
        buffer: Buffer,
        /// The bytes that this call needs.
        needed: u32,
        /// The bytes that it has.
        capacity: u32,
    },
    /// The port takes no bytes, and the modem waits for the rest of a payload: flow control holds
    /// it, or nobody is there. It goes out when the port takes it again.
    #[error("the port takes no bytes")]
    LineBlocked,
    /// The client has no connection to a server: it never had one, or the modem has told that it is
    /// lost.
    #[error("the client is not connected")]
    NotConnected,
    /// The dialect has no such command or setting, or not with what was asked for.
    #[error("the modem has no {command}, or not in this form")]
    NotSupported {
        /// Which one.
        command: Command,
    },
    /// As many listen for messages as can: eight. Only the `runner` has listeners.
    #[error("too many listen already")]
    TooManyListeners,
    /// A value can't be sent.
    #[error(transparent)]
    Value(#[from] ValueError),
}

/// One of the buffers of [`Buffers`](crate::engine::Buffers).
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Buffer {
    /// `rx`.
    #[error("receive")]
    Receive,
    /// `tx`.
    #[error("transmit")]
    Transmit,
}
