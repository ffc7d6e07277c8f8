//! The two firmwares whose difference is the size of the driver.

use core::convert::Infallible;

use embassy_time::{Duration, Instant, with_deadline};
use embedded_io_async::{Read, Write};
use quectel_mqtt::{
    BG95, ClientIndex, ConnectOptions,
    asynch::{Error, Modem},
    engine::Event,
    mqtt::{Publication, QoS, TopicFilter},
};

use crate::{leds, memory::Memory, uart::Uart};

/// Reads and writes the UART and uses the clock as the driver does, without the driver.
pub async fn baseline(memory: &mut [u8; 64], mut uart: Uart) -> ! {
    loop {
        let received = within(uart.read(memory)).await.unwrap_or(0);
        let received = memory.get(..received).unwrap_or_default();
        leds::show(received);
        within(uart.write(received)).await;
    }
}

async fn within(io: impl Future<Output = Result<usize, Infallible>>) -> Option<usize> {
    let now = Instant::now();
    let timeout = Duration::from_millis(now.as_millis() & 0xFFF);
    let deadline = now.checked_add(timeout).unwrap_or(Instant::MAX);
    let Ok(n) = with_deadline(deadline, io).await.ok()?;
    Some(n)
}

/// The smallest that does the main job: it connects, subscribes, shows every message on the LEDs,
/// and says so under another topic.
pub async fn driver(memory: &mut Memory, uart: Uart) -> Result<(), Error<Infallible>> {
    let mut modem = Modem::new(&BG95, uart, memory.buffers());
    let options = ConnectOptions::new("mqtt.example.com", "meter-0815").map_err(usage)?;
    let mut client = modem.client(ClientIndex::ZERO);
    client.connect(&options).await?;
    let filter = TopicFilter::new("meter/0815/set").map_err(usage)?;
    client.subscribe(&[(filter, QoS::AtLeastOnce)]).await?;
    loop {
        if let Event::Message(message) = modem.next_event().await? {
            leds::show(message.topic);
            leds::show(message.payload);
            let publication = Publication::new("meter/0815/state", b"set")
                .map_err(usage)?
                .qos(QoS::AtLeastOnce);
            let mut client = modem.client(ClientIndex::ZERO);
            client.publish(&publication).await?;
        }
    }
}

fn usage<E>(error: quectel_mqtt::ValueError) -> Error<E> {
    Error::Usage(error.into())
}
