//! AT+QMTCFG: settings of a client (BG95 note, chapter 3.2.1).
//!
//! ```text
//! AT+QMTCFG="version",<client_idx>,<vsn>
//! AT+QMTCFG="ssl",<client_idx>,<SSL_enable>
//! AT+QMTCFG="keepalive",<client_idx>,<keep_alive_time>
//! AT+QMTCFG="session",<client_idx>,<clean_session>
//! AT+QMTCFG="timeout",<client_idx>,<pkt_timeout>,<retry_times>,<timeout_notice>
//! AT+QMTCFG="will",<client_idx>,<will_fg>[,<will_qos>,<will_retain>,"<will_topic>","<will_message>"]
//! AT+QMTCFG="recv/mode",<client_idx>,<msg_rcv_mode>,<msg_len_enable>
//! ```
//!
//! | parameter | range | meaning |
//! |---|---|---|
//! | `<vsn>` | 3, 4 | MQTT 3.1, MQTT 3.1.1 |
//! | `<keep_alive_time>` | 0–3600 s, default 120 | keep alive |
//! | `<clean_session>` | 0, 1 | [`Session::Kept`], [`Session::Clean`] |
//! | `<pkt_timeout>` | 1–60 s, default 5 | wait for an acknowledgement |
//! | `<retry_times>` | 0–10, default 3 | retransmissions |
//! | `<timeout_notice>` | 0, 1 | report retransmissions; off, as the modem's default |
//! | `<msg_rcv_mode>` | 0, 1 | message in the URC; stored in the modem |
//! | `<msg_len_enable>` | 0, 1 | payload length in the URC; the driver lives on it |
//!
//! The note names the last key `rcv/mode` in the test command's answer and `recv/mode` in the
//! write command; modems take the latter.

use crate::{
    at::CommandWriter,
    mqtt::{Retain, Session, Will},
};

/// The key of a setting.
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SettingKey {
    /// The version of MQTT.
    #[error("version")]
    Version,
    /// TLS.
    #[error("ssl")]
    Ssl,
    /// Keep alive.
    #[error("keepalive")]
    KeepAlive,
    /// Clean session.
    #[error("session")]
    Session,
    /// Wait for an acknowledgement, and retransmissions.
    #[error("timeout")]
    Timeout,
    /// The will.
    #[error("will")]
    Will,
    /// How messages come in.
    #[error("recv/mode")]
    ReceiveMode,
}

/// One setting with its value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Setting<'a> {
    /// `<vsn>`.
    Version(u8),
    /// TLS off.
    NoTls,
    /// In seconds.
    KeepAlive(u16),
    Session(Session),
    Timeout {
        /// In seconds.
        packet_timeout: u8,
        retries: u8,
    },
    Will(Option<Will<'a>>),
    /// Messages come in the URC, with the length of their payload.
    ReceiveDirect,
}

impl Setting<'_> {
    pub(crate) fn encode(self, writer: &mut CommandWriter<'_>, client: u8) {
        let key: &[u8] = match self {
            Self::Version(_) => b"version",
            Self::NoTls => b"ssl",
            Self::KeepAlive(_) => b"keepalive",
            Self::Session(_) => b"session",
            Self::Timeout { .. } => b"timeout",
            Self::Will(_) => b"will",
            Self::ReceiveDirect => b"recv/mode",
        };
        writer
            .raw(b"AT+QMTCFG=\"")
            .raw(key)
            .raw(b"\"")
            .and_number(client.into());
        match self {
            Self::Version(code) => writer.and_number(code.into()),
            Self::NoTls | Self::Will(None) => writer.and_number(0),
            Self::KeepAlive(seconds) => writer.and_number(seconds.into()),
            Self::Session(session) => writer.and_number((session == Session::Clean).into()),
            Self::Timeout {
                packet_timeout,
                retries,
            } => writer
                .and_number(packet_timeout.into())
                .and_number(retries.into())
                .and_number(0),
            Self::Will(Some(will)) => writer
                .and_number(1)
                .and_number(will.qos as u32)
                .and_number((will.retain == Retain::Keep).into())
                .and_string(will.topic.as_str())
                .and_string(will.message.as_str()),
            Self::ReceiveDirect => writer.and_number(0).and_number(1),
        };
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use crate::mqtt::QoS;

    fn encoded(setting: Setting<'_>) -> std::string::String {
        let mut bytes = [0; 128];
        let mut writer = CommandWriter::new(&mut bytes);
        setting.encode(&mut writer, 5);
        let len = writer.finish().unwrap();
        std::str::from_utf8(&bytes[..len]).unwrap().into()
    }

    #[test]
    fn settings_are_written_as_in_chapter_3_2_1() {
        let timeout = Setting::Timeout {
            packet_timeout: 60,
            retries: 10,
        };
        let will = Will::new("w/t", "gone").unwrap();
        let will = will.qos(QoS::ExactlyOnce).retain(Retain::Keep);
        let expected = [
            (Setting::Version(4), "AT+QMTCFG=\"version\",5,4\r"),
            (Setting::NoTls, "AT+QMTCFG=\"ssl\",5,0\r"),
            (Setting::KeepAlive(3600), "AT+QMTCFG=\"keepalive\",5,3600\r"),
            (
                Setting::Session(Session::Kept),
                "AT+QMTCFG=\"session\",5,0\r",
            ),
            (
                Setting::Session(Session::Clean),
                "AT+QMTCFG=\"session\",5,1\r",
            ),
            (timeout, "AT+QMTCFG=\"timeout\",5,60,10,0\r"),
            (Setting::Will(None), "AT+QMTCFG=\"will\",5,0\r"),
            (
                Setting::Will(Some(will)),
                "AT+QMTCFG=\"will\",5,1,2,1,\"w/t\",\"gone\"\r",
            ),
            (Setting::ReceiveDirect, "AT+QMTCFG=\"recv/mode\",5,0,1\r"),
        ];
        for (setting, line) in expected {
            assert_eq!(encoded(setting), line);
        }
    }
}
