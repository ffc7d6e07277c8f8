//! Any strings and numbers through everything that writes command lines: refused, or exactly the
//! lines that are meant.
//!
//! Input: dialect and verb, the size of the transmit buffer (two bytes), three texts, numbers.

mod oracle;

use quectel_mqtt::{
    AliAuth, Authentication, ClientIndex, ConnectOptions, DataFormat, PdpContext, PemFile,
    PublishForm, TlsOptions, UsageError, ValueError,
    command::DeleteFile,
    engine::{Buffers, Engine, Operation},
    mqtt::{Publication, QoS, Retain, TopicFilter, Will},
};

use crate::{
    Input, dialect,
    line::run,
    modem::{Modem, Published},
};
use oracle::{is_filter, is_inline, is_text, is_topic};

const CLIENT: ClientIndex = ClientIndex::ZERO;

/// A call, and what must become of it.
struct Call {
    outcome: Result<Operation, UsageError>,
    is_valid: bool,
    /// The command lines that must go out, among others that need no text.
    lines: Vec<String>,
    published: Option<Published>,
}

/// What is refused sends nothing; what is not refused sends what is meant; and who finds too small
/// a buffer is told the size that suffices.
pub fn check(data: &[u8]) {
    let mut input = Input::new(data);
    let (choice, mut size) = (input.byte(), usize::from(input.number() % 1024));
    let rest = input.rest();
    for _ in 0..6 {
        let Some(needed) = attempt(choice, size, Input::new(rest)) else {
            return;
        };
        assert!(needed > size, "{needed} bytes are too many for {size}");
        size = needed;
    }
    panic!("it is never large enough");
}

/// Returns the size that the transmit buffer must have, if it is another.
fn attempt(choice: u8, size: usize, mut input: Input<'_>) -> Option<usize> {
    let dialect = dialect(choice & 1 == 1);
    let is_hex = choice & 3 == 3;
    let texts = [input.text(), input.text(), input.text()];
    // The engine borrows them for as long as its buffers.
    let contents = [1, 2].map(|at: usize| content(&texts[at]));
    let tls = tls_options(&texts[0], &contents, &mut input);
    let (mut rx, mut tx, mut inbox) = ([0; 256], vec![0; size], [0; 64]);
    let buffers = Buffers {
        rx: &mut rx,
        tx: &mut tx,
        inbox: &mut inbox,
    };
    let mut engine = Engine::new(dialect, buffers);
    let mut modem = Modem::new(dialect);
    let is_connected = matches!(choice >> 2 & 7, 1 | 2 | 6 | 7);
    if let Err(error) = prepare(&mut engine, &mut modem, is_hex, is_connected) {
        return Some(too_small(&error).expect("it can be refused for its size alone"));
    }
    let before = modem.commands.len();
    let call = match choice >> 2 & 7 {
        0 => connect(&mut engine, &texts, &mut input),
        1 => subscribe(&mut engine, &texts, input.byte()),
        2 => unsubscribe(&mut engine, &texts),
        3 => activate(&mut engine, &texts, &mut input),
        4 => {
            let outcome = match &tls {
                Ok(options) => engine.configure_tls(options),
                Err(error) => Err((*error).into()),
            };
            tls_call(&engine, &texts, outcome)
        }
        5 => request(&mut engine, &texts, &mut input),
        _ => publish(&mut engine, &texts, &mut input, is_hex),
    };
    let error = call.outcome.as_ref().err();
    if let Some(needed) = error.and_then(too_small) {
        return Some(needed);
    }
    assert_eq!(call.outcome.is_ok(), call.is_valid, "{error:?} {texts:?}");
    let result = run(&mut engine, &mut modem, call.outcome.ok());
    let sent = &modem.commands[before..];
    // That which the modem refuses ends too.
    assert_eq!(result.is_some(), call.is_valid, "{sent:?}");
    assert_eq!(sent.is_empty(), !call.is_valid, "{sent:?}");
    if call.is_valid {
        check_lines(sent, &call.lines);
    }
    assert_eq!(modem.strays, 0);
    assert_eq!(modem.published.last(), call.published.as_ref());
    None
}

/// Each of these lines goes out once; the others are numbers and keys.
fn check_lines(sent: &[String], expected: &[String]) {
    for line in expected {
        // A character for a byte, as the modem keeps its lines.
        let line: String = line.bytes().map(char::from).collect();
        let count = sent.iter().filter(|one| **one == line).count();
        assert_eq!(count, 1, "{line} among {sent:?}");
    }
    for line in sent {
        assert!(!line.contains(|it: char| it.is_ascii_control()), "{line}");
        let quotes = line.matches('"').count();
        let is_inline = line.starts_with("AT+QMTPUB=");
        assert!(quotes % 2 == 0 || is_inline, "{line}");
    }
}

fn too_small(error: &UsageError) -> Option<usize> {
    match error {
        UsageError::BufferTooSmall { needed, .. } => Some(*needed as usize),
        _ => None,
    }
}

