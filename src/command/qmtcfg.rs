//! AT+QMTCFG: settings of a client (BG95 note, chapter 3.2.1; BC660K note, chapter 3.3.1).
//!
//! ```text
//! AT+QMTCFG="version",<client_idx>,<vsn>
//! AT+QMTCFG="pdpcid",<client_idx>,<cid>                                       (BG95 family)
//! AT+QMTCFG="ssl",<client_idx>,<SSL_enable>[,<ctx_index>]                     (BG95 family)
//! AT+QMTCFG="ssl",<client_idx>,<SSL_enable>[,<SSL_contextID>,<SSL_connectID>] (BC660K-GL)
//! AT+QMTCFG="keepalive",<client_idx>,<keep_alive_time>
//! AT+QMTCFG="session",<client_idx>,<clean_session>
//! AT+QMTCFG="timeout",<client_idx>,<pkt_timeout>,<retry_times>,<timeout_notice>
//! AT+QMTCFG="will",<client_idx>,<will_fg>[,<will_qos>,<will_retain>,"<will_topic>","<will_message>"]
//! AT+QMTCFG="recv/mode",<client_idx>,<msg_rcv_mode>,<msg_len_enable>          (BG95 family)
//! AT+QMTCFG="showrecvlen",<client_idx>,<show_flag>                            (BC660K-GL)
//! AT+QMTCFG="echomode",<client_idx>,<echo_mode>                               (BC660K-GL)
//! AT+QMTCFG="dataformat",<client_idx>,<send_format>,<recv_format>             (BC660K-GL)
//! AT+QMTCFG="aliauth",<client_idx>,"<product_key>","<device_name>","<device_secret>"
//! ```
//!
//! | parameter | range | meaning |
//! |---|---|---|
//! | `<vsn>` | BG95 3, 4; BC660K 0, 1 | MQTT 3.1, MQTT 3.1.1 |
//! | `<cid>` | 1–16, default 1 | PDP context |
//! | `<ctx_index>` | 0–5 | TLS context |
//! | `<SSL_contextID>`, `<SSL_connectID>` | 0 | the only ones so far |
//! | `<keep_alive_time>` | 0–3600 s, default 120 | keep alive |
//! | `<clean_session>` | 0, 1 | [`Session::Kept`], [`Session::Clean`] |
//! | `<pkt_timeout>` | 1–60 s, default BG95 5, BC660K 30 | wait for an acknowledgement |
//! | `<retry_times>` | 0–10, default BG95 3, BC660K 0 | retransmissions |
//! | `<timeout_notice>` | 0, 1 | report retransmissions |
//! | `<msg_rcv_mode>` | 0, 1 | message in the URC; stored in the modem |
//! | `<msg_len_enable>`, `<show_flag>` | 0, 1 | payload length in the URC; the driver lives on it |
//! | `<echo_mode>` | 0, 1 | data comes back |
//! | `<send_format>`, `<recv_format>` | 0, 1 | payload as it is; as hexadecimal digits |

use super::{Command, SettingKey};
use crate::{
    at::CommandWriter,
    dialect::Dialect,
    mqtt::{Password, Retain, Session, Text, Version, Will},
    value::{Parameter, ValueError},
};

/// One setting of a client with its value.
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Setting<'a> {
    /// The version of MQTT.
    Version(Version),
    /// The PDP context.
    PdpContext(u8),
    /// TLS with this context, or none.
    Ssl(Option<u8>),
    /// Keep alive, in seconds.
    KeepAlive(u16),
    /// What the server keeps.
    Session(Session),
    /// What happens when a packet is not acknowledged.
    Timeout {
        /// The wait for an acknowledgement, in seconds.
        packet_timeout: u8,
        /// How often the packet is sent again.
        retries: u8,
        /// Whether the modem tells of it.
        is_reported: bool,
    },
    /// The will.
    Will(Option<Will<'a>>),
    /// How messages come in, and whether with their length.
    ReceiveMode(ReceiveMode, bool),
    /// Whether messages come with their length.
    ShowLength(bool),
    /// Whether data comes back.
    DataEcho(bool),
    /// How payloads are written.
    DataFormat {
        /// In a publish.
        send: DataFormat,
        /// In a received message.
        receive: DataFormat,
    },
    /// The device's name at Alibaba Cloud.
    AliAuth(Option<AliAuth<'a>>),
}

/// Where a message waits that has come from the server (BG95 family).
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ReceiveMode {
    /// Nowhere: it goes to the driver at once, and is lost when the inbox has no room for it.
    #[default]
    Direct,
    /// In one of five places in the modem. The driver fetches it when the inbox has room, and what
    /// finds no place stays with the server, if its QoS is 1 or 2.
    Stored,
}

/// How payloads are written on the line (BC660K-GL).
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum DataFormat {
    /// As they are.
    #[default]
    Text,
    /// As hexadecimal digits, two for a byte.
    Hex,
}

/// A device's name at Alibaba Cloud, from which the modem makes user name and password itself.
///
/// The BG95 note warns that once it is set, the client serves Alibaba Cloud alone until the modem
/// restarts.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AliAuth<'a> {
    pub(crate) product_key: Text<'a>,
    pub(crate) device_name: Text<'a>,
    pub(crate) device_secret: Password<'a>,
}

