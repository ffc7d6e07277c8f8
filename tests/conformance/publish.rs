//! AT+QMTPUB, AT+QMTPUBEX: the three forms of a publish.

use quectel_mqtt::{
    Cause, Command, DataFormat, PublishForm,
    command::Range,
    mqtt::{Publication, QoS, Retain},
};

use super::{
    connection::{CLIENTS_OF_BC660K, CLIENTS_OF_BG95, test},
    packets::{QOS, TOPIC},
    row::{CLIENT, Call, Form, Options, Outcome, PLAIN, Proof, Start},
    table::{Chapter, Note, Table},
};

const CONNECTED: Start = Start::Connected(PLAIN);

pub(crate) fn rows(table: &mut Table) {
    publish(table);
    publish_results(table);
}

const PACKET_IDS_OR_0: Range<'_> = Range::From {
    min: 0,
    max: 65_535,
};

/// Client 0 publishes to `topic/pub`.
pub(crate) fn publishing(payload: &'static [u8], qos: QoS, form: PublishForm) -> Call {
    Call::verb(move |engine| {
        let message = Publication::new("topic/pub", payload).unwrap().qos(qos);
        engine.publish_as(CLIENT, &message, form)
    })
}

fn publish(table: &mut Table) {
    use PublishForm::{Automatic, FixedLength, Inline, Terminated};
    let retained = Range::OneOf(b"0,1");
    // With a blank before the colon, as both examples print it.
    let mut bg95 = table.command(Note::Bg95("3.2.8"), Command::Publish);
    let answers = "+QMTPUB : (0-5),(0-65535),(0-2),(0,1),<topic>,(1-4096)|OK";
    let length = Range::From { min: 1, max: 4096 };
    let ranges = [[
        CLIENTS_OF_BG95,
        PACKET_IDS_OR_0,
        QOS,
        retained,
        TOPIC,
        length,
    ]];
    bg95.asked(
        Form::Test,
        test(Command::Publish),
        "AT+QMTPUB=?",
        answers,
        ranges,
    );
    let mut bc660k = table.command(Note::Bc660k("3.3.8"), Command::Publish);
    let answers = "+QMTPUB : (0-4),(0-65535),(0-2),(0,1),<topic>,(0-1460),<msg>|OK";
    let length = Range::From { min: 0, max: 1460 };
    let message = Range::Named(b"msg");
    let ranges = [[
        CLIENTS_OF_BC660K,
        PACKET_IDS_OR_0,
        QOS,
        retained,
        TOPIC,
        length,
        message,
    ]];
    bc660k.asked(
        Form::Test,
        test(Command::Publish),
        "AT+QMTPUB=?",
        answers,
        ranges,
    );
    let payload = br#"{"a":"1","b":"2"}"#;
    let dialogue = [(
        r#"AT+QMTPUB=0,0,0,0,"topic/pub",17,"{"a":"1","b":"2"}""#,
        "OK|+QMTPUB: 0,0,0",
    )];
    let inline = publishing(payload, QoS::AtMostOnce, Inline);
    bc660k.row(
        Proof::Form(Form::Inline),
        CONNECTED,
        inline,
        &dialogue,
        [Outcome::Done],
    );
    // In hexadecimal mode, the length counts bytes of the payload.
    let hex = Start::Connected(Options {
        change: |it| it.data_format(DataFormat::Hex, DataFormat::Hex),
        lines: &[r#"AT+QMTCFG="dataformat",0,1,1"#],
    });
    let says = r#"AT+QMTPUB=0,0,0,0,"topic/pub",2,"0AFF""#;
    let inline = publishing(b"\n\xFF", QoS::AtMostOnce, Inline);
    let dialogue = [(says, "OK|+QMTPUB: 0,0,0")];
    bc660k.row(
        Proof::Form(Form::Inline),
        hex,
        inline,
        &dialogue,
        [Outcome::Done],
    );
    for (form, dialogue) in [
        (
            FixedLength,
            [
                (r#"AT+QMTPUB=0,0,0,0,"topic/pub",2"#, ">"),
                ("0AFF", "OK|+QMTPUB: 0,0,0"),
            ],
        ),
        (
            Terminated,
            [
                (r#"AT+QMTPUB=0,0,0,0,"topic/pub""#, ">"),
                ("0AFF\x1A", "OK|+QMTPUB: 0,0,0"),
            ],
        ),
    ] {
        let call = publishing(b"\n\xFF", QoS::AtMostOnce, form);
        let form = match form {
            Terminated => Form::Terminated,
            _ => Form::FixedLength,
        };
        bc660k.row(Proof::Form(form), hex, call, &dialogue, [Outcome::Done]);
    }

    let mut both = table.command(Note::Both("3.2.8", "3.3.8"), Command::Publish);
    let text = b"This is test data, hello MQTT.";
    let dialogue = [
        (r#"AT+QMTPUB=0,0,0,0,"topic/pub""#, ">"),
        ("This is test data, hello MQTT.\x1A", "OK|+QMTPUB: 0,0,0"),
    ];
    let terminated = publishing(text, QoS::AtMostOnce, Terminated);
    both.row(
        Proof::Form(Form::Terminated),
        CONNECTED,
        terminated,
        &dialogue,
        [Outcome::Done],
    );
    let dialogue = [
        (r#"AT+QMTPUB=0,0,0,0,"topic/pub""#, ">"),
        ("\x1A", "OK|+QMTPUB: 0,0,0"),
    ];
    let empty = publishing(b"", QoS::AtMostOnce, Automatic);
    both.row(
        Proof::Form(Form::Terminated),
        CONNECTED,
        empty,
        &dialogue,
        [Outcome::Done],
    );
    let dialogue = [
        (r#"AT+QMTPUB=0,0,0,0,"topic/pub",30"#, ">"),
        ("This is test data, hello MQTT.", "OK|+QMTPUB: 0,0,0"),
    ];
    for form in [Automatic, FixedLength] {
        let fixed = publishing(text, QoS::AtMostOnce, form);
        both.row(
            Proof::Form(Form::FixedLength),
            CONNECTED,
            fixed,
            &dialogue,
            [Outcome::Done],
        );
    }
    let keep = Call::verb(|engine| {
        let message = Publication::new("topic/pub", b"x").unwrap();
        engine.publish(CLIENT, &message.retain(Retain::Keep).qos(QoS::ExactlyOnce))
    });
    let dialogue = [
        (r#"AT+QMTPUB=0,1,2,1,"topic/pub",1"#, ">"),
        ("x", "OK|+QMTPUB: 0,1,0"),
    ];
    both.row(
        Proof::Form(Form::FixedLength),
        CONNECTED,
        keep,
        &dialogue,
        [Outcome::Done],
    );

    let mut inline = table.command(Note::Bg95("3.2.9"), Command::PublishInline);
    let answers = "+QMTPUBEX: (0-5),(0-65535),(0-2),(0,1),<topic>,<msg>|OK";
    let ranges = [[
        CLIENTS_OF_BG95,
        PACKET_IDS_OR_0,
        QOS,
        retained,
        TOPIC,
        message,
    ]];
    let says = "AT+QMTPUBEX=?";
    inline.asked(
        Form::Test,
        test(Command::PublishInline),
        says,
        answers,
        ranges,
    );
    let says = r#"AT+QMTPUBEX=0,1,1,0,"topic/pub","hello""#;
    // The BG95 family answers with the name of the other command; elsewhere it is this one's.
    for answers in ["OK|+QMTPUB: 0,1,0", "OK|+QMTPUBEX: 0,1,0"] {
        let call = publishing(b"hello", QoS::AtLeastOnce, Inline);
        let outcome = [Outcome::Done];
        inline.row(
            Proof::Form(Form::Inline),
            CONNECTED,
            call,
            &[(says, answers)],
            outcome,
        );
    }
    for (number, answers, outcome) in [
        (0, "OK|+QMTPUB: 0,1,0", vec![Outcome::Done]),
        (
            1,
            "OK|+QMTPUB: 0,1,1,3|+QMTPUB: 0,1,0",
            vec![Outcome::Retransmitted(1), Outcome::Done],
        ),
        (
            2,
            "OK|+QMTPUB: 0,1,2",
            vec![Outcome::Failed(Command::PublishInline, Cause::NotSent)],
        ),
    ] {
        let call = publishing(b"hello", QoS::AtLeastOnce, Inline);
        let code = Proof::Code("QMTPUBEX result", number);
        if number == 1 {
            inline = inline.note_alone();
        }
        inline.row(code, CONNECTED, call, &[(says, answers)], outcome);
    }
}

/// For each QoS: a result of QoS 0 has no packet identifier.
fn publish_results(table: &mut Table) {
    let mut both = table.command(Note::Both("3.2.8", "3.3.8"), Command::Publish);
    let all = |both: &mut Chapter<'_>, number, results: &[&str], outcome: &[Outcome]| {
        for (qos, id) in [
            (QoS::AtMostOnce, 0),
            (QoS::AtLeastOnce, 1),
            (QoS::ExactlyOnce, 1),
        ] {
            let line = format!(r#"AT+QMTPUB=0,{id},{},0,"topic/pub",1"#, qos as u8);
            let results = results
                .iter()
                .map(|result| format!("|+QMTPUB: 0,{id},{result}"));
            let answers = format!("OK{}", results.collect::<String>());
            let call = publishing(b"x", qos, PublishForm::Automatic);
            let code = Proof::Code("QMTPUB result", number);
            both.row(
                code,
                CONNECTED,
                call,
                &[(&line, ">"), ("x", &answers)],
                outcome,
            );
        }
    };
    all(&mut both, 0, &["0"], &[Outcome::Done]);
    let mut both = both.note_alone();
    let outcome = [Outcome::Retransmitted(2), Outcome::Done];
    all(&mut both, 1, &["1,1", "1,2", "0"], &outcome);
    all(
        &mut both,
        2,
        &["2"],
        &[Outcome::Failed(Command::Publish, Cause::NotSent)],
    );
}
