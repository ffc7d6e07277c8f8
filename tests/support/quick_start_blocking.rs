use embedded_io::{Read, ReadReady, Write, WriteReady};
use quectel_mqtt::blocking::{Clock, Error, Modem};
use quectel_mqtt::engine::{Buffers, Event};
use quectel_mqtt::mqtt::{Publication, QoS, TopicFilter};
use quectel_mqtt::{BG95, ClientIndex, ConnectOptions};

const CLIENT: ClientIndex = ClientIndex::ZERO;

fn run<P, C: Clock>(uart: P, clock: C) -> Result<(), Error<P::Error>>
where
    P: Read + ReadReady + Write + WriteReady,
{
    let (mut rx, mut tx, mut inbox) = ([0; 128], [0; 384], [0; 512]);
    let buffers = Buffers { rx: &mut rx, tx: &mut tx, inbox: &mut inbox };
    let mut modem = Modem::new(&BG95, uart, clock, buffers);
    modem.initialize()?;

    let options = ConnectOptions::new("broker.example", "meter-0815")?.keep_alive(300)?;
    let mut client = modem.client(CLIENT);
    client.connect(&options)?;
    client.subscribe(&[(TopicFilter::new("field/7/#")?, QoS::AtLeastOnce)])?;
    let hello = Publication::new("field/7/state", b"up")?.qos(QoS::AtLeastOnce);
    client.publish(&hello)?;

    loop {
        match modem.next_event(60_000)? {
            Some(Event::Message(message)) if message.payload == b"stop" => break,
            Some(Event::Message(message)) => show(message.topic, message.payload),
            Some(Event::Disconnected { .. } | Event::Restarted) => return Ok(()),
            // Or `None`: nothing has come for 60 s.
            _ => {}
        }
    }
    modem.client(CLIENT).disconnect()
}