impl<'a> AliAuth<'a> {
    /// Product key, device name and device secret.
    ///
    /// # Errors
    /// [`ValueError`] when one of them is empty, or holds `"` or a control character.
    pub fn new(
        product_key: &'a str,
        device_name: &'a str,
        device_secret: &'a str,
    ) -> Result<Self, ValueError> {
        Ok(Self {
            product_key: Text::non_empty(Parameter::ProductKey, product_key)?,
            device_name: Text::non_empty(Parameter::DeviceName, device_name)?,
            device_secret: Password::non_empty(Parameter::DeviceSecret, device_secret)?,
        })
    }

    /// The product key.
    #[must_use]
    pub const fn product_key(self) -> &'a str {
        self.product_key.as_str()
    }

    /// The device's name.
    #[must_use]
    pub const fn device_name(self) -> &'a str {
        self.device_name.as_str()
    }
}

impl Setting<'_> {
    pub(crate) const fn key(&self) -> SettingKey {
        match self {
            Self::Version(_) => SettingKey::Version,
            Self::PdpContext(_) => SettingKey::PdpContext,
            Self::Ssl(_) => SettingKey::Ssl,
            Self::KeepAlive(_) => SettingKey::KeepAlive,
            Self::Session(_) => SettingKey::Session,
            Self::Timeout { .. } => SettingKey::Timeout,
            Self::Will(_) => SettingKey::Will,
            Self::ReceiveMode(..) => SettingKey::ReceiveMode,
            Self::ShowLength(_) => SettingKey::ShowLength,
            Self::DataEcho(_) => SettingKey::DataEcho,
            Self::DataFormat { .. } => SettingKey::DataFormat,
            Self::AliAuth(_) => SettingKey::AliAuth,
        }
    }

    /// Writes the command that makes it so.
    pub(crate) fn write(&self, dialect: &Dialect, line: &mut CommandWriter<'_>, client: u8) {
        write_key(line, self.key(), client);
        let mut numbers = [None; 3];
        let [first, second, third] = &mut numbers;
        match *self {
            Self::Version(version) => *first = Some(dialect.version_code(version).into()),
            Self::PdpContext(id) => *first = Some(id.into()),
            Self::Ssl(None) | Self::Will(None) => *first = Some(0),
            Self::Ssl(Some(context)) => {
                *first = Some(1);
                *second = Some(context.into());
                *third = dialect.has_tls_connect_id.then_some(0);
            }
            Self::KeepAlive(seconds) => *first = Some(seconds.into()),
            Self::Session(session) => *first = Some((session == Session::Clean).into()),
            Self::Timeout {
                packet_timeout,
                retries,
                is_reported,
            } => {
                *first = Some(packet_timeout.into());
                *second = Some(retries.into());
                *third = Some(is_reported.into());
            }
            Self::Will(Some(will)) => {
                *first = Some(1);
                *second = Some(will.qos as u32);
                *third = Some((will.retain == Retain::Keep).into());
            }
            Self::ReceiveMode(mode, has_length) => {
                *first = Some(mode as u32);
                *second = Some(has_length.into());
            }
            Self::ShowLength(is_on) | Self::DataEcho(is_on) => *first = Some(is_on.into()),
            Self::DataFormat { send, receive } => {
                *first = Some(send as u32);
                *second = Some(receive as u32);
            }
            Self::AliAuth(_) => {}
        }
        for number in &numbers {
            let Some(number) = *number else {
                break;
            };
            line.and_number(number);
        }
        if let Self::Will(Some(will)) = self {
            line.and_string(will.topic.as_str())
                .and_string(will.message.as_str());
        }
        if let Self::AliAuth(Some(device)) = self {
            line.and_string(device.product_key.as_str())
                .and_string(device.device_name.as_str())
                .and_string(device.device_secret.reveal());
        }
    }
}

