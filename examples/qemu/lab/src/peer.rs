//! The MQTT client at the other end of it all.

use std::{net::Ipv4Addr, sync::mpsc::Sender, thread};

use qemu_messages::{ANSWERS_FILTER, READY};
use rumqttc::{
    Client, Connection, Event::Incoming, MqttOptions, NetworkOptions, Packet, QoS, SubscribeFilter,
};

use crate::{Event, exchange::Question};

pub(crate) struct Peer(Client);

impl Peer {
    /// Connects and subscribes. Messages come as events.
    pub(crate) fn connect(server: u16, events: Sender<Event>) -> Result<Self, String> {
        let mut options = MqttOptions::new("peer", Ipv4Addr::LOCALHOST.to_string(), server);
        options.set_max_packet_size(PACKET_MAX, PACKET_MAX);
        let (client, mut connection) = Client::new(options, QUEUE);
        let mut network = NetworkOptions::new();
        network.set_tcp_nodelay(true);
        connection.eventloop.set_network_options(network);
        let filters =
            [ANSWERS_FILTER, READY].map(|it| SubscribeFilter::new(it.into(), QoS::AtLeastOnce));
        client
            .subscribe_many(filters)
            .map_err(|error| format!("the peer cannot subscribe: {error}"))?;
        wait_for_suback(&mut connection)?;
        thread::spawn(move || receive(connection, &events));
        Ok(Self(client))
    }

    pub(crate) fn publish(&self, question: Question) -> Result<(), String> {
        self.0
            .publish(question.topic, QoS::AtLeastOnce, false, question.payload)
            .map_err(|error| format!("the peer cannot publish: {error}"))
    }
}

fn wait_for_suback(connection: &mut Connection) -> Result<(), String> {
    for event in connection.iter() {
        match event {
            Ok(Incoming(Packet::SubAck(_))) => return Ok(()),
            Ok(_) => {}
            Err(error) => return Err(format!("the peer cannot connect: {error}")),
        }
    }
    Err("the peer has no connection".into())
}

fn receive(mut connection: Connection, events: &Sender<Event>) {
    for event in connection.iter() {
        let event = match event {
            Ok(Incoming(Packet::Publish(message))) => Event::Message {
                topic: message.topic,
                payload: message.payload.into(),
            },
            Ok(_) => continue,
            // It would connect again, and messages would be lost meanwhile.
            Err(error) => Event::PeerLost(error.to_string()),
        };
        let is_lost = matches!(event, Event::PeerLost(_));
        if events.send(event).is_err() || is_lost {
            return;
        }
    }
}

const PACKET_MAX: usize = 64 * 1024;

/// How many packets may wait to be sent.
const QUEUE: usize = 16;
