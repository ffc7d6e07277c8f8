//! A row of the table: what the note says, and the call and the bytes that prove it.

use std::{fmt::Debug, rc::Rc};

use quectel_mqtt::{
    BC660K_GL, Cause, ClientIndex, Command, ConnectOptions, Dialect, RecommendedAction,
    Registration, Request, Status, UsageError,
    engine::{Engine, Operation},
    mqtt::GrantedQos,
};

pub(crate) const CLIENT: ClientIndex = ClientIndex::ZERO;

/// What a row proves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Proof {
    /// A form of the command.
    Form(Form),
    /// A number that the modem answers: of what, and which.
    Code(&'static str, i32),
    /// An unsolicited result code.
    Urc(&'static str),
    /// That the modem answers it with an error.
    Refused,
    /// That it is refused before a byte is sent: the dialect has no such thing.
    Absent,
}

/// The forms of a command (BG95 note, chapter 3.1.2; BC660K note, chapter 3.1.2), those of
/// AT+QMTCFG, and those of a publish.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Form {
    /// `AT+NAME=?`
    Test,
    /// `AT+NAME?`
    Read,
    /// `AT+NAME=…`
    Write,
    /// `AT+NAME`
    Execute,
    /// AT+QMTCFG without values.
    Query,
    /// Publish, ended by Ctrl+Z.
    Terminated,
    /// Publish, by its length.
    FixedLength,
    /// Publish in the command line.
    Inline,
}

/// What has happened before the call.
#[derive(Clone, Copy)]
pub(crate) enum Start {
    /// Nothing: the modem may not even be there.
    Nothing,
    /// The modem was made ready.
    Ready,
    /// Client 0 is connected with these options.
    Connected(Options),
}

/// The options of a connect, and the lines that they change among those of the settings.
#[derive(Clone, Copy)]
pub(crate) struct Options {
    pub(crate) change: fn(ConnectOptions<'static>) -> ConnectOptions<'static>,
    pub(crate) lines: &'static [&'static str],
}

/// What has come of the call, or of what the modem said.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    Done,
    /// The typed answer, shown.
    Answer(String),
    Subscribed(Vec<GrantedQos>),
    Registered(Registration),
    /// Retransmissions were counted before the end.
    Retransmitted(u16),
    Failed(Command, Cause),
    Refused(UsageError),
    /// Packet identifier, topic, payload.
    Message(u32, String, Vec<u8>),
    Disconnected(Status, RecommendedAction),
    Restarted,
    OtherModel,
    ContextLost(u8),
}

impl Outcome {
    pub(crate) fn answer(value: impl Debug) -> Vec<Self> {
        vec![Self::Answer(shown(value))]
    }

    pub(crate) fn message(packet_id: u32, topic: &str, payload: &[u8]) -> Self {
        Self::Message(packet_id, topic.into(), payload.into())
    }
}

