//! AT+QMTCFG: every key in its three forms.

use quectel_mqtt::{
    AliAuth, ClientIndex, Command, ConnectOptions, DataFormat, ReceiveMode, Setting,
    SettingKey as Key,
    command::{Range, SettingQuery, Test},
    mqtt::{QoS, Retain, Session, Version, Will},
};

use super::{
    row::{Call, Form, Options, shown},
    table::{Note, Table},
};

pub(crate) fn rows(table: &mut Table) {
    tests(table);
    queries(table);
    writes(table);
}

/// The keys as the test command of each note lists them, with the spelling that it has there.
const TEST_OF_BG95: &str = concat!(
    r#"+QMTCFG: "version",(0-5),(3,4)|"#,
    r#"+QMTCFG: "pdpcid",(0-5),(1-16)|"#,
    r#"+QMTCFG: "ssl",(0-5),(0,1),(0-5)|"#,
    r#"+QMTCFG: "keepalive",(0-5),(0-3600)|"#,
    r#"+QMTCFG: "session",(0-5),(0,1)|"#,
    r#"+QMTCFG: "timeout",(0-5),(1-60),(0-10),(0,1)|"#,
    r#"+QMTCFG: "will",(0-5),(0,1),(0-2),(0,1),<will_topic>,<will_message>|"#,
    r#"+QMTCFG: "rcv/mode",(0-5),(0,1),(0,1)|"#,
    r#"+QMTCFG: "aliauth",(0-5),<product_key>,<device_name>,<device_secret>|OK"#
);
const TEST_OF_BC660K: &str = concat!(
    r#"+QMTCFG: "will",(0-4),(0,1),(0-2),(0,1),<will_topic>,<will_msg>|"#,
    r#"+QMTCFG: "timeout",(0-4),(1-60),(0-10),(0,1)|"#,
    r#"+QMTCFG: "session",(0-4),(0,1)|"#,
    r#"+QMTCFG: "keepalive",(0-4),(0-3600)|"#,
    r#"+QMTCFG: "aliauth",(0-4),<product_key>,<device_name>,<device_secret>|"#,
    r#"+QMTCFG: "version",(0-4),(0,1)|"#,
    r#"+QMTCFG: "showrecvlen",(0-4),(0,1)|"#,
    r#"+QMTCFG: "echo_mode",(0-4),(0,1)|"#,
    r#"+QMTCFG: "dataformat",(0-4),(0,1),(0,1)|"#,
    r#"+QMTCFG: "ssl",(0-4),(0,1),(0-10),(0-4)|OK"#
);

fn tests(table: &mut Table) {
    use Range::{From, Named, OneOf};
    const FLAG: Range<'_> = OneOf(b"0,1");
    let mut test = |note, answers: &str, key, ranges: &[Range<'static>]| {
        let test = Call::ask(Test(Command::Configure(key)), move |found| {
            shown(found.setting(key).map(Iterator::collect::<Vec<_>>))
        });
        let mut chapter = table.command(note, Command::Configure(key));
        chapter.asked(Form::Test, test, "AT+QMTCFG=?", answers, Some(ranges));
    };
    let device = [
        Named(b"product_key"),
        Named(b"device_name"),
        Named(b"device_secret"),
    ];
    let timeout = [From { min: 1, max: 60 }, From { min: 0, max: 10 }, FLAG];
    let seconds = From { min: 0, max: 3600 };
    let qos = From { min: 0, max: 2 };

    let client = From { min: 0, max: 5 };
    let mut bg95 = |key, ranges: &[Range<'static>]| {
        let ranges = [&[client], ranges].concat();
        test(Note::Bg95("3.2.1"), TEST_OF_BG95, key, &ranges);
    };
    bg95(Key::Version, &[OneOf(b"3,4")]);
    bg95(Key::PdpContext, &[From { min: 1, max: 16 }]);
    bg95(Key::Ssl, &[FLAG, From { min: 0, max: 5 }]);
    bg95(Key::KeepAlive, &[seconds]);
    bg95(Key::Session, &[FLAG]);
    bg95(Key::Timeout, &timeout);
    bg95(
        Key::Will,
        &[
            FLAG,
            qos,
            FLAG,
            Named(b"will_topic"),
            Named(b"will_message"),
        ],
    );
    bg95(Key::ReceiveMode, &[FLAG, FLAG]);
    bg95(Key::AliAuth, &device);

    let client = From { min: 0, max: 4 };
    let mut bc660k = |key, ranges: &[Range<'static>]| {
        let ranges = [&[client], ranges].concat();
        test(Note::Bc660k("3.3.1"), TEST_OF_BC660K, key, &ranges);
    };
    bc660k(
        Key::Will,
        &[FLAG, qos, FLAG, Named(b"will_topic"), Named(b"will_msg")],
    );
    bc660k(Key::Timeout, &timeout);
    bc660k(Key::Session, &[FLAG]);
    bc660k(Key::KeepAlive, &[seconds]);
    bc660k(Key::AliAuth, &device);
    bc660k(Key::Version, &[FLAG]);
    bc660k(Key::ShowLength, &[FLAG]);
    bc660k(Key::DataEcho, &[FLAG]);
    bc660k(Key::DataFormat, &[FLAG, FLAG]);
    bc660k(
        Key::Ssl,
        &[FLAG, From { min: 0, max: 10 }, From { min: 0, max: 4 }],
    );
}

