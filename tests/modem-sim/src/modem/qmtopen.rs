//! `AT+QMTOPEN` and `AT+QMTCLOSE` (application note 3.2.2, 3.2.3).
//!
//! ```text
//! AT+QMTOPEN=<client_idx>,"<host_name>",<port><CR>
//! AT+QMTCLOSE=<client_idx><CR>
//! ```

use super::{
    Modem,
    client::{State, Tls},
    line::{Answer, Form, Reply},
    params::Refused,
};
use crate::behaviour::OpenFailure;

impl Modem {
    pub(super) fn qmtopen(&mut self, form: Form) -> Answer {
        let mut params = match form {
            Form::Test => {
                let clients = self.client_range();
                let least = self.limits.least_port;
                self.info(format!("+QMTOPEN: {clients},<host_name>,({least}-65535)"));
                return Ok(Reply::Ok);
            }
            Form::Read => {
                self.qmtopen_read();
                return Ok(Reply::Ok);
            }
            Form::Write(params) => params,
            Form::Execute => return Err(Refused::Parameter),
        };
        let index = self.client_index(&mut params)?;
        let host = params.text(1, self.limits.host)?;
        let port = params.integer(self.limits.least_port.into(), u16::MAX.into())?;
        let port = u16::try_from(port).map_err(|_| Refused::Parameter)?;
        params.end()?;

        let failure = self.behaviour.open_failure.take();
        if failure == Some(OpenFailure::BareError) {
            return Err(Refused::Parameter);
        }
        if failure == Some(OpenFailure::ResultThenError) {
            self.info(format!("+QMTOPEN: {index},-1"));
            return Err(Refused::Parameter);
        }
        let active = self.activate_for(index);
        let client = self.clients.get_mut(index).ok_or(Refused::Parameter)?;
        let secure = client
            .settings
            .ssl
            .then(|| client.settings.ssl_context.unwrap_or(0));
        if failure == Some(OpenFailure::AfterOk) {
            self.urc(format!("+QMTOPEN: {index},-1").into());
        } else if client.state != State::Idle {
            self.urc(format!("+QMTOPEN: {index},2").into());
        } else if !active {
            self.urc(format!("+QMTOPEN: {index},3").into());
        } else {
            let tls = secure.map(|context| Tls::new(&host, &self.credentials(context)));
            // Without usable certificates there is nothing to begin with.
            match (tls, self.clients.get_mut(index)) {
                (Some(None), _) => self.urc(format!("+QMTOPEN: {index},-1").into()),
                (tls, Some(client)) => {
                    client.open(self.now, &mut *self.network, (&host, port), tls.flatten());
                }
                (_, None) => {}
            }
        }
        Ok(Reply::Operation)
    }

    pub(super) fn qmtclose(&mut self, form: Form) -> Answer {
        let Some(index) = self.only_client("QMTCLOSE", form)? else {
            return Ok(Reply::Ok);
        };
        let client = self.clients.get_mut(index).ok_or(Refused::Parameter)?;
        if client.state == State::Idle {
            return Err(Refused::Link);
        }
        client.drop_link(self.now, &mut *self.network);
        self.urc(format!("+QMTCLOSE: {index},0").into());
        Ok(Reply::Operation)
    }

    fn qmtopen_read(&mut self) {
        self.show_clients(|index, client| match client.state {
            State::Idle | State::Opening => None,
            _ => Some(format!(
                "+QMTOPEN: {index},\"{}\",{}",
                client.host, client.port
            )),
        });
    }
}
