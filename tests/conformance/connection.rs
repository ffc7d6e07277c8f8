//! AT+QMTOPEN, AT+QMTCLOSE, AT+QMTCONN, AT+QMTDISC.

use quectel_mqtt::{
    Cause, ClientIndex, Command, OpenResult,
    command::{Connection, ConnectionQuery, ConnectionState, ConnectionStateQuery, Range, Test},
    mqtt::ConnectReturnCode,
};

use super::{
    row::{CLIENT, CONNECT, Call, Form, OPEN, Options, Outcome, PLAIN, Proof, Start, shown},
    table::{Note, Table},
};

const CONNECTED: Start = Start::Connected(PLAIN);

pub(crate) fn rows(table: &mut Table) {
    open(table);
    close(table);
    connect(table);
    return_codes(table);
    disconnect(table);
}

/// A test command whose answer is one line.
pub(crate) fn test(command: Command) -> Call {
    Call::ask(Test(command), |found| {
        shown(
            found
                .lines()
                .map(Iterator::collect::<Vec<_>>)
                .collect::<Vec<_>>(),
        )
    })
}

pub(crate) const CLIENTS_OF_BG95: Range<'_> = Range::From { min: 0, max: 5 };
pub(crate) const CLIENTS_OF_BC660K: Range<'_> = Range::From { min: 0, max: 4 };

fn open(table: &mut Table) {
    use Range::{From, Named};
    let name = Named(b"host_name");
    let mut bg95 = table.command(Note::Bg95("3.2.2"), Command::Open);
    let answers = "+QMTOPEN: (0-5),<host_name>,(0-65535)|OK";
    let ranges = [[
        CLIENTS_OF_BG95,
        name,
        From {
            min: 0,
            max: 65_535,
        },
    ]];
    bg95.asked(
        Form::Test,
        test(Command::Open),
        "AT+QMTOPEN=?",
        answers,
        ranges,
    );
    let failed = |result| [Outcome::Failed(Command::Open, Cause::Open(result))];
    let code = Proof::Code("QMTOPEN result", 5);
    let dialogue = [(OPEN, "OK|+QMTOPEN: 0,5")];
    bg95.connecting(
        code,
        PLAIN,
        &dialogue,
        failed(OpenResult::NetworkConnection),
    );

    let mut bc660k = table.command(Note::Bc660k("3.3.2"), Command::Open);
    let answers = "+QMTOPEN: (0-4),<host_name>,(1-65535)|OK";
    let ranges = [[
        CLIENTS_OF_BC660K,
        name,
        From {
            min: 1,
            max: 65_535,
        },
    ]];
    bc660k.asked(
        Form::Test,
        test(Command::Open),
        "AT+QMTOPEN=?",
        answers,
        ranges,
    );

    let mut both = table.command(Note::Both("3.2.2", "3.3.2"), Command::Open);
    let read = || {
        Call::ask(ConnectionQuery, |found| {
            shown(found.iter().collect::<Vec<_>>())
        })
    };
    let host = "iot-as-mqtt.cn-shanghai.aliyuncs.com";
    let port = 1883;
    let answers = r#"+QMTOPEN: 0,"iot-as-mqtt.cn-shanghai.aliyuncs.com",1883|OK"#;
    let client = CLIENT;
    let open = [Connection { client, host, port }];
    both.asked(Form::Read, read(), "AT+QMTOPEN?", answers, open);
    both.asked(Form::Read, read(), "AT+QMTOPEN?", "OK", [(); 0]);
    let write = Options {
        change: |it| it.port(65_535).unwrap(),
        lines: &[],
    };
    let dialogue = [
        (
            r#"AT+QMTOPEN=0,"mqtt.example.com",65535"#,
            "OK|+QMTOPEN: 0,0",
        ),
        (CONNECT, "OK|+QMTCONN: 0,0,0"),
    ];
    both.connecting(Proof::Form(Form::Write), write, &dialogue, [Outcome::Done]);
    let dialogue = [(OPEN, "OK|+QMTOPEN: 0,0"), (CONNECT, "OK|+QMTCONN: 0,0,0")];
    both.connecting(
        Proof::Code("QMTOPEN result", 0),
        PLAIN,
        &dialogue,
        [Outcome::Done],
    );
    for (number, result) in [
        (-1, OpenResult::Failed),
        (1, OpenResult::WrongParameter),
        (3, OpenResult::PdpActivation),
        (4, OpenResult::NameResolution),
    ] {
        let answers = format!("OK|+QMTOPEN: 0,{number}");
        let code = Proof::Code("QMTOPEN result", number);
        both.connecting(code, PLAIN, &[(OPEN, &answers)], failed(result));
    }
    // In use, by an earlier life of the firmware: the driver closes it and tries again, once.
    let first = [
        (OPEN, "OK|+QMTOPEN: 0,2"),
        ("AT+QMTCLOSE=0", "OK|+QMTCLOSE: 0,0"),
    ];
    let occupied = Proof::Code("QMTOPEN result", 2);
    both.connecting_again(occupied, &first, &dialogue, [Outcome::Done]);
    let again = [(OPEN, "OK|+QMTOPEN: 0,2")];
    both.connecting_again(occupied, &first, &again, failed(OpenResult::Occupied));
    // As a result and ERROR without OK, or as a bare ERROR.
    let dialogue = [(OPEN, "+QMTOPEN: 0,-1|ERROR")];
    let code = Proof::Code("QMTOPEN result", -1);
    both.connecting(code, PLAIN, &dialogue, failed(OpenResult::Failed));
}

