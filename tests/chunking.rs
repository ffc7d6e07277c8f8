//! The same bytes mean the same, however they are cut into reads.
//!
//! What is held constant: the time; where the driver's writes stand among the modem's bytes; and where
//! the application takes events. The port takes no byte until the stream is over, for an answer means
//! something else behind the command than before it; and the events are taken then, for a line that
//! nobody takes gives way to a message. An engine is brought into a state and given the stream, each read
//! followed by polls until it waits for the next. Events and their order, results, all bytes sent and
//! all counters must be those of the same stream read byte by byte. Reads are as long as the receive
//! buffer has room.
//!
//! Operations of several commands are left out: an answer in the middle of a read frees the line, and the
//! next command begins at the poll behind that read, so what follows the answer meets it or does not.

#![cfg(all(feature = "bg95", feature = "bc660k"))]

mod support;

use std::fmt;

use proptest::{collection::vec, prelude::*};
use quectel_mqtt::{
    BC660K_GL, BG95, ClientIndex, ConnectOptions, DataFormat, Dialect, Instant, PublishForm,
    ReceiveMode,
    engine::{Action, Engine, Operation, Statistics},
    mqtt::{Publication, QoS, TopicFilter},
};
use support::{
    cases::config,
    obliging::{Obliging, engine_with},
    text::escape,
};

const CLIENT: ClientIndex = ClientIndex::ZERO;

/// What the engine is doing when the stream comes.
#[derive(Clone, Copy, Debug)]
enum Situation {
    New,
    Connected,
    /// Echo is on, and a publish waits for its prompt.
    PromptOwed(PublishForm),
    /// The data of a publish has gone out.
    OkOwed,
    ResultOwed,
    Subscribing,
    Fetching,
    Requesting,
    PayloadOwed,
}

#[derive(Clone)]
struct Case {
    dialect: &'static Dialect,
    situation: Situation,
    rx: usize,
    inbox: usize,
    is_hex: bool,
    stream: Vec<u8>,
    cuts: Vec<usize>,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            dialect,
            situation,
            rx,
            inbox,
            is_hex,
            stream,
            cuts,
        } = self;
        let (name, stream) = (dialect.name, escape(stream));
        write!(
            f,
            "{name} {situation:?} rx {rx} inbox {inbox} hex {is_hex} stream {stream} cuts {cuts:?}"
        )
    }
}

/// What came of it.
#[derive(Debug, Eq, PartialEq)]
struct Outcome {
    seen: Vec<String>,
    sent: String,
    statistics: Statistics,
    is_connected: bool,
}

fn situation() -> impl Strategy<Value = Situation> {
    use Situation::{
        Connected, Fetching, New, OkOwed, PayloadOwed, PromptOwed, Requesting, ResultOwed,
        Subscribing,
    };
    prop_oneof![
        Just(New),
        Just(Connected),
        Just(PromptOwed(PublishForm::FixedLength)),
        Just(PromptOwed(PublishForm::Terminated)),
        Just(OkOwed),
        Just(ResultOwed),
        Just(Subscribing),
        Just(Fetching),
        Just(Requesting),
        Just(PayloadOwed),
    ]
}

fn line_end() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => Just(b"\r\n".to_vec()),
        1 => Just(b"\r".to_vec()),
        1 => Just(b"\n".to_vec()),
        1 => Just(b"\r\n\r\n \0\r\n".to_vec()),
        1 => Just(Vec::new()),
    ]
}

