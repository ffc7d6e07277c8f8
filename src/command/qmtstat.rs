//! +QMTSTAT: the MQTT connection is closed (BG95 note, chapter 4.1; BC660K note,
//! chapter 5.1).
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
    /// A number that the notes reserve.
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

/// What the notes advise to do about a +QMTSTAT (BG95 note, table 3; BC660K note,
/// table 4).
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum RecommendedAction {
    /// Connect again.
    #[error("connect again")]
    Reconnect,
    /// Deactivate the PDP context, activate it, and connect again.
    #[error("deactivate and activate the PDP context, then connect again")]
    RenewDataConnection,
    /// Check user name and password, and that no other client has this identifier; then connect
    /// again.
    #[error("check user name, password and client identifier, then connect again")]
    CheckCredentials,
    /// Nothing: this is how a connection ends that was meant to.
    #[error("nothing")]
    Nothing,
    /// Check what was published, and connect again: the network may be congested.
    #[error("check the data, then connect again")]
    CheckData,
    /// Make sure that the link is up and the server there, then connect again.
    #[error("check the link and the server, then connect again")]
    CheckLink,
}

impl Status {
    /// What the notes advise to do. For a number that they reserve, connecting again is worth a
    /// try.
    #[must_use]
    pub const fn recommended_action(self) -> RecommendedAction {
        match self {
            Self::ClosedByPeer | Self::Unknown(_) => RecommendedAction::Reconnect,
            Self::PingTimeout => RecommendedAction::RenewDataConnection,
            Self::ConnectTimeout | Self::ConnackTimeout => RecommendedAction::CheckCredentials,
            Self::Disconnected => RecommendedAction::Nothing,
            Self::SendFailures => RecommendedAction::CheckData,
            Self::LinkDown => RecommendedAction::CheckLink,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_of_table_3_has_its_advice_and_others_keep_their_number() {
        use RecommendedAction::{
            CheckCredentials, CheckData, CheckLink, Nothing, Reconnect, RenewDataConnection,
        };
        let advice = [
            (1, Reconnect),
            (2, RenewDataConnection),
            (3, CheckCredentials),
            (4, CheckCredentials),
            (5, Nothing),
            (6, CheckData),
            (7, CheckLink),
        ];
        for (code, action) in advice {
            let status = Status::from(code);
            assert!(!matches!(status, Status::Unknown(_)));
            assert_eq!(status.recommended_action(), action);
        }
        for code in [0, 8, 255] {
            assert_eq!(Status::from(code), Status::Unknown(code));
        }
    }
}
