//! The verbs of the engine, called with words.

use std::str::FromStr;

use quectel_mqtt::{
    AliAuth, Authentication, BC660K_GL, BG95, ClientIndex, ConnectOptions, ContextKind, DataFormat,
    Dialect, PdpContext, PemFile, PublishForm, ReceiveMode, SleepMode, TlsOptions, TlsVersion,
    Validity, ValueError,
    engine::{Engine, Operation},
    mqtt::{Publication, QoS, Retain, Session, TopicFilter, Version, Will},
};

use super::{
    requests::{Answer, request},
    text::{escape, unescape},
};

/// An operation under way.
pub(crate) struct Started {
    pub(crate) operation: Operation,
    pub(crate) verb: String,
    /// The client that it is about, where it is about one.
    pub(crate) client: ClientIndex,
    /// Shows the answer that it has brought.
    pub(crate) answer: Option<Answer>,
}

/// Calls a verb with `name=value` arguments.
pub(crate) fn start(
    engine: &mut Engine<'_>,
    verb: &str,
    words: &[String],
) -> Result<Started, String> {
    let words = Words(words);
    let client = words.number("client").unwrap_or(0);
    let client = ClientIndex::new(client).map_err(text)?;
    let mut answer: Option<Answer> = None;
    let operation = match verb {
        "initialize" => engine.initialize(),
        "wait_registered" => engine.wait_registered(words.number("timeout").unwrap_or(60_000)),
        "activate" => engine.activate(&context(words).map_err(text)?),
        "configure_tls" => {
            // They outlive the test: the engine borrows them for as long as its buffers.
            let options = Box::leak(Box::new(tls(words).map_err(text)?));
            engine.configure_tls(options)
        }
        "sleep" => engine.sleep(sleep_mode(words)),
        "connect" => engine.connect(client, &options(words).map_err(text)?),
        "subscribe" => engine.subscribe(client, &topics(words).map_err(text)?),
        "unsubscribe" => engine.unsubscribe(client, &filters(words).map_err(text)?),
        "publish" => {
            let message = publication(words).map_err(text)?;
            match words.value("form") {
                None => engine.publish(client, &message),
                Some(form) => engine.publish_as(client, &message, publish_form(form)),
            }
        }
        "fetch" => engine.fetch(client, words.number("place")),
        "disconnect" => engine.disconnect(client),
        "close" => engine.close(client),
        "raw" => {
            answer = Some(Box::new(|engine| escape(engine.response())));
            let command = unescape(words.value("command").unwrap_or(""));
            engine.raw(std::str::from_utf8(&command).unwrap())
        }
        "request" => {
            let (operation, shown) = request(&mut *engine, words, client)??;
            answer = Some(shown);
            Ok(operation)
        }
        verb => panic!("unknown verb {verb}"),
    };
    Ok(Started {
        operation: operation.map_err(text)?,
        verb: verb.into(),
        client,
        answer,
    })
}

/// The arguments of a call.
#[derive(Clone, Copy)]
pub(crate) struct Words<'a>(pub(crate) &'a [String]);

impl<'a> Words<'a> {
    pub(crate) fn value(self, name: &str) -> Option<&'a str> {
        self.values(name).next()
    }

    /// With its escapes resolved.
    pub(crate) fn text(self, name: &str) -> Option<&'static str> {
        self.texts(name).next()
    }

    pub(crate) fn texts(self, name: &str) -> impl Iterator<Item = &'static str> {
        self.values(name)
            .map(|value| &*String::from_utf8(unescape(value)).unwrap().leak())
    }

    pub(crate) fn values(self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter_map(move |word| word.strip_prefix(name)?.strip_prefix('='))
    }

    pub(crate) fn number<N: FromStr>(self, name: &str) -> Option<N> {
        let value = self.value(name)?;
        Some(value.parse().unwrap_or_else(|_| panic!("{name}={value}")))
    }

    fn qos(self) -> QoS {
        qos(self.value("qos").unwrap_or("0"))
    }

    fn retain(self) -> Retain {
        match self.value("retain") {
            Some("1") => Retain::Keep,
            _ => Retain::Discard,
        }
    }
}

pub(crate) fn topics(words: Words<'_>) -> Result<Vec<(TopicFilter<'static>, QoS)>, ValueError> {
    let topics = words.texts("topic").zip(words.values("qos"));
    topics
        .map(|(topic, code)| Ok((TopicFilter::new(topic)?, qos(code))))
        .collect()
}

