//! Every command of the dialect, in every form that the async shell has for it, with every setting.

use embedded_io_async::{Read, Write};
use quectel_mqtt::{
    AliAuth, ClientIndex, Command, ConnectOptions, ContextKind, Domain, PdpContext, PemFile,
    PublishForm, Request, SettingKey, TlsOptions, ValueError,
    asynch::{Error, Modem},
    command::{
        ConnectionQuery, ConnectionStateQuery, ContextQuery, DeactivateContext, Manufacturer,
        Model, Raw, RegistrationQuery, Revision, SettingQuery, SignalQuery, SimQuery, Test,
    },
    engine::Event,
    mqtt::{Publication, QoS, Retain, Session, TopicFilter, Version, Will},
};
#[cfg(feature = "bg95")]
use quectel_mqtt::{
    Authentication, ReceiveMode,
    command::{DeleteFile, FileQuery, StoredQuery},
};
#[cfg(feature = "bc660k")]
use quectel_mqtt::{DataFormat, SleepMode, command::SleepQuery};

use crate::{
    DIALECT, leds,
    memory::Memory,
    unknown::{any, any_of, bytes, text},
};

/// Carries all of them out, then shows events on the LEDs.
pub async fn with_driver<P>(memory: &mut Memory, port: P) -> Result<(), Error<P::Error>>
where
    P: Read + Write,
{
    let tls = tls()?;
    let mut modem = Modem::new(&DIALECT, port, memory.buffers());
    modem.initialize().await?;
    modem.wait_registered(any()).await?;
    modem.activate(&context()?).await?;
    modem.configure_tls(&tls).await?;
    mqtt(&mut modem).await?;
    requests(&mut modem).await?;
    loop {
        match modem.next_event().await? {
            Event::Message(message) => {
                leds::show(message.topic);
                leds::show(message.payload);
            }
            Event::Unsolicited(line) => leds::show(line),
            event => leds::show_any(&event),
        }
    }
}

async fn mqtt<P: Read + Write>(modem: &mut Modem<'_, P>) -> Result<(), Error<P::Error>> {
    let mut client = modem.client(ClientIndex::new(any())?);
    client.connect(&options()?).await?;
    let qos = any_of([QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce]);
    let filter = TopicFilter::new(text())?;
    client.subscribe(&[(filter, qos); 2]).await?;
    let publication = Publication::new(text(), bytes())?
        .qos(qos)
        .retain(any_of(RETAIN));
    client.publish(&publication).await?;
    let form = any_of([
        PublishForm::FixedLength,
        PublishForm::Terminated,
        PublishForm::Inline,
    ]);
    client.publish_as(&publication, form).await?;
    leds::show_any(&client.start_publish(&publication).await?);
    #[cfg(feature = "bg95")]
    client.fetch(Some(any())).await?;
    client.unsubscribe(&[filter; 2]).await?;
    client.disconnect().await?;
    client.close().await
}

async fn requests<P: Read + Write>(modem: &mut Modem<'_, P>) -> Result<(), Error<P::Error>> {
    let client = ClientIndex::new(any())?;
    let key = any_of([SettingKey::Version, SettingKey::Will, SettingKey::AliAuth]);
    let domain = any_of([Domain::Lte, Domain::Packet, Domain::Circuit]);
    ask(modem, &SettingQuery { client, key }).await?;
    ask(modem, &Test(Command::Configure(key))).await?;
    ask(modem, &RegistrationQuery { domain }).await?;
    ask(modem, &SimQuery).await?;
    ask(modem, &SignalQuery).await?;
    ask(modem, &Manufacturer).await?;
    ask(modem, &Model).await?;
    ask(modem, &Revision).await?;
    ask(modem, &ContextQuery).await?;
    ask(modem, &DeactivateContext { id: any() }).await?;
    ask(modem, &ConnectionQuery).await?;
    ask(modem, &ConnectionStateQuery).await?;
    ask(modem, &Raw(text())).await?;
    #[cfg(feature = "bg95")]
    {
        ask(modem, &StoredQuery).await?;
        ask(modem, &FileQuery).await?;
        ask(modem, &DeleteFile(PemFile::stored(text())?)).await?;
    }
    #[cfg(feature = "bc660k")]
    {
        ask(modem, &SleepQuery).await?;
        modem
            .sleep(any_of([SleepMode::Awake, SleepMode::Light]))
            .await?;
    }
    Ok(())
}

async fn ask<P, R>(modem: &mut Modem<'_, P>, request: &R) -> Result<(), Error<P::Error>>
where
    P: Read + Write,
    R: Request + Sync,
{
    leds::show_any(&modem.request(request).await?);
    Ok(())
}

fn options() -> Result<ConnectOptions<'static>, ValueError> {
    let options = ConnectOptions::new(text(), text())?
        .port(any())?
        .credentials(text(), text())?
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
        .report_retransmissions()
        .retransmission(any(), any())?;
    #[cfg(feature = "bg95")]
    let options = options
        .pdp_context(any())?
        .receive(any_of([ReceiveMode::Direct, ReceiveMode::Stored]));
    #[cfg(feature = "bc660k")]
    let options = options.data_format(any_of(FORMATS), any_of(FORMATS));
    Ok(options)
}

fn context() -> Result<PdpContext<'static>, ValueError> {
    let kinds = [
        ContextKind::Ipv4,
        ContextKind::Ipv6,
        ContextKind::Ipv4AndIpv6,
    ];
    let context = PdpContext::new(text())?.id(any())?.kind(any_of(kinds));
    #[cfg(feature = "bg95")]
    let context = context.credentials(text(), text(), Authentication::PapOrChap)?;
    Ok(context)
}

fn tls() -> Result<TlsOptions<'static>, ValueError> {
    let options = TlsOptions::new(PemFile::upload(text(), bytes())?)
        .client(PemFile::stored(text())?, PemFile::upload(text(), bytes())?)
        .context(any())?;
    #[cfg(feature = "bg95")]
    let options = options.cipher_suites(any());
    Ok(options)
}

const RETAIN: [Retain; 2] = [Retain::Discard, Retain::Keep];
#[cfg(feature = "bc660k")]
const FORMATS: [DataFormat; 2] = [DataFormat::Text, DataFormat::Hex];
