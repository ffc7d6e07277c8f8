//! AT+QMTSUB, AT+QMTUNS.

use quectel_mqtt::{
    Cause, Command,
    command::Range,
    mqtt::{GrantedQos, QoS, TopicFilter},
};

use super::{
    connection::{CLIENTS_OF_BC660K, CLIENTS_OF_BG95, test},
    row::{CLIENT, Call, Form, Outcome, PLAIN, Proof, Start},
    table::{Note, Table},
};

const CONNECTED: Start = Start::Connected(PLAIN);

pub(crate) fn rows(table: &mut Table) {
    subscribe(table);
    unsubscribe(table);
}

const PACKET_IDS: Range<'_> = Range::From {
    min: 1,
    max: 65_535,
};
pub(crate) const QOS: Range<'_> = Range::From { min: 0, max: 2 };
pub(crate) const TOPIC: Range<'_> = Range::Named(b"topic");

fn subscribe(table: &mut Table) {
    let says = "AT+QMTSUB=?";
    // The answer as the example of the note has it (BG95 5.1, BC660K 6.1).
    let mut bg95 = table.command(Note::Bg95("3.2.6"), Command::Subscribe);
    let answers = "+QMTSUB: (0-5),(1-65535),<topic>,(0-2)|OK";
    let ranges = [[CLIENTS_OF_BG95, PACKET_IDS, TOPIC, QOS]];
    bg95.asked(Form::Test, test(Command::Subscribe), says, answers, ranges);
    let mut bc660k = table.command(Note::Bc660k("3.3.6"), Command::Subscribe);
    let answers = "+QMTSUB: (0-4),(1-65535),<topic>,(0-2),<topic>,(0-2),…|OK";
    let more = Range::Other("…".as_bytes());
    let ranges = [[CLIENTS_OF_BC660K, PACKET_IDS, TOPIC, QOS, TOPIC, QOS, more]];
    bc660k.asked(Form::Test, test(Command::Subscribe), says, answers, ranges);

    let subscribe = |topics: &'static [(&str, QoS)]| {
        Call::verb(move |engine| {
            let filter =
                |(topic, qos): &(&'static str, _)| (TopicFilter::new(topic).unwrap(), *qos);
            engine.subscribe(CLIENT, &topics.iter().map(filter).collect::<Vec<_>>())
        })
    };
    let one = || subscribe(&[("topic/example", QoS::ExactlyOnce)]);
    let says = r#"AT+QMTSUB=0,1,"topic/example",2"#;
    let granted = |codes: &[GrantedQos]| [Outcome::Subscribed(codes.to_vec())];
    let mut both = table.command(Note::Both("3.2.6", "3.3.6"), Command::Subscribe);
    let write = Proof::Form(Form::Write);
    let exactly_once = [GrantedQos::Granted(QoS::ExactlyOnce)];
    let dialogue = [(says, "OK|+QMTSUB: 0,1,0,2")];
    both.row(write, CONNECTED, one(), &dialogue, granted(&exactly_once));
    both.row(
        Proof::Code("QMTSUB result", 0),
        CONNECTED,
        one(),
        &dialogue,
        granted(&exactly_once),
    );
    let three = subscribe(&[
        ("a", QoS::AtMostOnce),
        ("b/+", QoS::AtLeastOnce),
        ("#", QoS::ExactlyOnce),
    ]);
    let dialogue = [(
        r##"AT+QMTSUB=0,1,"a",0,"b/+",1,"#",2"##,
        "OK|+QMTSUB: 0,1,0,0,1,2",
    )];
    let all = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce].map(GrantedQos::Granted);
    both.row(write, CONNECTED, three, &dialogue, granted(&all));
    for (number, code) in (0..).zip(all) {
        let answers = format!("OK|+QMTSUB: 0,1,0,{number}");
        let proof = Proof::Code("QMTSUB value", number);
        both.row(
            proof,
            CONNECTED,
            one(),
            &[(says, &answers)],
            granted(&[code]),
        );
    }

    let dialogue = [(says, "OK|+QMTSUB: 0,1,2")];
    let failed = [Outcome::Failed(Command::Subscribe, Cause::NotSent)];
    both.row(
        Proof::Code("QMTSUB result", 2),
        CONNECTED,
        one(),
        &dialogue,
        failed,
    );

    let mut both = both.note_alone();
    let refused = granted(&[GrantedQos::Refused]);
    let dialogue = [(says, "OK|+QMTSUB: 0,1,0,128")];
    both.row(
        Proof::Code("QMTSUB value", 128),
        CONNECTED,
        one(),
        &dialogue,
        refused,
    );
    let dialogue = [(says, "OK|+QMTSUB: 0,1,1,1|+QMTSUB: 0,1,0,2")];
    let [exactly_once] = granted(&exactly_once);
    let outcome = [Outcome::Retransmitted(1), exactly_once];
    both.row(
        Proof::Code("QMTSUB result", 1),
        CONNECTED,
        one(),
        &dialogue,
        outcome,
    );
}

