//! The same work as in [`firmware`](crate::firmware), by two tasks that share the modem.

use embassy_futures::select::select;
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use quectel_mqtt::{
    BG95, ClientIndex, ConnectOptions,
    mqtt::{Publication, QoS, TopicFilter},
    runner::{Ended, Error, Handle, Shared},
};

use crate::{leds, memory::Memory, uart::Uart};

/// The smallest that does the main job.
pub async fn driver(memory: &mut Memory, queue: &mut [u8; 384]) {
    let mut shared = Shared::<NoopRawMutex>::new(&BG95, memory.buffers());
    let (mut runner, handle) = shared.split(Uart::new(), Uart::new());
    select(runner.run(), application(handle, queue)).await;
}

async fn application<'a>(
    modem: Handle<'a, NoopRawMutex>,
    queue: &'a mut [u8; 384],
) -> Result<(), Error<Ended>> {
    modem.initialize().await?;
    let client = modem.client(ClientIndex::ZERO);
    let options = ConnectOptions::new("mqtt.example.com", "meter-0815")?;
    client.connect(&options).await?;
    let filter = TopicFilter::new("meter/0815/set")?;
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
