//! Any line through all that reads lines: no panic, and what is parsed and written again is the same.
//!
//! Input: one byte for the choices that a reader has, then one or several lines, each ended by LF.

use std::fmt::Write as _;

use quectel_mqtt::{
    BC660K_GL, BG95, ClientIndex, Command, Dialect, Domain, PemFile, Redacted, Request, SettingKey,
    at::{CommandWriter, Line, Parameters},
    command::{
        ConnectionQuery, ConnectionStateQuery, ContextQuery, DeactivateContext, DeleteFile,
        FileQuery, Manufacturer, MessageLine, Model, ModemEvent, Range, Ranges, Raw,
        RegistrationQuery, Response, ResultUrc, Revision, SettingQuery, SignalQuery, SimQuery,
        SleepQuery, StoredQuery, Test, Urc,
    },
};

use crate::Input;

/// Reads the lines in every way there is.
pub fn check(data: &[u8]) {
    let mut input = Input::new(data);
    let choice = input.byte();
    let lines = input.rest();
    for line in lines.split(|byte| *byte == b'\n') {
        check_line(line);
        check_parameters(line);
    }
    for dialect in [&BG95, &BC660K_GL] {
        check_requests(dialect, Response::new(lines), choice);
    }
}

fn check_line(bytes: &[u8]) {
    let line = Line::classify(bytes);
    match line {
        Line::Response { name, parameters } => {
            assert!(name.starts_with(b"+") && bytes.starts_with(name));
            assert!(bytes.ends_with(parameters.rest()));
        }
        Line::Text(text) => assert_eq!(text, bytes),
        Line::Echo => assert!(bytes[..2].eq_ignore_ascii_case(b"AT")),
        Line::Final(result) => assert!(!result.to_string().is_empty()),
    }
    let shown = Redacted(bytes).to_string();
    assert!(shown.bytes().all(|byte| (0x20..0x7F).contains(&byte)));
    if let Some(urc) = Urc::parse(&line) {
        assert_eq!(
            urc.client().is_none(),
            !matches!(urc_client(&urc), Some(0..6)),
            "{urc:?}"
        );
        let written = write_urc(&urc);
        let again = Urc::parse(&Line::classify(written.as_bytes()));
        assert_eq!(again, Some(urc), "{written}");
    }
    if let Some(message) = MessageLine::parse(&line) {
        let mut written = Vec::new();
        let (client, id) = (message.head.client.get(), message.head.packet_id);
        written.extend(format!("+QMTRECV: {client},{id},\"").bytes());
        written.extend([message.topic, b"\",\"", message.payload, b"\""].concat());
        let again = MessageLine::parse(&Line::classify(&written));
        assert_eq!(again, Some(message));
    }
}

fn urc_client(urc: &Urc) -> Option<u8> {
    match urc {
        Urc::Result(result) => Some(result.client),
        Urc::Status { client, .. } | Urc::Stored { client, .. } => Some(*client),
        _ => None,
    }
}

/// The URC as the modem writes it.
fn write_urc(urc: &Urc) -> String {
    match urc {
        Urc::Result(result) => write_result(result),
        Urc::Status { client, status } => format!("+QMTSTAT: {client},{}", code(*status)),
        Urc::Stored { client, place } => format!("+QMTRECV: {client},{place}"),
        Urc::Modem(ModemEvent::Ready) => "RDY".into(),
        Urc::Modem(ModemEvent::Starting) => "APP RDY".into(),
        Urc::Modem(ModemEvent::PoweredDown) => "POWERED DOWN".into(),
        Urc::Modem(ModemEvent::ContextLost { context }) => {
            format!("+QIURC: \"pdpdeact\",{context}")
        }
        urc => panic!("{urc:?}"),
    }
}

fn write_result(result: &ResultUrc) -> String {
    let command = result.command;
    let mut line = format!("{}: {}", command.name(), result.client);
    if matches!(
        command,
        Command::Publish | Command::Subscribe | Command::Unsubscribe
    ) {
        write!(line, ",{}", result.packet_id).unwrap();
    }
    write!(line, ",{}", result.result).unwrap();
    for granted in result.values.iter() {
        write!(line, ",{}", code(granted)).unwrap();
    }
    line
}

/// The number that means this.
fn code<T: From<u8> + PartialEq>(meaning: T) -> u8 {
    let mut codes = 0..=u8::MAX;
    codes
        .find(|code| T::from(*code) == meaning)
        .expect("a number")
}

