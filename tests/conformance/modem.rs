//! What stands before MQTT: who the modem is, SIM, signal, registration, PDP context, sleep.

use quectel_mqtt::{
    Authentication, BC660K_GL, BG95, Cause, CmeError, Command, ContextKind, Domain, FinalResult,
    PdpContext, Registration, RegistrationState, SimState, SleepMode,
    command::{
        ContextCommands, ContextQuery, Contexts, DeactivateContext, Manufacturer, Model,
        RegistrationQuery, Revision, SignalQuality, SignalQuery, SimQuery, SleepQuery,
    },
};

use super::{
    row::{Call, Form, Outcome, Proof, Start, shown},
    table::{Note, Table},
};

pub(crate) fn rows(table: &mut Table) {
    identity(table);
    sim_and_signal(table);
    registration(table);
    contexts_of_quectel(table);
    contexts_of_27_007(table);
    sleep(table);
}

fn identity(table: &mut Table) {
    // The first contact: each line of it proves its own command.
    for (dialect, model) in [(&BG95, "BG95-M3"), (&BC660K_GL, "BC660K-GL")] {
        let answers = format!("{model}|OK");
        let dialogue = [
            ("AT+CMEE?", "+CMEE: 0|OK"),
            ("ATE0", "OK"),
            ("AT+CMEE=1", "OK"),
            ("AT+CGMM", &answers),
        ];
        for (chapter, command, form) in [
            ("27.007 9.1", Command::Attention, Form::Read),
            ("V.250 6.2.4", Command::Echo, Form::Execute),
            ("27.007 9.1", Command::ErrorFormat, Form::Write),
            ("27.007 5.2", Command::Model, Form::Execute),
        ] {
            let mut chapter = table.command(Note::StandardOf(dialect, chapter), command);
            let call = Call::verb(|engine| engine.initialize());
            let proof = Proof::Form(form);
            chapter.row(proof, Start::Nothing, call, &dialogue, [Outcome::Done]);
        }
    }
    let mut other = table.command(Note::Standard("27.007 5.2"), Command::Model);
    let call = Call::verb(|engine| engine.initialize());
    let dialogue = [
        ("AT+CMEE?", "+CMEE: 0|OK"),
        ("ATE0", "OK"),
        ("AT+CMEE=1", "OK"),
        ("AT+CGMM", "EC25|OK"),
    ];
    let outcome = [Outcome::Done, Outcome::OtherModel];
    other.row(
        Proof::Form(Form::Execute),
        Start::Nothing,
        call,
        &dialogue,
        outcome,
    );

    let execute = Form::Execute;
    let mut chapter = table.command(Note::Standard("27.007 5.1"), Command::Manufacturer);
    let ask = Call::request(Manufacturer);
    chapter.asked(execute, ask, "AT+CGMI", "Quectel|OK", "Quectel");
    let mut chapter = table.command(Note::Standard("27.007 5.2"), Command::Model);
    let ask = Call::request(Model);
    chapter.asked(execute, ask, "AT+CGMM", "BG95-M3|OK", "BG95-M3");
    let mut chapter = table.command(Note::Standard("27.007 5.3"), Command::Revision);
    let ask = Call::request(Revision);
    chapter.asked(
        execute,
        ask,
        "AT+CGMR",
        "BG95M3LAR02A04|OK",
        "BG95M3LAR02A04",
    );
}

fn sim_and_signal(table: &mut Table) {
    let mut sim = table.command(Note::Standard("27.007 8.3"), Command::Sim);
    for (code, state) in [
        ("READY", SimState::Ready),
        ("SIM PIN", SimState::PinRequired),
        ("SIM PUK", SimState::PukRequired),
        ("PH-NET PIN", SimState::Other),
    ] {
        let ask = Call::request(SimQuery);
        sim.asked(
            Form::Read,
            ask,
            "AT+CPIN?",
            &format!("+CPIN: {code}|OK"),
            state,
        );
    }
    // 27.007 9.2.1: 10 is "SIM not inserted".
    let ask = Call::request(SimQuery);
    let cause = Cause::Modem(FinalResult::Cme(CmeError::Code(10)));
    let dialogue = [("AT+CPIN?", "+CME ERROR: 10")];
    let failed = [Outcome::Failed(Command::Sim, cause)];
    sim.row(
        Proof::Form(Form::Read),
        Start::Ready,
        ask,
        &dialogue,
        failed,
    );

    let mut signal = table.command(Note::Standard("27.007 8.5"), Command::Signal);
    for (answers, dbm, bit_error_class) in [
        ("+CSQ: 0,0|OK", Some(-113), Some(0)),
        ("+CSQ: 1,7|OK", Some(-111), Some(7)),
        ("+CSQ: 30,99|OK", Some(-53), None),
        ("+CSQ: 31,99|OK", Some(-51), None),
        ("+CSQ: 99,99|OK", None, None),
    ] {
        let ask = Call::request(SignalQuery);
        let quality = SignalQuality {
            dbm,
            bit_error_class,
        };
        signal.asked(Form::Execute, ask, "AT+CSQ", answers, quality);
    }
}