fn close(table: &mut Table) {
    for (note, answers, clients) in [
        (Note::Bg95("3.2.3"), "+QMTCLOSE: (0-5)|OK", CLIENTS_OF_BG95),
        (
            Note::Bc660k("3.3.3"),
            "+QMTCLOSE: (0-4)|OK",
            CLIENTS_OF_BC660K,
        ),
    ] {
        let mut chapter = table.command(note, Command::Close);
        chapter.asked(
            Form::Test,
            test(Command::Close),
            "AT+QMTCLOSE=?",
            answers,
            [[clients]],
        );
    }
    let mut both = table.command(Note::Both("3.2.3", "3.3.3"), Command::Close);
    let close = || Call::verb(|engine| engine.close(CLIENT));
    let closed = [("AT+QMTCLOSE=0", "OK|+QMTCLOSE: 0,0")];
    both.closing(Proof::Form(Form::Write), close(), &closed);
    both.closing(Proof::Code("QMTCLOSE result", 0), close(), &closed);
    let dialogue = [("AT+QMTCLOSE=0", "OK|+QMTCLOSE: 0,-1")];
    let failed = [Outcome::Failed(Command::Close, Cause::NotClosed)];
    both.row(
        Proof::Code("QMTCLOSE result", -1),
        CONNECTED,
        close(),
        &dialogue,
        failed,
    );
}

