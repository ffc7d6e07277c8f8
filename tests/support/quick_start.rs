use embedded_io_async::{Read, Write};
use quectel_mqtt::asynch::{Error, Modem};
use quectel_mqtt::engine::{Buffers, Event};
use quectel_mqtt::mqtt::{Publication, QoS, TopicFilter};
use quectel_mqtt::{BG95, ClientIndex, ConnectOptions};

const CLIENT: ClientIndex = ClientIndex::ZERO;

async fn run<P: Read + Write>(uart: P) -> Result<(), Error<P::Error>> {
    let (mut rx, mut tx, mut inbox) = ([0; 128], [0; 384], [0; 512]);
    let buffers = Buffers { rx: &mut rx, tx: &mut tx, inbox: &mut inbox };
    let mut modem = Modem::new(&BG95, uart, buffers);
    modem.initialize().await?;

    let options = ConnectOptions::new("broker.example", "meter-0815")?.keep_alive(300)?;
    let mut client = modem.client(CLIENT);
    client.connect(&options).await?;
    client.subscribe(&[(TopicFilter::new("field/7/#")?, QoS::AtLeastOnce)]).await?;
    let hello = Publication::new("field/7/state", b"up")?.qos(QoS::AtLeastOnce);
    client.publish(&hello).await?;

    loop {
        match modem.next_event().await? {
            // Topic and payload are bytes, borrowed from the inbox.
            Event::Message(message) if message.payload == b"stop" => break,
            Event::Message(message) => show(message.topic, message.payload),
            // Connect again, now or later.
            Event::Disconnected { .. } | Event::Restarted => return Ok(()),
            _ => {}
        }
    }
    modem.client(CLIENT).disconnect().await
}
