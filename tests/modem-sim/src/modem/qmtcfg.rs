//! `AT+QMTCFG`: the settings of a client (BG95 application note 3.2.1).
//!
//! ```text
//! AT+QMTCFG="<key>",<client_idx>[,<value>…]<CR>
//! ```
//!
//! Without values the setting is queried, and the answer begins with the key.

use std::time::Duration;

use super::{
    Modem,
    line::{Answer, Form, Reply},
    params::{Params, Refused},
    settings::{Settings, Will},
};
use crate::config::{Family, Limits};

impl Modem {
    pub(super) fn qmtcfg(&mut self, form: Form) -> Answer {
        if self.family == Family::Bc660k {
            return self.qmtcfg_bc660k(form);
        }
        match form {
            Form::Test => self.qmtcfg_test(),
            Form::Write(mut params) => {
                let key = params.text(1, 16)?;
                let index = self.client_index(&mut params)?;
                match params.is_empty() {
                    true => self.qmtcfg_query(&key, index)?,
                    false => {
                        self.qmtcfg_set(&key, index, &mut params)?;
                    }
                }
            }
            Form::Read | Form::Execute => return Err(Refused::Parameter),
        }
        Ok(Reply::Ok)
    }

    fn qmtcfg_test(&mut self) {
        let clients = self.client_range();
        let keep_alive = self.limits.keep_alive;
        for (key, values) in [
            ("version", "(3,4)".into()),
            ("pdpcid", "(1-16)".into()),
            ("ssl", "(0,1),(0-5)".into()),
            ("keepalive", format!("(0-{keep_alive})")),
            ("session", "(0,1)".into()),
            ("timeout", "(1-60),(0-10),(0,1)".into()),
            (
                "will",
                "(0,1),(0-2),(0,1),<will_topic>,<will_message>".into(),
            ),
            // The note prints this key without its first E here, and with it in the write form.
            ("rcv/mode", "(0,1),(0,1)".into()),
            (
                "aliauth",
                "<product_key>,<device_name>,<device_secret>".into(),
            ),
        ] {
            self.info(format!("+QMTCFG: \"{key}\",{clients},{values}"));
        }
    }

    fn qmtcfg_query(&mut self, key: &str, index: usize) -> Result<(), Refused> {
        let settings = &self.clients.get(index).ok_or(Refused::Parameter)?.settings;
        let values = match key {
            "version" => settings.version.to_string(),
            "pdpcid" => settings.pdp.to_string(),
            "ssl" => match settings.ssl_context {
                Some(context) => format!("{},{context}", u8::from(settings.ssl)),
                None => u8::from(settings.ssl).to_string(),
            },
            "recv/mode" => format!(
                "{},{}",
                u8::from(settings.store),
                u8::from(settings.show_length)
            ),
            _ => match settings.show_common(key)? {
                Some(values) => values,
                None => return Ok(()),
            },
        };
        self.info(format!("+QMTCFG: \"{key}\",{values}"));
        Ok(())
    }

    /// Sets everything or, when any value is refused, nothing.
    fn qmtcfg_set(&mut self, key: &str, index: usize, params: &mut Params) -> Result<(), Refused> {
        let limits = self.limits;
        let client = self.clients.get_mut(index).ok_or(Refused::Parameter)?;
        let mut settings = client.settings.clone();
        match key {
            "version" => settings.version = params.integer(3, 4)?,
            "pdpcid" => settings.pdp = params.integer(1, 16)?,
            "ssl" => {
                settings.ssl = flag(params)?;
                settings.ssl_context = params.optional_integer(0, 5)?;
                // "If MQTT connection is configured to SSL mode, <ctx_index> must be specified."
                if settings.ssl && settings.ssl_context.is_none() {
                    return Err(Refused::Parameter);
                }
            }
            "recv/mode" => {
                settings.store = flag(params)?;
                if let Some(show) = params.optional_integer(0, 1)? {
                    settings.show_length = show == 1;
                }
            }
            _ => settings.set_common(key, limits, params)?,
        }
        params.end()?;
        client.settings = settings;
        Ok(())
    }
}

/// The keys that both families have.
impl Settings {
    /// The values that a query shows; `None` if nothing was set.
    pub(super) fn show_common(&self, key: &str) -> Result<Option<String>, Refused> {
        Ok(Some(match key {
            "keepalive" => self.keep_alive.to_string(),
            "session" => u8::from(self.clean_session).to_string(),
            "timeout" => format!(
                "{},{},{}",
                self.packet_timeout.as_secs(),
                self.retries,
                u8::from(self.timeout_notice)
            ),
            "will" => match &self.will {
                None => "0".into(),
                Some(will) => format!(
                    "1,{},{},\"{}\",\"{}\"",
                    will.qos,
                    u8::from(will.retain),
                    will.topic,
                    will.message
                ),
            },
            "aliauth" => match &self.aliauth {
                None => return Ok(None),
                Some([product, device, secret]) => {
                    format!("\"{product}\",\"{device}\",\"{secret}\"")
                }
            },
            _ => return Err(Refused::Parameter),
        }))
    }

    pub(super) fn set_common(
        &mut self,
        key: &str,
        limits: Limits,
        params: &mut Params,
    ) -> Result<(), Refused> {
        match key {
            "keepalive" => {
                let seconds = params.integer(0, limits.keep_alive)?;
                self.keep_alive = u16::try_from(seconds).map_err(|_| Refused::Parameter)?;
            }
            "session" => self.clean_session = flag(params)?,
            "timeout" => {
                let seconds =
                    u64::try_from(params.integer(1, 60)?).map_err(|_| Refused::Parameter)?;
                self.packet_timeout = Duration::from_secs(seconds);
                if let Some(retries) = params.optional_integer(0, 10)? {
                    self.retries = u32::try_from(retries).map_err(|_| Refused::Parameter)?;
                }
                if let Some(notice) = params.optional_integer(0, 1)? {
                    self.timeout_notice = notice == 1;
                }
            }
            "will" => {
                self.will = match flag(params)? {
                    false => None,
                    true => Some(Will {
                        qos: u8::try_from(params.integer(0, 2)?).map_err(|_| Refused::Parameter)?,
                        retain: flag(params)?,
                        topic: params.text(1, limits.topic)?,
                        message: params.text(limits.least_will_message, limits.will_message)?,
                    }),
                };
            }
            "aliauth" => {
                let mut field = || params.text(1, limits.aliauth);
                self.aliauth = Some([field()?, field()?, field()?]);
            }
            _ => return Err(Refused::Parameter),
        }
        Ok(())
    }
}

pub(super) fn flag(params: &mut Params) -> Result<bool, Refused> {
    Ok(params.integer(0, 1)? == 1)
}
