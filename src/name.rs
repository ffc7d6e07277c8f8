//! The names of commands and settings, which dialects list and errors tell.

use core::fmt;

/// The AT commands of the driver.
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Command {
    /// `AT+CMEE?`, the probe: is the modem there, and in step?
    Attention,
    /// `ATE0`: switches the echo off.
    Echo,
    /// `AT+CMEE`: the form of error codes.
    ErrorFormat,
    /// `AT+CGMI`: who made the modem.
    Manufacturer,
    /// `AT+CGMM`: which model it is.
    Model,
    /// `AT+CGMR`: the revision of its firmware.
    Revision,
    /// `AT+CPIN`: the state of the SIM.
    Sim,
    /// `AT+CSQ`: the signal.
    Signal,
    /// `AT+CEREG`, `AT+CGREG`, `AT+CREG`: the registration with the network.
    Registration(Domain),
    /// `AT+QICSGP` (BG95 family), `AT+CGDCONT`: what a PDP context is.
    DefineContext(ContextCommands),
    /// `AT+QIACT` (BG95 family), `AT+CGACT`: activates a PDP context.
    ActivateContext(ContextCommands),
    /// `AT+QIDEACT` (BG95 family), `AT+CGACT`: deactivates a PDP context.
    DeactivateContext(ContextCommands),
    /// `AT+QSCLK`: whether the modem sleeps.
    Sleep,
    /// `AT+QFUPL`: uploads a file.
    Upload,
    /// `AT+QFLST`: lists files.
    ListFiles,
    /// `AT+QFDEL`: deletes a file.
    DeleteFile,
    /// `AT+QSSLCFG`: what a TLS connection is made with.
    ConfigureTls,
    /// `AT+QMTCFG`: a setting of a client.
    Configure(SettingKey),
    /// `AT+QMTOPEN`: opens the network connection.
    Open,
    /// `AT+QMTCLOSE`: closes the network connection.
    Close,
    /// `AT+QMTCONN`: sends CONNECT.
    Connect,
    /// `AT+QMTDISC`: sends DISCONNECT.
    Disconnect,
    /// `AT+QMTSUB`: sends SUBSCRIBE.
    Subscribe,
    /// `AT+QMTUNS`: sends UNSUBSCRIBE.
    Unsubscribe,
    /// `AT+QMTPUB`: sends PUBLISH.
    Publish,
    /// `AT+QMTPUBEX`: sends PUBLISH, the payload in the command line.
    PublishInline,
    /// `AT+QMTRECV`: reads messages that the modem has stored.
    Receive,
    /// Any other command, given as text.
    Raw,
}

/// The commands for PDP contexts, which the BG95 family has of its own.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ContextCommands {
    /// `AT+QICSGP`, `AT+QIACT`, `AT+QIDEACT`.
    Quectel,
    /// `AT+CGDCONT`, `AT+CGACT` (27.007, chapters 10.1.1 and 10.1.10).
    Standard,
}

/// Which network a registration is with.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Domain {
    /// LTE-M and NB-IoT: AT+CEREG.
    #[default]
    Lte,
    /// Packet-switched GSM: AT+CGREG.
    Packet,
    /// Circuit-switched GSM: AT+CREG.
    Circuit,
}

impl Command {
    /// How its line begins, without `AT`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        use ContextCommands::{Quectel, Standard};
        match self {
            Self::Attention | Self::Raw => "",
            Self::Echo => "E0",
            Self::ErrorFormat => "+CMEE",
            Self::Manufacturer => "+CGMI",
            Self::Model => "+CGMM",
            Self::Revision => "+CGMR",
            Self::Sim => "+CPIN",
            Self::Signal => "+CSQ",
            Self::Registration(Domain::Lte) => "+CEREG",
            Self::Registration(Domain::Packet) => "+CGREG",
            Self::Registration(Domain::Circuit) => "+CREG",
            Self::DefineContext(Quectel) => "+QICSGP",
            Self::DefineContext(Standard) => "+CGDCONT",
            Self::ActivateContext(Quectel) => "+QIACT",
            Self::DeactivateContext(Quectel) => "+QIDEACT",
            Self::ActivateContext(Standard) | Self::DeactivateContext(Standard) => "+CGACT",
            Self::Sleep => "+QSCLK",
            Self::Upload => "+QFUPL",
            Self::ListFiles => "+QFLST",
            Self::DeleteFile => "+QFDEL",
            Self::ConfigureTls => "+QSSLCFG",
            Self::Configure(_) => "+QMTCFG",
            Self::Open => "+QMTOPEN",
            Self::Close => "+QMTCLOSE",
            Self::Connect => "+QMTCONN",
            Self::Disconnect => "+QMTDISC",
            Self::Subscribe => "+QMTSUB",
            Self::Unsubscribe => "+QMTUNS",
            Self::Publish => "+QMTPUB",
            Self::PublishInline => "+QMTPUBEX",
            Self::Receive => "+QMTRECV",
        }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Raw => f.write_str("raw command"),
            Self::Configure(key) => write!(f, "AT+QMTCFG=\"{}\"", key.name()),
            command => write!(f, "AT{}", command.name()),
        }
    }
}

/// The key of a setting of AT+QMTCFG (BG95 note, chapter 3.2.1; BC660K note, chapter 3.3.1).
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SettingKey {
    /// `version`: the version of MQTT.
    Version,
    /// `pdpcid`: the PDP context (BG95 family).
    PdpContext,
    /// `ssl`: TLS.
    Ssl,
    /// `keepalive`: keep alive.
    KeepAlive,
    /// `session`: clean session.
    Session,
    /// `timeout`: wait for an acknowledgement, and retransmissions.
    Timeout,
    /// `will`: the will.
    Will,
    /// `recv/mode`: how messages come in (BG95 family).
    ReceiveMode,
    /// `showrecvlen`: whether messages come with their length (BC660K-GL).
    ShowLength,
    /// `echomode`: whether data comes back (BC660K-GL).
    DataEcho,
    /// `dataformat`: payloads as they are, or as hexadecimal digits (BC660K-GL).
    DataFormat,
    /// `aliauth`: the device's name at Alibaba Cloud.
    AliAuth,
}

impl SettingKey {
    /// The key as the write command has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Version => "version",
            Self::PdpContext => "pdpcid",
            Self::Ssl => "ssl",
            Self::KeepAlive => "keepalive",
            Self::Session => "session",
            Self::Timeout => "timeout",
            Self::Will => "will",
            Self::ReceiveMode => "recv/mode",
            Self::ShowLength => "showrecvlen",
            Self::DataEcho => "echomode",
            Self::DataFormat => "dataformat",
            Self::AliAuth => "aliauth",
        }
    }

    /// Whether the modem means this key, which the test command's answer spells otherwise:
    /// `rcv/mode` (BG95 note), `echo_mode` (BC660K note).
    pub(crate) fn is_named(self, name: &[u8]) -> bool {
        name == self.name().as_bytes()
            || match self {
                Self::ReceiveMode => name == b"rcv/mode",
                Self::DataEcho => name == b"echo_mode",
                _ => false,
            }
    }
}
