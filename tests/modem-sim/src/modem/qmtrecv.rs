//! `AT+QMTRECV`: messages that are stored in the modem (BG95 application note 3.2.10).
//!
//! ```text
//! AT+QMTRECV=<client_idx>[,<recv_id>]<CR>
//! ```

use super::{
    Modem,
    client::{SLOTS, State},
    line::{Answer, Form, Reply},
    params::Refused,
};

impl Modem {
    pub(super) fn qmtrecv(&mut self, form: Form) -> Answer {
        let mut params = match form {
            Form::Test => return Ok(Reply::Ok),
            Form::Read => {
                self.qmtrecv_read();
                return Ok(Reply::Ok);
            }
            Form::Write(params) => params,
            Form::Execute => return Err(Refused::Parameter),
        };
        let index = self.client_index(&mut params)?;
        let slot = match params.is_empty() {
            true => None,
            false => {
                let last = i64::try_from(SLOTS - 1).map_err(|_| Refused::Parameter)?;
                let slot = params.integer(0, last)?;
                Some(usize::try_from(slot).map_err(|_| Refused::Parameter)?)
            }
        };
        params.end()?;
        let client = self.clients.get_mut(index).ok_or(Refused::Parameter)?;
        if client.state != State::Connected {
            return Err(Refused::Link);
        }
        for line in client.read_stored(slot) {
            self.info(line);
        }
        Ok(Reply::Ok)
    }

    fn qmtrecv_read(&mut self) {
        self.show_clients(|index, client| {
            let [a, b, c, d, e] = client.stored().map(u8::from);
            (client.state == State::Connected)
                .then(|| format!("+QMTRECV: {index},{a},{b},{c},{d},{e}"))
        });
    }
}
