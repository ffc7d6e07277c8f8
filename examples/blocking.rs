//! Without an executor: every call waits for its end. A meter publishes readings, as often as the
//! server wants them.
//!
//! `cargo run --example blocking --features bg95,blocking`

use std::{str, time::Duration};

use embedded_io::{ErrorKind, Read, ReadReady, Write, WriteReady};
use quectel_modem_sim::{
    Config, VirtualPort,
    clock::{self, Virtual},
    local::{LocalServer, Message},
};
use quectel_mqtt::{
    BG95, ClientIndex, ConnectOptions, Instant, PdpContext,
    blocking::{Clock, Error, Modem},
    engine::{Buffers, Event},
    mqtt::{Publication, QoS, TopicFilter},
};

const CLIENT: ClientIndex = ClientIndex::ZERO;

/// On the chip, an interrupt counts milliseconds, and `idle` waits for the next interrupt. Firmware
/// that has nothing but a delay takes a `DelayClock`.
struct Ticks;

impl Clock for Ticks {
    fn now(&mut self) -> Instant {
        Instant::from_millis(clock::now().as_millis() as u64)
    }

    fn idle(&mut self) {
        clock::sleep(Duration::from_millis(1));
    }
}

/// On the chip, `uart` is a driver that receives into a buffer by interrupt or DMA.
fn firmware<P>(uart: P, clock: impl Clock) -> Result<(), Error<P::Error>>
where
    P: Read + ReadReady + Write + WriteReady,
{
    let (mut rx, mut tx, mut inbox) = ([0; 128], [0; 384], [0; 512]);
    let buffers = Buffers {
        rx: &mut rx,
        tx: &mut tx,
        inbox: &mut inbox,
    };
    let mut modem = Modem::new(&BG95, uart, clock, buffers);
    modem.initialize()?;
    let registration = modem.wait_registered(180_000)?;
    println!("The modem is {registration}.");
    modem.activate(&PdpContext::new("iot.example")?)?;

    let mut client = modem.client(CLIENT);
    client.connect(&ConnectOptions::new("broker.example", "meter-0815")?)?;
    client.subscribe(&[(TopicFilter::new("meter/0815/interval")?, QoS::AtLeastOnce)])?;
    println!("It is connected.");

    let mut interval = 60_000;
    let mut readings = ["230 W", "231 W", "229 W"].into_iter();
    loop {
        match modem.next_event(interval)? {
            // Nothing has come for so long: it is time for a reading.
            None => {
                let Some(reading) = readings.next() else {
                    break;
                };
                let message = Publication::new("meter/0815/power", reading.as_bytes())?;
                let message = message.qos(QoS::AtLeastOnce);
                modem.client(CLIENT).publish(&message)?;
                println!("Published: {reading}");
            }
            Some(Event::Message(message)) => {
                let seconds = str::from_utf8(message.payload).ok();
                if let Some(seconds) = seconds.and_then(|text| text.parse::<u16>().ok()) {
                    interval = u32::from(seconds) * 1_000;
                    println!("A reading every {seconds} s is wanted.");
                }
            }
            // Firmware would connect again, now or later.
            Some(Event::Disconnected { .. } | Event::Restarted) => return Ok(()),
            Some(_) => {}
        }
    }
    modem.client(CLIENT).disconnect()
}

/// The host's part: a simulated modem and a server, in time that does not wait. Says how much of it
/// has passed.
pub(crate) fn run(server: &LocalServer) -> Result<Duration, Error<ErrorKind>> {
    let _time = Virtual::start();
    let interval = Message::new("meter/0815/interval", "15", 1);
    server.publish(Message {
        retain: true,
        ..interval
    });
    let uart = VirtualPort::new(Config::default(), server.network());
    firmware(uart, Ticks)?;
    Ok(clock::now())
}

fn main() -> Result<(), Error<ErrorKind>> {
    let time = run(&LocalServer::new())?;
    println!("That took {} s of virtual time.", time.as_secs());
    Ok(())
}
