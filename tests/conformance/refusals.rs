//! "If there is any error: ERROR, or +CME ERROR: <err>": for every command of MQTT.

use quectel_mqtt::{
    AliAuth, BC660K_GL, BG95, Cause, Command, Dialect, FinalResult, MqttError, PublishForm,
    SettingKey,
    mqtt::{QoS, TopicFilter},
};

use super::{
    publish::publishing,
    row::{CLIENT, CONNECT, Call, OPEN, Options, Outcome, PLAIN, Proof, Start, owned, settings},
    table::{Note, Table},
};

const CONNECTED: Start = Start::Connected(PLAIN);

/// What the modem answers, and what the driver makes of it.
const ERROR: (&str, Cause) = ("ERROR", Cause::Modem(FinalResult::Error));
const CME_ERROR: (&str, Cause) = ("+CME ERROR: 8507", Cause::Mqtt(MqttError::InvalidParameter));

pub(crate) fn rows(table: &mut Table) {
    of_packets(table);
    of_connections(table);
    of_settings(table);
}

/// Both for the BC660K-GL; the BG95 note has ERROR alone since its revision 1.1.
fn refusals(note: Note) -> &'static [(&'static str, Cause)] {
    match note {
        Note::Bc660k(_) => &[ERROR, CME_ERROR],
        _ => &[ERROR],
    }
}

fn of_packets(table: &mut Table) {
    use PublishForm::{FixedLength, Inline, Terminated};
    let filter = || TopicFilter::new("a").unwrap();
    let subscribe =
        Call::verb(move |engine| engine.subscribe(CLIENT, &[(filter(), QoS::AtMostOnce)]));
    let unsubscribe = Call::verb(move |engine| engine.unsubscribe(CLIENT, &[filter()]));
    let publish = |form| publishing(b"x", QoS::AtMostOnce, form);
    let fetch = Call::verb(|engine| engine.fetch(CLIENT, None));
    let mut row = |note, command, call: &Call, dialogue: &[(&str, &str)], says: &str| {
        for (answers, cause) in refusals(note) {
            let dialogue = [dialogue, &[(says, *answers)]].concat();
            let failed = [Outcome::Failed(command, *cause)];
            let mut chapter = table.command(note, command);
            chapter.row(Proof::Refused, CONNECTED, call.clone(), &dialogue, failed);
        }
    };
    for (note, command, call, says) in [
        (
            Note::Bg95("3.2.6"),
            Command::Subscribe,
            &subscribe,
            r#"AT+QMTSUB=0,1,"a",0"#,
        ),
        (
            Note::Bc660k("3.3.6"),
            Command::Subscribe,
            &subscribe,
            r#"AT+QMTSUB=0,1,"a",0"#,
        ),
        (
            Note::Bg95("3.2.7"),
            Command::Unsubscribe,
            &unsubscribe,
            r#"AT+QMTUNS=0,1,"a""#,
        ),
        (
            Note::Bc660k("3.3.7"),
            Command::Unsubscribe,
            &unsubscribe,
            r#"AT+QMTUNS=0,1,"a""#,
        ),
        (
            Note::Bg95("3.2.10"),
            Command::Receive,
            &fetch,
            "AT+QMTRECV=0",
        ),
        (
            Note::Bg95("3.2.9"),
            Command::PublishInline,
            &publish(Inline),
            r#"AT+QMTPUBEX=0,0,0,0,"topic/pub","x""#,
        ),
        (
            Note::Bc660k("3.3.8"),
            Command::Publish,
            &publish(Inline),
            r#"AT+QMTPUB=0,0,0,0,"topic/pub",1,"x""#,
        ),
    ] {
        row(note, command, call, &[], says);
    }
    // In place of the prompt, and in place of OK.
    for note in [Note::Bg95("3.2.8"), Note::Bc660k("3.3.8")] {
        for (form, line, data) in [
            (FixedLength, r#"AT+QMTPUB=0,0,0,0,"topic/pub",1"#, "x"),
            (Terminated, r#"AT+QMTPUB=0,0,0,0,"topic/pub""#, "x\x1A"),
        ] {
            row(note, Command::Publish, &publish(form), &[], line);
            row(note, Command::Publish, &publish(form), &[(line, ">")], data);
        }
    }
}

fn of_connections(table: &mut Table) {
    for (open, connect) in [
        (Note::Bg95("3.2.2"), Note::Bg95("3.2.4")),
        (Note::Bc660k("3.3.2"), Note::Bc660k("3.3.4")),
    ] {
        for &(answers, cause) in refusals(open) {
            let failed = [Outcome::Failed(Command::Open, cause)];
            let mut chapter = table.command(open, Command::Open);
            chapter.connecting(Proof::Refused, PLAIN, &[(OPEN, answers)], failed);
            let failed = [Outcome::Failed(Command::Connect, cause)];
            let dialogue = [(OPEN, "OK|+QMTOPEN: 0,0"), (CONNECT, answers)];
            let mut chapter = table.command(connect, Command::Connect);
            chapter.connecting(Proof::Refused, PLAIN, &dialogue, failed);
        }
    }
    // Nothing is open any more: that is what was wanted.
    for (close, disconnect) in [
        (Note::Bg95("3.2.3"), Note::Bg95("3.2.5")),
        (Note::Bc660k("3.3.3"), Note::Bc660k("3.3.5")),
    ] {
        for (answers, _) in refusals(close) {
            let call = Call::verb(|engine| engine.close(CLIENT));
            let dialogue = [("AT+QMTCLOSE=0", *answers)];
            let mut chapter = table.command(close, Command::Close);
            chapter.closing(Proof::Refused, call, &dialogue);
            let call = Call::verb(|engine| engine.disconnect(CLIENT));
            let dialogue = [
                ("AT+QMTDISC=0", *answers),
                ("AT+QMTCLOSE=0", "OK|+QMTCLOSE: 0,0"),
            ];
            let mut chapter = table.command(disconnect, Command::Disconnect);
            chapter.closing(Proof::Refused, call, &dialogue);
        }
    }
}

/// A client that an earlier life of the firmware left open takes no settings; so it is closed, and the
/// settings are written again, once.
fn of_settings(table: &mut Table) {
    let named = Options {
        change: |it| it.ali_auth(AliAuth::new("k", "d", "s").unwrap()),
        lines: &[r#"AT+QMTCFG="aliauth",0,"k","d","s""#],
    };
    for (note, keys) in [
        (Note::Bg95("3.2.1"), BG95.settings),
        (Note::Bc660k("3.3.1"), BC660K_GL.settings),
    ] {
        for key in keys {
            let command = Command::Configure(*key);
            for &(answers, cause) in refusals(note) {
                let failed = [Outcome::Failed(command, cause)];
                let mut chapter = table.command(note, command);
                chapter.connecting_with(Proof::Refused, named, failed, |dialect| {
                    let refused = until(dialect, named, *key, answers);
                    let close = owned(&[("AT+QMTCLOSE=0", "OK|+QMTCLOSE: 0,0")]);
                    [refused.clone(), close, refused].concat()
                });
            }
        }
    }
}

/// The lines of the settings up to that of this key, which is refused.
fn until(
    dialect: &Dialect,
    options: Options,
    key: SettingKey,
    answers: &str,
) -> Vec<(String, String)> {
    let mut lines = settings(dialect, options);
    let start = format!(r#"AT+QMTCFG="{}","#, key.name());
    let place = lines.iter().position(|(says, _)| says.starts_with(&start));
    let place = place.unwrap_or_else(|| panic!("{key:?} is not written"));
    lines.truncate(place + 1);
    lines[place].1 = answers.into();
    lines
}
