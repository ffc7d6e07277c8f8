//! The job with atat 0.25: its async client, its ingress, and types by its macros.
//!
//! It is the smallest that does the job while all goes well. Nothing is here of restarts, late answers,
//! retransmissions, echoes, lost prompts, other models and the modem's limits, which the driver takes
//! care of.

use atat::{
    AtatIngress, Config, Error, UrcSubscription,
    asynch::{AtatClient, Client},
    atat_derive::AtatCmd,
};
use embassy_futures::select::select;
use embedded_io_async::{Read, Write};

use crate::{
    dialogue::TOPIC,
    leds,
    peers::atat::{
        Connected, Memory, NoResponse, Open, Opened, Parts, Payload, Publish, RESPONSE, Subscribed,
        Urc,
    },
};

/// Does the job of [`firmware`](crate::firmware).
pub async fn with_driver(memory: &mut Memory<384, 256>, rx: impl Read, tx: impl Write) {
    let Parts {
        mut ingress,
        response,
        urcs,
        command,
    } = memory.parts();
    let client = Client::new(tx, response, command, Config::new());
    select(ingress.read_from(rx), application(client, urcs)).await;
}

async fn application<W: Write>(
    mut modem: Client<'_, W, RESPONSE>,
    mut urcs: UrcSubscription<'_, Urc<256>, 2, 1>,
) -> Result<(), Error> {
    modem.send(&EchoOff).await?;
    modem.send(&ErrorCodes { mode: 1 }).await?;
    for (name, value, second) in SETTINGS {
        let setting = Setting {
            name,
            client: 0,
            value,
            second,
        };
        modem.send(&setting).await?;
    }
    let open = Open {
        client: 0,
        host: "mqtt.example.com",
        port: 1883,
    };
    modem.send(&open).await?;
    while !matches!(
        next(&mut urcs).await?,
        Urc::Opened(Opened {
            client: 0,
            result: 0
        })
    ) {}
    let connect = Connect {
        client: 0,
        id: "meter-0815",
    };
    modem.send(&connect).await?;
    while !matches!(
        next(&mut urcs).await?,
        Urc::Connected(Connected { result: 0, .. })
    ) {}
    let subscribe = Subscribe {
        client: 0,
        packet_id: 1,
        filter: TOPIC,
        qos: 1,
    };
    modem.send(&subscribe).await?;
    while !matches!(
        next(&mut urcs).await?,
        Urc::Subscribed(Subscribed { result: 0, .. })
    ) {}
    let mut packet_id = 1;
    loop {
        if let Urc::Message(message) = next(&mut urcs).await? {
            leds::show(message.topic.as_bytes());
            leds::show(message.payload.as_bytes());
            publish(&mut modem, &mut urcs, packet_id).await?;
            packet_id = packet_id.wrapping_add(1).max(1);
        }
    }
}

async fn publish<W: Write>(
    modem: &mut Client<'_, W, RESPONSE>,
    urcs: &mut UrcSubscription<'_, Urc<256>, 2, 1>,
    packet_id: u16,
) -> Result<(), Error> {
    let payload = b"set";
    let publish = Publish {
        client: 0,
        packet_id,
        qos: 1,
        retain: 0,
        topic: "meter/0815/state",
        length: payload.len() as u16,
    };
    modem.send(&publish).await?;
    modem.send(&Payload(payload)).await?;
    loop {
        match next(urcs).await? {
            Urc::Published(published) if published.packet_id == packet_id => {
                return match published.result {
                    0 => Ok(()),
                    _ => Err(Error::InvalidResponse),
                };
            }
            _ => {}
        }
    }
}

/// The next URC; a lost connection ends the job.
async fn next(urcs: &mut UrcSubscription<'_, Urc<256>, 2, 1>) -> Result<Urc<256>, Error> {
    match urcs.next_message_pure().await {
        Urc::Status(_) => Err(Error::Aborted),
        urc => Ok(urc),
    }
}

#[derive(AtatCmd)]
#[at_cmd("E0", NoResponse, value_sep = false, termination = "\r")]
struct EchoOff;

#[derive(AtatCmd)]
#[at_cmd("+CMEE", NoResponse, termination = "\r")]
struct ErrorCodes {
    mode: u8,
}

#[derive(AtatCmd)]
#[at_cmd("+QMTCFG", NoResponse, termination = "\r")]
struct Setting<'a> {
    name: &'a str,
    client: u8,
    value: u16,
    second: Option<u16>,
}

/// `AT+QMTCONN`
#[derive(AtatCmd)]
#[at_cmd("+QMTCONN", NoResponse, termination = "\r")]
struct Connect<'a> {
    client: u8,
    id: &'a str,
}

/// `AT+QMTSUB`
#[derive(AtatCmd)]
#[at_cmd("+QMTSUB", NoResponse, termination = "\r")]
struct Subscribe<'a> {
    client: u8,
    packet_id: u16,
    filter: &'a str,
    qos: u8,
}

/// As the driver sets a client, but for two whose forms would need more types.
const SETTINGS: [(&str, u16, Option<u16>); 6] = [
    ("version", 4, None),
    ("pdpcid", 1, None),
    ("ssl", 0, None),
    ("keepalive", 120, None),
    ("session", 1, None),
    ("recv/mode", 0, Some(1)),
];
