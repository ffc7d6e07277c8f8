//! Whatever the application hands over, each command line on the wire is one command: one CR, at its end,
//! no other control character, and quotes in pairs. What can't be sent so is refused.

#![cfg(all(feature = "bg95", feature = "bc660k"))]

mod support;

use proptest::prelude::*;
use quectel_mqtt::{
    AliAuth, Authentication, BC660K_GL, BG95, ClientIndex, ConnectOptions, DataFormat, Dialect,
    PdpContext, PemFile, PublishForm, TlsOptions, ValueError,
    command::DeleteFile,
    engine::{Engine, Operation},
    mqtt::{Publication, QoS, TopicFilter, Will},
};
use support::{
    bounds::connected,
    obliging::{Obliging, engine},
    text::escape,
};

const CLIENT: ClientIndex = ClientIndex::ZERO;

/// Text of all kinds, and often with what would end or change a command line.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-z/+#]{0,12}",
        2 => "[a-z\"\r\n\\x00\\x1a\\x1b\\x08,;=AT+]{0,12}",
        1 => any::<String>(),
        1 => "(?s).{0,300}",
    ]
}

fn payload() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        text().prop_map(String::into_bytes),
        proptest::collection::vec(any::<u8>(), 0..40),
    ]
}

fn dialect(is_bg95: bool) -> &'static Dialect {
    if is_bg95 { &BG95 } else { &BC660K_GL }
}

fn form() -> impl Strategy<Value = PublishForm> {
    use PublishForm::{Automatic, FixedLength, Inline, Terminated};
    prop_oneof![
        Just(Automatic),
        Just(FixedLength),
        Just(Inline),
        Just(Terminated)
    ]
}

/// Lets the modem answer what was begun, and returns what was sent.
fn sent(
    engine: &mut Engine<'_>,
    operation: Result<Operation, impl std::error::Error>,
    has_prompt: bool,
) -> Obliging {
    let mut modem = Obliging::default();
    if let Ok(operation) = operation {
        // A file that is not confirmed, for one, is a failure; it is no matter here.
        let _ = modem.run(engine, operation, has_prompt);
    }
    modem
}

/// One CR, at the end, nothing else that ends or edits a line, and the quotes that belong to a string
/// each: at its start behind `,` or `=`, at its end before `,` or CR. `inline` is how many bytes of a
/// payload stand before the last quote, which may be any but control characters.
fn assert_one_command(line: &[u8], inline: usize) {
    let shown = escape(line);
    assert!(line.starts_with(b"AT"), "{shown}");
    assert_eq!(line.last(), Some(&b'\r'), "{shown}");
    let command = &line[..line.len() - 1];
    assert!(!command.iter().any(u8::is_ascii_control), "{shown}");
    assert!(!line.contains(&b'\n'), "{shown}");
    // The payload, without its last quote, is cut out.
    let mut command = command.to_vec();
    if inline > 0 {
        let end = command.len() - 1;
        command.drain(end - inline..end);
    }
    let mut is_open = false;
    for (at, byte) in command.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| command[at]);
        let after = command.get(at + 1).copied();
        match (byte, is_open) {
            (b'"', false) => {
                assert!(matches!(before, Some(b',' | b'=')), "{shown}");
                is_open = true;
            }
            (b'"', true) => {
                assert!(matches!(after, Some(b',') | None), "{shown}");
                is_open = false;
            }
            // A second command on the line (V.250, chapter 5.2.1).
            (b';', is_open) => assert!(is_open, "{shown}"),
            _ => {}
        }
    }
    assert!(!is_open, "{shown}");
}

