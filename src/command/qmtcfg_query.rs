//! The query of AT+QMTCFG (BG95 note, chapter 3.2.1; BC660K note, chapter 3.3.1).
//!
//! ```text
//! AT+QMTCFG="<key>",<client_idx>
//! +QMTCFG: "<key>",<value>[,<value>…]      (BG95 family)
//! +QMTCFG: <value>[,<value>…]              (BC660K-GL)
//! OK
//! ```
//!
//! For `aliauth`, there is no line when nothing is set.

use core::str;

use super::{
    AliAuth, ClientIndex, Command, DataFormat, ReceiveMode, Request, Response, Setting, SettingKey,
    qmtcfg::write_key,
};
use crate::{
    at::{CommandWriter, Parameters},
    dialect::Dialect,
    mqtt::{QoS, Retain, Session, Version, Will},
    usage::UsageError,
};

/// Asks for a setting of a client.
#[derive(Clone, Copy, Debug)]
pub struct SettingQuery {
    /// Of which client.
    pub client: ClientIndex,
    /// Which one.
    pub key: SettingKey,
}

impl Request for SettingQuery {
    type Answer<'a> = Setting<'a>;

    fn command(&self, _: &Dialect) -> Command {
        Command::Configure(self.key)
    }

    fn check(&self, dialect: &Dialect) -> Result<(), UsageError> {
        Ok(self.client.check(dialect)?)
    }

    fn write(&self, _: &Dialect, line: &mut CommandWriter<'_>) {
        write_key(line, self.key, self.client.get());
    }

    fn read<'a>(&self, dialect: &Dialect, response: Response<'a>) -> Option<Setting<'a>> {
        let Some(mut values) = response.parameters("+QMTCFG").next() else {
            return (self.key == SettingKey::AliAuth).then_some(Setting::AliAuth(None));
        };
        if dialect.names_settings && !self.key.is_named(values.string()?) {
            return None;
        }
        Some(match self.key {
            SettingKey::Version => {
                let code = values.byte()?;
                let versions = [Version::V3_1, Version::V3_1_1];
                let is_meant = |version: &Version| dialect.version_code(*version) == code;
                Setting::Version(versions.into_iter().find(is_meant)?)
            }
            SettingKey::PdpContext => Setting::PdpContext(values.byte()?),
            SettingKey::Ssl => Setting::Ssl(match flag(&mut values)? {
                true => Some(values.byte().unwrap_or(0)),
                false => None,
            }),
            SettingKey::KeepAlive => Setting::KeepAlive(values.number()?.try_into().ok()?),
            SettingKey::Session => Setting::Session(match flag(&mut values)? {
                true => Session::Clean,
                false => Session::Kept,
            }),
            SettingKey::Timeout => Setting::Timeout {
                packet_timeout: values.byte()?,
                retries: values.byte()?,
                is_reported: flag(&mut values)?,
            },
            SettingKey::Will => Setting::Will(match flag(&mut values)? {
                true => Some(will(&mut values)?),
                false => None,
            }),
            SettingKey::ReceiveMode => {
                let mode = match flag(&mut values)? {
                    true => ReceiveMode::Stored,
                    false => ReceiveMode::Direct,
                };
                Setting::ReceiveMode(mode, flag(&mut values).unwrap_or(false))
            }
            SettingKey::ShowLength => Setting::ShowLength(flag(&mut values)?),
            SettingKey::DataEcho => Setting::DataEcho(flag(&mut values)?),
            SettingKey::DataFormat => Setting::DataFormat {
                send: data_format(&mut values)?,
                receive: data_format(&mut values)?,
            },
            SettingKey::AliAuth => {
                let [key, name, secret] =
                    [text(&mut values)?, text(&mut values)?, text(&mut values)?];
                Setting::AliAuth(Some(AliAuth::new(key, name, secret).ok()?))
            }
        })
    }
}

/// `<will_qos>,<will_retain>,"<will_topic>","<will_message>"`.
fn will<'a>(values: &mut Parameters<'a>) -> Option<Will<'a>> {
    let qos = QoS::from_number(values.byte()?)?;
    let retain = match flag(values)? {
        true => Retain::Keep,
        false => Retain::Discard,
    };
    let will = Will::new(text(values)?, text(values)?).ok()?;
    Some(will.qos(qos).retain(retain))
}

fn flag(values: &mut Parameters<'_>) -> Option<bool> {
    match values.byte()? {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

fn data_format(values: &mut Parameters<'_>) -> Option<DataFormat> {
    Some(match flag(values)? {
        true => DataFormat::Hex,
        false => DataFormat::Text,
    })
}

fn text<'a>(values: &mut Parameters<'a>) -> Option<&'a str> {
    str::from_utf8(values.string()?).ok()
}

#[cfg(all(test, feature = "bg95", feature = "bc660k"))]
mod tests {
    extern crate std;

    use super::*;
    use crate::dialect::{BC660K_GL, BG95};

    fn read<'a>(dialect: &Dialect, key: SettingKey, response: &'a str) -> Option<Setting<'a>> {
        let client = ClientIndex::ZERO;
        SettingQuery { client, key }.read(dialect, Response::new(response.as_bytes()))
    }

    #[test]
    fn an_answer_about_another_setting_or_with_other_values_is_not_believed() {
        for (key, response) in [
            (SettingKey::KeepAlive, "+QMTCFG: \"session\",1\n"),
            (SettingKey::KeepAlive, "+QMTCFG: \"keepalive\",70000\n"),
            (SettingKey::Version, "+QMTCFG: \"version\",5\n"),
            (SettingKey::Session, "+QMTCFG: \"session\",2\n"),
            (SettingKey::Will, "+QMTCFG: \"will\",1,3,0,\"a\",\"b\"\n"),
            (SettingKey::Session, ""),
        ] {
            assert_eq!(read(&BG95, key, response), None, "{response}");
        }
    }

    #[test]
    fn both_spellings_of_a_key_are_known() {
        for name in ["recv/mode", "rcv/mode"] {
            let response = std::format!("+QMTCFG: \"{name}\",1,1\n");
            let setting = read(&BG95, SettingKey::ReceiveMode, &response);
            assert_eq!(
                setting,
                Some(Setting::ReceiveMode(ReceiveMode::Stored, true))
            );
        }
    }

    #[test]
    fn without_the_key_the_values_stand_alone() {
        let setting = read(&BC660K_GL, SettingKey::DataFormat, "+QMTCFG: 0,1\n");
        let send = DataFormat::Text;
        let receive = DataFormat::Hex;
        assert_eq!(setting, Some(Setting::DataFormat { send, receive }));
    }
}
