//! What the server makes of the packets it gets.

use bytes::{Buf, Bytes, BytesMut};
use rumqttc::mqttbytes::{
    Error, QoS, check,
    v4::{
        Packet, PubAck, PubComp, PubRec, PubRel, Publish, SubAck, Subscribe, SubscribeReasonCode,
        UnsubAck,
    },
};

use super::{Connection, Message, link::Parcel, server::Server, topic};
use crate::network::Link;

/// The kind of an MQTT packet.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum PacketKind {
    /// CONNECT
    Connect,
    /// CONNACK
    ConnAck,
    /// PUBLISH
    Publish,
    /// PUBACK
    PubAck,
    /// PUBREC
    PubRec,
    /// PUBREL
    PubRel,
    /// PUBCOMP
    PubComp,
    /// SUBSCRIBE
    Subscribe,
    /// SUBACK
    SubAck,
    /// UNSUBSCRIBE
    Unsubscribe,
    /// UNSUBACK
    UnsubAck,
    /// PINGREQ
    PingReq,
    /// PINGRESP
    PingResp,
    /// DISCONNECT
    Disconnect,
}

impl PacketKind {
    fn of(first_byte: u8) -> Option<Self> {
        Some(match first_byte >> 4 {
            1 => Self::Connect,
            2 => Self::ConnAck,
            3 => Self::Publish,
            4 => Self::PubAck,
            5 => Self::PubRec,
            6 => Self::PubRel,
            7 => Self::PubComp,
            8 => Self::Subscribe,
            9 => Self::SubAck,
            10 => Self::Unsubscribe,
            11 => Self::UnsubAck,
            12 => Self::PingReq,
            13 => Self::PingResp,
            14 => Self::Disconnect,
            _ => return None,
        })
    }
}

impl Server {
    /// Handles all whole packets of a link; what is not MQTT ends it.
    pub(super) fn read_packets(&mut self, link: Link) {
        while let Some(state) = self.links.get_mut(&link).filter(|state| !state.closed) {
            let inbox = &mut state.inbox;
            let length = match check(inbox.iter(), PACKET_MAX) {
                Ok(header) => header.frame_length(),
                Err(Error::InsufficientBytes(_)) => return,
                Err(_) => return self.hang_up(link),
            };
            let mut frame = inbox.split_to(length);
            let first = frame.first().copied().unwrap_or_default();
            let connected = state.client_id.is_some();
            let Some(kind) = PacketKind::of(first) else {
                return self.hang_up(link);
            };
            self.received
                .push((kind, kind == PacketKind::Publish && first & 0x08 != 0));
            let handled = match kind {
                PacketKind::Connect if !connected => self.connect(link, frame.freeze()),
                PacketKind::Connect => None,
                _ if !connected => None,
                _ => match Packet::read(&mut frame, PACKET_MAX) {
                    Ok(packet) => self.packet(link, packet),
                    Err(_) => None,
                },
            };
            if handled.is_none() {
                return self.hang_up(link);
            }
        }
    }

    /// Sends a message to a client, or keeps it for one that is not connected.
    pub(super) fn deliver(&mut self, client_id: &str, message: Message) {
        let Some(session) = self.sessions.get_mut(client_id) else {
            return;
        };
        let mut packet_id = 0;
        if message.qos > 0 {
            packet_id = session.last_id.checked_add(1).unwrap_or(1);
            session.last_id = packet_id;
            let unacknowledged = (packet_id, Some(message.clone()));
            session.unacknowledged.push_back(unacknowledged);
        }
        if let Some(link) = session.link {
            self.send(link, &publish(packet_id, &message, false));
        }
    }

    pub(super) fn repeat_unacknowledged(&mut self) {
        for client_id in self.connected_clients() {
            self.resend(&client_id);
        }
    }

    /// Sends what the client has not acknowledged once more.
    fn resend(&mut self, client_id: &str) {
        let Some(session) = self.sessions.get(client_id) else {
            return;
        };
        let Some(link) = session.link else {
            return;
        };
        let packets: Vec<Packet> = session
            .unacknowledged
            .iter()
            .map(|(packet_id, message)| match message {
                Some(message) => publish(*packet_id, message, true),
                None => Packet::PubRel(PubRel::new(*packet_id)),
            })
            .collect();
        for packet in packets {
            self.send(link, &packet);
        }
    }

