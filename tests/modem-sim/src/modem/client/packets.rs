//! What comes from the server.

use rumqttc::mqttbytes::{
    Error, QoS,
    v4::{
        ConnectReturnCode, Packet, PubAck, PubComp, PubRec, PubRel, Publish, SubscribeReasonCode,
    },
};

use super::{Client, Context, State};
use crate::{
    behaviour::Refusal,
    modem::{
        exchange::Step,
        hex,
        mqtt::{PACKET_MAX, encode},
    },
    network::Link,
};

impl Client {
    /// Reads what the server has sent; says whether that was anything.
    pub(super) fn read(&mut self, context: &mut Context<'_>, link: Link) -> bool {
        if !context.accepts {
            return false;
        }
        let mut bytes = Vec::new();
        let count = context
            .network
            .receive(context.now, link, &mut bytes, READ_MAX);
        let mut plain = Vec::new();
        let alive = match &mut self.tls {
            Some(tls) => {
                let alive = tls.receive(&bytes, &mut plain).is_some();
                let outbound = tls.outbound();
                self.put(&outbound);
                alive
            }
            None => {
                plain = bytes;
                true
            }
        };
        self.inbox.extend_from_slice(&plain);
        while self.link.is_some() {
            match Packet::read(&mut self.inbox, PACKET_MAX) {
                Ok(packet) => self.packet(context, packet),
                Err(Error::InsufficientBytes(_)) => break,
                // Not MQTT: the connection is worth nothing any more.
                Err(_) => self.link_lost(context),
            }
        }
        if !alive && self.link.is_some() {
            self.link_lost(context);
        }
        count > 0
    }

    fn packet(&mut self, context: &mut Context<'_>, packet: Packet) {
        if matches!(self.state, State::Disconnecting { .. }) {
            return;
        }
        match packet {
            Packet::ConnAck(ack) => {
                // MQTT 3.1 does not say whether the server has kept the session, and a refusal says
                // nothing about it in any version (MQTT 3.1.1, chapter 3.2.2.2).
                let is_accepted = ack.code == ConnectReturnCode::Success;
                if is_accepted && !ack.session_present && self.settings.version != 3 {
                    self.received.clear();
                }
                self.connack(context, ack.code);
            }
            Packet::Publish(publish) => self.publish(context, publish),
            Packet::PubAck(ack) => {
                if self.end(ack.pkid, Step::Publish1) {
                    self.notice("QMTPUB", &format!("{},0", ack.pkid));
                }
            }
            Packet::PubRec(ack) => self.pubrec(context, ack.pkid),
            Packet::PubComp(ack) => {
                if self.end(ack.pkid, Step::Release) {
                    self.notice("QMTPUB", &format!("{},0", ack.pkid));
                }
            }
            Packet::PubRel(release) => {
                self.received.remove(&release.pkid);
                self.send(context, &Packet::PubComp(PubComp::new(release.pkid)));
            }
            Packet::SubAck(ack) => {
                if self.end(ack.pkid, Step::Subscribe) {
                    let mut values = format!("{},0", ack.pkid);
                    for code in ack.return_codes {
                        let granted = match code {
                            SubscribeReasonCode::Success(qos) => qos as u8,
                            SubscribeReasonCode::Failure => 128,
                        };
                        values.push_str(&format!(",{granted}"));
                    }
                    self.notice("QMTSUB", &values);
                }
            }
            Packet::UnsubAck(ack) => {
                if self.end(ack.pkid, Step::Unsubscribe) {
                    self.notice("QMTUNS", &format!("{},0", ack.pkid));
                }
            }
            Packet::PingResp => self.ping_deadline = None,
            // Packets that only clients send.
            Packet::Connect(_)
            | Packet::Subscribe(_)
            | Packet::Unsubscribe(_)
            | Packet::PingReq
            | Packet::Disconnect => self.link_lost(context),
        }
    }

