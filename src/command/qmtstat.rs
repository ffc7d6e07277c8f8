//! +QMTSTAT: the MQTT connection is closed (BG95 note, chapter 4.1).
//!
//! ```text
//! +QMTSTAT: <client_idx>,<err_code>
//! ```

/// `<err_code>` of +QMTSTAT: why the modem closed the MQTT connection.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Status {
    /// 1: closed or reset by the server. Connect again.
    #[error("closed or reset by the server (status 1)")]
    ClosedByPeer,
    /// 2: a PINGREQ could not be sent or was not answered. Deactivate and activate the PDP
    /// context, then connect again. Known from the notes alone.
    #[error("ping not sent or not answered (status 2)")]
    PingTimeout,
    /// 3: the CONNECT could not be sent. Check user name, password and that the client
    /// identifier is not in use; then connect again. Known from the notes alone.
    #[error("CONNECT not sent (status 3)")]
    ConnectTimeout,
    /// 4: no CONNACK came, or it was a refusal. What to do is as for 3.
    #[error("no connect acknowledgement, or a refusal (status 4)")]
    ConnackTimeout,
    /// 5: the client sent DISCONNECT, and the server closed the connection. This is normal.
    #[error("disconnected (status 5)")]
    Disconnected,
    /// 6: packets could not be sent, again and again, so the modem gave up. Connect again.
    /// Known from the notes alone.
    #[error("sending failed again and again (status 6)")]
    SendFailures,
    /// 7: the link is down or the server not available. Known from the notes alone.
    #[error("link down or server not available (status 7)")]
    LinkDown,
    /// A number that the note reserves.
    #[error("unknown status {0}")]
    Unknown(u8),
}

impl From<u8> for Status {
    fn from(code: u8) -> Self {
        match code {
            1 => Self::ClosedByPeer,
            2 => Self::PingTimeout,
            3 => Self::ConnectTimeout,
            4 => Self::ConnackTimeout,
            5 => Self::Disconnected,
            6 => Self::SendFailures,
            7 => Self::LinkDown,
            code => Self::Unknown(code),
        }
    }
}
