//! +QMTSTAT, +QMTRECV, AT+QMTRECV, and what the modem says when it starts, stops or loses its network.

use quectel_mqtt::{
    Cause, Command, DataFormat, FinalResult, ReceiveMode, RecommendedAction, Status,
    command::{StoredQuery, Test},
};

use super::{
    row::{CLIENT, Call, Form, Options, Outcome, PLAIN, Proof, Start, shown},
    table::{Note, Table},
};

const CONNECTED: Start = Start::Connected(PLAIN);

pub(crate) fn rows(table: &mut Table) {
    status(table);
    messages(table);
    stored(table);
    modem(table);
}

fn status(table: &mut Table) {
    use RecommendedAction as Action;
    for (number, status, action, is_note_alone) in [
        (1, Status::ClosedByPeer, Action::Reconnect, false),
        (2, Status::PingTimeout, Action::RenewDataConnection, true),
        (3, Status::ConnectTimeout, Action::CheckCredentials, true),
        (4, Status::ConnackTimeout, Action::CheckCredentials, false),
        (5, Status::Disconnected, Action::Nothing, false),
        (6, Status::SendFailures, Action::CheckData, true),
        (7, Status::LinkDown, Action::CheckLink, true),
        // Reserved: nothing is known but that the connection is closed.
        (8, Status::Unknown(8), Action::Reconnect, true),
        (255, Status::Unknown(255), Action::Reconnect, true),
    ] {
        let mut both = table.chapter(Note::Both("4.1", "5.1"));
        if is_note_alone {
            both = both.note_alone();
        }
        let answers = format!("+QMTSTAT: 0,{number}");
        let outcome = [Outcome::Disconnected(status, action)];
        let code = Proof::Code("QMTSTAT code", number);
        both.row(code, CONNECTED, Call::NONE, &[("", &answers)], outcome);
    }
}

fn messages(table: &mut Table) {
    let urc = Proof::Urc("+QMTRECV");
    let mut both = table.chapter(Note::Both("4.2", "5.2"));
    let outcome = [Outcome::message(
        0,
        "topic/pub",
        b"This is test data, hello MQTT.",
    )];
    for answers in [
        r#"+QMTRECV: 0,0,"topic/pub",30,"This is test data, hello MQTT.""#,
        // Without its length, as the examples have it.
        r#"+QMTRECV: 0,0,"topic/pub","This is test data, hello MQTT.""#,
    ] {
        both.row(
            urc,
            CONNECTED,
            Call::NONE,
            &[("", answers)],
            outcome.clone(),
        );
    }
    // The length counts what is between the outer quotes, whatever it is.
    let answers = "+QMTRECV: 0,1023,\"a\",15,\"\"x\",\"\r\nOK\r\n\0\x1A\x1B>\"";
    let outcome = [Outcome::message(
        1023,
        "a",
        b"\"x\",\"\r\nOK\r\n\0\x1A\x1B>",
    )];
    both.row(urc, CONNECTED, Call::NONE, &[("", answers)], outcome);
    let outcome = [Outcome::message(65_535, "a", b"")];
    both.row(
        urc,
        CONNECTED,
        Call::NONE,
        &[("", r#"+QMTRECV: 0,65535,"a",0,"""#)],
        outcome,
    );

    let mut bc660k = table.chapter(Note::Bc660k("5.2"));
    let hex = Start::Connected(Options {
        change: |it| it.data_format(DataFormat::Text, DataFormat::Hex),
        lines: &[r#"AT+QMTCFG="dataformat",0,0,1"#],
    });
    let outcome = [Outcome::message(2, "a", b"\n\xFF")];
    bc660k.row(
        urc,
        hex,
        Call::NONE,
        &[("", r#"+QMTRECV: 0,2,"a",2,"0AFF""#)],
        outcome,
    );
}

fn stored(table: &mut Table) {
    let stored = Start::Connected(Options {
        change: |it| it.receive(ReceiveMode::Stored),
        lines: &[r#"AT+QMTCFG="recv/mode",0,1,1"#],
    });
    let message = |id| Outcome::message(id, "a", b"abc");
    let mut bg95 = table.command(Note::Bg95("4.2"), Command::Receive);
    let dialogue = [
        ("", "+QMTRECV: 0,4"),
        ("AT+QMTRECV=0,4", r#"+QMTRECV: 0,7,"a",3,"abc"|OK"#),
    ];
    bg95.row(
        Proof::Urc("+QMTRECV stored"),
        stored,
        Call::NONE,
        &dialogue,
        [message(7)],
    );

    let mut bg95 = table.command(Note::Bg95("3.2.10"), Command::Receive);
    let test = Call::ask(Test(Command::Receive), |found| shown(found.lines().count()));
    bg95.asked(Form::Test, test, "AT+QMTRECV=?", "OK", 0);
    let read = || Call::ask(StoredQuery, |found| shown(found.iter().collect::<Vec<_>>()));
    let places = [(CLIENT, [false, true, false, false, true])];
    let answers = "+QMTRECV: 0,0,1,0,0,1|OK";
    bg95.asked(Form::Read, read(), "AT+QMTRECV?", answers, places);
    bg95.asked(Form::Read, read(), "AT+QMTRECV?", "OK", [(); 0]);
    let write = Proof::Form(Form::Write);
    let fetch = |place| Call::verb(move |engine| engine.fetch(CLIENT, place));
    let dialogue = [("AT+QMTRECV=0,3", r#"+QMTRECV: 0,7,"a",3,"abc"|OK"#)];
    bg95.row(
        write,
        stored,
        fetch(Some(3)),
        &dialogue,
        [message(7), Outcome::Done],
    );
    // All of them; the length may be switched off.
    let answers = r#"+QMTRECV: 0,0,"a","abc"|+QMTRECV: 0,8,"a",3,"abc"|OK"#;
    let outcome = [message(0), message(8), Outcome::Done];
    bg95.row(
        write,
        stored,
        fetch(None),
        &[("AT+QMTRECV=0", answers)],
        outcome,
    );
    bg95.row(
        write,
        stored,
        fetch(None),
        &[("AT+QMTRECV=0", "OK")],
        [Outcome::Done],
    );
    let failed = Outcome::Failed(Command::Receive, Cause::Modem(FinalResult::Error));
    bg95.row(
        write,
        stored,
        fetch(None),
        // What it was to read may still be there.
        &[
            ("AT+QMTRECV=0", "ERROR"),
            ("AT+QMTRECV?", "+QMTRECV: 0,0,0,0,0,0|OK"),
        ],
        [failed],
    );
}

/// From logs of real modems; no chapter of the notes has them.
fn modem(table: &mut Table) {
    for line in ["RDY", "POWERED DOWN", "NORMAL POWER DOWN"] {
        let mut both = table.chapter(Note::Standard("logs"));
        let dialogue = [("", line)];
        both.row(
            Proof::Urc(line),
            CONNECTED,
            Call::NONE,
            &dialogue,
            [Outcome::Restarted],
        );
    }
    let mut both = table.chapter(Note::Standard("logs"));
    let dialogue = [("", r#"+QIURC: "pdpdeact",1"#)];
    let outcome = [Outcome::ContextLost(1)];
    both.row(
        Proof::Urc("+QIURC"),
        CONNECTED,
        Call::NONE,
        &dialogue,
        outcome,
    );
}
