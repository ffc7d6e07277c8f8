//! `AT+QMTCONN` and `AT+QMTDISC` (application note 3.2.4, 3.2.5).
//!
//! ```text
//! AT+QMTCONN=<client_idx>,"<clientID>"[,"<username>"[,"<password>"]]<CR>
//! AT+QMTDISC=<client_idx><CR>
//! ```

use super::{
    Modem,
    aliauth::Login,
    client::State,
    line::{Answer, Form, Reply},
    mqtt,
    params::Refused,
};

impl Modem {
    pub(super) fn qmtconn(&mut self, form: Form) -> Answer {
        let mut params = match form {
            Form::Test => {
                let clients = self.client_range();
                self.info(format!(
                    "+QMTCONN: {clients},<clientID>,<username>,<password>"
                ));
                return Ok(Reply::Ok);
            }
            Form::Read => {
                self.qmtconn_read();
                return Ok(Reply::Ok);
            }
            Form::Write(params) => params,
            Form::Execute => return Err(Refused::Parameter),
        };
        let index = self.client_index(&mut params)?;
        let client_id = params.text(0, self.limits.client_id)?;
        let username = params.optional_text(self.limits.username)?;
        let password = params.optional_text(self.limits.password)?;
        params.end()?;

        let client = self.clients.get_mut(index).ok_or(Refused::Parameter)?;
        if client.state != State::Open {
            return Err(Refused::Link);
        }
        let login = Login {
            client_id,
            username,
            password,
        };
        let login = login.complete(&client.settings)?;
        let packet = mqtt::connect(&client.settings, &login)?;
        client.connect(self.now, &login.client_id, packet);
        Ok(Reply::Operation)
    }

    pub(super) fn qmtdisc(&mut self, form: Form) -> Answer {
        let Some(index) = self.only_client("QMTDISC", form)? else {
            return Ok(Reply::Ok);
        };
        let client = self.clients.get_mut(index).ok_or(Refused::Parameter)?;
        if client.state != State::Connected {
            return Err(Refused::Link);
        }
        client.disconnect(self.now);
        Ok(Reply::Operation)
    }

    fn qmtconn_read(&mut self) {
        self.show_clients(|index, client| {
            let state = match client.state {
                State::Idle | State::Opening => return None,
                State::Open | State::Refused { .. } => 1,
                State::Connecting { .. } => 2,
                State::Connected => 3,
                State::Disconnecting { .. } => 4,
            };
            Some(format!("+QMTCONN: {index},{state}"))
        });
    }
}
