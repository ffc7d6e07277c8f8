use super::{ClientIndex, ResultUrc, Status};
use crate::at::Line;

/// What a line from the modem says when nobody has asked: the URCs that the driver knows.
///
/// The engine sorts lines with it, and so can a tool that reads a log of the line. It tells by the
/// line alone; answers of the same name (`+QMTCONN: 0,3` to AT+QMTCONN?) are told by the command
/// that was sent.
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Urc {
    /// A result: `+QMTOPEN`, `+QMTCONN`, `+QMTSUB`, `+QMTUNS`, `+QMTPUB`, `+QMTPUBEX`, `+QMTDISC`,
    /// `+QMTCLOSE`.
    Result(ResultUrc),
    /// `+QMTSTAT`: a connection is closed.
    Status {
        /// The client's index.
        client: u8,
        /// Why.
        status: Status,
    },
    /// `+QMTRECV: <client_idx>,<recv_id>`: a message has come, and was stored.
    Stored {
        /// The client's index.
        client: u8,
        /// Where it lies.
        place: u8,
    },
    /// The modem starts, stops, or loses its network.
    Modem(ModemEvent),
}

/// What happens to the modem.
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ModemEvent {
    /// `RDY`: it has started.
    Ready,
    /// `+CFUN: 1`, `APP RDY`: it is starting.
    Starting,
    /// `POWERED DOWN`, `NORMAL POWER DOWN`: it stops.
    PoweredDown,
    /// `+QIURC: "pdpdeact",<contextID>`: the network has taken the PDP context back.
    ContextLost {
        /// Which one.
        context: u8,
    },
}

impl Urc {
    /// What the line says; `None` when it is none of these.
    #[must_use]
    pub fn parse(line: &Line<'_>) -> Option<Self> {
        let (name, mut parameters) = match *line {
            Line::Response { name, parameters } => (name, parameters),
            Line::Text(text) => {
                return Some(Self::Modem(match text {
                    b"RDY" => ModemEvent::Ready,
                    b"APP RDY" => ModemEvent::Starting,
                    b"POWERED DOWN" | b"NORMAL POWER DOWN" => ModemEvent::PoweredDown,
                    _ => return None,
                }));
            }
            Line::Echo | Line::Final(_) => return None,
        };
        match name {
            b"+QMTSTAT" => Some(Self::Status {
                client: parameters.byte()?,
                status: parameters.byte()?.into(),
            }),
            b"+QMTRECV" => {
                let (client, place) = (parameters.byte()?, parameters.byte()?);
                parameters
                    .is_empty()
                    .then_some(Self::Stored { client, place })
            }
            b"+CFUN" if parameters.rest().trim_ascii() == b"1" => {
                Some(Self::Modem(ModemEvent::Starting))
            }
            b"+QIURC" if parameters.string() == Some(b"pdpdeact") => {
                // The notes know 1 to 16.
                let context = parameters.byte().filter(|context| *context < 32)?;
                Some(Self::Modem(ModemEvent::ContextLost { context }))
            }
            name => ResultUrc::parse(name, parameters).map(Self::Result),
        }
    }

    /// The client that it is about.
    #[must_use]
    pub fn client(&self) -> Option<ClientIndex> {
        let client = match self {
            Self::Result(result) => result.client,
            Self::Status { client, .. } | Self::Stored { client, .. } => *client,
            Self::Modem(_) => return None,
        };
        ClientIndex::new(client).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_urc_says_which_client_it_is_about() {
        for (line, client) in [
            ("+QMTPUB: 3,1,0", Some(3)),
            ("+QMTSTAT: 4,1", Some(4)),
            ("+QMTRECV: 5,2", Some(5)),
            ("+QMTSTAT: 6,1", None),
            ("RDY", None),
            ("+QIURC: \"pdpdeact\",1", None),
        ] {
            let urc = Urc::parse(&Line::classify(line.as_bytes())).unwrap();
            assert_eq!(urc.client().map(ClientIndex::get), client, "{line}");
        }
    }
}