/// Takes parameters from the left; what is taken and written again is taken as the same.
fn check_parameters(line: &[u8]) {
    let mut parameters = Parameters::new(line);
    while !parameters.is_empty() {
        let before = parameters;
        let mut room = [0; 16];
        let mut writer = CommandWriter::new(&mut room);
        if let Some(number) = parameters.number() {
            if number < 0 {
                writer.raw(b"-");
            }
            let len = writer.number(number.unsigned_abs()).check().unwrap();
            assert_eq!(Parameters::new(&room[..len]).number(), Some(number));
            assert_eq!({ before }.byte(), u8::try_from(number).ok());
        } else if let Some(text) = parameters.string() {
            let again = [b"\"", text, b"\""].concat();
            assert_eq!(Parameters::new(&again).string(), Some(text));
        } else {
            assert_eq!(parameters, before, "what is no value is not taken");
            parameters.skip();
        }
        assert!(parameters.rest().len() < before.rest().len(), "no progress");
        assert!(line.ends_with(parameters.rest()));
    }
}

/// Every request reads the lines as its answer.
fn check_requests(dialect: &Dialect, response: Response<'_>, choice: u8) {
    let client = ClientIndex::new(choice % 6).unwrap();
    if let Some(it) = ConnectionQuery.read(dialect, response) {
        it.iter().for_each(drop);
    }
    if let Some(it) = ConnectionStateQuery.read(dialect, response) {
        it.iter().for_each(drop);
    }
    if let Some(it) = ContextQuery.read(dialect, response) {
        it.active().for_each(drop);
    }
    if let Some(it) = FileQuery.read(dialect, response) {
        it.iter().for_each(drop);
    }
    if let Some(it) = StoredQuery.read(dialect, response) {
        it.iter().for_each(drop);
    }
    for key in KEYS {
        let _ = SettingQuery { client, key }.read(dialect, response);
    }
    for domain in [Domain::Lte, Domain::Packet, Domain::Circuit] {
        let found = RegistrationQuery { domain }.read(dialect, response);
        if let Some(found) = found {
            assert!(!found.to_string().is_empty());
        }
    }
    let _ = Manufacturer.read(dialect, response);
    let _ = Model.read(dialect, response);
    let _ = Revision.read(dialect, response);
    let _ = SignalQuery.read(dialect, response);
    let _ = SimQuery.read(dialect, response).map(|it| it.to_string());
    let _ = SleepQuery.read(dialect, response);
    let _ = DeactivateContext { id: choice }.read(dialect, response);
    let _ = DeleteFile(PemFile::stored("f").unwrap()).read(dialect, response);
    let raw = Raw("AT+X").read(dialect, response);
    assert_eq!(raw, Some(response.as_bytes()));
    if let Some(ranges) = Test(Command::Open).read(dialect, response) {
        check_ranges(&ranges, dialect, choice.into());
    }
}

fn check_ranges(ranges: &Ranges<'_>, dialect: &Dialect, number: u32) {
    for key in KEYS {
        if let Some(fields) = ranges.setting(key) {
            fields.for_each(drop);
        }
    }
    for range in ranges.lines().flatten() {
        let written = match range {
            Range::From { min, max } => {
                assert_eq!(range.contains(number), min <= number && number <= max);
                format!("({min}-{max})").into_bytes()
            }
            Range::OneOf(list) => [b"(", list, b")"].concat(),
            Range::Named(name) => [b"<", name, b">"].concat(),
            Range::Key(key) => [b"\"", key, b"\""].concat(),
            range => {
                assert!(!range.contains(number));
                continue;
            }
        };
        let line = [b"+QMTOPEN: ", &written[..], b"\n"].concat();
        let again = Test(Command::Open).read(dialect, Response::new(&line));
        let again = again.unwrap().lines().flatten().next();
        assert_eq!(again, Some(range));
    }
}

const KEYS: [SettingKey; 12] = [
    SettingKey::Version,
    SettingKey::PdpContext,
    SettingKey::Ssl,
    SettingKey::KeepAlive,
    SettingKey::Session,
    SettingKey::Timeout,
    SettingKey::Will,
    SettingKey::ReceiveMode,
    SettingKey::ShowLength,
    SettingKey::DataEcho,
    SettingKey::DataFormat,
    SettingKey::AliAuth,
];
