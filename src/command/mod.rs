//! One file per AT command: how it is written, what it answers, what its numbers mean.
//!
//! Quectel's parameter names are quoted in these files and translated into the words of MQTT
//! 3.1.1 once, here. Sources: BG95&BG77&BG600L Series MQTT Application Note 1.2 ("BG95 note"),
//! BC660K-GL MQTT Application Note ("BC660K note"), 3GPP TS 27.007. Both notes' names of a client's
//! index, `<client_idx>` and `<TCP_connectID>`, are `<client_idx>` here.
//!
//! Commands that answer at once, and whose answer is all that they bring, are [`Request`]s: a value
//! that writes its command line and reads its information response. You can add your own.

mod basic;
mod client_index;
mod files;
mod identity;
mod mqtt_error;
mod network;
mod pdp;
mod qmtcfg;
mod qmtcfg_query;
mod qmtclose;
mod qmtconn;
mod qmtdisc;
mod qmtopen;
mod qmtpub;
mod qmtrecv;
mod qmtstat;
mod qmtsub;
mod qmtuns;
mod qsclk;
mod qsslcfg;
mod redact;
mod request;
mod results;
mod test_form;
mod urc;

use crate::at::LengthDelimited;
pub use crate::name::{Command, ContextCommands, Domain, SettingKey};

pub(crate) use basic::{ECHO_OFF, ERROR_CODES, ESCAPE_AND_PROBE, PROBE, PROBE_ANSWER};
pub use client_index::ClientIndex;
pub use files::PemFile;
pub(crate) use files::UPLOAD_TIMEOUT;
#[cfg(feature = "bg95")]
pub use files::{DeleteFile, FileQuery, Files};
pub use identity::{Manufacturer, Model, Revision};
pub use mqtt_error::MqttError;
pub use network::{
    Registration, RegistrationQuery, RegistrationState, SignalQuality, SignalQuery, SimQuery,
    SimState,
};
#[cfg(feature = "bg95")]
pub(crate) use pdp::check_context_id;
pub use pdp::{Authentication, ContextKind, ContextQuery, Contexts, DeactivateContext, PdpContext};
pub(crate) use pdp::{DEFAULT_CONTEXT, DefineContext, activate};
pub use qmtcfg::{AliAuth, DataFormat, ReceiveMode, Setting};
pub use qmtcfg_query::SettingQuery;
pub use qmtconn::{ConnectionState, ConnectionStateQuery, ConnectionStates};
pub use qmtopen::{Connection, ConnectionQuery, Connections, OpenResult};
pub use qmtpub::PublishForm;
#[cfg(feature = "bg95")]
pub(crate) use qmtrecv::stored_places;
pub use qmtrecv::{MessageHead, MessageLine};
pub(crate) use qmtrecv::{PLACES, ask_for_table, fetch};
#[cfg(feature = "bg95")]
pub use qmtrecv::{StoredMessages, StoredQuery};
pub use qmtstat::{RecommendedAction, Status};
pub use qmtsub::{Granted, MAX_TOPICS};
pub use qsclk::SleepMode;
#[cfg(feature = "bc660k")]
pub use qsclk::SleepQuery;
pub(crate) use qsclk::sleep;
pub use qsslcfg::{TlsOptions, TlsVersion, Validity};
pub(crate) use qsslcfg::{TlsTask, check_tls_context};
pub use redact::Redacted;
pub use request::{Raw, Request, Response};
pub use results::{PacketResult, ResultUrc};
pub use test_form::{Range, Ranges, Test};
pub use urc::{ModemEvent, Urc};
pub(crate) use {
    qmtclose::close,
    qmtconn::connect,
    qmtdisc::disconnect,
    qmtopen::open,
    qmtpub::{Payload, publish},
    qmtsub::subscribe,
    qmtuns::unsubscribe,
};

/// The line that carries a received message (BG95 note, chapter 4.2; BC660K note, chapter 5.2):
/// `+QMTRECV: <client_idx>,<msgID>,"<topic>",<payload_len>,"<payload>"`.
pub const MESSAGE: LengthDelimited = LengthDelimited {
    marker: b"+QMTRECV:",
    plain_fields: 2,
};