const STATES: [(u8, RegistrationState); 6] = [
    (0, RegistrationState::Idle),
    (1, RegistrationState::Home),
    (2, RegistrationState::Searching),
    (3, RegistrationState::Denied),
    (4, RegistrationState::OutOfCoverage),
    (5, RegistrationState::Roaming),
];

fn registration(table: &mut Table) {
    let registration = |state| Registration {
        state,
        reject_cause: None,
    };
    for (note, domain, name) in [
        (Note::Standard("27.007 10.1.22"), Domain::Lte, "CEREG"),
        (
            Note::StandardOf(&BG95, "27.007 10.1.20"),
            Domain::Packet,
            "CGREG",
        ),
        (
            Note::StandardOf(&BG95, "27.007 7.2"),
            Domain::Circuit,
            "CREG",
        ),
    ] {
        let mut chapter = table.command(note, Command::Registration(domain));
        let says = format!("AT+{name}?");
        for (number, state) in STATES {
            let ask = || Call::request(RegistrationQuery { domain });
            let answers = format!("+{name}: 0,{number}|OK");
            let found = registration(state);
            chapter.asked(Form::Read, ask(), &says, &answers, found);
            let code = Proof::Code("registration", number.into());
            let dialogue = [(&*says, &*answers)];
            chapter.row(code, Start::Ready, ask(), &dialogue, Outcome::answer(found));
        }
    }
    let mut chapter = table.command(
        Note::Standard("27.007 10.1.22"),
        Command::Registration(Domain::Lte),
    );
    let domain = Domain::Lte;
    for (answers, state, reject_cause) in [
        (
            r#"+CEREG: 2,5,"1A2D","0076C10F",8|OK"#,
            RegistrationState::Roaming,
            None,
        ),
        (
            r#"+CEREG: 3,3,,,,0,15|OK"#,
            RegistrationState::Denied,
            Some(15),
        ),
    ] {
        let ask = Call::request(RegistrationQuery { domain });
        let found = Registration {
            state,
            reject_cause,
        };
        chapter.asked(Form::Read, ask, "AT+CEREG?", answers, found);
    }
    let wait = Call::verb(|engine| engine.wait_registered(60_000));
    let dialogue = [
        ("AT+CPIN?", "+CPIN: READY|OK"),
        ("AT+CEREG?", "+CEREG: 0,1|OK"),
    ];
    let outcome = [Outcome::Registered(registration(RegistrationState::Home))];
    chapter.row(
        Proof::Form(Form::Read),
        Start::Ready,
        wait,
        &dialogue,
        outcome,
    );
}

fn activating(context: fn() -> PdpContext<'static>) -> Call {
    Call::verb(move |engine| engine.activate(&context()))
}

fn plain_context() -> PdpContext<'static> {
    PdpContext::new("iot.example").unwrap()
}

