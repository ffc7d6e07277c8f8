//! `AT+QMTCFG` of the BC660K-GL (its application note 3.3.1).
//!
//! Without values the setting is queried, and the answer does not repeat the key.

use super::{
    Modem,
    client::State,
    line::{Answer, Form, Reply},
    params::{Params, Refused},
    qmtcfg::flag,
};

impl Modem {
    pub(super) fn qmtcfg_bc660k(&mut self, form: Form) -> Answer {
        match form {
            Form::Test => self.qmtcfg_bc660k_test(),
            Form::Write(mut params) => {
                // "SHOWRECVLEN" stands in chapter 5.2, in capitals.
                let key = params.text(1, 16)?.to_ascii_lowercase();
                let index = self.client_index(&mut params)?;
                match params.is_empty() {
                    true => self.qmtcfg_bc660k_query(&key, index)?,
                    false => self.qmtcfg_bc660k_set(&key, index, &mut params)?,
                }
            }
            Form::Read | Form::Execute => return Err(Refused::Parameter),
        }
        Ok(Reply::Ok)
    }

    fn qmtcfg_bc660k_test(&mut self) {
        let clients = self.client_range();
        let keep_alive = self.limits.keep_alive;
        for (key, values) in [
            (
                "will",
                "(0,1),(0-2),(0,1),<will_topic>,<will_msg>".to_owned(),
            ),
            ("timeout", "(1-60),(0-10),(0,1)".into()),
            ("session", "(0,1)".into()),
            ("keepalive", format!("(0-{keep_alive})")),
            (
                "aliauth",
                "<product_key>,<device_name>,<device_secret>".into(),
            ),
            ("version", "(0,1)".into()),
            ("showrecvlen", "(0,1)".into()),
            // The note prints this key with an underscore here, and without it in the write form.
            ("echo_mode", "(0,1)".into()),
            ("dataformat", "(0,1),(0,1)".into()),
            ("ssl", "(0,1),(0-10),(0-4)".into()),
        ] {
            self.info(format!("+QMTCFG: \"{key}\",{clients},{values}"));
        }
    }

    fn qmtcfg_bc660k_query(&mut self, key: &str, index: usize) -> Result<(), Refused> {
        let settings = &self.clients.get(index).ok_or(Refused::Parameter)?.settings;
        let values = match key {
            "version" => (settings.version - MQTT_3_1).to_string(),
            "showrecvlen" => u8::from(settings.show_length).to_string(),
            "echomode" => u8::from(settings.data_echo).to_string(),
            "dataformat" => format!(
                "{},{}",
                u8::from(settings.hex_send),
                u8::from(settings.hex_receive)
            ),
            "ssl" => match settings.ssl {
                true => "1,0,0".into(),
                false => "0".into(),
            },
            _ => match settings.show_common(key)? {
                Some(values) => values,
                None => return Ok(()),
            },
        };
        self.info(format!("+QMTCFG: {values}"));
        Ok(())
    }

    /// Sets everything or, when any value is refused, nothing.
    fn qmtcfg_bc660k_set(
        &mut self,
        key: &str,
        index: usize,
        params: &mut Params,
    ) -> Result<(), Refused> {
        let limits = self.limits;
        let client = self.clients.get_mut(index).ok_or(Refused::Parameter)?;
        let mut settings = client.settings.clone();
        match key {
            "version" => settings.version = MQTT_3_1 + params.integer(0, 1)?,
            "showrecvlen" => settings.show_length = flag(params)?,
            "echomode" => settings.data_echo = flag(params)?,
            "dataformat" => {
                settings.hex_send = flag(params)?;
                settings.hex_receive = flag(params)?;
            }
            "ssl" => {
                settings.ssl = flag(params)?;
                // "Currently only 0 is supported."
                if !params.is_empty() {
                    params.integer(0, 0)?;
                    params.integer(0, 0)?;
                }
                settings.ssl_context = Some(0);
            }
            _ => settings.set_common(key, limits, params)?,
        }
        params.end()?;
        // "have to be configured before executing AT+QMTOPEN"
        let early = matches!(
            key,
            "will" | "session" | "keepalive" | "aliauth" | "version" | "ssl"
        );
        if early && client.state != State::Idle {
            return Err(Refused::State);
        }
        client.settings = settings;
        Ok(())
    }
}

/// The protocol level that `<version_num>` 0 stands for.
const MQTT_3_1: i64 = 3;