fn unsubscribe(table: &mut Table) {
    let says = "AT+QMTUNS=?";
    let mut bg95 = table.command(Note::Bg95("3.2.7"), Command::Unsubscribe);
    let answers = "+QMTUNS: (0-5),(1-65535),<topic>|OK";
    let ranges = [[CLIENTS_OF_BG95, PACKET_IDS, TOPIC]];
    bg95.asked(
        Form::Test,
        test(Command::Unsubscribe),
        says,
        answers,
        ranges,
    );
    let mut bc660k = table.command(Note::Bc660k("3.3.7"), Command::Unsubscribe);
    let answers = "+QMTUNS: (0-4),(1-65535),<topic1>,<topic2>|OK";
    let topics = [Range::Named(b"topic1"), Range::Named(b"topic2")];
    let ranges = [[&[CLIENTS_OF_BC660K, PACKET_IDS][..], &topics].concat()];
    bc660k.asked(
        Form::Test,
        test(Command::Unsubscribe),
        says,
        answers,
        ranges,
    );

    let unsubscribe = |topics: &'static [&str]| {
        Call::verb(move |engine| {
            let filters = topics.iter().map(|topic| TopicFilter::new(topic).unwrap());
            engine.unsubscribe(CLIENT, &filters.collect::<Vec<_>>())
        })
    };
    let one = || unsubscribe(&["topic/example"]);
    let says = r#"AT+QMTUNS=0,1,"topic/example""#;
    let mut both = table.command(Note::Both("3.2.7", "3.3.7"), Command::Unsubscribe);
    let dialogue = [(says, "OK|+QMTUNS: 0,1,0")];
    both.row(
        Proof::Form(Form::Write),
        CONNECTED,
        one(),
        &dialogue,
        [Outcome::Done],
    );
    both.row(
        Proof::Code("QMTUNS result", 0),
        CONNECTED,
        one(),
        &dialogue,
        [Outcome::Done],
    );
    let two = unsubscribe(&["a", "b/#"]);
    let dialogue = [(r##"AT+QMTUNS=0,1,"a","b/#""##, "OK|+QMTUNS: 0,1,0")];
    both.row(
        Proof::Form(Form::Write),
        CONNECTED,
        two,
        &dialogue,
        [Outcome::Done],
    );
    let dialogue = [(says, "OK|+QMTUNS: 0,1,2")];
    let failed = [Outcome::Failed(Command::Unsubscribe, Cause::NotSent)];
    both.row(
        Proof::Code("QMTUNS result", 2),
        CONNECTED,
        one(),
        &dialogue,
        failed,
    );
    let dialogue = [(says, "OK|+QMTUNS: 0,1,1,1|+QMTUNS: 0,1,0")];
    let outcome = [Outcome::Retransmitted(1), Outcome::Done];
    both.note_alone().row(
        Proof::Code("QMTUNS result", 1),
        CONNECTED,
        one(),
        &dialogue,
        outcome,
    );
}
