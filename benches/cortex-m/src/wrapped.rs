//! How to parse a line that wraps around the end of the ring: rotate the ring and parse a slice,
//! as the driver does, or parse an input of two slices.
//!
//! Both ways use the same nom parser for the head of a message,
//! `+QMTRECV: <client_idx>,<msgID>,"<topic>",<payload_len>,"`, and copy its topic.

use core::{
    iter::{Chain, Copied, Enumerate},
    slice::Iter,
};

use nom::{
    Compare, CompareResult, IResult, Input, Needed, Parser,
    bytes::complete::{tag, take_while, take_while1},
    sequence::{preceded, terminated},
};
use quectel_mqtt::at::{Frame, Framer, LengthDelimited, Ring};

use crate::uart::Uart;

/// A received message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Message {
    /// The numbers of its head.
    pub head: Head,
    /// Its topic, so far as it fits.
    pub topic: [u8; 64],
    /// Its payload, so far as it fits.
    pub payload: [u8; 64],
    received: usize,
}

/// What the head of a message says.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Head {
    /// `<client_idx>`.
    pub client: u32,
    /// `<msgID>`.
    pub packet_id: u32,
    /// Where the topic begins and ends.
    pub topic: (usize, usize),
    /// `<payload_len>`.
    pub length: u32,
}

/// A way to parse the first `len` bytes of the ring, which may wrap.
pub trait Parse {
    /// Parses the head and copies the topic.
    fn head(ring: &mut Ring<'_>, len: usize, topic: &mut [u8]) -> Option<Head>;
}

/// Does nothing, for the size of the rest.
#[derive(Debug)]
pub struct Nothing;

/// Makes one piece of it, as the driver does.
#[derive(Debug)]
pub struct Rotate;

/// Parses the two pieces where they are.
#[derive(Clone, Copy, Debug)]
pub struct TwoSlices<'a> {
    first: &'a [u8],
    second: &'a [u8],
}

impl Message {
    /// Nothing received.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            head: Head {
                client: 0,
                packet_id: 0,
                topic: (0, 0),
                length: 0,
            },
            topic: [0; 64],
            payload: [0; 64],
            received: 0,
        }
    }

    /// Takes all frames out of the ring; `true` when the payload is complete.
    pub fn receive<P: Parse>(&mut self, framer: &mut Framer, ring: &mut Ring<'_>) -> bool {
        let mut is_complete = false;
        while let Some(frame) = framer.next(ring) {
            match frame {
                Frame::Head { len, .. } => {
                    self.head = P::head(ring, len, &mut self.topic).unwrap_or_default();
                    self.received = 0;
                    ring.consume(len);
                }
                Frame::Payload { len, last } => {
                    let payload = ring.chunk(0).get(..len).unwrap_or_default();
                    let room = self.payload.get_mut(self.received..).unwrap_or_default();
                    copy(room, payload);
                    self.received += len;
                    ring.consume(len);
                    is_complete |= last;
                }
                Frame::Line(len) => ring.consume(len),
                _ => {}
            }
        }
        is_complete
    }
}

impl Default for Message {
    fn default() -> Self {
        Self::new()
    }
}

impl Parse for Nothing {
    fn head(_: &mut Ring<'_>, _: usize, _: &mut [u8]) -> Option<Head> {
        Some(Head::default())
    }
}

impl Parse for Rotate {
    fn head(ring: &mut Ring<'_>, len: usize, topic: &mut [u8]) -> Option<Head> {
        let line = ring.contiguous(len);
        let (_, head) = head(line).ok()?;
        copy(topic, line.get(head.topic.0..head.topic.1)?);
        Some(head)
    }
}

impl Parse for TwoSlices<'_> {
    fn head(ring: &mut Ring<'_>, len: usize, topic: &mut [u8]) -> Option<Head> {
        let first = ring.chunk(0);
        let first = first.get(..len).unwrap_or(first);
        let second = ring.chunk(first.len());
        let second = second.get(..len.saturating_sub(first.len()))?;
        let line = TwoSlices { first, second };
        let (_, head) = head(line).ok()?;
        let (start, end) = head.topic;
        let text = line.take_from(start).take(end.saturating_sub(start));
        copy(topic, text.first);
        copy(topic.get_mut(text.first.len()..)?, text.second);
        Some(head)
    }
}

/// Receives messages and sends on what they say.
pub fn firmware<P: Parse>(mut uart: Uart) -> ! {
    let mut bytes = [0; 128];
    let mut ring = Ring::new(&mut bytes);
    let mut framer = Framer::new(SHAPE);
    let mut message = Message::new();
    loop {
        if let (Some(byte), Some(to)) = (uart.receive(), ring.free().first_mut()) {
            *to = byte;
            ring.commit(1);
        }
        if message.receive::<P>(&mut framer, &mut ring) {
            let Head {
                client,
                packet_id,
                topic,
                length,
            } = message.head;
            for number in [client, packet_id, topic.0 as u32, topic.1 as u32, length] {
                uart.send(number as u8);
            }
            for byte in message.topic.iter().chain(&message.payload) {
                uart.send(*byte);
            }
        }
    }
}