/// Of the family's manual on TCP/IP.
fn contexts_of_quectel(table: &mut Table) {
    let kind = ContextCommands::Quectel;
    let note = Note::StandardOf(&BG95, "TCP/IP manual");
    let mut define = table.command(note, Command::DefineContext(kind));
    let defining = |line| [("AT+QIACT?", "OK"), (line, "OK"), ("AT+QIACT=1", "OK")];
    let full: fn() -> PdpContext<'static> = || {
        let context = plain_context().kind(ContextKind::Ipv4AndIpv6);
        context
            .credentials("user", "secret", Authentication::PapOrChap)
            .unwrap()
    };
    for (context, line) in [
        (
            plain_context as fn() -> _,
            r#"AT+QICSGP=1,1,"iot.example","","",0"#,
        ),
        (full, r#"AT+QICSGP=1,3,"iot.example","user","secret",3"#),
        (
            || {
                let context = plain_context().kind(ContextKind::Ipv6);
                context.credentials("u", "p", Authentication::Pap).unwrap()
            },
            r#"AT+QICSGP=1,2,"iot.example","u","p",1"#,
        ),
        (
            || {
                plain_context()
                    .credentials("u", "p", Authentication::Chap)
                    .unwrap()
            },
            r#"AT+QICSGP=1,1,"iot.example","u","p",2"#,
        ),
    ] {
        let dialogue = defining(line);
        let write = Proof::Form(Form::Write);
        define.row(
            write,
            Start::Ready,
            activating(context),
            &dialogue,
            [Outcome::Done],
        );
    }
    let note = Note::StandardOf(&BG95, "TCP/IP manual");
    let mut activate = table.command(note, Command::ActivateContext(kind));
    let dialogue = defining(r#"AT+QICSGP=1,1,"iot.example","","",0"#);
    let call = activating(plain_context);
    activate.row(
        Proof::Form(Form::Write),
        Start::Ready,
        call,
        &dialogue,
        [Outcome::Done],
    );
    let dialogue = [("AT+QIACT?", r#"+QIACT: 1,1,1,"10.7.157.1"|OK"#)];
    let call = activating(plain_context);
    activate.row(
        Proof::Form(Form::Read),
        Start::Ready,
        call,
        &dialogue,
        [Outcome::Done],
    );
    let read = Call::ask(ContextQuery, |found| active(&found));
    let answers = r#"+QIACT: 1,1,1,"10.7.157.1"|+QIACT: 3,1,1,"10.7.157.2"|OK"#;
    activate.asked(Form::Read, read, "AT+QIACT?", answers, [true, false, true]);
    let note = Note::StandardOf(&BG95, "TCP/IP manual");
    let mut deactivate = table.command(note, Command::DeactivateContext(kind));
    let ask = Call::request(DeactivateContext { id: 16 });
    deactivate.asked(Form::Write, ask, "AT+QIDEACT=16", "OK", ());
}

/// Which of the first contexts are active.
fn active(found: &Contexts<'_>) -> String {
    shown([1, 2, 3].map(|id| found.active().any(|one| one == id)))
}

fn contexts_of_27_007(table: &mut Table) {
    let kind = ContextCommands::Standard;
    let of = |chapter| Note::StandardOf(&BC660K_GL, chapter);
    let mut define = table.command(of("27.007 10.1.1"), Command::DefineContext(kind));
    for (context, line) in [
        (
            first_context as fn() -> _,
            r#"AT+CGDCONT=1,"IP","iot.example""#,
        ),
        (
            || first_context().kind(ContextKind::Ipv6),
            r#"AT+CGDCONT=1,"IPV6","iot.example""#,
        ),
        (
            || first_context().kind(ContextKind::Ipv4AndIpv6),
            r#"AT+CGDCONT=1,"IPV4V6","iot.example""#,
        ),
    ] {
        let dialogue = [
            ("AT+CGACT?", "+CGACT: 0,1|+CGACT: 1,0|OK"),
            (line, "OK"),
            ("AT+CGACT=1,1", "OK"),
        ];
        let write = Proof::Form(Form::Write);
        define.row(
            write,
            Start::Ready,
            activating(context),
            &dialogue,
            [Outcome::Done],
        );
    }
    let mut activate = table.command(of("27.007 10.1.10"), Command::ActivateContext(kind));
    // Whichever the modem has serves, when none is named.
    activate.row(
        Proof::Form(Form::Read),
        Start::Ready,
        activating(plain_context),
        &[("AT+CGACT?", "+CGACT: 0,1|OK")],
        [Outcome::Done],
    );
    let dialogue = [
        ("AT+CGACT?", "OK"),
        (r#"AT+CGDCONT=1,"IP","iot.example""#, "OK"),
        ("AT+CGACT=1,1", "OK"),
    ];
    let call = activating(plain_context);
    activate.row(
        Proof::Form(Form::Write),
        Start::Ready,
        call,
        &dialogue,
        [Outcome::Done],
    );
    let read = Call::ask(ContextQuery, |found| active(&found));
    let answers = "+CGACT: 1,1|+CGACT: 2,0|OK";
    activate.asked(Form::Read, read, "AT+CGACT?", answers, [true, false, false]);
    let mut deactivate = table.command(of("27.007 10.1.10"), Command::DeactivateContext(kind));
    let ask = Call::request(DeactivateContext { id: 1 });
    deactivate.asked(Form::Write, ask, "AT+CGACT=0,1", "OK", ());
}

fn first_context() -> PdpContext<'static> {
    plain_context().id(1).unwrap()
}

/// The modes are those of the AT commands manual; the note shows 0 and 1.
fn sleep(table: &mut Table) {
    let mut sleep = table.command(Note::Bc660k("6.1"), Command::Sleep);
    for (number, mode) in [
        (0, SleepMode::Awake),
        (1, SleepMode::Deep),
        (2, SleepMode::Light),
    ] {
        let call = Call::verb(move |engine| engine.sleep(mode));
        let says = format!("AT+QSCLK={number}");
        let dialogue = [(&*says, "OK")];
        sleep.row(
            Proof::Form(Form::Write),
            Start::Ready,
            call,
            &dialogue,
            [Outcome::Done],
        );
        let ask = Call::request(SleepQuery);
        let answers = format!("+QSCLK: {number}|OK");
        sleep.asked(Form::Read, ask, "AT+QSCLK?", &answers, mode);
    }
}
