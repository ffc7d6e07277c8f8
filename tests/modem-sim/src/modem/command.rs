//! The commands by name.

use super::{
    Modem,
    client::Client,
    line::{Answer, Form},
    params::{Params, Refused},
};
use crate::config::Family;

impl Modem {
    pub(super) fn extended(&mut self, name: &str, form: Form) -> Answer {
        match name {
            "+QMTCFG" => self.qmtcfg(form),
            "+QMTOPEN" => self.qmtopen(form),
            "+QMTCLOSE" => self.qmtclose(form),
            "+QMTCONN" => self.qmtconn(form),
            "+QMTDISC" => self.qmtdisc(form),
            "+QMTSUB" => self.qmtsub(form),
            "+QMTUNS" => self.qmtuns(form),
            "+QMTPUB" => self.qmtpub(form),
            "+QMTRECV" if self.family == Family::Bg95 => self.qmtrecv(form),
            "+QMTPUBEX" if self.family == Family::Bg95 => self.qmtpubex(form),
            _ => self.generic(name, form),
        }
    }

    /// The client of a command that has no other parameter; `None` if it was the test form, which
    /// is then answered.
    pub(super) fn only_client(&mut self, name: &str, form: Form) -> Result<Option<usize>, Refused> {
        let mut params = match form {
            Form::Test => {
                let clients = self.client_range();
                self.info(format!("+{name}: {clients}"));
                return Ok(None);
            }
            Form::Write(params) => params,
            Form::Read | Form::Execute => return Err(Refused::Parameter),
        };
        let index = self.client_index(&mut params)?;
        params.end()?;
        Ok(Some(index))
    }

    /// Answers a read form with a line for each client that has one.
    pub(super) fn show_clients(&mut self, line: impl Fn(usize, &Client) -> Option<String>) {
        let clients = self.clients.iter().enumerate();
        let lines: Vec<String> = clients
            .filter_map(|(index, client)| line(index, client))
            .collect();
        for line in lines {
            self.info(line);
        }
    }

    /// The client index, which is the first parameter of nearly every MQTT command.
    pub(super) fn client_index(&self, params: &mut Params) -> Result<usize, Refused> {
        let last = self.limits.clients.saturating_sub(1);
        let index = params.integer(0, i64::try_from(last).map_err(|_| Refused::Parameter)?)?;
        usize::try_from(index).map_err(|_| Refused::Parameter)
    }

    /// The packet identifier, called `<msgID>`.
    pub(super) fn packet_id(&self, params: &mut Params, least: i64) -> Result<u16, Refused> {
        let identifier = params.integer(least, i64::from(u16::MAX))?;
        u16::try_from(identifier).map_err(|_| Refused::Parameter)
    }

    /// The range of client indices as test forms print it.
    pub(super) fn client_range(&self) -> String {
        format!("(0-{})", self.limits.clients.saturating_sub(1))
    }
}
