//! Result URCs: the `+QMTxxx:` line that ends a command after its OK.
//!
//! ```text
//! +QMTOPEN | +QMTCLOSE | +QMTDISC : <client_idx>,<result>
//! +QMTCONN                        : <client_idx>,<result>[,<ret_code>]
//! +QMTSUB | +QMTUNS | +QMTPUB     : <client_idx>,<msgID>,<result>[,<value>…]
//! ```
//!
//! Figure 1 of the BC660K note prints other orders and names; its chapter 3 counts.

use super::{Command, Granted};
use crate::at::Parameters;

/// One result URC.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ResultUrc {
    /// The command whose result it is; [`Command::Publish`] also for AT+QMTPUBEX.
    pub command: Command,
    /// The client's index.
    pub client: u8,
    /// The packet identifier; 0 where the command has none, and for QoS 0.
    pub packet_id: u16,
    /// The number of the result.
    pub result: i16,
    /// What follows: return code, granted QoS, or number of retransmissions.
    pub values: Granted,
}

/// `<result>` of a command that sends a packet.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PacketResult {
    /// 0: sent, and answered where an answer is due.
    Sent,
    /// 1: sent again. Progress, not the end.
    Retransmitted,
    /// 2, or −1 of a command that disconnects or closes.
    Failed,
    /// A number without a meaning in the notes.
    Unknown(i16),
}

impl From<i16> for PacketResult {
    fn from(result: i16) -> Self {
        match result {
            0 => Self::Sent,
            1 => Self::Retransmitted,
            2 | -1 => Self::Failed,
            result => Self::Unknown(result),
        }
    }
}

impl ResultUrc {
    /// The result URC of this name; `None` when the name or the parameters are others.
    pub(crate) fn parse(name: &[u8], mut parameters: Parameters<'_>) -> Option<Self> {
        let name = name.strip_prefix(b"+QMT")?;
        let (_, command) = RESULTS.iter().find(|(result, _)| *result == name)?;
        let command = *command;
        let client = parameters.byte()?;
        let packet_id = match command {
            Command::Publish | Command::Subscribe | Command::Unsubscribe => {
                parameters.number()?.try_into().ok()?
            }
            _ => 0,
        };
        let result = parameters.number()?.try_into().ok()?;
        let mut values = Granted::default();
        while let Some(value) = parameters.byte() {
            values.push(value);
        }
        parameters.is_empty().then_some(Self {
            command,
            client,
            packet_id,
            result,
            values,
        })
    }
}

/// The names of result URCs, behind `+QMT`.
const RESULTS: [(&[u8], Command); 8] = [
    (b"PUB", Command::Publish),
    (b"PUBEX", Command::Publish),
    (b"SUB", Command::Subscribe),
    (b"UNS", Command::Unsubscribe),
    (b"OPEN", Command::Open),
    (b"CONN", Command::Connect),
    (b"DISC", Command::Disconnect),
    (b"CLOSE", Command::Close),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mqtt::{GrantedQos, QoS};

    fn parse(name: &str, parameters: &str) -> Option<ResultUrc> {
        ResultUrc::parse(name.as_bytes(), Parameters::new(parameters.as_bytes()))
    }

    // The forms of the BG95 note, chapters 3.2.2 to 3.2.8; BC660K note, chapters 3.3.2 to 3.3.8.
    #[test]
    fn every_form_of_the_note_is_understood() {
        let forms = [
            ("+QMTOPEN", " 0,-1", Command::Open, 0, 0, -1),
            ("+QMTCLOSE", " 5,0", Command::Close, 5, 0, 0),
            ("+QMTCONN", " 0,0,5", Command::Connect, 0, 0, 0),
            ("+QMTCONN", " 0,2", Command::Connect, 0, 0, 2),
            ("+QMTDISC", " 0,0", Command::Disconnect, 0, 0, 0),
            ("+QMTSUB", " 0,1,0,2", Command::Subscribe, 0, 1, 0),
            ("+QMTUNS", " 0,2,0", Command::Unsubscribe, 0, 2, 0),
            ("+QMTPUB", " 0,65535,1,3", Command::Publish, 0, 65_535, 1),
        ];
        for (name, parameters, command, client, packet_id, result) in forms {
            let urc = parse(name, parameters).unwrap();
            assert_eq!((urc.command, urc.client), (command, client));
            assert_eq!((urc.packet_id, urc.result), (packet_id, result));
        }
        let urc = parse("+QMTSUB", " 0,1,0,2,128,7").unwrap();
        let granted = [
            GrantedQos::Granted(QoS::ExactlyOnce),
            GrantedQos::Refused,
            GrantedQos::Unknown(7),
        ];
        assert!(urc.values.iter().eq(granted));
    }

    #[test]
    fn other_lines_are_no_result() {
        let others = [
            ("+QMTOPEN", " 0,\"host\",1883"),
            ("+QMTOPEN", " (0-5),<host_name>,(0-65535)"),
            ("+QMTPUB", " 0"),
            ("+QMTPUB", " 0,1"),
            ("+QMTPUB", " 0,1,0,x"),
            ("+QMTPUB", ""),
            ("+QMTPUB", " 256,1,0"),
            ("+QMTPUBREL", " 0,1,0"),
            ("+QMTSTAT", " 0,1"),
        ];
        for (name, parameters) in others {
            assert_eq!(parse(name, parameters), None, "{name}:{parameters}");
        }
    }
}
