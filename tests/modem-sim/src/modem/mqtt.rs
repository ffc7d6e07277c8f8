//! MQTT packets as bytes.

use bytes::{BufMut, BytesMut};
use rumqttc::mqttbytes::{
    QoS,
    v4::{Packet, Publish, Subscribe, SubscribeFilter, Unsubscribe},
};

use super::{aliauth::Login, params::Refused, settings::Settings};

/// The largest packet that is taken from a server.
pub(super) const PACKET_MAX: usize = 4 * 1024 * 1024;

/// The bytes of a packet.
pub(super) fn encode(packet: &Packet) -> Result<Vec<u8>, Refused> {
    let mut bytes = BytesMut::new();
    packet
        .write(&mut bytes, PACKET_MAX)
        .map_err(|_| Refused::Parameter)?;
    Ok(bytes.to_vec())
}

/// A CONNECT packet.
///
/// Built by hand: the codec knows MQTT 3.1.1 only, and leaves out a user name that is given but
/// empty.
pub(super) fn connect(settings: &Settings, login: &Login) -> Result<Vec<u8>, Refused> {
    let username = login.username.as_deref();
    let password = login.password.as_deref();
    let mut body = BytesMut::new();
    match settings.version {
        3 => put_string(&mut body, "MQIsdp")?,
        _ => put_string(&mut body, "MQTT")?,
    }
    body.put_u8(u8::try_from(settings.version).map_err(|_| Refused::Parameter)?);
    let mut flags = u8::from(settings.clean_session) << 1;
    if let Some(will) = &settings.will {
        flags |= 0x04 | (will.qos << 3) | (u8::from(will.retain) << 5);
    }
    flags |= u8::from(username.is_some()) << 7;
    flags |= u8::from(password.is_some()) << 6;
    body.put_u8(flags);
    body.put_u16(settings.keep_alive);
    put_string(&mut body, &login.client_id)?;
    if let Some(will) = &settings.will {
        put_string(&mut body, &will.topic)?;
        put_string(&mut body, &will.message)?;
    }
    for field in [username, password].into_iter().flatten() {
        put_string(&mut body, field)?;
    }

    let mut packet = vec![0x10];
    let mut length = body.len();
    loop {
        let low = u8::try_from(length % 128).map_err(|_| Refused::Parameter)?;
        length /= 128;
        packet.push(low | (u8::from(length > 0) << 7));
        if length == 0 {
            break;
        }
    }
    packet.extend_from_slice(&body);
    Ok(packet)
}

pub(super) fn publish(
    packet_id: u16,
    level: QoS,
    retain: bool,
    topic: &str,
    payload: Vec<u8>,
) -> Result<Vec<u8>, Refused> {
    let mut publish = Publish::new(topic, level, payload);
    publish.retain = retain;
    // The codec counts a packet identifier that QoS 0 does not send.
    publish.pkid = match level {
        QoS::AtMostOnce => 0,
        QoS::AtLeastOnce | QoS::ExactlyOnce => packet_id,
    };
    encode(&Packet::Publish(publish))
}

pub(super) fn subscribe(packet_id: u16, filters: Vec<SubscribeFilter>) -> Result<Vec<u8>, Refused> {
    let mut subscribe = Subscribe::new_many(filters);
    subscribe.pkid = packet_id;
    encode(&Packet::Subscribe(subscribe))
}

pub(super) fn unsubscribe(packet_id: u16, topics: Vec<String>) -> Result<Vec<u8>, Refused> {
    encode(&Packet::Unsubscribe(Unsubscribe {
        pkid: packet_id,
        topics,
    }))
}

/// The QoS of a parameter that was checked to be 0, 1 or 2.
pub(super) fn qos(level: i64) -> Result<QoS, Refused> {
    match level {
        0 => Ok(QoS::AtMostOnce),
        1 => Ok(QoS::AtLeastOnce),
        2 => Ok(QoS::ExactlyOnce),
        _ => Err(Refused::Parameter),
    }
}

fn put_string(into: &mut BytesMut, text: &str) -> Result<(), Refused> {
    into.put_u16(u16::try_from(text.len()).map_err(|_| Refused::Parameter)?);
    into.put_slice(text.as_bytes());
    Ok(())
}
