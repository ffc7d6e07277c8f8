//! The job with the runner: one task serves the line, another does the job.

use embassy_futures::select::select;
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embedded_io_async::{Read, Write};
use quectel_mqtt::{
    ClientIndex, ConnectOptions,
    mqtt::{Publication, QoS, TopicFilter},
    runner::{Ended, Error, Handle, Shared},
};

use crate::{DIALECT, dialogue::TOPIC, leds, memory::Memory};

/// Does the job.
pub async fn with_driver<R, W>(memory: &mut Memory, queue: &mut [u8; 384], rx: R, tx: W)
where
    R: Read,
    W: Write<Error = R::Error>,
{
    let mut shared = Shared::<NoopRawMutex>::new(&DIALECT, memory.buffers());
    let (mut runner, handle) = shared.split(rx, tx);
    select(runner.run(), application(handle, queue)).await;
}

async fn application<'a>(
    modem: Handle<'a, NoopRawMutex>,
    queue: &'a mut [u8; 384],
) -> Result<(), Error<Ended>> {
    let client = modem.client(ClientIndex::ZERO);
    let options = ConnectOptions::new("mqtt.example.com", "meter-0815")?;
    client.connect(&options).await?;
    let filter = TopicFilter::new(TOPIC)?;
    let mut commands = client.messages(filter, queue)?;
    client.subscribe(&[(filter, QoS::AtLeastOnce)]).await?;
    let mut memory = [0; 320];
    loop {
        if let Ok(message) = commands.next(&mut memory).await {
            leds::show(message.topic);
            leds::show(message.payload);
            let publication = Publication::new("meter/0815/state", b"set")?.qos(QoS::AtLeastOnce);
            client.publish(&publication).await?;
        }
    }
}
