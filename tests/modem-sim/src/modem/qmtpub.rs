//! `AT+QMTPUB` and `AT+QMTPUBEX` (application note 3.2.8, 3.2.9).
//!
//! ```text
//! AT+QMTPUB=<client_idx>,<msgID>,<qos>,<retain>,"<topic>"[,<msglen>]<CR>
//! AT+QMTPUBEX=<client_idx>,<msgID>,<qos>,<retain>,"<topic>","<msg>"<CR>
//! ```

use rumqttc::mqttbytes::QoS;

use super::{
    Modem,
    client::State,
    exchange::Step,
    line::{Answer, Form, Reply},
    mqtt,
    params::{Params, Refused},
};

/// A publish command whose payload is being collected.
#[derive(Debug)]
pub(super) struct Publish {
    index: usize,
    packet_id: u16,
    qos: QoS,
    retain: bool,
    topic: String,
    /// `<msglen>`; without it the payload ends with Ctrl+Z.
    pub(super) length: Option<usize>,
}

impl Modem {
    pub(super) fn qmtpub(&mut self, form: Form) -> Answer {
        let mut params = match form {
            Form::Test => {
                let clients = self.client_range();
                let length = self.limits.payload;
                self.info(format!(
                    "+QMTPUB: {clients},(0-65535),(0-2),(0,1),<topic>,(1-{length})"
                ));
                return Ok(Reply::Ok);
            }
            Form::Write(params) => params,
            Form::Read | Form::Execute => return Err(Refused),
        };
        let mut publish = self.publish_header(&mut params)?;
        if !params.is_empty() {
            let most = i64::try_from(self.limits.payload).map_err(|_| Refused)?;
            let length = params.integer(1, most)?;
            publish.length = Some(usize::try_from(length).map_err(|_| Refused)?);
            params.end()?;
        }
        self.check_publish(&publish)?;
        Ok(Reply::Prompt(publish))
    }

    pub(super) fn qmtpubex(&mut self, form: Form) -> Answer {
        let mut params = match form {
            Form::Test => {
                let clients = self.client_range();
                self.info(format!(
                    "+QMTPUBEX: {clients},(0-65535),(0-2),(0,1),<topic>,<msg>"
                ));
                return Ok(Reply::Ok);
            }
            Form::Write(params) => params,
            Form::Read | Form::Execute => return Err(Refused),
        };
        let publish = self.publish_header(&mut params)?;
        let payload = params.bytes(0, self.limits.inline_payload)?;
        params.end()?;
        self.publish(publish, payload)
    }

    /// Sends a payload that is complete.
    pub(super) fn finish_publish(&mut self, publish: Publish, payload: Vec<u8>) {
        self.front.executing = true;
        match self.publish(publish, payload) {
            Ok(_) => self.operation_ok(),
            Err(Refused) => self.final_result(b"ERROR"),
        }
        self.front.executing = false;
    }

    fn publish_header(&self, params: &mut Params) -> Result<Publish, Refused> {
        let index = self.client_index(params)?;
        let packet_id = self.packet_id(params, 0)?;
        let qos = mqtt::qos(params.integer(0, 2)?)?;
        // "It will be 0 only when <qos>=0."
        if packet_id == 0 && qos != QoS::AtMostOnce {
            return Err(Refused);
        }
        Ok(Publish {
            index,
            packet_id,
            qos,
            retain: params.integer(0, 1)? == 1,
            topic: params.text(1, self.limits.topic)?,
            length: None,
        })
    }

    /// Whether the publish could be sent now.
    fn check_publish(&self, publish: &Publish) -> Result<(), Refused> {
        let client = self.clients.get(publish.index).ok_or(Refused)?;
        let in_flight = client.exchanges.iter().filter(|one| one.is_publish());
        let duplicate = publish.qos != QoS::AtMostOnce
            && client
                .exchanges
                .iter()
                .any(|one| one.occupies(publish.packet_id));
        let full = in_flight.count() >= self.limits.in_flight;
        match client.state == State::Connected && !full && !duplicate {
            true => Ok(()),
            false => Err(Refused),
        }
    }

    fn publish(&mut self, publish: Publish, payload: Vec<u8>) -> Answer {
        self.check_publish(&publish)?;
        let Publish {
            index,
            packet_id,
            qos,
            retain,
            topic,
            ..
        } = publish;
        let step = match qos {
            QoS::AtMostOnce => Step::Sending { end: 0 },
            QoS::AtLeastOnce => Step::Publish1,
            QoS::ExactlyOnce => Step::Publish2,
        };
        let packet = mqtt::publish(packet_id, qos, retain, &topic, payload)?;
        self.begin(index, packet_id, step, packet)
    }
}