    /// Returns `None` when the link must be closed.
    fn connect(&mut self, link: Link, frame: Bytes) -> Option<()> {
        let connection = parse_connect(frame)?;
        self.connections.push(connection.clone());
        let known = matches!(
            (connection.protocol.as_str(), connection.level),
            ("MQTT", 4) | ("MQIsdp", 3)
        );
        let login = self.login.as_ref().is_none_or(|(username, password)| {
            connection.username.as_ref() == Some(username)
                && connection.password.as_deref() == Some(password.as_bytes())
        });
        let code = match self.refusal {
            Some(code) => code,
            None if !known => 1,
            None if connection.client_id.is_empty() && !connection.clean_session => 2,
            None if !login => 4,
            None => 0,
        };
        if code != 0 {
            self.send_bytes(link, &[0x20, 2, 0, code]);
            return None;
        }

        let client_id = match connection.client_id.is_empty() {
            true => format!("local-{}", link.0),
            false => connection.client_id.clone(),
        };
        if let Some(older) = self.sessions.get(&client_id).and_then(|one| one.link) {
            self.hang_up(older);
        }
        if connection.clean_session {
            self.sessions.remove(&client_id);
        }
        let present = self.sessions.contains_key(&client_id);
        let session = self.sessions.entry(client_id.clone()).or_default();
        session.link = Some(link);
        session.clean = connection.clean_session;
        session.will = connection.will;
        let state = self.links.get_mut(&link)?;
        state.keep_alive = std::time::Duration::from_secs(connection.keep_alive.into());
        state.client_id = Some(client_id.clone());
        let shown = present && connection.level == 4;
        self.send_bytes(link, &[0x20, 2, u8::from(shown), 0]);
        self.resend(&client_id);
        Some(())
    }

    /// Returns `None` when the link must be closed.
    fn packet(&mut self, link: Link, packet: Packet) -> Option<()> {
        let client_id = self.links.get(&link)?.client_id.clone()?;
        let session = self.sessions.get_mut(&client_id)?;
        match packet {
            Packet::Publish(publish) => return self.publish_from(link, &client_id, &publish),
            Packet::PubAck(PubAck { pkid }) | Packet::PubComp(PubComp { pkid }) => {
                session.unacknowledged.retain(|(id, _)| *id != pkid);
            }
            Packet::PubRec(PubRec { pkid }) => {
                for (id, message) in &mut session.unacknowledged {
                    if *id == pkid {
                        *message = None;
                    }
                }
                self.send(link, &Packet::PubRel(PubRel::new(pkid)));
            }
            Packet::PubRel(PubRel { pkid }) => {
                session.unreleased.retain(|id| *id != pkid);
                self.send(link, &Packet::PubComp(PubComp::new(pkid)));
            }
            Packet::Subscribe(subscribe) => self.subscribe(link, &client_id, &subscribe),
            Packet::Unsubscribe(unsubscribe) => {
                session
                    .filters
                    .retain(|(filter, _)| !unsubscribe.topics.contains(filter));
                self.send(link, &Packet::UnsubAck(UnsubAck::new(unsubscribe.pkid)));
            }
            Packet::PingReq => self.send(link, &Packet::PingResp),
            Packet::Disconnect => {
                session.will = None;
                return None;
            }
            // Packets that only servers send, and CONNECT, which came already.
            Packet::Connect(_)
            | Packet::ConnAck(_)
            | Packet::SubAck(_)
            | Packet::UnsubAck(_)
            | Packet::PingResp => return None,
        }
        Some(())
    }

    fn publish_from(&mut self, link: Link, client_id: &str, publish: &Publish) -> Option<()> {
        if publish.topic.is_empty() || publish.topic.contains(['#', '+']) {
            return None;
        }
        let session = self.sessions.get_mut(client_id)?;
        let again = publish.qos == QoS::ExactlyOnce && session.unreleased.contains(&publish.pkid);
        if !again {
            if publish.qos == QoS::ExactlyOnce {
                session.unreleased.push(publish.pkid);
            }
            let message = Message {
                topic: publish.topic.clone(),
                payload: publish.payload.to_vec(),
                qos: publish.qos as u8,
                retain: publish.retain,
            };
            self.messages.push(message.clone());
            self.route(&message);
        }
        match publish.qos {
            QoS::AtMostOnce => {}
            QoS::AtLeastOnce => self.send(link, &Packet::PubAck(PubAck::new(publish.pkid))),
            QoS::ExactlyOnce => self.send(link, &Packet::PubRec(PubRec::new(publish.pkid))),
        }
        Some(())
    }

