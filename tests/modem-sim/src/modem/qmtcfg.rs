//! `AT+QMTCFG`: the settings of a client (application note 3.2.1).
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
    settings::Will,
};

impl Modem {
    pub(super) fn qmtcfg(&mut self, form: Form) -> Answer {
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
            Form::Read | Form::Execute => return Err(Refused),
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
        let settings = &self.clients.get(index).ok_or(Refused)?.settings;
        let values = match key {
            "version" => settings.version.to_string(),
            "pdpcid" => settings.pdp.to_string(),
            "ssl" => match settings.ssl_context {
                Some(context) => format!("{},{context}", u8::from(settings.ssl)),
                None => u8::from(settings.ssl).to_string(),
            },
            "keepalive" => settings.keep_alive.to_string(),
            "session" => u8::from(settings.clean_session).to_string(),
            "timeout" => format!(
                "{},{},{}",
                settings.packet_timeout.as_secs(),
                settings.retries,
                u8::from(settings.timeout_notice)
            ),
            "will" => match &settings.will {
                None => "0".into(),
                Some(will) => format!(
                    "1,{},{},\"{}\",\"{}\"",
                    will.qos,
                    u8::from(will.retain),
                    will.topic,
                    will.message
                ),
            },
            "recv/mode" => format!("0,{}", u8::from(settings.show_length)),
            "aliauth" => match &settings.aliauth {
                None => return Ok(()),
                Some([product, device, secret]) => {
                    format!("\"{product}\",\"{device}\",\"{secret}\"")
                }
            },
            _ => return Err(Refused),
        };
        self.info(format!("+QMTCFG: \"{key}\",{values}"));
        Ok(())
    }

    /// Sets everything or, when any value is refused, nothing.
    fn qmtcfg_set(&mut self, key: &str, index: usize, params: &mut Params) -> Result<(), Refused> {
        let limits = self.limits;
        let client = self.clients.get_mut(index).ok_or(Refused)?;
        let mut settings = client.settings.clone();
        match key {
            "version" => settings.version = params.integer(3, 4)?,
            "pdpcid" => settings.pdp = params.integer(1, 16)?,
            "ssl" => {
                settings.ssl = flag(params)?;
                settings.ssl_context = params.optional_integer(0, 5)?;
                // "If MQTT connection is configured to SSL mode, <ctx_index> must be specified."
                if settings.ssl && settings.ssl_context.is_none() {
                    return Err(Refused);
                }
            }
            "keepalive" => {
                let seconds = params.integer(0, limits.keep_alive)?;
                settings.keep_alive = u16::try_from(seconds).map_err(|_| Refused)?;
            }
            "session" => settings.clean_session = flag(params)?,
            "timeout" => {
                let seconds = u64::try_from(params.integer(1, 60)?).map_err(|_| Refused)?;
                settings.packet_timeout = Duration::from_secs(seconds);
                if let Some(retries) = params.optional_integer(0, 10)? {
                    settings.retries = u32::try_from(retries).map_err(|_| Refused)?;
                }
                if let Some(notice) = params.optional_integer(0, 1)? {
                    settings.timeout_notice = notice == 1;
                }
            }
            "will" => {
                settings.will = match flag(params)? {
                    false => None,
                    true => Some(Will {
                        qos: u8::try_from(params.integer(0, 2)?).map_err(|_| Refused)?,
                        retain: flag(params)?,
                        topic: params.text(1, limits.topic)?,
                        message: params.text(0, limits.will_message)?,
                    }),
                };
            }
            "recv/mode" => {
                // Mode 1 stores messages for AT+QMTRECV, which is not simulated.
                params.integer(0, 0)?;
                if let Some(show) = params.optional_integer(0, 1)? {
                    settings.show_length = show == 1;
                }
            }
            "aliauth" => {
                let mut field = || params.text(1, ALIAUTH_MAX);
                settings.aliauth = Some([field()?, field()?, field()?]);
            }
            _ => return Err(Refused),
        }
        params.end()?;
        client.settings = settings;
        Ok(())
    }
}

fn flag(params: &mut Params) -> Result<bool, Refused> {
    Ok(params.integer(0, 1)? == 1)
}

/// The note states no limit for the fields of `aliauth`.
const ALIAUTH_MAX: usize = 256;
