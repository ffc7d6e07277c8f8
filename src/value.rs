//! What is wrong with a value that a caller hands to the driver. Known to all layers.

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

impl ValueError {
    /// A byte of the value can't be sent.
    pub(crate) fn forbidden(parameter: Parameter, bytes: &[u8], position: usize) -> Self {
        Self {
            parameter,
            problem: Problem::ForbiddenByte {
                byte: bytes.get(position).copied().unwrap_or(0),
                position: position.try_into().unwrap_or(u16::MAX),
            },
        }
    }
}

/// Refuses what is longer than `limit`.
pub(crate) const fn limit(
    parameter: Parameter,
    length: usize,
    limit: u16,
) -> Result<(), ValueError> {
    if length <= limit as usize {
        return Ok(());
    }
    Err(ValueError {
        parameter,
        problem: Problem::TooLong {
            length: length as u32,
            limit: limit as u32,
        },
    })
}

pub(crate) const fn out_of_range(
    parameter: Parameter,
    value: u32,
    min: u32,
    max: u32,
) -> ValueError {
    ValueError {
        parameter,
        problem: Problem::OutOfRange { value, min, max },
    }
}

/// The values that a caller hands to the driver.
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Parameter {
    /// The access point name of a PDP context.
    #[error("access point name")]
    AccessPoint,
    /// A certificate or key.
    #[error("certificate")]
    Certificate,
    /// The client identifier of a connect.
    #[error("client identifier")]
    ClientId,
    /// A client index.
    #[error("client index")]
    ClientIndex,
    /// The line of a request, raw or of the application's own.
    #[error("command line")]
    CommandLine,
    /// The device's name at Alibaba Cloud.
    #[error("device name")]
    DeviceName,
    /// The device's secret at Alibaba Cloud.
    #[error("device secret")]
    DeviceSecret,
    /// The name of a file in the modem.
    #[error("file name")]
    FileName,
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
    /// The number of a PDP context.
    #[error("PDP context")]
    PdpContext,
    /// The port of a connect.
    #[error("port")]
    Port,
    /// The product key at Alibaba Cloud.
    #[error("product key")]
    ProductKey,
    /// The number of retransmissions.
    #[error("retries")]
    Retries,
    /// One of the modem's places for messages, 0–4.
    #[error("place of a stored message")]
    StoragePlace,
    /// The number of a TLS context.
    #[error("TLS context")]
    TlsContext,
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
