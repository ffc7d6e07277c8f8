//! Every call of the engine and of the types that it takes, with inputs that the compiler does
//! not know. It links only if none of them can panic.
//!
//! This holds from opt-level "s" on. At "z" the optimizer inlines too little to see that the checks
//! inside `core` and nom can't fail, and keeps them.
//!
//! What formats text with `core::fmt` is not here: `Debug` and `Display` are for the desk.

#![no_std]
#![no_main]

use core::{hint::black_box, panic::PanicInfo};

use cortex_m_rt::entry;
use quectel_mqtt::{
    AliAuth, Authentication, BC660K_GL, BG95, ClientIndex, Command, ConnectOptions, ContextKind,
    DataFormat, Domain, Instant, PdpContext, PemFile, PublishForm, ReceiveMode, Request,
    SettingKey, SleepMode, TlsOptions, UsageError, ValueError,
    at::{CommandWriter, Framer, LengthDelimited, Line, Parameters, Ring},
    command::{
        ConnectionQuery, ConnectionStateQuery, ContextQuery, DeactivateContext, DeleteFile,
        FileQuery, Manufacturer, RegistrationQuery, Revision, SettingQuery, SignalQuery, SimQuery,
        SleepQuery, StoredQuery, Test,
    },
    engine::{Engine, Event, Operation},
    mqtt::{
        Password, Publication, QoS, Retain, Session, Text, TopicFilter, TopicName, Version, Will,
    },
};
use quectel_mqtt_cortex_m::{
    leds,
    memory::Memory,
    panics,
    unknown::{any, any_of, bytes, text},
};

#[entry]
fn main() -> ! {
    static mut MEMORY: Memory = Memory::new();

    let dialect = any_of([&BG95, &BC660K_GL]);
    let Ok(tls) = tls() else { loop {} };
    let mut engine = Engine::new(dialect, MEMORY.buffers());
    loop {
        let _ = verbs(&mut engine, &tls);
        drive(&mut engine);
        let _ = line();
    }
}

/// What the application calls.
fn verbs<'buf>(engine: &mut Engine<'buf>, tls: &'buf TlsOptions<'buf>) -> Result<(), UsageError> {
    let client = ClientIndex::new(any())?;
    let mut operations = [
        engine.initialize(),
        engine.connect(client, &options()?),
        engine.disconnect(client),
        engine.close(client),
        engine.raw(text()),
        Err(UsageError::Busy),
        Err(UsageError::Busy),
        Err(UsageError::Busy),
    ];
    let qos = any_of([QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce]);
    let filters = [(TopicFilter::new(text())?, qos); 9];
    let filters = filters.get(..any::<usize>()).unwrap_or(&filters);
    operations[5] = engine.subscribe(client, filters);
    let filters = [TopicFilter::new(text())?; 9];
    operations[6] = engine.unsubscribe(client, filters.get(..any::<usize>()).unwrap_or(&filters));
    let publication = Publication::new(text(), bytes())?
        .qos(qos)
        .retain(any_of(RETAIN));
    operations[7] = engine.publish(client, &publication);
    for operation in operations {
        outcome(engine, operation?);
    }
    let operation = engine.configure_tls(tls)?;
    outcome(engine, operation);
    more_verbs(engine, client, &publication)
}

/// What stands before MQTT, and the rest of both dialects.
fn more_verbs(
    engine: &mut Engine<'_>,
    client: ClientIndex,
    publication: &Publication<'_>,
) -> Result<(), UsageError> {
    let context = PdpContext::new(text())?
        .id(any())?
        .kind(any_of([
            ContextKind::Ipv4,
            ContextKind::Ipv6,
            ContextKind::Ipv4AndIpv6,
        ]))
        .credentials(text(), text(), Authentication::PapOrChap)?;
    let form = any_of([
        PublishForm::FixedLength,
        PublishForm::Terminated,
        PublishForm::Inline,
    ]);
    let operations = [
        engine.wait_registered(any()),
        engine.activate(&context),
        engine.sleep(any_of([
            SleepMode::Awake,
            SleepMode::Deep,
            SleepMode::Light,
        ])),
        engine.publish_as(client, publication, form),
        engine.fetch(client, black_box(Some(any()))),
    ];
    for operation in operations {
        outcome(engine, operation?);
    }
    let domain = any_of([Domain::Lte, Domain::Packet, Domain::Circuit]);
    let key = any_of([SettingKey::Version, SettingKey::Will, SettingKey::AliAuth]);
    ask(engine, &SettingQuery { client, key })?;
    ask(engine, &RegistrationQuery { domain })?;
    ask(engine, &SimQuery)?;
    ask(engine, &SignalQuery)?;
    ask(engine, &Manufacturer)?;
    ask(engine, &Revision)?;
    ask(engine, &SleepQuery)?;
    ask(engine, &DeactivateContext { id: any() })?;
    ask(engine, &DeleteFile(PemFile::stored(text())?))?;
    if let Some(answer) = ask(engine, &ContextQuery)? {
        black_box(answer.active().count());
    }
    if let Some(answer) = ask(engine, &ConnectionQuery)? {
        black_box(answer.iter().last());
    }
    if let Some(answer) = ask(engine, &ConnectionStateQuery)? {
        black_box(answer.iter().last());
    }
    if let Some(answer) = ask(engine, &StoredQuery)? {
        black_box(answer.iter().last());
    }
    if let Some(answer) = ask(engine, &FileQuery)? {
        black_box(answer.iter().last());
    }
    if let Some(answer) = ask(engine, &Test(Command::Configure(key)))? {
        for range in answer.lines().flatten() {
            black_box(range.contains(any()));
        }
        black_box(answer.setting(key).map(Iterator::count));
    }
    Ok(())
}