/// Keys that both notes have; the BC660K note leaves the key out of the answer.
fn queries(table: &mut Table) {
    let client = ClientIndex::ZERO;
    let mut query = |note, key: Key, answers: &str, setting: Setting<'static>| {
        let says = format!(r#"AT+QMTCFG="{}",0"#, key_of_the_note(key));
        // What is shown of a will and a name at Alibaba Cloud is all but the secret.
        let ask = Call::request(SettingQuery { client, key });
        let mut chapter = table.command(note, Command::Configure(key));
        chapter.asked(Form::Query, ask, &says, answers, setting);
    };
    let will = will();
    let device = AliAuth::new("key", "device", "secret").unwrap();

    let mut bg95 = |key, answer: &str, setting| {
        query(Note::Bg95("3.2.1"), key, &format!("{answer}|OK"), setting);
    };
    bg95(
        Key::Version,
        r#"+QMTCFG: "version",3"#,
        Setting::Version(Version::V3_1),
    );
    bg95(
        Key::Version,
        r#"+QMTCFG: "version",4"#,
        Setting::Version(Version::V3_1_1),
    );
    bg95(
        Key::PdpContext,
        r#"+QMTCFG: "pdpcid",16"#,
        Setting::PdpContext(16),
    );
    bg95(Key::Ssl, r#"+QMTCFG: "ssl",0"#, Setting::Ssl(None));
    bg95(Key::Ssl, r#"+QMTCFG: "ssl",1,5"#, Setting::Ssl(Some(5)));
    bg95(
        Key::KeepAlive,
        r#"+QMTCFG: "keepalive",3600"#,
        Setting::KeepAlive(3600),
    );
    bg95(
        Key::Session,
        r#"+QMTCFG: "session",0"#,
        Setting::Session(Session::Kept),
    );
    bg95(
        Key::Session,
        r#"+QMTCFG: "session",1"#,
        Setting::Session(Session::Clean),
    );
    bg95(
        Key::Timeout,
        r#"+QMTCFG: "timeout",60,10,1"#,
        LONGEST_TIMEOUT,
    );
    bg95(Key::Will, r#"+QMTCFG: "will",0"#, Setting::Will(None));
    bg95(
        Key::Will,
        r#"+QMTCFG: "will",1,2,1,"w/t","gone""#,
        Setting::Will(Some(will)),
    );
    bg95(
        Key::Will,
        r#"+QMTCFG: "will",1,2,0,"w/t","gone""#,
        Setting::Will(Some(will.retain(Retain::Discard))),
    );
    let direct = Setting::ReceiveMode(ReceiveMode::Direct, false);
    let stored = Setting::ReceiveMode(ReceiveMode::Stored, true);
    bg95(Key::ReceiveMode, r#"+QMTCFG: "recv/mode",0"#, direct);
    bg95(Key::ReceiveMode, r#"+QMTCFG: "recv/mode",1,1"#, stored);
    bg95(Key::ReceiveMode, r#"+QMTCFG: "rcv/mode",1,1"#, stored);
    bg95(Key::AliAuth, "", Setting::AliAuth(None));
    let answer = r#"+QMTCFG: "aliauth","key","device","secret""#;
    bg95(Key::AliAuth, answer, Setting::AliAuth(Some(device)));

    let mut bc660k = |key, answer: &str, setting| {
        query(Note::Bc660k("3.3.1"), key, &format!("{answer}|OK"), setting);
    };
    bc660k(Key::Will, "+QMTCFG: 0", Setting::Will(None));
    bc660k(
        Key::Will,
        r#"+QMTCFG: 1,2,1,"w/t","gone""#,
        Setting::Will(Some(will)),
    );
    bc660k(Key::Timeout, "+QMTCFG: 60,10,1", LONGEST_TIMEOUT);
    bc660k(Key::Session, "+QMTCFG: 0", Setting::Session(Session::Kept));
    bc660k(Key::Session, "+QMTCFG: 1", Setting::Session(Session::Clean));
    bc660k(Key::KeepAlive, "+QMTCFG: 3600", Setting::KeepAlive(3600));
    bc660k(Key::AliAuth, "", Setting::AliAuth(None));
    let answer = r#"+QMTCFG: "key","device","secret""#;
    bc660k(Key::AliAuth, answer, Setting::AliAuth(Some(device)));
    bc660k(Key::Version, "+QMTCFG: 0", Setting::Version(Version::V3_1));
    bc660k(
        Key::Version,
        "+QMTCFG: 1",
        Setting::Version(Version::V3_1_1),
    );
    bc660k(Key::ShowLength, "+QMTCFG: 1", Setting::ShowLength(true));
    bc660k(Key::DataEcho, "+QMTCFG: 0", Setting::DataEcho(false));
    let (send, receive) = (DataFormat::Text, DataFormat::Hex);
    bc660k(
        Key::DataFormat,
        "+QMTCFG: 0,1",
        Setting::DataFormat { send, receive },
    );
    bc660k(Key::Ssl, "+QMTCFG: 0", Setting::Ssl(None));
    bc660k(Key::Ssl, "+QMTCFG: 1,0,0", Setting::Ssl(Some(0)));
}

fn writes(table: &mut Table) {
    let mut write = |note, key, change, lines: &'static [&'static str]| {
        let mut chapter = table.command(note, Command::Configure(key));
        chapter.set(Options { change, lines });
    };
    let mut bg95 = |key, change, lines| write(Note::Bg95("3.2.1"), key, change, lines);
    bg95(
        Key::Version,
        |it| it.version(Version::V3_1),
        &[r#"AT+QMTCFG="version",0,3"#],
    );
    bg95(Key::Version, |it| it, &[r#"AT+QMTCFG="version",0,4"#]);
    bg95(
        Key::PdpContext,
        |it| it.pdp_context(16).unwrap(),
        &[r#"AT+QMTCFG="pdpcid",0,16"#],
    );
    bg95(Key::Ssl, |it| it, &[r#"AT+QMTCFG="ssl",0,0"#]);
    bg95(
        Key::Ssl,
        |it| it.tls(2).unwrap(),
        &[r#"AT+QMTCFG="ssl",0,1,2"#],
    );
    let stored: Change = |it| it.receive(ReceiveMode::Stored);
    bg95(
        Key::ReceiveMode,
        |it| it,
        &[r#"AT+QMTCFG="recv/mode",0,0,1"#],
    );
    bg95(
        Key::ReceiveMode,
        stored,
        &[r#"AT+QMTCFG="recv/mode",0,1,1"#],
    );
    // The will's message may be empty.
    let farewell: Change = |it| it.will(mqtt_will("w/t", ""));
    bg95(
        Key::Will,
        farewell,
        &[r#"AT+QMTCFG="will",0,1,0,0,"w/t","""#],
    );

    let mut bc660k = |key, change, lines| write(Note::Bc660k("3.3.1"), key, change, lines);
    bc660k(
        Key::Version,
        |it| it.version(Version::V3_1),
        &[r#"AT+QMTCFG="version",0,0"#],
    );
    bc660k(Key::Version, |it| it, &[r#"AT+QMTCFG="version",0,1"#]);
    bc660k(Key::Ssl, |it| it, &[r#"AT+QMTCFG="ssl",0,0"#]);
    bc660k(
        Key::Ssl,
        |it| it.tls(0).unwrap(),
        &[r#"AT+QMTCFG="ssl",0,1,0,0"#],
    );
    // The driver lives on the length, and has no use for its own bytes.
    bc660k(
        Key::ShowLength,
        |it| it,
        &[r#"AT+QMTCFG="showrecvlen",0,1"#],
    );
    bc660k(Key::DataEcho, |it| it, &[r#"AT+QMTCFG="echomode",0,0"#]);
    let hex: Change = |it| it.data_format(DataFormat::Hex, DataFormat::Text);
    bc660k(Key::DataFormat, hex, &[r#"AT+QMTCFG="dataformat",0,1,0"#]);
    let hex: Change = |it| it.data_format(DataFormat::Text, DataFormat::Hex);
    bc660k(Key::DataFormat, hex, &[r#"AT+QMTCFG="dataformat",0,0,1"#]);

    let mut both = |key, change, lines| write(Note::Both("3.2.1", "3.3.1"), key, change, lines);
    both(
        Key::KeepAlive,
        |it| it.keep_alive(0).unwrap(),
        &[r#"AT+QMTCFG="keepalive",0,0"#],
    );
    let hour: Change = |it| it.keep_alive(3600).unwrap();
    both(Key::KeepAlive, hour, &[r#"AT+QMTCFG="keepalive",0,3600"#]);
    both(
        Key::Session,
        |it| it.session(Session::Kept),
        &[r#"AT+QMTCFG="session",0,0"#],
    );
    both(
        Key::Session,
        |it| it.session(Session::Clean),
        &[r#"AT+QMTCFG="session",0,1"#],
    );
    let shortest: Change = |it| it.retransmission(1, 0).unwrap();
    both(Key::Timeout, shortest, &[r#"AT+QMTCFG="timeout",0,1,0,0"#]);
    let longest: Change = |it| it.retransmission(60, 10).unwrap().report_retransmissions();
    both(Key::Timeout, longest, &[r#"AT+QMTCFG="timeout",0,60,10,1"#]);
    both(Key::Will, |it| it, &[r#"AT+QMTCFG="will",0,0"#]);
    both(
        Key::Will,
        |it| it.will(will()),
        &[r#"AT+QMTCFG="will",0,1,2,1,"w/t","gone""#],
    );
    // The examples' name (BG95 note, chapter 5.1; BC660K note, chapter 6.1).
    let device: Change = |it| {
        let secret = "wN9Y6pZSIIy7Exa5qVzcmigEGO4kAazZ";
        it.ali_auth(AliAuth::new("oyjtmPl5a5j", "MQTT_TEST", secret).unwrap())
    };
    let line = concat!(
        r#"AT+QMTCFG="aliauth",0,"oyjtmPl5a5j","#,
        r#""MQTT_TEST","wN9Y6pZSIIy7Exa5qVzcmigEGO4kAazZ""#
    );
    both(Key::AliAuth, device, Box::leak(Box::new([line])));
}

type Change = fn(ConnectOptions<'static>) -> ConnectOptions<'static>;

const LONGEST_TIMEOUT: Setting<'_> = Setting::Timeout {
    packet_timeout: 60,
    retries: 10,
    is_reported: true,
};

fn will() -> Will<'static> {
    mqtt_will("w/t", "gone")
        .qos(QoS::ExactlyOnce)
        .retain(Retain::Keep)
}

fn mqtt_will(topic: &'static str, message: &'static str) -> Will<'static> {
    Will::new(topic, message).unwrap()
}

/// As the write command has it; the test commands spell two of them otherwise.
fn key_of_the_note(key: Key) -> &'static str {
    match key {
        Key::Version => "version",
        Key::PdpContext => "pdpcid",
        Key::Ssl => "ssl",
        Key::KeepAlive => "keepalive",
        Key::Session => "session",
        Key::Timeout => "timeout",
        Key::Will => "will",
        Key::ReceiveMode => "recv/mode",
        Key::ShowLength => "showrecvlen",
        Key::DataEcho => "echomode",
        Key::DataFormat => "dataformat",
        Key::AliAuth => "aliauth",
        key => panic!("{key:?} stands in no note"),
    }
}
