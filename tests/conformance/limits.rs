//! The ranges and lengths of the notes, and how long a modem may take.

use quectel_mqtt::{
    AliAuth, BC660K_GL, BG95, Cause, ClientIndex, ConnectOptions, DataFormat, Dialect, Parameter,
    PemFile, Problem, PublishForm, TlsOptions, UsageError, ValueError,
    engine::{Engine, Operation},
    mqtt::{Publication, QoS, TopicFilter, Will},
};

use super::{
    line::Line,
    row::{CLIENT, CONNECT, Call, OPEN, Options, Outcome, PLAIN, Start, settings},
};

type Try = fn(&mut Engine<'static>, u32) -> Result<Operation, UsageError>;
type Change = fn(ConnectOptions<'static>, u32) -> Result<ConnectOptions<'static>, ValueError>;

/// A parameter, the smallest and the largest value or length that its note allows, and a call with it.
struct Limit {
    dialect: &'static Dialect,
    chapter: &'static str,
    parameter: Parameter,
    range: (u32, u32),
    call: Tried,
}

#[derive(Clone, Copy)]
enum Tried {
    /// A connect of a client that is not connected.
    Connect(Change),
    /// Another verb, on client 0, which is connected.
    Verb(Try),
    /// The same, with payloads as hexadecimal digits.
    InHex(Try),
}

const CONNECTED: Start = Start::Connected(PLAIN);

fn text(length: u32) -> &'static str {
    "x".repeat(length as usize).leak()
}

#[rustfmt::skip]
fn limits() -> Vec<Limit> {
    use Parameter as Of;
    use PublishForm::{FixedLength, Inline, Terminated};
    use Tried::{Connect, InHex, Verb};
    let mut limits = Vec::new();
    let mut bg95 = |chapter, parameter, range, call| {
        limits.push(Limit { dialect: &BG95, chapter, parameter, range, call });
    };
    bg95("3.2.1", Of::ClientIndex, (0, 5), Verb(close));
    bg95("3.2.1", Of::PdpContext, (1, 16), Connect(|it, n| it.pdp_context(n as u8)));
    bg95("3.2.1", Of::TlsContext, (0, 5), Connect(|it, n| it.tls(n as u8)));
    bg95("3.2.1", Of::TlsContext, (0, 5), Verb(tls));
    bg95("3.2.1", Of::KeepAlive, (0, 3600), Connect(|it, n| it.keep_alive(n as u16)));
    bg95("3.2.1", Of::PacketTimeout, (1, 60), Connect(|it, n| it.retransmission(n as u8, 0)));
    bg95("3.2.1", Of::Retries, (0, 10), Connect(|it, n| it.retransmission(1, n as u8)));
    bg95("3.2.1", Of::WillTopic, (1, 255), Connect(|it, n| Ok(it.will(Will::new(text(n), "")?))));
    bg95("3.2.1", Of::WillMessage, (0, 255), Connect(|it, n| Ok(it.will(Will::new("w", text(n))?))));
    bg95("3.2.2", Of::HostName, (1, 100), Connect(|_, n| ConnectOptions::new(text(n), "id")));
    bg95("3.2.2", Of::Port, (1, 65_535), Connect(|it, n| it.port(n as u16)));
    bg95("3.2.4", Of::ClientId, (0, 256), Connect(|_, n| ConnectOptions::new("host", text(n))));
    bg95("3.2.4", Of::UserName, (0, 512), Connect(|it, n| it.user_name(text(n))));
    bg95("3.2.4", Of::Password, (0, 512), Connect(|it, n| it.credentials("user", text(n))));
    bg95("3.2.8", Of::Payload, (0, 4096), Verb(|engine, n| publish(engine, n, Terminated)));
    bg95("3.2.8", Of::Payload, (1, 4096), Verb(|engine, n| publish(engine, n, FixedLength)));
    bg95("3.2.9", Of::Payload, (0, 560), Verb(|engine, n| publish(engine, n, Inline)));
    bg95("3.2.10", Of::StoragePlace, (0, 4), Verb(|engine, n| engine.fetch(CLIENT, Some(n as u8))));
    // The note has none for these; the driver takes that of the will's topic.
    bg95("3.2.6", Of::TopicFilter, (1, 255), Verb(subscribe));
    bg95("3.2.7", Of::TopicFilter, (1, 255), Verb(unsubscribe));
    bg95("3.2.8", Of::TopicName, (1, 255), Verb(publish_to));

    let mut bc660k = |chapter, parameter, range, call| {
        limits.push(Limit { dialect: &BC660K_GL, chapter, parameter, range, call });
    };
    bc660k("3.3.1", Of::ClientIndex, (0, 4), Verb(close));
    bc660k("3.3.1", Of::TlsContext, (0, 0), Connect(|it, n| it.tls(n as u8)));
    bc660k("3.3.1", Of::TlsContext, (0, 0), Verb(tls));
    bc660k("3.3.1", Of::KeepAlive, (0, 3600), Connect(|it, n| it.keep_alive(n as u16)));
    bc660k("3.3.1", Of::PacketTimeout, (1, 60), Connect(|it, n| it.retransmission(n as u8, 0)));
    bc660k("3.3.1", Of::Retries, (0, 10), Connect(|it, n| it.retransmission(1, n as u8)));
    bc660k("3.3.1", Of::WillTopic, (1, 256), Connect(|it, n| Ok(it.will(Will::new(text(n), "x")?))));
    bc660k("3.3.1", Of::WillMessage, (1, 256), Connect(|it, n| Ok(it.will(Will::new("w", text(n))?))));
    bc660k("3.3.1", Of::ProductKey, (1, 64), Connect(|it, n| Ok(it.ali_auth(AliAuth::new(text(n), "d", "s")?))));
    bc660k("3.3.1", Of::DeviceName, (1, 64), Connect(|it, n| Ok(it.ali_auth(AliAuth::new("k", text(n), "s")?))));
    bc660k("3.3.1", Of::DeviceSecret, (1, 64), Connect(|it, n| Ok(it.ali_auth(AliAuth::new("k", "d", text(n))?))));
    bc660k("3.3.2", Of::HostName, (1, 100), Connect(|_, n| ConnectOptions::new(text(n), "id")));
    bc660k("3.3.2", Of::Port, (1, 65_535), Connect(|it, n| it.port(n as u16)));
    bc660k("3.3.4", Of::ClientId, (0, 128), Connect(|_, n| ConnectOptions::new("host", text(n))));
    bc660k("3.3.4", Of::UserName, (0, 256), Connect(|it, n| it.user_name(text(n))));
    bc660k("3.3.4", Of::Password, (0, 256), Connect(|it, n| it.credentials("user", text(n))));
    bc660k("3.3.6", Of::TopicFilter, (1, 256), Verb(subscribe));
    bc660k("3.3.7", Of::TopicFilter, (1, 256), Verb(unsubscribe));
    bc660k("3.3.8", Of::TopicName, (1, 256), Verb(publish_to));
    bc660k("3.3.8", Of::Payload, (0, 1460), Verb(|engine, n| publish(engine, n, Terminated)));
    // 0 is in the note's range, too; but what a modem does after such a line, it does not say.
    bc660k("3.3.8", Of::Payload, (1, 1460), Verb(|engine, n| publish(engine, n, FixedLength)));
    bc660k("3.3.8", Of::Payload, (0, 1460), Verb(|engine, n| publish(engine, n, Inline)));
    bc660k("3.3.8", Of::Payload, (0, 730), InHex(|engine, n| publish(engine, n, Terminated)));
    bc660k("3.3.8", Of::Payload, (1, 730), InHex(|engine, n| publish(engine, n, FixedLength)));
    bc660k("3.3.8", Of::Payload, (0, 730), InHex(|engine, n| publish(engine, n, Inline)));
    limits
}

fn close(engine: &mut Engine<'static>, index: u32) -> Result<Operation, UsageError> {
    engine.close(ClientIndex::new(index as u8)?)
}

fn tls(engine: &mut Engine<'static>, context: u32) -> Result<Operation, UsageError> {
    let options = TlsOptions::new(PemFile::stored("ca.pem")?).context(context as u8)?;
    engine.configure_tls(Box::leak(Box::new(options)))
}

fn subscribe(engine: &mut Engine<'static>, length: u32) -> Result<Operation, UsageError> {
    engine.subscribe(
        CLIENT,
        &[(TopicFilter::new(text(length))?, QoS::AtMostOnce)],
    )
}

fn unsubscribe(engine: &mut Engine<'static>, length: u32) -> Result<Operation, UsageError> {
    engine.unsubscribe(CLIENT, &[TopicFilter::new(text(length))?])
}

fn publish_to(engine: &mut Engine<'static>, length: u32) -> Result<Operation, UsageError> {
    engine.publish(CLIENT, &Publication::new(text(length), b"x")?)
}

fn publish(
    engine: &mut Engine<'static>,
    length: u32,
    form: PublishForm,
) -> Result<Operation, UsageError> {
    engine.publish_as(
        CLIENT,
        &Publication::new("t", text(length).as_bytes())?,
        form,
    )
}

impl Limit {
    fn tried(&self, value: u32) -> Result<(), UsageError> {
        let (start, call) = match self.call {
            Tried::Connect(change) => (
                Start::Ready,
                Call::verb(move |engine| {
                    let plain = ConnectOptions::new("mqtt.example.com", "meter-0815")?;
                    engine.connect(CLIENT, &change(plain, value)?)
                }),
            ),
            Tried::Verb(verb) => (CONNECTED, Call::verb(move |engine| verb(engine, value))),
            Tried::InHex(verb) => {
                let hex = Start::Connected(Options {
                    change: |it| it.data_format(DataFormat::Hex, DataFormat::Hex),
                    lines: &[r#"AT+QMTCFG="dataformat",0,1,1"#],
                });
                (hex, Call::verb(move |engine| verb(engine, value)))
            }
        };
        Line::at(self.dialect, start).begin(&call)
    }

    /// That the value is refused, for this parameter, and with the limit in words of its own.
    fn must_refuse(&self, value: u32) {
        let place = format!("{} {}: {}", self.dialect.name, self.chapter, self.parameter);
        let (least, most) = self.range;
        match self.tried(value) {
            Err(UsageError::Value(ValueError { parameter, problem })) => {
                assert_eq!(parameter, self.parameter, "{place} {value}");
                match problem {
                    Problem::Empty => assert_eq!((value, least), (0, 1), "{place}"),
                    Problem::TooLong { length, limit } => {
                        assert_eq!((length, limit), (value, most), "{place}");
                    }
                    // What no dialect has is refused before the dialect is known.
                    Problem::OutOfRange { value: found, .. } => assert_eq!(found, value, "{place}"),
                    problem => panic!("{place} {value}: {problem}"),
                }
            }
            other => panic!("{place} {value}: {other:?}"),
        }
    }
}

#[test]
fn every_value_is_taken_up_to_its_limit_in_the_notes_and_refused_beyond() {
    let limits = limits();
    for limit in &limits {
        let (least, most) = limit.range;
        for value in [least, most] {
            let taken = limit.tried(value);
            let Limit {
                chapter, parameter, ..
            } = limit;
            assert_eq!(
                taken,
                Ok(()),
                "{} {chapter}: {parameter} {value}",
                limit.dialect.name
            );
        }
        if most < 65_535 {
            limit.must_refuse(most + 1);
        }
        if let Some(less) = least.checked_sub(1) {
            limit.must_refuse(less);
        }
    }
    println!("{} limits", limits.len());
}

/// BG95 3.2.8, note 1: the inflight window is 5. BC660K 3.3.8, note 1: the next one after the final
/// result.
#[test]
fn as_many_publishes_are_in_flight_as_the_notes_allow() {
    for (dialect, most) in [(&BG95, 5), (&BC660K_GL, 1)] {
        let mut line = Line::at(dialect, CONNECTED);
        let publish = Call::verb(|engine| {
            let message = Publication::new("t", b"x").unwrap();
            engine.publish(CLIENT, &message.qos(QoS::AtLeastOnce))
        });
        for id in 1..=most {
            line.begin(&publish).unwrap();
            line.exchange(&format!(r#"AT+QMTPUB=0,{id},1,0,"t",1"#), ">");
            line.exchange("x", "OK");
        }
        assert_eq!(
            line.begin(&publish),
            Err(UsageError::Busy),
            "{}",
            dialect.name
        );
        line.exchange("", &format!("+QMTPUB: 0,{most},0"));
        line.begin(&publish).unwrap();
        let next = most + 1;
        line.exchange(&format!(r#"AT+QMTPUB=0,{next},1,0,"t",1"#), ">");
    }
}

/// The maximum response times, in seconds, with `pkt_timeout` 60 and `retry_times` 10. The BG95 note
/// leaves the first try out of its product, and of QMTOPEN it says "determined by network".
#[test]
fn no_operation_is_given_up_before_the_time_that_the_notes_grant_nor_long_after() {
    let patient = Options {
        change: |it| it.retransmission(60, 10).unwrap(),
        lines: &[r#"AT+QMTCFG="timeout",0,60,10,0"#],
    };
    for (dialect, open) in [(&BG95, 120), (&BC660K_GL, 176)] {
        let connecting: &[(&str, &str)] = &[(OPEN, "OK|+QMTOPEN: 0,0"), (CONNECT, "OK")];
        for (dialogue, granted) in [(&[(OPEN, "OK")][..], open), (connecting, 60 * 11)] {
            let mut line = Line::at(dialect, Start::Ready);
            let connect = Call::connect(patient);
            line.begin(&connect).unwrap();
            for (says, answers) in settings(dialect, patient) {
                line.exchange(&says, &answers);
            }
            for (says, answers) in dialogue {
                line.exchange(says, answers);
            }
            must_time_out(&mut line, &connect, granted);
        }
        let verbs: [(Try, &[(&str, &str)]); 3] = [
            (subscribe, &[(r#"AT+QMTSUB=0,1,"x",0"#, "OK")]),
            (unsubscribe, &[(r#"AT+QMTUNS=0,1,"x""#, "OK")]),
            (
                publish_to,
                &[(r#"AT+QMTPUB=0,0,0,0,"x",1"#, ">"), ("x", "OK")],
            ),
        ];
        for (verb, dialogue) in verbs {
            let mut line = Line::at(dialect, Start::Connected(patient));
            let call = Call::verb(move |engine| verb(engine, 1));
            line.begin(&call).unwrap();
            for (says, answers) in dialogue {
                line.exchange(says, answers);
            }
            must_time_out(&mut line, &call, 60 * 11);
        }
    }
}

fn must_time_out(line: &mut Line, call: &Call, granted: u64) {
    let start = line.now();
    let outcome = line.take_outcome(call);
    assert!(
        matches!(outcome[..], [Outcome::Failed(_, Cause::Timeout)]),
        "{outcome:?}"
    );
    let waited = (line.now() - start) / 1000;
    assert!(
        (granted..=granted + 60).contains(&waited),
        "{waited} s for {granted} s"
    );
}
