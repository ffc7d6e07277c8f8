//! The job with the async shell, and the firmware without a driver that it is compared with.

use embassy_time::{Duration, Instant, with_deadline};
use embedded_io_async::{Read, Write};
use quectel_mqtt::{
    ClientIndex, ConnectOptions,
    asynch::{Error, Modem},
    engine::Event,
    mqtt::{Publication, QoS, TopicFilter},
};

use crate::{DIALECT, dialogue::TOPIC, leds, memory::Memory};

/// Reads and writes the port and uses the clock as the driver does, without the driver.
pub async fn without<P: Read + Write>(memory: &mut [u8; 64], mut port: P) -> ! {
    loop {
        let received = within(port.read(memory)).await.unwrap_or(0);
        let received = memory.get(..received).unwrap_or_default();
        leds::show(received);
        within(port.write(received)).await;
    }
}

async fn within<E>(io: impl Future<Output = Result<usize, E>>) -> Option<usize> {
    let now = Instant::now();
    // From ticks, as the driver does: from milliseconds, a division of 64 bits would come in.
    let timeout = Duration::from_ticks(now.as_millis() & 0xFFF);
    let deadline = now.checked_add(timeout).unwrap_or(Instant::MAX);
    with_deadline(deadline, io).await.ok()?.ok()
}

/// Does the job.
pub async fn with_driver<P>(memory: &mut Memory, port: P) -> Result<(), Error<P::Error>>
where
    P: Read + Write,
{
    let mut modem = Modem::new(&DIALECT, port, memory.buffers());
    let options = ConnectOptions::new("mqtt.example.com", "meter-0815")?;
    let mut client = modem.client(ClientIndex::ZERO);
    client.connect(&options).await?;
    let filter = TopicFilter::new(TOPIC)?;
    client.subscribe(&[(filter, QoS::AtLeastOnce)]).await?;
    loop {
        if let Event::Message(message) = modem.next_event().await? {
            leds::show(message.topic);
            leds::show(message.payload);
            let publication = Publication::new("meter/0815/state", b"set")?.qos(QoS::AtLeastOnce);
            modem
                .client(ClientIndex::ZERO)
                .publish(&publication)
                .await?;
        }
    }
}
