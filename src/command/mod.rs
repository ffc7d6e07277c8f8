//! One file per AT command: how it is written, what it answers, what its numbers mean.
//!
//! Quectel's parameter names are quoted in these files and translated into the words of MQTT
//! 3.1.1 once, here. Sources: BG95&BG77&BG600L Series MQTT Application Note 1.2 ("BG95 note").

mod basic;
mod client_index;
mod qmtcfg;
mod qmtclose;
mod qmtconn;
mod qmtdisc;
mod qmtopen;
mod qmtpub;
mod qmtstat;
mod qmtsub;
mod qmtuns;
mod redact;
mod results;

use crate::at::LengthDelimited;

pub(crate) use basic::{ECHO_OFF, ERROR_CODES, PROBE, PROBE_ANSWER};
pub use client_index::ClientIndex;
pub(crate) use qmtcfg::Setting;
pub use qmtcfg::SettingKey;
pub use qmtopen::OpenResult;
pub use qmtstat::{RecommendedAction, Status};
pub use qmtsub::{Granted, MAX_TOPICS};
pub use redact::Redacted;
pub(crate) use results::{PacketResult, ResultUrc};
pub(crate) use {
    qmtclose::close,
    qmtconn::connect,
    qmtdisc::disconnect,
    qmtopen::open,
    qmtpub::{data, publish},
    qmtsub::subscribe,
    qmtuns::unsubscribe,
};

/// The line that carries a received message (BG95 note, chapter 4.2):
/// `+QMTRECV: <client_idx>,<msgID>,"<topic>",<payload_len>,"<payload>"`.
pub(crate) const MESSAGE: LengthDelimited = LengthDelimited {
    marker: b"+QMTRECV:",
    plain_fields: 2,
};

/// The AT commands of the driver.
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Command {
    /// `AT+CMEE?`, the probe: is the modem there, and in step?
    #[error("AT")]
    Attention,
    /// `ATE0`: switches the echo off.
    #[error("ATE0")]
    Echo,
    /// `AT+CMEE`: the form of error codes.
    #[error("AT+CMEE")]
    ErrorFormat,
    /// `AT+QMTCFG`: a setting of a client.
    #[error("AT+QMTCFG=\"{0}\"")]
    Configure(SettingKey),
    /// `AT+QMTOPEN`: opens the network connection.
    #[error("AT+QMTOPEN")]
    Open,
    /// `AT+QMTCLOSE`: closes the network connection.
    #[error("AT+QMTCLOSE")]
    Close,
    /// `AT+QMTCONN`: sends CONNECT.
    #[error("AT+QMTCONN")]
    Connect,
    /// `AT+QMTDISC`: sends DISCONNECT.
    #[error("AT+QMTDISC")]
    Disconnect,
    /// `AT+QMTSUB`: sends SUBSCRIBE.
    #[error("AT+QMTSUB")]
    Subscribe,
    /// `AT+QMTUNS`: sends UNSUBSCRIBE.
    #[error("AT+QMTUNS")]
    Unsubscribe,
    /// `AT+QMTPUB`: sends PUBLISH.
    #[error("AT+QMTPUB")]
    Publish,
    /// Any other command, given as text.
    #[error("raw command")]
    Raw,
}
