//! `AT+QMTSUB` and `AT+QMTUNS` (application note 3.2.6, 3.2.7).
//!
//! ```text
//! AT+QMTSUB=<client_idx>,<msgID>,"<topic1>",<qos1>[,"<topic2>",<qos2>…]<CR>
//! AT+QMTUNS=<client_idx>,<msgID>,"<topic1>"[,"<topic2>"…]<CR>
//! ```

use rumqttc::mqttbytes::v4::SubscribeFilter;

use super::{
    Modem,
    client::State,
    exchange::Step,
    line::{Answer, Form, Reply},
    mqtt,
    params::Refused,
};
use crate::config::Family;

impl Modem {
    pub(super) fn qmtsub(&mut self, form: Form) -> Answer {
        let mut params = match form {
            Form::Test => {
                let clients = self.client_range();
                let more = match self.family {
                    Family::Bg95 => "",
                    Family::Bc660k => ",<topic>,(0-2),...",
                };
                self.info(format!("+QMTSUB: {clients},(1-65535),<topic>,(0-2){more}"));
                return Ok(Reply::Ok);
            }
            Form::Write(params) => params,
            Form::Read | Form::Execute => return Err(Refused::Parameter),
        };
        let index = self.client_index(&mut params)?;
        let packet_id = self.packet_id(&mut params, 1)?;
        let mut filters = Vec::new();
        while filters.is_empty() || !params.is_empty() {
            let topic = params.text(1, self.limits.topic)?;
            let qos = mqtt::qos(params.integer(0, 2)?)?;
            filters.push(SubscribeFilter::new(topic, qos));
        }
        let packet = mqtt::subscribe(packet_id, filters)?;
        self.begin(index, packet_id, Step::Subscribe, packet)
    }

    pub(super) fn qmtuns(&mut self, form: Form) -> Answer {
        let mut params = match form {
            Form::Test => {
                let clients = self.client_range();
                let more = match self.family {
                    Family::Bg95 => "",
                    Family::Bc660k => ",<topic>,...",
                };
                self.info(format!("+QMTUNS: {clients},(1-65535),<topic>{more}"));
                return Ok(Reply::Ok);
            }
            Form::Write(params) => params,
            Form::Read | Form::Execute => return Err(Refused::Parameter),
        };
        let index = self.client_index(&mut params)?;
        let packet_id = self.packet_id(&mut params, 1)?;
        let mut topics = Vec::new();
        while topics.is_empty() || !params.is_empty() {
            topics.push(params.text(1, self.limits.topic)?);
        }
        let packet = mqtt::unsubscribe(packet_id, topics)?;
        self.begin(index, packet_id, Step::Unsubscribe, packet)
    }

    /// Sends a packet of a client that must be connected.
    pub(super) fn begin(
        &mut self,
        index: usize,
        packet_id: u16,
        step: Step,
        packet: Vec<u8>,
    ) -> Answer {
        let client = self.clients.get_mut(index).ok_or(Refused::Parameter)?;
        if client.state != State::Connected {
            return Err(Refused::Link);
        }
        client.begin(self.now, packet_id, step, packet)?;
        Ok(Reply::Operation)
    }
}