/// Makes the modem ready, and connects if that is wanted.
fn prepare(
    engine: &mut Engine<'_>,
    modem: &mut Modem,
    is_hex: bool,
    is_connected: bool,
) -> Result<(), UsageError> {
    let initialize = engine.initialize()?;
    let result = run(engine, modem, Some(initialize));
    assert!(matches!(result, Some(Ok(_))), "{result:?}");
    if is_connected {
        let mut options = ConnectOptions::new("h", "")?;
        if is_hex {
            options = options.data_format(DataFormat::Hex, DataFormat::Text);
        }
        let connect = engine.connect(CLIENT, &options)?;
        let result = run(engine, modem, Some(connect));
        assert!(matches!(result, Some(Ok(_))), "{result:?}");
    }
    Ok(())
}

fn connect(engine: &mut Engine<'_>, texts: &[String; 3], input: &mut Input<'_>) -> Call {
    let dialect = engine.dialect();
    let [one, two, three] = texts.each_ref().map(String::as_str);
    let (kind, port) = (input.below(4), input.number());
    let mut is_valid = port != 0;
    let mut lines = Vec::new();
    let mut limit = |is_met: bool| is_valid &= is_met;
    let options = || -> Result<ConnectOptions<'_>, ValueError> {
        Ok(match kind {
            0 => ConnectOptions::new(one, two)?.user_name(three)?,
            1 => ConnectOptions::new("h", one)?.credentials(two, three)?,
            2 => ConnectOptions::new(one, "")?.will(Will::new(two, three)?.qos(QoS::AtLeastOnce)),
            _ => ConnectOptions::new("h", "")?.ali_auth(AliAuth::new(one, two, three)?),
        })
    };
    let host = if matches!(kind, 0 | 2) { one } else { "h" };
    limit(is_text(host, 1, dialect.host_name_limit));
    lines.push(format!("AT+QMTOPEN=0,\"{host}\",{port}"));
    lines.push(match kind {
        0 => {
            limit(is_text(two, 0, dialect.client_id_limit));
            limit(is_text(three, 0, dialect.user_name_limit));
            format!("AT+QMTCONN=0,\"{two}\",\"{three}\"")
        }
        1 => {
            limit(is_text(one, 0, dialect.client_id_limit));
            limit(is_text(two, 0, dialect.user_name_limit));
            limit(is_text(three, 0, dialect.password_limit));
            format!("AT+QMTCONN=0,\"{one}\",\"{two}\",\"{three}\"")
        }
        _ => "AT+QMTCONN=0,\"\"".into(),
    });
    match kind {
        2 => {
            let least = dialect.will_message_least.into();
            limit(is_topic(two, dialect.will_topic_limit));
            limit(is_text(three, least, dialect.will_message_limit));
            lines.push(format!("AT+QMTCFG=\"will\",0,1,1,0,\"{two}\",\"{three}\""));
        }
        3 => {
            for text in [one, two, three] {
                limit(is_text(text, 1, dialect.ali_auth_limit));
            }
            lines.push(format!(
                "AT+QMTCFG=\"aliauth\",0,\"{one}\",\"{two}\",\"{three}\""
            ));
        }
        _ => {}
    }
    let options = options().and_then(|options| options.port(port));
    let options = options.map_err(UsageError::from);
    Call {
        outcome: options.and_then(|options| engine.connect(CLIENT, &options)),
        is_valid,
        lines,
        published: None,
    }
}

fn subscribe(engine: &mut Engine<'_>, texts: &[String; 3], count: u8) -> Call {
    let most = engine.dialect().topic_limit;
    let count = usize::from(count % 10);
    let filters: Vec<&str> = texts
        .iter()
        .cycle()
        .take(count)
        .map(String::as_str)
        .collect();
    let mut line = "AT+QMTSUB=0,1".to_owned();
    for filter in &filters {
        line.push_str(&format!(",\"{filter}\",2"));
    }
    let topics: Result<Vec<_>, _> = (filters.iter())
        .map(|filter| Ok((TopicFilter::new(filter)?, QoS::ExactlyOnce)))
        .collect();
    let topics = topics.map_err(|error: ValueError| error.into());
    Call {
        outcome: topics.and_then(|topics| engine.subscribe(CLIENT, &topics)),
        is_valid: (1..=8).contains(&count) && filters.iter().all(|it| is_filter(it, most)),
        lines: vec![line],
        published: None,
    }
}

fn unsubscribe(engine: &mut Engine<'_>, texts: &[String; 3]) -> Call {
    let most = engine.dialect().topic_limit;
    let [one, two, three] = texts;
    let topics: Result<Vec<_>, _> = texts.iter().map(|it| TopicFilter::new(it)).collect();
    let topics = topics.map_err(UsageError::from);
    Call {
        outcome: topics.and_then(|topics| engine.unsubscribe(CLIENT, &topics)),
        is_valid: texts.iter().all(|text| is_filter(text, most)),
        lines: vec![format!("AT+QMTUNS=0,1,\"{one}\",\"{two}\",\"{three}\"")],
        published: None,
    }
}

