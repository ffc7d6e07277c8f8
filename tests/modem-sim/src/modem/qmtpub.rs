//! `AT+QMTPUB` and `AT+QMTPUBEX` (BG95 application note 3.2.8, 3.2.9; BC660K-GL 3.3.8).
//!
//! ```text
//! AT+QMTPUB=<client_idx>,<msgID>,<qos>,<retain>,"<topic>"[,<msglen>]<CR>
//! AT+QMTPUB=<client_idx>,<msgID>,<qos>,<retain>,"<topic>",<msg_len>,"<msg>"<CR>     (BC660K-GL)
//! AT+QMTPUBEX=<client_idx>,<msgID>,<qos>,<retain>,"<topic>","<msg>"<CR>
//! ```

use std::time::Duration;

use rumqttc::mqttbytes::QoS;

use super::{
    Modem,
    client::State,
    collect::{Collect, Collecting, End},
    exchange::Step,
    hex,
    line::{Answer, Form, Reply},
    mqtt,
    params::{Params, Refused},
};
use crate::config::Family;

/// A publish command whose payload is being collected.
#[derive(Debug)]
pub(super) struct Publish {
    index: usize,
    packet_id: u16,
    qos: QoS,
    retain: bool,
    topic: String,
}

impl Modem {
    pub(super) fn qmtpub(&mut self, form: Form) -> Answer {
        let mut params = match form {
            Form::Test => {
                let clients = self.client_range();
                let length = self.limits.payload;
                self.info(match self.family {
                    Family::Bg95 => {
                        format!("+QMTPUB: {clients},(0-65535),(0-2),(0,1),<topic>,(1-{length})")
                    }
                    // With a space before the colon, as chapter 6.1 prints it.
                    Family::Bc660k => format!(
                        "+QMTPUB : {clients},(0-65535),(0-2),(0,1),<topic>,(0-{length}),<msg>"
                    ),
                });
                return Ok(Reply::Ok);
            }
            Form::Write(params) => params,
            Form::Read | Form::Execute => return Err(Refused::Parameter),
        };
        let publish = self.publish_header(&mut params)?;
        let settings = &self
            .clients
            .get(publish.index)
            .ok_or(Refused::Parameter)?
            .settings;
        let (most, digits) = match settings.hex_send {
            true => (self.limits.hex_payload, 2),
            false => (self.limits.payload, 1),
        };
        let echo = match self.family {
            Family::Bg95 => self.front.echo,
            Family::Bc660k => settings.data_echo,
        };
        let mut end = End::CtrlZ {
            most: most * digits,
        };
        if !params.is_empty() {
            let length = params.integer(0, i64::from(u32::MAX))?;
            let length = usize::try_from(length).map_err(|_| Refused::Parameter)?;
            if !(self.limits.least_payload..=most).contains(&length) {
                return Err(Refused::Length);
            }
            if let Some(tail) = params.tail() {
                let payload = between_quotes(&tail, length * digits)?;
                self.check_publish(&publish)?;
                return self.publish(publish, payload);
            }
            params.end()?;
            end = End::Length(length * digits);
        }
        self.check_publish(&publish)?;
        Ok(Reply::Prompt(Collecting {
            what: Collect::Publish(publish),
            end,
            echo,
            patience: (self.family == Family::Bc660k).then_some(DATA_MODE_MAX),
            last: self.now,
            data: Vec::new(),
        }))
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
            Form::Read | Form::Execute => return Err(Refused::Parameter),
        };
        let publish = self.publish_header(&mut params)?;
        let payload = params.bytes(0, self.limits.inline_payload)?;
        params.end()?;
        self.publish(publish, payload)
    }

    fn publish_header(&self, params: &mut Params) -> Result<Publish, Refused> {
        let index = self.client_index(params)?;
        let packet_id = self.packet_id(params, 0)?;
        let qos = mqtt::qos(params.integer(0, 2)?)?;
        // "It will be 0 only when <qos>=0."
        if packet_id == 0 && qos != QoS::AtMostOnce {
            return Err(Refused::Parameter);
        }
        Ok(Publish {
            index,
            packet_id,
            qos,
            retain: params.integer(0, 1)? == 1,
            topic: params.text(1, self.limits.topic)?,
        })
    }

    /// Whether the publish could be sent now.
    fn check_publish(&self, publish: &Publish) -> Result<(), Refused> {
        let client = self.clients.get(publish.index).ok_or(Refused::Parameter)?;
        let in_flight = client.exchanges.iter().filter(|one| one.is_publish());
        let duplicate = publish.qos != QoS::AtMostOnce
            && client
                .exchanges
                .iter()
                .any(|one| one.occupies(publish.packet_id));
        let full = in_flight.count() >= self.limits.in_flight;
        match () {
            () if client.state != State::Connected => Err(Refused::Link),
            () if full || duplicate => Err(Refused::State),
            () => Ok(()),
        }
    }

    /// Sends a payload, written in digits where the client is set so.
    pub(super) fn publish(&mut self, publish: Publish, payload: Vec<u8>) -> Answer {
        self.check_publish(&publish)?;
        let client = self.clients.get(publish.index).ok_or(Refused::Parameter)?;
        let payload = match client.settings.hex_send {
            true => hex::decode(&payload).ok_or(Refused::Parameter)?,
            false => payload,
        };
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

/// The message of a command line: so many bytes, whatever they are, between two quotes.
fn between_quotes(tail: &[u8], length: usize) -> Result<Vec<u8>, Refused> {
    match tail.trim_ascii().split_at_checked(length + 1) {
        Some(([b'"', message @ ..], b"\"")) => Ok(message.to_vec()),
        _ => Err(Refused::Length),
    }
}

/// "If no data is sent in 60 s, the module will exit data mode."
const DATA_MODE_MAX: Duration = Duration::from_secs(60);