type Begin = dyn Fn(&mut Engine<'static>) -> Result<Operation, UsageError>;
type Show = dyn Fn(&Engine<'static>) -> Outcome;

/// What the application calls.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) begin: Option<Rc<Begin>>,
    pub(crate) show: Option<Rc<Show>>,
}

impl Call {
    /// Nothing: the modem speaks by itself.
    pub(crate) const NONE: Self = Self {
        begin: None,
        show: None,
    };

    pub(crate) fn verb(
        begin: impl Fn(&mut Engine<'static>) -> Result<Operation, UsageError> + 'static,
    ) -> Self {
        Self {
            begin: Some(Rc::new(begin)),
            show: None,
        }
    }

    /// A request, and how the typed answer to it is shown.
    pub(crate) fn ask<R>(request: R, show: impl Fn(R::Answer<'_>) -> String + 'static) -> Self
    where
        R: Request + Copy + 'static,
    {
        Self {
            begin: Some(Rc::new(move |engine| engine.request(&request))),
            show: Some(Rc::new(move |engine| match engine.answer_to(&request) {
                Some(answer) => Outcome::Answer(show(answer)),
                None => Outcome::Answer("not understood".into()),
            })),
        }
    }

    /// A request whose typed answer can be shown as it is.
    pub(crate) fn request<R>(request: R) -> Self
    where
        R: Request + Copy + 'static,
        for<'a> R::Answer<'a>: Debug,
    {
        Self::ask(request, |answer| shown(answer))
    }

    /// Client 0 connects.
    pub(crate) fn connect(options: Options) -> Self {
        Self::verb(move |engine| {
            let plain = ConnectOptions::new("mqtt.example.com", "meter-0815").unwrap();
            engine.connect(CLIENT, &(options.change)(plain))
        })
    }
}

pub(crate) struct Row {
    pub(crate) dialect: &'static Dialect,
    pub(crate) chapter: String,
    /// `None`: it is about the line as such, or a URC.
    pub(crate) command: Option<Command>,
    pub(crate) proof: Proof,
    /// The note has it, and no log of a real modem that we know of.
    pub(crate) is_note_alone: bool,
    pub(crate) start: Start,
    pub(crate) call: Call,
    /// What the driver must send, and what the modem sends then. A command stands without its CR,
    /// and data as it is; lines of the modem stand between `|`, without their line ends.
    pub(crate) dialogue: Vec<(String, String)>,
    pub(crate) outcome: Vec<Outcome>,
}

/// The options that nobody has touched.
pub(crate) const PLAIN: Options = Options {
    change: |options| options,
    lines: &[],
};

/// All lines of a connect of client 0, and that they succeed.
pub(crate) fn dialogue_of_connect(dialect: &Dialect, options: Options) -> Vec<(String, String)> {
    let mut lines = settings(dialect, options);
    lines.extend(owned(&[
        (OPEN, "OK|+QMTOPEN: 0,0"),
        (CONNECT, "OK|+QMTCONN: 0,0,0"),
    ]));
    lines
}

/// The lines of a connect that come before AT+QMTOPEN, with those that the options change.
pub(crate) fn settings(dialect: &Dialect, options: Options) -> Vec<(String, String)> {
    // The values that the notes have as defaults; but MQTT 3.1.1, a clean session, payloads with
    // their length, and no echo of data (BG95 note, chapter 3.2.1; BC660K note, chapter 3.3.1).
    let plain: &[&str] = if is_bc660k(dialect) {
        &[
            "AT+QSCLK=0",
            r#"AT+QMTCFG="version",0,1"#,
            r#"AT+QMTCFG="ssl",0,0"#,
            r#"AT+QMTCFG="keepalive",0,120"#,
            r#"AT+QMTCFG="session",0,1"#,
            r#"AT+QMTCFG="timeout",0,30,0,0"#,
            r#"AT+QMTCFG="will",0,0"#,
            r#"AT+QMTCFG="showrecvlen",0,1"#,
            r#"AT+QMTCFG="echomode",0,0"#,
            r#"AT+QMTCFG="dataformat",0,0,0"#,
        ]
    } else {
        &[
            r#"AT+QMTCFG="version",0,4"#,
            r#"AT+QMTCFG="pdpcid",0,1"#,
            r#"AT+QMTCFG="ssl",0,0"#,
            r#"AT+QMTCFG="keepalive",0,120"#,
            r#"AT+QMTCFG="session",0,1"#,
            r#"AT+QMTCFG="timeout",0,5,3,0"#,
            r#"AT+QMTCFG="will",0,0"#,
            r#"AT+QMTCFG="recv/mode",0,0,1"#,
        ]
    };
    let key = |line: &str| line.split(',').next().unwrap_or_default().to_owned();
    let mut lines: Vec<&str> = plain.to_vec();
    for changed in options.lines {
        match lines.iter_mut().find(|line| key(line) == key(changed)) {
            Some(line) => *line = changed,
            None => lines.push(changed),
        }
    }
    lines
        .into_iter()
        .map(|line| (line.into(), "OK".into()))
        .collect()
}

pub(crate) const OPEN: &str = r#"AT+QMTOPEN=0,"mqtt.example.com",1883"#;
pub(crate) const CONNECT: &str = r#"AT+QMTCONN=0,"meter-0815""#;

pub(crate) fn owned(dialogue: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(says, answers): &(&str, &str)| ((*says).into(), (*answers).into());
    dialogue.iter().map(own).collect()
}

/// A typed answer, to be compared.
pub(crate) fn shown(value: impl Debug) -> String {
    format!("{value:?}")
}

pub(crate) fn is_bc660k(dialect: &Dialect) -> bool {
    dialect.name == BC660K_GL.name
}