fn line() -> impl Strategy<Value = Vec<u8>> {
    let known = prop_oneof![
        Just("OK"),
        Just("ERROR"),
        Just("+CME ERROR: 3"),
        Just("+CME ERROR: 8503"),
        Just("RDY"),
        Just("APP RDY"),
        Just("POWERED DOWN"),
        Just("+CFUN: 1"),
        Just("+CMEE: 0"),
        Just("+CSQ: 20,99"),
        Just("CONNECT"),
        Just("AT+CSQ"),
        Just("AT+QMTPUB=0,1,1,0,\"t\",12"),
        Just("AT+QMTPUB=0,1,1,0,\"t\""),
        Just("AT+QMTSUB=0,1,\"s\",1"),
        Just("abc\r\nOK\r\n>x"),
        Just("+QIURC: \"pdpdeact\",1"),
        Just("+QMTOPEN: 0,0"),
        Just("+QMTOPEN: 0,-1"),
        Just("+QMTCONN: 0,0,0"),
        Just("+QMTPUB: 0,1,0"),
        Just("+QMTPUB: 0,1,1,1"),
        Just("+QMTPUB: 0,1,2"),
        Just("+QMTSUB: 0,1,0,1"),
        Just("+QMTSTAT: 0,1"),
        Just("+QMTSTAT: 3,1"),
        Just("+QMTRECV: 0,2"),
        Just("+QMTRECV: 0,1,0,0,0,1"),
        Just("> "),
        Just(">"),
    ];
    prop_oneof![
        8 => known.prop_map(|line| line.as_bytes().to_vec()),
        1 => "[ -~]{0,20}".prop_map(String::into_bytes),
        1 => "[A-Z+,: \"]{50,150}".prop_map(String::into_bytes),
    ]
}

/// A message whose payload is anything, and whose length is not always the payload's.
fn message() -> impl Strategy<Value = Vec<u8>> {
    let payload = prop_oneof![
        vec(any::<u8>(), 0..40),
        vec(any::<u8>(), 60..100),
        "[0-9A-F]{0,40}".prop_map(String::into_bytes),
        line(),
    ];
    let topic = prop_oneof![4 => "[a-z/]{1,8}", 1 => "[a-z\",0-9]{1,12}", 1 => "[a-z]{60,80}"];
    let lie = prop_oneof![6 => Just(0_i32), 1 => -3..4_i32, 1 => Just(700)];
    (payload, topic, lie, any::<bool>()).prop_map(|(payload, topic, lie, is_hex)| {
        let divisor = if is_hex { 2 } else { 1 };
        let length = payload.len() as i32 / divisor + lie;
        let mut bytes = format!("+QMTRECV: 0,1,\"{topic}\",{},\"", length.max(0)).into_bytes();
        bytes.extend(payload);
        bytes.push(b'"');
        bytes
    })
}

fn stream() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => line(),
        2 => message(),
        1 => vec(any::<u8>(), 0..6),
    ];
    vec((line_end(), piece, line_end()), 0..8).prop_map(|pieces| {
        let pieces = pieces
            .into_iter()
            .map(|(before, piece, after)| [before, piece, after].concat());
        pieces.collect::<Vec<_>>().concat()
    })
}

fn case() -> impl Strategy<Value = Case> {
    (
        (any::<bool>(), situation(), any::<bool>()),
        prop_oneof![Just(64_usize), Just(100), Just(512)],
        prop_oneof![Just(40_usize), Just(200), Just(8192)],
        stream(),
        vec(1..40_usize, 1..12),
    )
        .prop_map(
            |((is_bg95, situation, is_hex), rx, inbox, stream, cuts)| Case {
                // Only this family stores messages.
                dialect: match (is_bg95, situation) {
                    (true, _) | (_, Situation::Fetching) => &BG95,
                    _ => &BC660K_GL,
                },
                // A restart tells nothing of the message whose fetch has begun, and the next one begins at
                // a poll.
                situation: match situation {
                    Situation::Fetching if has_restart(&stream) => Situation::Connected,
                    situation => situation,
                },
                rx,
                inbox,
                is_hex,
                stream,
                cuts,
            },
        )
}

fn has_restart(stream: &[u8]) -> bool {
    let text = String::from_utf8_lossy(stream);
    ["RDY", "POWERED", "+CFUN", "AT"]
        .iter()
        .any(|it| text.contains(it))
}

struct Run {
    engine: Engine<'static>,
    operations: Vec<Operation>,
    seen: Vec<String>,
    sent: Vec<u8>,
    /// The port takes nothing, and the application no events.
    is_blocked: bool,
}

impl Run {
    fn new(case: &Case) -> Self {
        let mut run = Self {
            engine: engine_with(case.dialect, [case.rx, 512, case.inbox]),
            operations: Vec::new(),
            seen: Vec::new(),
            sent: Vec::new(),
            is_blocked: false,
        };
        run.bring_into(case);
        run
    }

