//! The verbs, with arguments from the fuzzer's bytes.

use quectel_mqtt::{
    AliAuth, Authentication, ClientIndex, Command, ConnectOptions, DataFormat, Domain, PdpContext,
    PemFile, PublishForm, ReceiveMode, SettingKey, SleepMode, TlsOptions, UsageError,
    command::{
        ConnectionQuery, ConnectionStateQuery, DeactivateContext, FileQuery, Model,
        RegistrationQuery, SettingQuery, SignalQuery, SimQuery, StoredQuery, Test,
    },
    engine::{Engine, Operation},
    mqtt::{Publication, QoS, Retain, Session, TopicFilter, Version, Will},
};

use crate::Input;

/// How many verbs there are.
pub(super) const VERBS: u8 = 14;

/// What the engine borrows for longer than a call.
pub(super) fn tls_options() -> [TlsOptions<'static>; 3] {
    let file = |name| PemFile::upload(name, b"-----BEGIN\r\nOK\r\n> AT\r\n-----END").unwrap();
    let verified = TlsOptions::new(file("ca"));
    let client = verified.client(file("cert"), PemFile::stored("key").unwrap());
    [TlsOptions::without_verifying_the_server(), verified, client]
}

/// Calls one of the verbs.
pub(super) fn call<'buf>(
    engine: &mut Engine<'buf>,
    tls: &'buf [TlsOptions<'buf>; 3],
    verb: u8,
    input: &mut Input<'_>,
) -> Result<Operation, UsageError> {
    let client = ClientIndex::new(input.below(6))?;
    match verb {
        0 => engine.initialize(),
        1 => connect(engine, client, input),
        2 => {
            let filters = ["field/#", "a", "+/b", "$aws/things/+/shadow"];
            let filters = filters.map(|it| (TopicFilter::new(it).unwrap(), QoS::ExactlyOnce));
            let count = usize::from(input.below(5));
            engine.subscribe(client, &filters[..count])
        }
        3 => engine.unsubscribe(client, &[TopicFilter::new("field/#")?]),
        4 => publish(engine, client, input),
        5 => {
            let place = input.below(7);
            engine.fetch(client, (place < 6).then_some(place))
        }
        6 => engine.disconnect(client),
        7 => engine.close(client),
        8 => engine.sleep(match input.below(3) {
            0 => SleepMode::Awake,
            1 => SleepMode::Light,
            _ => SleepMode::Deep,
        }),
        9 => engine.wait_registered(u32::from(input.byte()) * 1000),
        10 => {
            let mut context = PdpContext::new("internet")?;
            if input.flag() {
                context = context.id(input.byte())?;
            }
            if input.flag() {
                context = context.credentials("user", "password", Authentication::Pap)?;
            }
            engine.activate(&context)
        }
        11 => engine.configure_tls(&tls[usize::from(input.below(3))]),
        12 => {
            let lines = [
                "AT",
                "AT+QMTRECV?",
                "at+cgmm",
                "ATI",
                "AT+X=\"\"\"",
                "OK",
                "AT\r",
            ];
            engine.raw(lines[usize::from(input.below(7))])
        }
        _ => request(engine, client, input),
    }
}

fn connect(
    engine: &mut Engine<'_>,
    client: ClientIndex,
    input: &mut Input<'_>,
) -> Result<Operation, UsageError> {
    let choice = input.number();
    let is = |bit: u8| choice >> bit & 1 == 1;
    let mut options = ConnectOptions::new("mqtt.example.com", "meter-0815")?;
    if is(0) {
        options = options.credentials("meter", "secret")?;
    }
    if is(1) {
        options = options.will(Will::new("meter/state", "lost")?);
    }
    if is(2) {
        options = options.receive(ReceiveMode::Stored);
    }
    if is(3) {
        options = options.data_format(DataFormat::Hex, DataFormat::Hex);
    }
    if is(4) {
        options = options.retransmission(input.byte(), input.byte())?;
    }
    if is(5) {
        options = options.report_retransmissions().session(Session::Kept);
    }
    if is(6) {
        options = options.ali_auth(AliAuth::new("key", "name", "secret")?);
    }
    if is(7) {
        options = options.tls(input.below(7))?.version(Version::V3_1);
    }
    if is(8) {
        options = options.pdp_context(input.below(18))?;
    }
    engine.connect(client, &options)
}

fn publish(
    engine: &mut Engine<'_>,
    client: ClientIndex,
    input: &mut Input<'_>,
) -> Result<Operation, UsageError> {
    use PublishForm::{Automatic, FixedLength, Inline, Terminated};

    let choice = input.byte();
    // It can be told from a command line by its first byte.
    let mut payload = vec![b'#'];
    payload.extend(input.bytes());
    if choice & 0x20 != 0 {
        payload.clear();
    }
    let qos = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce];
    let form = [Automatic, FixedLength, Inline, Terminated][usize::from(choice >> 2 & 3)];
    let message = Publication::new("field/7", &payload)?
        .qos(qos[usize::from(choice & 3).min(2)])
        .retain(if choice & 0x10 == 0 {
            Retain::Discard
        } else {
            Retain::Keep
        });
    engine.publish_as(client, &message, form)
}

fn request(
    engine: &mut Engine<'_>,
    client: ClientIndex,
    input: &mut Input<'_>,
) -> Result<Operation, UsageError> {
    match input.below(12) {
        0 => engine.request(&ConnectionQuery),
        1 => engine.request(&ConnectionStateQuery),
        2 => engine.request(&StoredQuery),
        3 => engine.request(&Model),
        4 => engine.request(&SimQuery),
        5 => engine.request(&SignalQuery),
        6 => engine.request(&FileQuery),
        7 => engine.request(&DeactivateContext { id: input.byte() }),
        8 => {
            let domain = Domain::Lte;
            engine.request(&RegistrationQuery { domain })
        }
        9 => engine.request(&Test(Command::Receive)),
        10 => engine.request(&Test(Command::Configure(SettingKey::Will))),
        _ => {
            let key = SettingKey::AliAuth;
            engine.request(&SettingQuery { client, key })
        }
    }
}