/// `AT+QMTCFG="<key>",<client_idx>`, which asks for a setting.
pub(super) fn write_key(line: &mut CommandWriter<'_>, key: SettingKey, client: u8) {
    line.set(Command::Configure(key).name())
        .string(key.name())
        .and_number(client.into());
}

#[cfg(all(test, feature = "bg95", feature = "bc660k"))]
mod tests {
    extern crate std;
    use std::string::String;

    use super::*;
    use crate::{
        dialect::{BC660K_GL, BG95},
        mqtt::QoS,
    };

    fn written(dialect: &Dialect, setting: Setting<'_>) -> String {
        let mut bytes = [0; 128];
        let mut line = CommandWriter::new(&mut bytes);
        setting.write(dialect, &mut line, 4);
        let len = line.finish().unwrap();
        std::str::from_utf8(&bytes[..len]).unwrap().into()
    }

    #[test]
    fn settings_are_written_as_in_chapters_3_2_1_and_3_3_1() {
        let timeout = Setting::Timeout {
            packet_timeout: 60,
            retries: 10,
            is_reported: true,
        };
        let will = Will::new("w/t", "gone").unwrap();
        let will = will.qos(QoS::ExactlyOnce).retain(Retain::Keep);
        let device = AliAuth::new("key", "name", "secret").unwrap();
        let same = [
            (Setting::Ssl(None), "\"ssl\",4,0"),
            (Setting::KeepAlive(3600), "\"keepalive\",4,3600"),
            (Setting::Session(Session::Kept), "\"session\",4,0"),
            (Setting::Session(Session::Clean), "\"session\",4,1"),
            (timeout, "\"timeout\",4,60,10,1"),
            (Setting::Will(None), "\"will\",4,0"),
            (
                Setting::Will(Some(will)),
                "\"will\",4,1,2,1,\"w/t\",\"gone\"",
            ),
            (
                Setting::AliAuth(Some(device)),
                "\"aliauth\",4,\"key\",\"name\",\"secret\"",
            ),
        ];
        for (setting, parameters) in same {
            let expected = std::format!("AT+QMTCFG={parameters}\r");
            assert_eq!(written(&BG95, setting), expected);
            assert_eq!(written(&BC660K_GL, setting), expected);
        }
        let hex = Setting::DataFormat {
            send: DataFormat::Text,
            receive: DataFormat::Hex,
        };
        let different = [
            (&BG95, Setting::Version(Version::V3_1), "\"version\",4,3"),
            (&BG95, Setting::Version(Version::V3_1_1), "\"version\",4,4"),
            (
                &BC660K_GL,
                Setting::Version(Version::V3_1),
                "\"version\",4,0",
            ),
            (
                &BC660K_GL,
                Setting::Version(Version::V3_1_1),
                "\"version\",4,1",
            ),
            (&BG95, Setting::Ssl(Some(2)), "\"ssl\",4,1,2"),
            (&BC660K_GL, Setting::Ssl(Some(0)), "\"ssl\",4,1,0,0"),
            (&BG95, Setting::PdpContext(16), "\"pdpcid\",4,16"),
            (
                &BG95,
                Setting::ReceiveMode(ReceiveMode::Direct, true),
                "\"recv/mode\",4,0,1",
            ),
            (
                &BG95,
                Setting::ReceiveMode(ReceiveMode::Stored, true),
                "\"recv/mode\",4,1,1",
            ),
            (&BC660K_GL, Setting::ShowLength(true), "\"showrecvlen\",4,1"),
            (&BC660K_GL, Setting::DataEcho(false), "\"echomode\",4,0"),
            (&BC660K_GL, hex, "\"dataformat\",4,0,1"),
        ];
        for (dialect, setting, parameters) in different {
            let expected = std::format!("AT+QMTCFG={parameters}\r");
            assert_eq!(written(dialect, setting), expected);
        }
    }
}