    fn bring_into(&mut self, case: &Case) {
        use Situation::{
            Connected, Fetching, New, OkOwed, PayloadOwed, PromptOwed, Requesting, ResultOwed,
            Subscribing,
        };
        let mut options = ConnectOptions::new("h", "i").unwrap();
        if case.dialect.name == "BG95" {
            options = match case.situation {
                Fetching => options.receive(ReceiveMode::Stored),
                _ => options,
            };
        } else if case.is_hex {
            options = options.data_format(DataFormat::Text, DataFormat::Hex);
        }
        if matches!(case.situation, New) {
            return;
        }
        let connect = self.engine.connect(CLIENT, &options).unwrap();
        let mut modem = Obliging::default();
        modem.run(&mut self.engine, connect, true).unwrap();
        self.settle();
        let message = Publication::new("t", b"abc\r\nOK\r\n>x").unwrap();
        let message = message.qos(QoS::AtLeastOnce);
        match case.situation {
            New | Connected => {}
            PromptOwed(form) => {
                let publish = self.engine.publish_as(CLIENT, &message, form);
                self.operations.push(publish.unwrap());
            }
            OkOwed | ResultOwed => {
                self.operations
                    .push(self.engine.publish(CLIENT, &message).unwrap());
                self.read(b"\r\n> ");
                if matches!(case.situation, ResultOwed) {
                    self.read(b"\r\nOK\r\n");
                }
            }
            Subscribing => {
                let topics = [(TopicFilter::new("s").unwrap(), QoS::AtLeastOnce)];
                self.operations
                    .push(self.engine.subscribe(CLIENT, &topics).unwrap());
            }
            Fetching => self.read(b"\r\n+QMTRECV: 0,1\r\n\r\n+QMTRECV: 0,3\r\n"),
            Requesting => self.operations.push(self.engine.raw("AT+CSQ").unwrap()),
            PayloadOwed => self.read(b"\r\n+QMTRECV: 0,0,\"t\",30,\"12"),
        }
        self.settle();
    }

    fn settle(&mut self) {
        // Any time does, as long as no deadline is reached.
        let now = Instant::from_millis(0);
        for _ in 0..10_000 {
            match self.engine.poll(now) {
                Action::Transmit { .. } if self.is_blocked => return,
                Action::Transmit { .. } => {
                    let bytes = self.engine.transmit_buffer().to_vec();
                    self.engine.transmitted(bytes.len());
                    self.sent.extend(bytes);
                }
                Action::Deliver => {
                    for operation in &self.operations {
                        if let Some(result) = self.engine.take_result(*operation) {
                            let response = escape(self.engine.response());
                            self.seen.push(format!("{result:?} {response}"));
                        }
                    }
                    while !self.is_blocked
                        && let Some(event) = self.engine.take_event()
                    {
                        self.seen.push(format!("{event:?}"));
                    }
                }
                Action::Receive { .. } => return,
            }
        }
        panic!("the engine never comes to rest");
    }

    fn read(&mut self, mut bytes: &[u8]) {
        self.settle();
        while !bytes.is_empty() {
            let free = self.engine.receive_buffer();
            assert!(!free.is_empty(), "no room to receive");
            let n = free.len().min(bytes.len());
            free[..n].copy_from_slice(&bytes[..n]);
            self.engine.received(n);
            self.settle();
            bytes = &bytes[n..];
        }
    }

    fn outcome(mut self) -> Outcome {
        self.is_blocked = false;
        while let Some(event) = self.engine.take_event() {
            self.seen.push(format!("{event:?}"));
        }
        self.settle();
        Outcome {
            seen: self.seen,
            sent: escape(&self.sent),
            statistics: self.engine.statistics(),
            is_connected: self.engine.is_connected(CLIENT),
        }
    }
}

/// Plays the case with its stream cut into pieces of these lengths, again and again.
fn play(case: &Case, cuts: &[usize]) -> Outcome {
    let mut run = Run::new(case);
    run.is_blocked = true;
    let mut rest = &case.stream[..];
    for cut in cuts.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, behind) = rest.split_at(rest.len().min(*cut));
        run.read(piece);
        rest = behind;
    }
    run.outcome()
}

proptest! {
    #![proptest_config(config(3000, 0x5148))]

    #[test]
    fn the_same_bytes_mean_the_same_in_any_reads(case in case()) {
        let single = play(&case, &[1]);
        prop_assert_eq!(&play(&case, &case.cuts), &single, "in pieces");
        prop_assert_eq!(&play(&case, &[usize::MAX]), &single, "whole");
    }
}
