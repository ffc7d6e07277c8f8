//! The same work as in [`firmware`](crate::firmware), without an executor and without a time
//! driver.

use core::convert::Infallible;

use embedded_hal::delay::DelayNs;
#[cfg(not(feature = "bg95"))]
use quectel_mqtt::BC660K_GL as DIALECT;
#[cfg(feature = "bg95")]
use quectel_mqtt::BG95 as DIALECT;
use quectel_mqtt::{
    ClientIndex, ConnectOptions,
    blocking::{DelayClock, Error, Modem},
    engine::Event,
    mqtt::{Publication, QoS, TopicFilter},
};

use crate::{leds, memory::Memory, uart::Uart};

/// Reads, writes and waits as the driver does, without the driver.
pub fn baseline(memory: &mut [u8; 64], mut uart: Uart, mut delay: impl DelayNs) -> ! {
    loop {
        let received = uart.receive_into(memory);
        let received = memory.get(..received).unwrap_or_default();
        leds::show(received);
        uart.send_of(received);
        delay.delay_us(20);
    }
}

/// The smallest that does the main job.
pub fn driver(
    memory: &mut Memory,
    uart: Uart,
    delay: impl DelayNs,
) -> Result<(), Error<Infallible>> {
    let mut modem = Modem::new(&DIALECT, uart, DelayClock::new(delay), memory.buffers());
    modem.initialize()?;
    let options = ConnectOptions::new("mqtt.example.com", "meter-0815")?;
    let mut client = modem.client(ClientIndex::ZERO);
    client.connect(&options)?;
    let filter = TopicFilter::new("meter/0815/set")?;
    client.subscribe(&[(filter, QoS::AtLeastOnce)])?;
    loop {
        if let Some(Event::Message(message)) = modem.next_event(60_000)? {
            leds::show(message.topic);
            leds::show(message.payload);
            let publication = Publication::new("meter/0815/state", b"set")?.qos(QoS::AtLeastOnce);
            modem.client(ClientIndex::ZERO).publish(&publication)?;
        }
    }
}