    fn subscribe(&mut self, link: Link, client_id: &str, subscribe: &Subscribe) {
        let mut codes = Vec::new();
        let mut retained = Vec::new();
        for wanted in &subscribe.filters {
            let denied = self.denied.contains(&wanted.path) || !topic::is_valid(&wanted.path);
            let qos = (wanted.qos as u8).min(self.max_qos);
            let (false, Ok(granted)) = (denied, rumqttc::mqttbytes::qos(qos)) else {
                codes.push(SubscribeReasonCode::Failure);
                continue;
            };
            codes.push(SubscribeReasonCode::Success(granted));
            if let Some(session) = self.sessions.get_mut(client_id) {
                session.filters.retain(|(filter, _)| *filter != wanted.path);
                session.filters.push((wanted.path.clone(), qos));
            }
            for message in self.retained.values() {
                if topic::matches(&wanted.path, &message.topic) {
                    let mut message = message.clone();
                    message.qos = message.qos.min(qos);
                    retained.push(message);
                }
            }
        }
        let ack = SubAck::new(subscribe.pkid, codes);
        self.send(link, &Packet::SubAck(ack));
        for message in retained {
            self.deliver(client_id, message);
        }
    }

    fn send(&mut self, link: Link, packet: &Packet) {
        let mut bytes = BytesMut::new();
        if packet.write(&mut bytes, PACKET_MAX).is_ok() {
            self.send_bytes(link, &bytes);
        }
    }

    fn send_bytes(&mut self, link: Link, bytes: &[u8]) {
        let due = self.now + self.latency;
        let kind = bytes.first().copied().and_then(PacketKind::of);
        if let Some(left) = kind.and_then(|kind| self.withheld.get_mut(&kind))
            && *left > 0
        {
            *left -= 1;
            return;
        }
        if let Some(state) = self.links.get_mut(&link) {
            let bytes = Some(bytes.to_vec());
            state.to_modem.push_back(Parcel { due, bytes });
        }
    }
}

fn publish(packet_id: u16, message: &Message, duplicate: bool) -> Packet {
    let qos = rumqttc::mqttbytes::qos(message.qos).unwrap_or(QoS::AtMostOnce);
    let mut publish = Publish::new(message.topic.clone(), qos, message.payload.clone());
    publish.pkid = packet_id;
    publish.retain = message.retain;
    publish.dup = duplicate;
    Packet::Publish(publish)
}

/// Parses CONNECT by hand: the codec knows nothing of MQTT 3.1.
fn parse_connect(mut frame: Bytes) -> Option<Connection> {
    frame.try_get_u8().ok()?;
    while frame.try_get_u8().ok()? & 0x80 != 0 {}
    let protocol = String::from_utf8(field(&mut frame)?).ok()?;
    let level = frame.try_get_u8().ok()?;
    let flags = frame.try_get_u8().ok()?;
    let keep_alive = frame.try_get_u16().ok()?;
    let client_id = String::from_utf8(field(&mut frame)?).ok()?;
    let mut will = None;
    if flags & 0x04 != 0 {
        will = Some(Message {
            topic: String::from_utf8(field(&mut frame)?).ok()?,
            payload: field(&mut frame)?,
            qos: flags >> 3 & 0x03,
            retain: flags & 0x20 != 0,
        });
    }
    let mut username = None;
    if flags & 0x80 != 0 {
        username = Some(String::from_utf8(field(&mut frame)?).ok()?);
    }
    let mut password = None;
    if flags & 0x40 != 0 {
        password = Some(field(&mut frame)?);
    }
    Some(Connection {
        protocol,
        level,
        client_id,
        clean_session: flags & 0x02 != 0,
        keep_alive,
        will,
        username,
        password,
    })
}

fn field(frame: &mut Bytes) -> Option<Vec<u8>> {
    let length = usize::from(frame.try_get_u16().ok()?);
    (frame.len() >= length).then(|| frame.split_to(length).to_vec())
}

const PACKET_MAX: usize = 4 * 1024 * 1024;