/// The line of the tests: 24 bytes of topic and 64 of payload.
pub const LINE: &[u8] = b"+QMTRECV: 0,1,\"meter/0815/command/valve\",64,\
    \"{\"valve\":3,\"open\":true,\"until\":\"2026-03-31T12:00:00Z\",\"by\":\"op\"}\"\r\n";

/// As the driver sets its framer.
pub const SHAPE: LengthDelimited = LengthDelimited {
    marker: b"+QMTRECV:",
    plain_fields: 2,
};

fn head<I>(input: I) -> IResult<I, Head, ()>
where
    I: Input<Item = u8> + for<'a> Compare<&'a [u8]>,
{
    let len = input.input_len();
    let (input, client) = preceded(tag(SHAPE.marker), field).parse(input)?;
    let (input, packet_id) = field(input)?;
    let (input, _) = tag(&b"\""[..]).parse(input)?;
    let start = len - input.input_len();
    let (input, topic) = take_while(|byte| byte != b'"').parse(input)?;
    let (input, _) = tag(&b"\","[..]).parse(input)?;
    let (input, length) = field(input)?;
    let head = Head {
        client,
        packet_id,
        topic: (start, start + topic.input_len()),
        length,
    };
    Ok((input, head))
}

/// A number with its blanks and the comma behind it.
fn field<I>(input: I) -> IResult<I, u32, ()>
where
    I: Input<Item = u8> + for<'a> Compare<&'a [u8]>,
{
    let digits = take_while1(|byte: u8| byte.is_ascii_digit());
    let (input, digits) = preceded(blanks, terminated(digits, blanks)).parse(input)?;
    let (input, _) = tag(&b","[..]).parse(input)?;
    let number = digits.iter_elements().try_fold(0_u32, |number, digit| {
        number.checked_mul(10)?.checked_add((digit - b'0').into())
    });
    number
        .map(|number| (input, number))
        .ok_or(nom::Err::Error(()))
}

fn blanks<I: Input<Item = u8>>(input: I) -> IResult<I, I, ()> {
    take_while(|byte| byte == b' ').parse(input)
}

fn copy(to: &mut [u8], from: &[u8]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}

impl<'a> Input for TwoSlices<'a> {
    type Item = u8;
    type Iter = Copied<Chain<Iter<'a, u8>, Iter<'a, u8>>>;
    type IterIndices = Enumerate<Self::Iter>;

    fn input_len(&self) -> usize {
        self.first.len() + self.second.len()
    }

    fn take(&self, index: usize) -> Self {
        match self.first.split_at_checked(index) {
            Some((first, _)) => Self { first, second: &[] },
            None => Self {
                first: self.first,
                second: &self.second[..index - self.first.len()],
            },
        }
    }

    fn take_from(&self, index: usize) -> Self {
        match self.first.split_at_checked(index) {
            Some((_, first)) => Self { first, ..*self },
            None => Self {
                first: &self.second[index - self.first.len()..],
                second: &[],
            },
        }
    }

    fn take_split(&self, index: usize) -> (Self, Self) {
        (self.take_from(index), self.take(index))
    }

    fn position<P: Fn(u8) -> bool>(&self, predicate: P) -> Option<usize> {
        let first = self.first.iter().position(|byte| predicate(*byte));
        first.or_else(|| {
            let second = self.second.iter().position(|byte| predicate(*byte))?;
            Some(self.first.len() + second)
        })
    }

    fn iter_elements(&self) -> Self::Iter {
        self.first.iter().chain(self.second).copied()
    }

    fn iter_indices(&self) -> Self::IterIndices {
        self.iter_elements().enumerate()
    }

    fn slice_index(&self, count: usize) -> Result<usize, Needed> {
        match count.checked_sub(self.input_len()) {
            None | Some(0) => Ok(count),
            Some(missing) => Err(Needed::new(missing)),
        }
    }
}

impl Compare<&[u8]> for TwoSlices<'_> {
    fn compare(&self, expected: &[u8]) -> CompareResult {
        if self.iter_elements().zip(expected).any(|(a, b)| a != *b) {
            CompareResult::Error
        } else if self.input_len() < expected.len() {
            CompareResult::Incomplete
        } else {
            CompareResult::Ok
        }
    }

    fn compare_no_case(&self, expected: &[u8]) -> CompareResult {
        self.compare(expected)
    }
}