fn connect(table: &mut Table) {
    use Range::Named;
    let names = [Named(b"clientID"), Named(b"username"), Named(b"password")];
    for (note, answers, clients) in [
        (
            Note::Bg95("3.2.4"),
            "+QMTCONN: (0-5),<clientID>,<username>,<password>|OK",
            CLIENTS_OF_BG95,
        ),
        (
            Note::Bc660k("3.3.4"),
            "+QMTCONN: (0-4),<clientID>,<username>,<password>|OK",
            CLIENTS_OF_BC660K,
        ),
    ] {
        let ranges = [[&[clients][..], &names].concat()];
        let mut chapter = table.command(note, Command::Connect);
        chapter.asked(
            Form::Test,
            test(Command::Connect),
            "AT+QMTCONN=?",
            answers,
            ranges,
        );
    }
    let mut both = table.command(Note::Both("3.2.4", "3.3.4"), Command::Connect);
    let read = || {
        Call::ask(ConnectionStateQuery, |found| {
            shown(found.iter().collect::<Vec<_>>())
        })
    };
    both.asked(Form::Read, read(), "AT+QMTCONN?", "OK", [(); 0]);
    for (number, state) in [
        (1, ConnectionState::Initializing),
        (2, ConnectionState::Connecting),
        (3, ConnectionState::Connected),
        (4, ConnectionState::Disconnecting),
    ] {
        let answers = format!("+QMTCONN: 4,{number}|OK");
        let state = [(ClientIndex::new(4).unwrap(), state)];
        both.asked(Form::Read, read(), "AT+QMTCONN?", &answers, state);
        let code = Proof::Code("QMTCONN state", number);
        let dialogue = [("AT+QMTCONN?", &*answers)];
        both.row(
            code,
            Start::Ready,
            read(),
            &dialogue,
            Outcome::answer(state),
        );
    }

    let user = Options {
        change: |it| it.user_name("user").unwrap(),
        lines: &[],
    };
    let password = Options {
        change: |it| it.credentials("user", "secret").unwrap(),
        lines: &[],
    };
    for (options, line) in [
        (PLAIN, CONNECT),
        (user, r#"AT+QMTCONN=0,"meter-0815","user""#),
        (password, r#"AT+QMTCONN=0,"meter-0815","user","secret""#),
    ] {
        let dialogue = [(OPEN, "OK|+QMTOPEN: 0,0"), (line, "OK|+QMTCONN: 0,0,0")];
        both.connecting(
            Proof::Form(Form::Write),
            options,
            &dialogue,
            [Outcome::Done],
        );
    }
    let result = |number| Proof::Code("QMTCONN result", number);
    let dialogue = [(OPEN, "OK|+QMTOPEN: 0,0"), (CONNECT, "OK|+QMTCONN: 0,0,0")];
    both.connecting(result(0), PLAIN, &dialogue, [Outcome::Done]);
    // Some firmware leaves the code out when it is 0.
    let dialogue = [(OPEN, "OK|+QMTOPEN: 0,0"), (CONNECT, "OK|+QMTCONN: 0,0")];
    both.connecting(result(0), PLAIN, &dialogue, [Outcome::Done]);
    let dialogue = [(OPEN, "OK|+QMTOPEN: 0,0"), (CONNECT, "OK|+QMTCONN: 0,2")];
    let failed = [Outcome::Failed(Command::Connect, Cause::NotSent)];
    both.connecting(result(2), PLAIN, &dialogue, failed);
    let dialogue = [
        (OPEN, "OK|+QMTOPEN: 0,0"),
        (
            CONNECT,
            "OK|+QMTCONN: 0,1,1|+QMTCONN: 0,1,2|+QMTCONN: 0,0,0",
        ),
    ];
    let outcome = [Outcome::Retransmitted(2), Outcome::Done];
    both.note_alone()
        .connecting(result(1), PLAIN, &dialogue, outcome);
}

fn return_codes(table: &mut Table) {
    use ConnectReturnCode as Code;
    let mut both = table.command(Note::Both("3.2.4", "3.3.4"), Command::Connect);
    for (number, code) in [
        (0, Code::Accepted),
        (1, Code::UnacceptableProtocolVersion),
        (2, Code::IdentifierRejected),
        (3, Code::ServerUnavailable),
        (4, Code::BadUserNameOrPassword),
        (5, Code::NotAuthorized),
    ] {
        let answers = format!("OK|+QMTCONN: 0,0,{number}");
        let outcome = match code {
            Code::Accepted => Outcome::Done,
            code => Outcome::Failed(Command::Connect, Cause::Refused(code)),
        };
        let proof = Proof::Code("QMTCONN return code", number);
        let dialogue = [(OPEN, "OK|+QMTOPEN: 0,0"), (CONNECT, &answers)];
        both.connecting(proof, PLAIN, &dialogue, [outcome]);
    }
}

fn disconnect(table: &mut Table) {
    for (note, answers, clients) in [
        (Note::Bg95("3.2.5"), "+QMTDISC: (0-5)|OK", CLIENTS_OF_BG95),
        (
            Note::Bc660k("3.3.5"),
            "+QMTDISC: (0-4)|OK",
            CLIENTS_OF_BC660K,
        ),
    ] {
        let mut chapter = table.command(note, Command::Disconnect);
        chapter.asked(
            Form::Test,
            test(Command::Disconnect),
            "AT+QMTDISC=?",
            answers,
            [[clients]],
        );
    }
    let disconnect = || Call::verb(|engine| engine.disconnect(CLIENT));
    let result = |number| Proof::Code("QMTDISC result", number);
    let close = ("AT+QMTCLOSE=0", "OK|+QMTCLOSE: 0,0");
    let mut both = table.command(Note::Both("3.2.5", "3.3.5"), Command::Disconnect);
    let dialogue = [("AT+QMTDISC=0", "OK|+QMTDISC: 0,0"), close];
    both.closing(Proof::Form(Form::Write), disconnect(), &dialogue);
    both.closing(result(0), disconnect(), &dialogue);

    // Whatever becomes of the DISCONNECT, the client is closed in the end.
    let mut bg95 = table.command(Note::Bg95("3.2.5"), Command::Disconnect);
    let dialogue = [("AT+QMTDISC=0", "OK|+QMTDISC: 0,2"), close];
    bg95.closing(result(2), disconnect(), &dialogue);
    // The server closes first (note 1 of the chapter, and chapter 5.1).
    let dialogue = [("AT+QMTDISC=0", "OK|+QMTDISC: 0,0|+QMTSTAT: 0,5"), close];
    bg95.closing(Proof::Form(Form::Write), disconnect(), &dialogue);

    let mut bc660k = table.command(Note::Bc660k("3.3.5"), Command::Disconnect);
    let dialogue = [("AT+QMTDISC=0", "OK|+QMTDISC: 0,-1"), close];
    bc660k.closing(result(-1), disconnect(), &dialogue);
}
