//! What can go wrong, sorted by who is at fault.
//!
//! | type | who | connection afterwards |
//! |---|---|---|
//! | [`ValueError`] | the caller gave a value that MQTT or the modem can't carry | untouched, nothing was sent |
//! | [`UsageError`] | the caller asked at the wrong moment, or a buffer is too small | untouched, nothing was sent |
//! | [`Failure`] | the modem, the server or the line; it names the command | see each [`Cause`] |
//!
//! The shells add the error of their transport, for instance
//! [`asynch::Error`](crate::asynch::Error).

use crate::{
    at::FinalResult,
    command::Command,
    command::{OpenResult, Status},
    mqtt::ConnectReturnCode,
};

/// A value that can't be sent; it was refused before a byte went out.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{parameter}: {problem}")]
pub struct ValueError {
    /// Which value.
    pub parameter: Parameter,
    /// What is wrong with it.
    pub problem: Problem,
}

/// The values that a caller hands to the driver.
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Parameter {
    /// The client identifier of a connect.
    #[error("client identifier")]
    ClientId,
    /// A client index.
    #[error("client index")]
    ClientIndex,
    /// A raw command.
    #[error("command line")]
    CommandLine,
    /// The host name of a connect.
    #[error("host name")]
    HostName,
    /// The keep alive of a connect, in seconds.
    #[error("keep alive")]
    KeepAlive,
    /// The wait for an acknowledgement, in seconds.
    #[error("packet timeout")]
    PacketTimeout,
    /// The password of a connect.
    #[error("password")]
    Password,
    /// The payload of a publish.
    #[error("payload")]
    Payload,
    /// The port of a connect.
    #[error("port")]
    Port,
    /// The number of retransmissions.
    #[error("retries")]
    Retries,
    /// A topic filter.
    #[error("topic filter")]
    TopicFilter,
    /// The topic name of a publish.
    #[error("topic name")]
    TopicName,
    /// The list of topic filters.
    #[error("topics")]
    Topics,
    /// The user name of a connect.
    #[error("user name")]
    UserName,
    /// The message of a will.
    #[error("will message")]
    WillMessage,
    /// The topic name of a will.
    #[error("will topic")]
    WillTopic,
}

/// What is wrong with a value.
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Problem {
    /// It must not be empty.
    #[error("is empty")]
    Empty,
    /// A byte that would end or change the quoted parameter in the command line: `"`, a control
    /// character (CR, LF, NUL, Ctrl+Z, ESC, backspace …). No escape exists for it.
    #[error("byte {byte:#04x} at position {position} can't be sent")]
    ForbiddenByte {
        /// The byte.
        byte: u8,
        /// Its offset in bytes.
        position: u16,
    },
    /// `+` or `#` where MQTT 3.1.1, chapter 4.7, has no place for it: anywhere in a topic name,
    /// or beside other characters of one level in a topic filter.
    #[error("wildcard at position {position} is not allowed there")]
    MisplacedWildcard {
        /// Its offset in bytes.
        position: u16,
    },
    /// A command line that does not begin with `AT`.
    #[error("does not begin with AT")]
    NoCommand,
    /// A number outside of its range.
    #[error("{value} is not in {min}..={max}")]
    OutOfRange {
        /// The value given.
        value: u32,
        /// The smallest value allowed.
        min: u32,
        /// The largest value allowed.
        max: u32,
    },
    /// More bytes (for [`Parameter::Topics`]: more topics) than the modem takes.
    #[error("{length} is longer than the limit of {limit}")]
    TooLong {
        /// What was given.
        length: u32,
        /// What is allowed.
        limit: u32,
    },
}

/// A call that the engine refused; nothing was sent, and its state is as before.
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum UsageError {
    /// The client is connected, or on its way; disconnect or close it first.
    #[error("the client is connected already")]
    AlreadyConnected,
    /// Another command is on the line, or all places for operations in flight are taken.
    /// Poll until an operation ends, then ask again; the shells do this by themselves.
    #[error("another command is under way")]
    Busy,
    /// The transmit buffer can't hold this command with its payload.
    #[error("the transmit buffer of {capacity} bytes is too small, {needed} are needed")]
    BufferTooSmall {
        /// The bytes that this call needs.
        needed: u32,
        /// The bytes that [`Buffers::tx`](crate::engine::Buffers) has for it.
        capacity: u32,
    },
    /// The client has no connection to a server.
    #[error("the client is not connected")]
    NotConnected,
    /// A value can't be sent.
    #[error(transparent)]
    Value(#[from] ValueError),
}

/// Why an operation that was begun did not succeed.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{command}: {cause}")]
pub struct Failure {
    /// The command that was under way.
    pub command: Command,
    /// What stopped it.
    pub cause: Cause,
}

/// What stopped an operation.
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Cause {
    /// A rule of the driver itself is broken; please report it. It would be a panic elsewhere.
    #[error("a bug in the driver")]
    Bug,
    /// The modem closed the MQTT connection (+QMTSTAT). The client must connect again. A publish
    /// that was in flight may or may not have reached the server.
    #[error("connection closed: {0}")]
    Closed(Status),
    /// The modem could not send the packet, or got no acknowledgement (result 2). The modem
    /// may still be connected; a +QMTSTAT follows when it is not.
    #[error("the packet was not sent or not acknowledged")]
    NotSent,
    /// The modem answered the command with an error. The connection is as before.
    #[error("the modem answers {0}")]
    Modem(FinalResult),
    /// The network connection could not be opened (+QMTOPEN). The client is closed.
    #[error("{0}")]
    Open(OpenResult),
    /// The server refused the CONNECT. The client is closed.
    #[error("refused by the server: {0}")]
    Refused(ConnectReturnCode),
    /// The modem restarted. All clients are closed and their settings gone.
    #[error("the modem restarted")]
    Restarted,
    /// The information response did not fit into the transmit buffer, and is lost.
    #[error("the answer is longer than the buffer")]
    AnswerTooLong,
    /// No answer in time. Whether the modem did what it was asked is unknown: a publish may or
    /// may not have reached the server.
    #[error("no answer in time")]
    Timeout,
    /// A result without a meaning in the notes. Whether the packet was sent is unknown.
    #[error("unknown result {0}")]
    UnknownResult(i16),
}
