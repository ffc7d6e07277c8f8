//! More messages at once than there is memory for: the modem stores them until there is room, in
//! place of sending them at once. BG95 family only.
//!
//! `cargo run --example stored_messages --features bg95`

use embassy_futures::join::join;
use embassy_time::Timer;
use embedded_io_async::{ErrorKind, Read, Write};
use quectel_modem_sim::{
    Config, VirtualPort,
    clock::{Virtual, block_on},
    local::{LocalServer, Message},
};
use quectel_mqtt::{
    BG95, ClientIndex, ConnectOptions, ReceiveMode,
    asynch::{Error, Modem},
    engine::{Buffers, Event},
    mqtt::{QoS, TopicFilter},
};

/// So many messages come at once.
pub(crate) const BURST: u32 = 20;

/// A message takes 12 bytes, its topic and its payload: there is room for two.
const INBOX: usize = 2 * (12 + "meter/0815/set".len() + "value 00".len());

/// What has come of the messages.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) received: Vec<Vec<u8>>,
    pub(crate) lost: u32,
}

async fn firmware<P: Read + Write>(uart: P, mode: ReceiveMode) -> Result<Outcome, Error<P::Error>> {
    let (mut rx, mut tx, mut inbox) = ([0; 128], [0; 384], [0; INBOX]);
    let buffers = Buffers {
        rx: &mut rx,
        tx: &mut tx,
        inbox: &mut inbox,
    };
    let mut modem = Modem::new(&BG95, uart, buffers);
    let options = ConnectOptions::new("broker.example", "meter-0815")?.receive(mode);
    let mut client = modem.client(ClientIndex::ZERO);
    client.connect(&options).await?;
    let topics = [(TopicFilter::new("meter/0815/set")?, QoS::AtLeastOnce)];
    client.subscribe(&topics).await?;

    let mut outcome = Outcome::default();
    while outcome.received.len() as u32 + outcome.lost < BURST {
        match modem.next_event().await? {
            Event::Message(message) => {
                outcome.received.push(message.payload.to_vec());
                // It is written to flash, which takes its time. The modem is served meanwhile.
                modem.drive(Timer::after_millis(200)).await?;
            }
            Event::MessageLost(lost) => outcome.lost += u32::from(lost.count),
            Event::Disconnected { .. } | Event::Restarted => break,
            _ => {}
        }
    }
    Ok(outcome)
}

/// The host's part: a simulated modem and a server, in time that does not wait.
pub(crate) fn run(server: &LocalServer, mode: ReceiveMode) -> Result<Outcome, Error<ErrorKind>> {
    let _time = Virtual::start();
    let uart = VirtualPort::new(Config::default(), server.network());
    let elsewhere = async {
        Timer::after_secs(10).await;
        for number in 0..BURST {
            let value = format!("value {number:02}");
            server.publish(Message::new("meter/0815/set", value, 1));
        }
    };
    block_on(async { join(firmware(uart, mode), elsewhere).await.0 })
}

fn main() -> Result<(), Error<ErrorKind>> {
    println!("{BURST} messages come at once, and the inbox has room for two.");
    for (mode, how) in [
        (ReceiveMode::Direct, "Sent at once"),
        (ReceiveMode::Stored, "Stored in the modem"),
    ] {
        let Outcome { received, lost } = run(&LocalServer::new(), mode)?;
        println!("{how}: {} received, {lost} lost.", received.len());
    }
    Ok(())
}