fn ask<'a, R: Request>(
    engine: &'a mut Engine<'_>,
    request: &R,
) -> Result<Option<R::Answer<'a>>, UsageError> {
    let operation = engine.request(request)?;
    outcome(engine, operation);
    Ok(black_box(engine.answer_to(request)))
}

fn outcome(engine: &mut Engine<'_>, operation: Operation) {
    black_box(engine.take_result(operation));
    engine.abandon(operation);
}

/// What a shell calls, and the getters.
fn drive(engine: &mut Engine<'_>) {
    let now = Instant::from_millis(any());
    black_box((
        now.after(any()).is_reached(now),
        now.millis_from(black_box(now)),
    ));
    let _ = black_box(engine.poll(now));
    if let Some(to) = engine.receive_buffer().get_mut(any::<usize>()) {
        *to = any();
    }
    engine.received(any());
    leds::show(engine.transmit_buffer());
    engine.transmitted(any());
    black_box(engine.has_event());
    match engine.take_event() {
        Some(Event::Message(message)) => {
            leds::show(message.topic_name().unwrap_or_default().as_bytes());
            leds::show(message.payload);
        }
        Some(Event::Unsolicited(line)) => leds::show(line),
        event => {
            black_box(event);
        }
    }
    leds::show(engine.response());
    black_box((engine.statistics(), engine.dialect().name));
    black_box(engine.is_connected(ClientIndex::ZERO));
}

/// What stands below the engine and is public.
fn line() -> Option<()> {
    let mut memory = [0; 64];
    let mut ring = Ring::new(memory.get_mut(..any::<usize>())?);
    if let Some(to) = ring.free().get_mut(any::<usize>()) {
        *to = any();
    }
    ring.commit(any());
    ring.consume(any());
    leds::show(ring.content());
    leds::show(ring.first(any()));
    black_box((ring.len(), ring.is_empty(), ring.is_full()));
    let mut framer = Framer::new(LengthDelimited {
        marker: black_box(b"+QMTRECV:"),
        plain_fields: any(),
    });
    framer.arm_prompt();
    black_box(framer.next(&mut ring));
    framer.disarm_prompt();
    framer.abandon_payload();
    black_box((framer.is_in_payload(), framer.is_at_start()));
    black_box(Line::classify(bytes()));
    let mut parameters = Parameters::new(bytes());
    black_box((
        parameters.number(),
        parameters.byte(),
        parameters.is_empty(),
    ));
    leds::show(parameters.string()?);
    leds::show(parameters.rest());
    let mut line = [0; 64];
    let mut writer = CommandWriter::new(line.get_mut(..any::<usize>())?);
    writer
        .raw(bytes())
        .number(any())
        .and_number(any())
        .and_string(text());
    black_box((
        writer.written(),
        writer.check().is_ok(),
        writer.finish().is_ok(),
    ));
    Some(())
}

fn options() -> Result<ConnectOptions<'static>, ValueError> {
    leds::show(TopicName::new(text())?.as_str().as_bytes());
    leds::show(Password::new(text())?.reveal().as_bytes());
    leds::show(
        Text::new(quectel_mqtt::Parameter::HostName, text())?
            .as_str()
            .as_bytes(),
    );
    ConnectOptions::new(text(), text())?
        .port(any())?
        .credentials(text(), text())?
        .user_name(text())?
        .will(
            Will::new(text(), text())?
                .qos(QoS::ExactlyOnce)
                .retain(any_of(RETAIN)),
        )
        .version(any_of([Version::V3_1, Version::V3_1_1]))
        .session(any_of([Session::Clean, Session::Kept]))
        .keep_alive(any())?
        .ali_auth(AliAuth::new(text(), text(), text())?)
        .tls(any())?
        .pdp_context(any())?
        .receive(any_of([ReceiveMode::Direct, ReceiveMode::Stored]))
        .data_format(any_of(FORMATS), any_of(FORMATS))
        .report_retransmissions()
        .retransmission(any(), any())
}

fn tls() -> Result<TlsOptions<'static>, ValueError> {
    Ok(TlsOptions::new(PemFile::upload(text(), bytes())?)
        .client(PemFile::stored(text())?, PemFile::upload(text(), bytes())?)
        .context(any())?
        .cipher_suites(any()))
}

const FORMATS: [DataFormat; 2] = [DataFormat::Text, DataFormat::Hex];

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    panics::fail_to_link(info)
}

const RETAIN: [Retain; 2] = [Retain::Discard, Retain::Keep];
