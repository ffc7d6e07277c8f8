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
