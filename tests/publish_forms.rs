//! Every form of publish in both dialects, and both data formats of the BC660K-GL, against the
//! simulated modem: what is published comes back byte for byte, and what is too long is refused before
//! a byte is sent. Limits: BG95 note, chapters 3.2.8 and 3.2.9; BC660K note, chapter 3.3.8.

#![cfg(all(feature = "bg95", feature = "bc660k"))]

mod support;

use std::fmt::{self, Display, Formatter};

use embedded_io_async::{Read, Write};
use quectel_modem_sim::{
    Behaviour, Chunk, Config, Module,
    clock::{Virtual, block_on},
};
use quectel_mqtt::{
    BC660K_GL, BG95, ClientIndex, ConnectOptions, DataFormat, Dialect, Error, Parameter, Problem,
    PublishForm, UsageError, ValueError,
    asynch::Modem,
    engine::Event,
    mqtt::{Publication, QoS, TopicFilter},
};
use support::{
    counting::Counting,
    simulated::{Memory, connected_as, modem_and_server, options},
    text::escape,
};

use DataFormat::{Hex, Text};
use PublishForm::{Automatic, FixedLength, Inline, Terminated};

/// A modem, and how payloads are written on its line.
#[derive(Clone, Copy)]
struct Line {
    dialect: &'static Dialect,
    module: Module,
    send: DataFormat,
    receive: DataFormat,
}

const BG95_LINE: Line = Line {
    dialect: &BG95,
    module: Module::Bg95,
    send: Text,
    receive: Text,
};

const fn bc660k(send: DataFormat, receive: DataFormat) -> Line {
    Line {
        dialect: &BC660K_GL,
        module: Module::Bc660k,
        send,
        receive,
    }
}

const LINES: [Line; 5] = [
    BG95_LINE,
    bc660k(Text, Text),
    bc660k(Text, Hex),
    bc660k(Hex, Text),
    bc660k(Hex, Hex),
];

impl Line {
    fn options(self) -> ConnectOptions<'static> {
        match self.module {
            Module::Bc660k => options().data_format(self.send, self.receive),
            _ => options(),
        }
    }

    fn longest(self, form: PublishForm) -> usize {
        match (self.module, self.send, form) {
            (Module::Bc660k, Hex, _) => 730,
            (Module::Bc660k, Text, _) => 1460,
            (_, _, Inline) => 560,
            _ => 4096,
        }
    }

    /// Whether the payload can go out so.
    fn carries(self, form: PublishForm, payload: &[u8]) -> bool {
        let is_bg95 = self.module == Module::Bg95;
        match (form, self.send) {
            (Automatic, _) => true,
            (FixedLength, _) => !payload.is_empty(),
            (Terminated | Inline, Hex) => true,
            (Terminated, Text) => !payload.iter().any(|byte| matches!(byte, 0x1A | 0x1B)),
            (Inline, Text) => !payload
                .iter()
                .any(|byte| byte.is_ascii_control() || (*byte == b'"' && is_bg95)),
        }
    }
}

impl Display for Line {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {:?} {:?}",
            self.dialect.name, self.send, self.receive
        )
    }
}

fn payloads(longest: usize) -> Vec<Vec<u8>> {
    vec![
        vec![],
        vec![b'A'],
        vec![b'x'; longest],
        br#"{"a":"b","c":[1,2]}"#.to_vec(),
        br#""quoted""#.to_vec(),
        b"comma, semicolon; question? \xFF\x80".to_vec(),
        b"x\r\nOK\r\n+QMTSTAT: 0,1\r\n> ".to_vec(),
        b"AT+CFUN=0\r".to_vec(),
        vec![0x1A, 0x1B, 0x00],
        (0..=255).collect(),
    ]
}

