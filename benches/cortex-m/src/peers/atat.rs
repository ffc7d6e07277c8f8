//! The commands and URCs of MQTT for atat 0.25, by its macros, and the memory that it borrows.
//!
//! They are for payloads that atat can take: text without quotes.

use atat::{
    AtDigester, AtatCmd, Error, Ingress, InternalError, ResponseSlot, UrcChannel, UrcSubscription,
    atat_derive::{AtatCmd, AtatResp, AtatUrc},
    heapless::String,
};

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

/// The longest answer between a command and its `OK`, here.
pub const RESPONSE: usize = 64;
