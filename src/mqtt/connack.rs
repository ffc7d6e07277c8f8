/// Connect return code: the server's answer to CONNECT (MQTT 3.1.1, chapter 3.2.2.3).
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ConnectReturnCode {
    /// 0: the connection is accepted.
    #[error("accepted (return code 0)")]
    Accepted,
    /// 1: the server does not speak this version of MQTT.
    #[error("unacceptable protocol version (return code 1)")]
    UnacceptableProtocolVersion,
    /// 2: the client identifier is not allowed.
    #[error("client identifier rejected (return code 2)")]
    IdentifierRejected,
    /// 3: the MQTT service is not available.
    #[error("server unavailable (return code 3)")]
    ServerUnavailable,
    /// 4: user name or password are malformed, or wrong.
    #[error("bad user name or password (return code 4)")]
    BadUserNameOrPassword,
    /// 5: the client is not authorized.
    #[error("not authorized (return code 5)")]
    NotAuthorized,
    /// A number without a meaning in MQTT 3.1.1, as the modem reported it.
    #[error("unknown return code {0}")]
    Unknown(u8),
}

impl From<u8> for ConnectReturnCode {
    fn from(code: u8) -> Self {
        match code {
            0 => Self::Accepted,
            1 => Self::UnacceptableProtocolVersion,
            2 => Self::IdentifierRejected,
            3 => Self::ServerUnavailable,
            4 => Self::BadUserNameOrPassword,
            5 => Self::NotAuthorized,
            code => Self::Unknown(code),
        }
    }
}