/// Publishes whatever this form carries, with every QoS, and expects it back. Returns what was sent.
async fn round_trip<P>(modem: &mut Modem<'_, P>, line: Line, form: PublishForm) -> Vec<Vec<u8>>
where
    P: Read + Write,
    P::Error: Display,
{
    let mut sent = Vec::new();
    for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
        let mut payloads = payloads(line.longest(form));
        payloads.retain(|payload| line.carries(form, payload));
        for payload in payloads {
            let message = Publication::new("field/7", &payload).unwrap().qos(qos);
            let mut client = modem.client(ClientIndex::ZERO);
            let published = client.publish_as(&message, form).await;
            let text = escape(&payload);
            published.unwrap_or_else(|error| panic!("{line}, {form:?}, {qos:?}, {text}: {error}"));
            loop {
                match modem.next_event().await {
                    Ok(Event::Message(message)) => {
                        assert_eq!(message.payload, payload, "{line}, {form:?}, {qos:?}");
                        assert_eq!(message.packet_id == 0, qos == QoS::AtMostOnce);
                        break;
                    }
                    Ok(Event::Unsolicited(_)) => {}
                    Ok(event) => panic!("{event:?}"),
                    Err(_) => panic!("the transport has ended"),
                }
            }
            sent.push(payload);
        }
    }
    sent
}

fn assert_round_trips(behaviour: &Behaviour, seed: u64) {
    for line in LINES {
        let _time = Virtual::start();
        let (port, server) = modem_and_server(Config {
            module: line.module,
            behaviour: behaviour.clone(),
            seed,
        });
        block_on(async {
            let mut memory = Memory::new();
            let options = line.options();
            let mut modem = connected_as(line.dialect, &options, port.clone(), &mut memory).await;
            let topics = [(TopicFilter::new("field/#").unwrap(), QoS::ExactlyOnce)];
            let mut client = modem.client(ClientIndex::ZERO);
            client.subscribe(&topics).await.unwrap();
            let mut sent = Vec::new();
            for form in [Automatic, FixedLength, Terminated, Inline] {
                sent.extend(round_trip(&mut modem, line, form).await);
            }
            assert!(sent.len() > 60);
            let published = server.messages().into_iter().map(|it| it.payload);
            assert!(published.eq(sent));
            modem.client(ClientIndex::ZERO).disconnect().await.unwrap();
            assert!(!port.with_modem(|modem, _| modem.is_in_data_mode()));
        });
    }
}

#[test]
fn every_form_brings_every_payload_back_byte_for_byte() {
    assert_round_trips(&Behaviour::default(), 0);
}

#[test]
fn every_form_brings_every_payload_back_when_bytes_come_one_at_a_time() {
    assert_round_trips(
        &Behaviour {
            chunk: Chunk::AtMost(1),
            ..Behaviour::default()
        },
        0,
    );
}

#[test]
fn every_form_brings_every_payload_back_in_random_chunks_and_with_echo() {
    for seed in 1..=6 {
        assert_round_trips(
            &Behaviour {
                chunk: Chunk::Random(40),
                keep_echo: seed % 2 == 0,
                extra_blank_lines: 2,
                no_space_after_colon: seed % 3 == 0,
                ..Behaviour::default()
            },
            seed,
        );
    }
}

#[test]
fn a_payload_beyond_the_limit_is_refused_before_a_byte_is_sent() {
    for line in LINES {
        let _time = Virtual::start();
        let (port, server) = modem_and_server(Config {
            module: line.module,
            ..Config::default()
        });
        let (port, written) = Counting::new(port);
        block_on(async {
            let mut memory = Memory::new();
            let mut modem = connected_as(line.dialect, &line.options(), port, &mut memory).await;
            let before = written.get();
            assert!(before > 0);
            for form in [Automatic, FixedLength, Terminated, Inline] {
                let limit = line.longest(form);
                let payload = vec![b'x'; limit + 1];
                let message = Publication::new("t", &payload).unwrap();
                let mut client = modem.client(ClientIndex::ZERO);
                let error = client.publish_as(&message, form).await.unwrap_err();
                let expected = ValueError {
                    parameter: Parameter::Payload,
                    problem: Problem::TooLong {
                        length: limit as u32 + 1,
                        limit: limit as u32,
                    },
                };
                assert_eq!(error, Error::Usage(UsageError::Value(expected)));
                assert_eq!(written.get(), before, "{line}, {form:?}");
            }
        });
        assert!(server.messages().is_empty());
    }
}