pub(crate) fn filters(words: Words<'_>) -> Result<Vec<TopicFilter<'static>>, ValueError> {
    words.texts("topic").map(TopicFilter::new).collect()
}

pub(crate) fn publication(words: Words<'_>) -> Result<Publication<'static>, ValueError> {
    let payload = match words.number("length") {
        Some(length) => vec![b'x'; length],
        None => unescape(words.value("payload").unwrap_or("")),
    };
    let message = Publication::new(words.text("topic").unwrap_or("t"), payload.leak())?;
    Ok(message.qos(words.qos()).retain(words.retain()))
}

pub(crate) fn sleep_mode(words: Words<'_>) -> SleepMode {
    match words.value("mode") {
        Some("awake") => SleepMode::Awake,
        Some("light") => SleepMode::Light,
        _ => SleepMode::Deep,
    }
}

pub(crate) fn options(words: Words<'_>) -> Result<ConnectOptions<'_>, ValueError> {
    let host = words.text("host").unwrap_or("mqtt.example.com");
    let id = words.text("id").unwrap_or("meter-0815");
    let mut options = ConnectOptions::new(host, id)?;
    if let Some(port) = words.number("port") {
        options = options.port(port)?;
    }
    if let Some(user) = words.text("user") {
        options = match words.text("password") {
            Some(password) => options.credentials(user, password),
            None => options.user_name(user),
        }?;
    }
    if let Some(seconds) = words.number("keepalive") {
        options = options.keep_alive(seconds)?;
    }
    if let Some(seconds) = words.number("timeout") {
        options = options.retransmission(seconds, words.number("retries").unwrap_or(3))?;
    }
    if words.value("notice") == Some("1") {
        options = options.report_retransmissions();
    }
    if words.value("session") == Some("kept") {
        options = options.session(Session::Kept);
    }
    if words.value("version") == Some("3.1") {
        options = options.version(Version::V3_1);
    }
    if let Some(topic) = words.text("will") {
        let will = Will::new(topic, words.text("message").unwrap_or(""))?;
        options = options.will(will.qos(words.qos()).retain(words.retain()));
    }
    if let Some(context) = words.number("tls") {
        options = options.tls(context)?;
    }
    if let Some(context) = words.number("pdp") {
        options = options.pdp_context(context)?;
    }
    if words.value("receive") == Some("stored") {
        options = options.receive(ReceiveMode::Stored);
    }
    if let Some((send, receive)) = words.value("dataformat").and_then(|it| it.split_once(',')) {
        options = options.data_format(data_format(send), data_format(receive));
    }
    if let Some(names) = words.value("aliauth") {
        let names: Vec<&str> = names.split(',').collect();
        options = options.ali_auth(AliAuth::new(names[0], names[1], names[2])?);
    }
    Ok(options)
}

pub(crate) fn context(words: Words<'_>) -> Result<PdpContext<'_>, ValueError> {
    let mut context = PdpContext::new(words.value("apn").unwrap_or(""))?;
    if let Some(id) = words.number("id") {
        context = context.id(id)?;
    }
    context = context.kind(match words.value("kind") {
        Some("ipv6") => ContextKind::Ipv6,
        Some("both") => ContextKind::Ipv4AndIpv6,
        _ => ContextKind::Ipv4,
    });
    if let Some(user) = words.value("user") {
        let password = words.value("password").unwrap_or("");
        context = context.credentials(user, password, Authentication::Chap)?;
    }
    Ok(context)
}

/// `ca`, `cert` and `key` name files, `ca_pem`, `cert_pem` and `key_pem` are what to upload.
pub(crate) fn tls(words: Words<'_>) -> Result<TlsOptions<'static>, ValueError> {
    let file = |name: &str| -> Result<Option<PemFile<'static>>, ValueError> {
        let Some(file) = words.value(name) else {
            return Ok(None);
        };
        let file: &'static str = file.to_owned().leak();
        match words.value(&format!("{name}_pem")) {
            None => PemFile::stored(file),
            Some(content) => PemFile::upload(file, unescape(content).leak()),
        }
        .map(Some)
    };
    let mut options = match file("ca")? {
        None => TlsOptions::without_verifying_the_server(),
        Some(ca) => TlsOptions::new(ca),
    };
    if let (Some(certificate), Some(key)) = (file("cert")?, file("key")?) {
        options = options.client(certificate, key);
    }
    if let Some(context) = words.number("context") {
        options = options.context(context)?;
    }
    if words.value("version") == Some("any") {
        options = options.version(TlsVersion::Any);
    }
    if let Some(suites) = words.number("suites") {
        options = options.cipher_suites(suites);
    }
    if words.value("validity") == Some("ignored") {
        options = options.validity(Validity::Ignored);
    }
    Ok(options)
}

pub(crate) fn publish_form(name: &str) -> PublishForm {
    match name {
        "fixed" => PublishForm::FixedLength,
        "terminated" => PublishForm::Terminated,
        "inline" => PublishForm::Inline,
        name => panic!("form {name}"),
    }
}

fn data_format(name: &str) -> DataFormat {
    match name {
        "text" => DataFormat::Text,
        "hex" => DataFormat::Hex,
        name => panic!("format {name}"),
    }
}

pub(crate) fn qos(code: &str) -> QoS {
    match code {
        "0" => QoS::AtMostOnce,
        "1" => QoS::AtLeastOnce,
        "2" => QoS::ExactlyOnce,
        code => panic!("QoS {code}"),
    }
}

pub(crate) fn text(error: impl ToString) -> String {
    error.to_string()
}

/// The dialect that a transcript names.
pub(super) fn dialect_named(name: &str) -> &'static Dialect {
    let dialects = [&BG95, &BC660K_GL];
    let mut named = dialects.into_iter().filter(|one| one.name == name);
    named.next().expect("a dialect's name")
}
