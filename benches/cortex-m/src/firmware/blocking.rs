//! The job with the blocking shell, without an executor and without a time driver.

use embedded_hal::delay::DelayNs;
use embedded_io::{Read, ReadReady, Write, WriteReady};
use quectel_mqtt::{
    ClientIndex, ConnectOptions,
    blocking::{DelayClock, Error, Modem},
    engine::Event,
    mqtt::{Publication, QoS, TopicFilter},
};

use crate::{DIALECT, dialogue::TOPIC, leds, memory::Memory, uart::Uart};

/// Reads, writes and waits as the driver does, without the driver.
pub fn without(memory: &mut [u8; 64], mut uart: Uart, mut delay: impl DelayNs) -> ! {
    loop {
        let received = uart.receive_into(memory);
        let received = memory.get(..received).unwrap_or_default();
        leds::show(received);
        uart.send_of(received);
        delay.delay_us(20);
    }
}

/// Does the job.
pub fn with_driver<P>(
    memory: &mut Memory,
    port: P,
    delay: impl DelayNs,
) -> Result<(), Error<P::Error>>
where
    P: Read + ReadReady + Write + WriteReady,
{
    let mut modem = Modem::new(&DIALECT, port, DelayClock::new(delay), memory.buffers());
    let options = ConnectOptions::new("mqtt.example.com", "meter-0815")?;
    let mut client = modem.client(ClientIndex::ZERO);
    client.connect(&options)?;
    let filter = TopicFilter::new(TOPIC)?;
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
