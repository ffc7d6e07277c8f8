use embassy_futures::select::select;
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embedded_io_async::{Read, Write};
use quectel_mqtt::engine::Buffers;
use quectel_mqtt::mqtt::{Publication, QoS, TopicFilter};
use quectel_mqtt::runner::{Ended, Error, Handle, Missed, Shared};
use quectel_mqtt::{BG95, ClientIndex, ConnectOptions};

async fn run<R: Read, W: Write<Error = R::Error>>(uart_rx: R, uart_tx: W) {
    let (mut rx, mut tx, mut inbox, mut memory) = ([0; 128], [0; 384], [0; 512], [0; 256]);
    let buffers = Buffers { rx: &mut rx, tx: &mut tx, inbox: &mut inbox };
    let mut shared = Shared::<NoopRawMutex>::new(&BG95, buffers);
    let (mut runner, modem) = shared.split(uart_rx, uart_tx);
    // With Embassy, both are spawned as tasks; copies of the handle go to more of them.
    select(runner.run(), application(modem, &mut memory)).await;
}

async fn application<'a>(
    modem: Handle<'a, NoopRawMutex>,
    memory: &'a mut [u8],
) -> Result<(), Error<Ended>> {
    let client = modem.client(ClientIndex::ZERO);
    client.connect(&ConnectOptions::new("broker.example", "meter-0815")?).await?;
    let filter = TopicFilter::new("field/7/#")?;
    let mut messages = client.messages(filter, memory)?;
    client.subscribe(&[(filter, QoS::AtLeastOnce)]).await?;
    let hello = Publication::new("field/7/state", b"up")?.qos(QoS::AtLeastOnce);
    client.publish(&hello).await?;

    // A lost connection is told by `modem.notices()`.
    let mut copy = [0; 256]; // no smaller than `memory`: so each message fits
    loop {
        match messages.next(&mut copy).await {
            Ok(message) if message.payload == b"stop" => break,
            Ok(message) => show(message.topic, message.payload),
            Err(Missed::Lost { .. }) => {} // this was too slow
            Err(_) => break,
        }
    }
    client.disconnect().await
}
