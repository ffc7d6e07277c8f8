//! The job with atat 0.25: its async client, its ingress, and commands and URCs by its macros.
//!
//! It is the smallest driver that does the job while all goes well, for payloads that atat can take:
//! text without quotes. Nothing is here of restarts, late answers, retransmissions, echoes, lost
//! prompts, other models and the application's limits, which the driver takes care of.

use atat::{
    AtDigester, AtatCmd, AtatIngress, Config, Error, Ingress, InternalError, ResponseSlot,
    UrcChannel, UrcSubscription,
    asynch::{AtatClient, Client},
    atat_derive::{AtatCmd, AtatResp, AtatUrc},
    heapless::String,
};
use embassy_futures::select::select;
use embedded_io_async::{Read, Write};

use crate::{dialogue::TOPIC, leds};

/// `AT+QMTOPEN`
#[derive(AtatCmd, Clone, Debug)]
#[at_cmd("+QMTOPEN", NoResponse, termination = "\r")]
pub struct Open<'a> {
    /// `<client_idx>`
    pub client: u8,
    /// `<host_name>`
    pub host: &'a str,
    /// `<port>`
    pub port: u16,
}

/// `AT+QMTPUB`, which the modem answers with its prompt.
#[derive(AtatCmd, Clone, Debug)]
#[at_cmd("+QMTPUB", NoResponse, termination = "\r", timeout_ms = 15000)]
pub struct Publish<'a> {
    /// `<client_idx>`
    pub client: u8,
    /// `<msgID>`
    pub packet_id: u16,
    /// `<qos>`
    pub qos: u8,
    /// `<retain>`
    pub retain: u8,
    /// `<topic>`
    pub topic: &'a str,
    /// `<msglen>`
    pub length: u16,
}

/// The payload behind the prompt.
#[derive(Clone, Copy, Debug)]
pub struct Payload<'a>(pub &'a [u8]);

/// What the modem says unasked, with payloads of up to so many bytes.
#[derive(AtatUrc, Clone, Debug)]
pub enum Urc<const PAYLOAD: usize> {
    /// `+QMTOPEN: <client_idx>,<result>`
    #[at_urc("+QMTOPEN")]
    Opened(Opened),
    /// `+QMTCONN: <client_idx>,<result>[,<ret_code>]`
    #[at_urc("+QMTCONN")]
    Connected(Connected),
    /// `+QMTSUB: <client_idx>,<msgID>,<result>[,<value>]`
    #[at_urc("+QMTSUB")]
    Subscribed(Subscribed),
    /// `+QMTPUB: <client_idx>,<msgID>,<result>[,<value>]`
    #[at_urc("+QMTPUB")]
    Published(Published),
    /// `+QMTSTAT: <client_idx>,<err_code>`
    #[at_urc("+QMTSTAT")]
    Status(Status),
    /// `+QMTRECV: <client_idx>,<msgID>,<topic>,<payload_len>,<payload>`
    #[at_urc("+QMTRECV")]
    Message(Message<PAYLOAD>),
}

/// What came of [`Open`].
#[derive(AtatResp, Clone, Debug)]
pub struct Opened {
    /// `<client_idx>`
    pub client: u8,
    /// `<result>`
    pub result: i8,
}

/// What came of [`Connect`].
#[derive(AtatResp, Clone, Debug)]
pub struct Connected {
    /// `<client_idx>`
    pub client: u8,
    /// `<result>`
    pub result: u8,
    /// `<ret_code>`
    pub return_code: Option<u8>,
}

/// What came of [`Subscribe`].
#[derive(AtatResp, Clone, Debug)]
pub struct Subscribed {
    /// `<client_idx>`
    pub client: u8,
    /// `<msgID>`
    pub packet_id: u16,
    /// `<result>`
    pub result: u8,
    /// `<value>`
    pub value: Option<u8>,
}

/// What came of [`Publish`].
#[derive(AtatResp, Clone, Debug)]
pub struct Published {
    /// `<client_idx>`
    pub client: u8,
    /// `<msgID>`
    pub packet_id: u16,
    /// `<result>`
    pub result: u8,
    /// `<value>`
    pub value: Option<u8>,
}

/// A client that has lost its connection.
#[derive(AtatResp, Clone, Debug)]
pub struct Status {
    /// `<client_idx>`
    pub client: u8,
    /// `<err_code>`
    pub cause: u8,
}

/// A message that has come in.
#[derive(AtatResp, Clone, Debug)]
pub struct Message<const PAYLOAD: usize> {
    /// `<client_idx>`
    pub client: u8,
    /// `<msgID>`
    pub packet_id: u16,
    /// `<topic>`
    pub topic: String<64>,
    /// `<payload_len>`
    pub length: u16,
    /// `<payload>`
    pub payload: String<PAYLOAD>,
}

/// Nothing but `OK`, or a prompt.
#[derive(AtatResp, Clone, Debug)]
pub struct NoResponse;

/// What atat borrows, for lines of up to `LINE` bytes.
#[allow(missing_debug_implementations, reason = "atat's types have no Debug")]
pub struct Memory<const LINE: usize, const PAYLOAD: usize> {
    ingress: [u8; LINE],
    command: [u8; LINE],
    response: ResponseSlot<RESPONSE>,
    /// A message and a result at the same time.
    urcs: UrcChannel<Urc<PAYLOAD>, 2, 1>,
}

/// The memory in the hands of those that work with it.
#[allow(missing_debug_implementations, reason = "atat's types have no Debug")]
pub struct Parts<'a, const PAYLOAD: usize> {
    /// Takes the modem's bytes.
    pub ingress: Ingress<'a, AtDigester<Urc<PAYLOAD>>, Urc<PAYLOAD>, RESPONSE, 2, 1>,
    /// Where the ingress puts answers.
    pub response: &'a ResponseSlot<RESPONSE>,
    /// Where it puts what was not asked for.
    pub urcs: UrcSubscription<'a, Urc<PAYLOAD>, 2, 1>,
    /// Where commands are written.
    pub command: &'a mut [u8],
}

impl<const LINE: usize, const PAYLOAD: usize> Memory<LINE, PAYLOAD> {
    /// Empty memory.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            ingress: [0; LINE],
            command: [0; LINE],
            response: ResponseSlot::new(),
            urcs: UrcChannel::new(),
        }
    }

    /// Lends it.
    ///
    /// # Panics
    /// Never: there is one subscriber.
    pub fn parts(&mut self) -> Parts<'_, PAYLOAD> {
        Parts {
            ingress: Ingress::new(
                AtDigester::new(),
                &mut self.ingress,
                &self.response,
                &self.urcs,
            ),
            response: &self.response,
            urcs: self.urcs.subscribe().expect("the only one"),
            command: &mut self.command,
        }
    }
}

impl<const LINE: usize, const PAYLOAD: usize> Default for Memory<LINE, PAYLOAD> {
    fn default() -> Self {
        Self::new()
    }
}

impl AtatCmd for Payload<'_> {
    type Response = NoResponse;

    const MAX_TIMEOUT_MS: u32 = 15_000;

    fn write(&self, to: &mut [u8]) -> usize {
        let n = self.0.len().min(to.len());
        to[..n].copy_from_slice(&self.0[..n]);
        n
    }

    fn parse(&self, response: Result<&[u8], InternalError<'_>>) -> Result<NoResponse, Error> {
        response.map(|_| NoResponse).map_err(Error::from)
    }
}

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

/// The longest answer between a command and its `OK`, here.
const RESPONSE: usize = 64;