    fn connack(&mut self, context: &mut Context<'_>, code: ConnectReturnCode) {
        if !matches!(self.state, State::Connecting { .. }) {
            return;
        }
        let code = match code {
            ConnectReturnCode::Success => {
                self.state = State::Connected;
                return self.notice("QMTCONN", "0,0");
            }
            ConnectReturnCode::RefusedProtocolVersion => 1,
            ConnectReturnCode::BadClientId => 2,
            ConnectReturnCode::ServiceUnavailable => 3,
            ConnectReturnCode::BadUserNamePassword => 4,
            ConnectReturnCode::NotAuthorized => 5,
        };
        // The server closes now; a server that does not is not waited for any longer.
        self.state = State::Refused {
            deadline: context.now + self.settings.packet_timeout,
        };
        let result = format!("0,{code}");
        match context.behaviour.refusal {
            Refusal::ConnThenStat => self.notice("QMTCONN", &result),
            Refusal::StatOnly => self.notice("QMTSTAT", "1"),
            Refusal::StatThenConn => {
                self.notice("QMTSTAT", "4");
                self.notice("QMTCONN", &result);
            }
        }
        if context.behaviour.refusal != Refusal::ConnThenStat {
            self.drop_link(context.now, context.network);
        }
    }

    fn publish(&mut self, context: &mut Context<'_>, publish: Publish) {
        let known = publish.qos == QoS::ExactlyOnce && self.received.contains(&publish.pkid);
        match self.settings.store && self.store.is_full() && !known {
            true => self.store.wait(publish),
            false => self.accept(context, publish),
        }
    }

    /// Takes a message for the host and acknowledges it.
    pub(super) fn accept(&mut self, context: &mut Context<'_>, publish: Publish) {
        let (packet_id, qos) = (publish.pkid, publish.qos);
        match qos {
            QoS::AtMostOnce => self.deliver(publish),
            QoS::AtLeastOnce => {
                self.deliver(publish);
                self.send(context, &Packet::PubAck(PubAck::new(packet_id)));
            }
            QoS::ExactlyOnce => {
                if self.received.insert(packet_id) {
                    self.deliver(publish);
                }
                self.send(context, &Packet::PubRec(PubRec::new(packet_id)));
            }
        }
    }

    fn deliver(&mut self, publish: Publish) {
        if !self.settings.store {
            let line = self.message_line(&publish);
            self.notices.push(line);
        } else if let Ok(slot) = self.store.keep(publish) {
            self.notice("QMTRECV", &slot.to_string());
        }
    }

    /// `+QMTRECV: <client_idx>,<msgID>,<topic>[,<payload_len>],<payload>`
    pub(super) fn message_line(&self, publish: &Publish) -> Vec<u8> {
        let mut line = format!(
            "+QMTRECV: {},{},\"{}\",",
            self.index, publish.pkid, publish.topic
        )
        .into_bytes();
        if self.settings.show_length {
            line.extend_from_slice(format!("{},", publish.payload.len()).as_bytes());
        }
        line.push(b'"');
        match self.settings.hex_receive {
            true => line.extend_from_slice(hex::encode(&publish.payload).as_bytes()),
            false => line.extend_from_slice(&publish.payload),
        }
        line.push(b'"');
        line
    }

    fn pubrec(&mut self, context: &mut Context<'_>, packet_id: u16) {
        let Ok(release) = encode(&Packet::PubRel(PubRel::new(packet_id))) else {
            return;
        };
        let deadline = context.now + self.settings.packet_timeout;
        for one in &mut self.exchanges {
            if one.occupies(packet_id) && one.step == Step::Publish2 {
                one.step = Step::Release;
                one.packet.clone_from(&release);
                one.retransmissions = 0;
                one.deadline = deadline;
            }
        }
        // Also when nothing waits for it: without PUBREL the server could not forget either.
        self.queue(context.now, &release);
    }

    /// Ends the exchange that this acknowledgement belongs to, if there is one.
    fn end(&mut self, packet_id: u16, step: Step) -> bool {
        let before = self.exchanges.len();
        self.exchanges
            .retain(|one| one.packet_id != packet_id || one.step != step);
        let ended = self.exchanges.len() < before;
        if ended {
            self.failures = 0;
        }
        ended
    }

    fn send(&mut self, context: &mut Context<'_>, packet: &Packet) {
        if let Ok(bytes) = encode(packet) {
            self.queue(context.now, &bytes);
        }
    }
}

/// How many bytes are read at once.
const READ_MAX: usize = 16 * 1024;