fn activate(engine: &mut Engine<'_>, texts: &[String; 3], input: &mut Input<'_>) -> Call {
    let is_bc660k = engine.dialect().client_count == 5;
    let [access_point, user, password] = texts.each_ref().map(String::as_str);
    let (id, has_user) = (input.below(18), input.flag());
    let context = || -> Result<PdpContext<'_>, ValueError> {
        let context = PdpContext::new(access_point)?.id(id)?;
        if has_user {
            return context.credentials(user, password, Authentication::Chap);
        }
        Ok(context)
    };
    let is_user = is_text(user, 0, 64) && is_text(password, 0, 64) && !is_bc660k;
    let line = match (is_bc660k, has_user) {
        (true, _) => format!("AT+CGDCONT={id},\"IP\",\"{access_point}\""),
        (_, true) => format!("AT+QICSGP={id},1,\"{access_point}\",\"{user}\",\"{password}\",2"),
        _ => format!("AT+QICSGP={id},1,\"{access_point}\",\"\",\"\",0"),
    };
    let outcome = context().map_err(UsageError::from);
    Call {
        outcome: outcome.and_then(|context| engine.activate(&context)),
        is_valid: is_text(access_point, 0, 100) && (1..=16).contains(&id) && (is_user || !has_user),
        lines: vec![line],
        published: None,
    }
}

/// What begins as no answer does: a shorter content that comes back can't be told from an OK.
fn content(text: &str) -> String {
    format!("-----BEGIN {text}")
}

fn tls_options<'a>(
    name: &'a str,
    [ca, key]: &'a [String; 2],
    input: &mut Input<'_>,
) -> Result<TlsOptions<'a>, ValueError> {
    let options = TlsOptions::new(PemFile::upload(name, ca.as_bytes())?);
    let file = PemFile::upload("key", key.as_bytes())?;
    options.client(file, file).context(input.below(2))
}

fn tls_call(
    engine: &Engine<'_>,
    [name, ca, key]: &[String; 3],
    outcome: Result<Operation, UsageError>,
) -> Call {
    let is_bc660k = engine.dialect().client_count == 5;
    let is_ended = |it: &String| is_bc660k && it.contains(['\x1A', '\x1B']);
    let is_named = is_text(name, 1, 80) && !is_ended(ca) && !is_ended(key);
    // The context's number is what is left to refuse.
    let is_other = matches!(outcome, Err(UsageError::Value(_))) && is_bc660k;
    Call {
        is_valid: is_named && !is_other,
        lines: match is_bc660k {
            true => vec!["AT+QSSLCFG=0,0,\"cacert\"".into()],
            false => vec![format!("AT+QFUPL=\"{name}\",{},20", content(ca).len())],
        },
        outcome,
        published: None,
    }
}

fn request(engine: &mut Engine<'_>, texts: &[String; 3], input: &mut Input<'_>) -> Call {
    let text = &texts[0];
    if input.flag() {
        let outcome = PemFile::stored(text).map_err(UsageError::from);
        return Call {
            is_valid: is_text(text, 1, 80) && engine.dialect().client_count == 6,
            outcome: outcome.and_then(|file| engine.request(&DeleteFile(file))),
            lines: vec![format!("AT+QFDEL=\"{text}\"")],
            published: None,
        };
    }
    // Any line is the caller's, and its quotes too; here it gets them in pairs.
    let line = format!("AT+X=\"{}\"", text.replace('"', "\"\""));
    Call {
        is_valid: !text.contains(|it: char| it.is_ascii_control()),
        outcome: engine.raw(&line),
        lines: vec![line],
        published: None,
    }
}

fn publish(
    engine: &mut Engine<'_>,
    texts: &[String; 3],
    input: &mut Input<'_>,
    is_hex: bool,
) -> Call {
    use PublishForm::{Automatic, FixedLength, Inline, Terminated};

    let dialect = engine.dialect();
    let topic = &texts[0];
    let mut payload = texts[1].clone().into_bytes();
    payload.extend(input.bytes());
    let form = [Automatic, FixedLength, Inline, Terminated][usize::from(input.below(4))];
    let most = match form {
        _ if is_hex => dialect.hex_payload_limit,
        Inline => dialect.inline_payload_limit,
        _ => dialect.payload_limit,
    };
    let is_carried = match form {
        FixedLength => !payload.is_empty(),
        Inline => is_hex || is_inline(dialect, &payload),
        Terminated => is_hex || !payload.iter().any(|it| matches!(it, 0x1A | 0x1B)),
        _ => true,
    };
    let is_valid =
        is_topic(topic, dialect.topic_limit) && payload.len() <= most.into() && is_carried;
    let published = Published {
        topic: topic.clone().into_bytes(),
        payload: payload.clone(),
        qos: 1,
        is_retained: true,
    };
    let publication = Publication::new(topic, &payload).map_err(UsageError::from);
    let publication = publication.map(|it| it.qos(QoS::AtLeastOnce).retain(Retain::Keep));
    Call {
        outcome: publication.and_then(|it| engine.publish_as(CLIENT, &it, form)),
        is_valid,
        lines: Vec::new(),
        published: is_valid.then_some(published),
    }
}
