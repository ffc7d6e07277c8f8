//! What can go wrong, sorted by who is at fault.
//!
//! | type | who | connection afterwards |
//! |---|---|---|
//! | [`ValueError`] | the caller gave a value that MQTT or the modem can't carry | untouched, nothing was sent |
//! | [`UsageError`] | the caller asked at the wrong moment, or a buffer is too small | untouched, nothing was sent |
//! | [`Failure`] | the modem, the server or the line; it names the command | see each [`Cause`] |
//!
//! [`Error`] is what a shell returns: one of these, or the error of its transport.

pub use crate::usage::{Buffer, UsageError};
use crate::{
    at::FinalResult,
    command::{Command, MqttError, OpenResult, Registration, SimState, Status},
    mqtt::ConnectReturnCode,
    value::ValueError,
};

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
    /// The modem answered the command with an error of its MQTT stack (+CME ERROR: 85xx). The
    /// connection is as before.
    #[error("the modem answers: {0}")]
    Mqtt(MqttError),
    /// The modem could not close the network connection (QMTCLOSE −1).
    #[error("the network connection could not be closed (result -1)")]
    NotClosed,
    /// The modem is not registered with a network.
    #[error("{0}")]
    NotRegistered(Registration),
    /// The SIM waits for something. Its PIN is yours to give, with [`Raw`](crate::command::Raw).
    #[error("{0}")]
    Sim(SimState),
    /// The file that the modem has received is not the one that was sent.
    #[error("the file was damaged on its way to the modem")]
    Damaged,
    /// The modem answered OK, and something that does not fit the question.
    #[error("the answer does not fit the command")]
    UnexpectedAnswer,
    /// The network connection could not be opened (+QMTOPEN). The client is closed.
    #[error("{0}")]
    Open(OpenResult),
    /// The server refused the CONNECT. The client is closed.
    #[error("refused by the server: {0}")]
    Refused(ConnectReturnCode),
    /// The modem restarted. All clients are closed and their settings gone.
    #[error("the modem restarted")]
    Restarted,
    /// The information response to a request is lost: one of its lines did not fit into the receive
    /// buffer, or all of it into the transmit buffer, or into the memory that a handle of the
    /// `runner` was given for it.
    #[error("the answer is longer than the buffers")]
    AnswerTooLong,
    /// No answer in time. Whether the modem did what it was asked is unknown: a publish may or
    /// may not have reached the server.
    #[error("no answer in time")]
    Timeout,
    /// The result was not taken before another operation needed its place; there are eight. Whether
    /// the operation succeeded is unknown. Only the `runner` says so.
    #[error("the result was not taken in time")]
    Untaken,
    /// A result without a meaning in the notes. Whether the packet was sent is unknown.
    #[error("unknown result {0}")]
    UnknownResult(i16),
}

impl From<FinalResult> for Cause {
    fn from(result: FinalResult) -> Self {
        match result {
            FinalResult::Cme(error) => {
                MqttError::from_cme(error).map_or(Self::Modem(result), Self::Mqtt)
            }
            result => Self::Modem(result),
        }
    }
}

/// Why a call of a shell did not succeed. `E` is the error of the transport; to a handle of the
/// `runner`, that is the runner, which may have ended.
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Error<E> {
    /// The call was refused; nothing was sent.
    #[error(transparent)]
    Usage(#[from] UsageError),
    /// The modem, the server or the line.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// The transport.
    #[error("transport: {0}")]
    Io(E),
    /// The transport has ended: it read or wrote 0 bytes.
    #[error("the transport has ended")]
    Eof,
}

impl<E> From<ValueError> for Error<E> {
    fn from(error: ValueError) -> Self {
        Self::Usage(UsageError::Value(error))
    }
}