fn assert_commands(modem: &Obliging) {
    for line in &modem.lines {
        assert_one_command(line, 0);
    }
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn no_text_of_a_connect_makes_a_second_command(
        is_bg95 in any::<bool>(),
        texts in proptest::array::uniform9(text()),
        has in proptest::array::uniform4(any::<bool>()),
    ) {
        let [host, id, user, password, topic, message, key, name, secret] = &texts;
        let options = || -> Result<ConnectOptions<'_>, ValueError> {
            // One that is refused would hide the others.
            let mut options = ConnectOptions::new(host, id)
                .or_else(|_| ConnectOptions::new("host", id))
                .or_else(|_| ConnectOptions::new("host", "id"))?;
            if has[0] {
                options = options.credentials(user, password)?;
            } else if has[1] {
                options = options.user_name(user)?;
            }
            if has[2] {
                options = options.will(Will::new(topic, message)?);
            }
            if has[3] {
                options = options.ali_auth(AliAuth::new(key, name, secret)?);
            }
            Ok(options)
        };
        if let Ok(options) = options() {
            let mut engine = engine(dialect(is_bg95));
            let connect = engine.connect(CLIENT, &options);
            let is_taken = connect.is_ok();
            let modem = sent(&mut engine, connect, false);
            assert_eq!(engine.is_connected(CLIENT), is_taken);
            assert_commands(&modem);
        }
    }

    #[test]
    fn no_topic_or_payload_makes_a_second_command(
        is_bg95 in any::<bool>(),
        topic in text(),
        payload in payload(),
        form in form(),
        is_hex in any::<bool>(),
    ) {
        let mut options = ConnectOptions::new("host", "id").unwrap();
        let is_hex = is_hex && !is_bg95;
        if is_hex {
            options = options.data_format(DataFormat::Hex, DataFormat::Hex);
        }
        let mut engine = connected(dialect(is_bg95), &options);
        if let Ok(filter) = TopicFilter::new(&topic) {
            let subscribe = engine.subscribe(CLIENT, &[(filter, QoS::AtLeastOnce); 2]);
            assert_commands(&sent(&mut engine, subscribe, false));
            let unsubscribe = engine.unsubscribe(CLIENT, &[filter; 2]);
            assert_commands(&sent(&mut engine, unsubscribe, false));
        }
        let message = Publication::new(&topic, &payload);
        if let Ok(message) = message.or_else(|_| Publication::new("t", &payload)) {
            let publish = engine.publish_as(CLIENT, &message, form);
            let is_taken = publish.is_ok();
            let is_inline = form == PublishForm::Inline;
            let modem = sent(&mut engine, publish, !is_inline);
            assert_eq!(modem.lines.len(), usize::from(is_taken));
            let digits = if is_hex { 2 } else { 1 };
            for line in &modem.lines {
                assert_one_command(line, if is_inline { digits * payload.len() } else { 0 });
            }
            // Behind a prompt, exactly as many bytes as the line says, or one Ctrl+Z at the end.
            for data in &modem.data {
                let line = String::from_utf8_lossy(&modem.lines[0]).into_owned();
                // No quote stands in a topic; a comma may.
                let (_, behind_topic) = line.trim_end().rsplit_once('"').unwrap();
                match behind_topic.strip_prefix(',') {
                    Some(length) => {
                        assert_eq!(data.len(), digits * length.parse::<usize>().unwrap());
                    }
                    None => {
                        let end = data.iter().position(|byte| matches!(byte, 0x1A | 0x1B));
                        assert_eq!(end, Some(data.len() - 1));
                    }
                }
            }
        }
    }

    #[test]
    fn no_name_of_a_network_or_file_makes_a_second_command(
        is_bg95 in any::<bool>(),
        texts in proptest::array::uniform3(text()),
        content in payload(),
    ) {
        let [apn, user, password] = &texts;
        if let Ok(mut context) = PdpContext::new(apn).or_else(|_| PdpContext::new("apn")) {
            if let Ok(whole) = context.credentials(user, password, Authentication::Chap) {
                context = whole;
            }
            let mut engine = engine(dialect(is_bg95));
            let activate = engine.activate(&context);
            assert_commands(&sent(&mut engine, activate, false));
        }
        if let Ok(file) = PemFile::stored(apn) {
            let mut engine = engine(dialect(is_bg95));
            let delete = engine.request(&DeleteFile(file));
            assert_commands(&sent(&mut engine, delete, false));
        }
        let (name, content) = (&*apn.clone().leak(), &*content.leak());
        if let Ok(ca) = PemFile::upload(name, content) {
            let options = Box::leak(Box::new(TlsOptions::new(ca)));
            let mut engine = engine(dialect(is_bg95));
            let configure = engine.configure_tls(options);
            assert_commands(&sent(&mut engine, configure, true));
        }
    }

    #[test]
    fn no_raw_text_makes_a_second_line(is_bg95 in any::<bool>(), command in "(AT)?", rest in text()) {
        let mut engine = engine(dialect(is_bg95));
        let raw = engine.raw(&format!("{command}{rest}"));
        for line in sent(&mut engine, raw, false).lines {
            assert!(line.starts_with(b"AT"));
            let end = line.iter().position(u8::is_ascii_control);
            assert_eq!(end, Some(line.len() - 1), "{}", escape(&line));
            assert!(line.ends_with(b"\r"));
        }
    }
}
