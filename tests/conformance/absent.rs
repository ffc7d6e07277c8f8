//! What one dialect lacks is refused before a byte is sent.

use quectel_mqtt::{
    Authentication, ClientIndex, Command, ConnectOptions, DataFormat, Domain, PdpContext, PemFile,
    ReceiveMode, SettingKey, SleepMode, TlsOptions, TlsVersion, UsageError, Validity,
    command::{
        ContextCommands, DeleteFile, FileQuery, RegistrationQuery, SettingQuery, SleepQuery,
        StoredQuery, Test,
    },
};

use super::{
    row::{CLIENT, Call, Options, Outcome, PLAIN, Proof, Start, shown},
    table::{Note, Table},
};

pub(crate) fn rows(table: &mut Table) {
    of_bg95(table);
    of_bc660k(table);
}

fn absent(table: &mut Table, note: Note, command: Command, call: Call) {
    let refused = [Outcome::Refused(UsageError::NotSupported { command })];
    let start = Start::Connected(PLAIN);
    table
        .chapter(note)
        .row(Proof::Absent, start, call, &[], refused);
}

/// A connect of another client with these options.
fn connecting(options: Options) -> Call {
    Call::verb(move |engine| {
        let plain = ConnectOptions::new("mqtt.example.com", "meter-0815").unwrap();
        let other = ClientIndex::new(1).unwrap();
        engine.connect(other, &(options.change)(plain))
    })
}

fn of_bg95(table: &mut Table) {
    let mut absent = |command, call| absent(table, Note::Bg95("3.2"), command, call);
    absent(
        Command::Sleep,
        Call::verb(|engine| engine.sleep(SleepMode::Deep)),
    );
    absent(Command::Sleep, Call::request(SleepQuery));
    for key in [
        SettingKey::ShowLength,
        SettingKey::DataEcho,
        SettingKey::DataFormat,
    ] {
        let client = CLIENT;
        let query = Call::request(SettingQuery { client, key });
        absent(Command::Configure(key), query);
    }
    let hex = Options {
        change: |it| it.data_format(DataFormat::Hex, DataFormat::Text),
        lines: &[],
    };
    absent(Command::Configure(SettingKey::DataFormat), connecting(hex));
    for command in [
        Command::DefineContext(ContextCommands::Standard),
        Command::ActivateContext(ContextCommands::Standard),
        Command::Sleep,
        // What has no test form is not asked for one.
        Command::Attention,
        Command::Echo,
        Command::Raw,
    ] {
        absent(
            command,
            Call::ask(Test(command), |found| shown(found.lines().count())),
        );
    }
}

fn of_bc660k(table: &mut Table) {
    let mut absent = |command, call| absent(table, Note::Bc660k("3.3"), command, call);
    for key in [SettingKey::PdpContext, SettingKey::ReceiveMode] {
        let client = CLIENT;
        let query = Call::request(SettingQuery { client, key });
        absent(Command::Configure(key), query);
    }
    let context = Options {
        change: |it| it.pdp_context(2).unwrap(),
        lines: &[],
    };
    absent(
        Command::Configure(SettingKey::PdpContext),
        connecting(context),
    );
    let stored = Options {
        change: |it| it.receive(ReceiveMode::Stored),
        lines: &[],
    };
    absent(
        Command::Configure(SettingKey::ReceiveMode),
        connecting(stored),
    );
    absent(
        Command::Receive,
        Call::verb(|engine| engine.fetch(CLIENT, None)),
    );
    absent(
        Command::Receive,
        Call::ask(StoredQuery, |found| shown(found.iter().count())),
    );
    absent(
        Command::ListFiles,
        Call::ask(FileQuery, |found| shown(found.iter().count())),
    );
    let file = DeleteFile(PemFile::stored("ca.pem").unwrap());
    absent(Command::DeleteFile, Call::request(file));
    for domain in [Domain::Packet, Domain::Circuit] {
        let query = Call::request(RegistrationQuery { domain });
        absent(Command::Registration(domain), query);
    }
    let with_user = Call::verb(|engine| {
        let context = PdpContext::new("iot.example").unwrap();
        engine.activate(&context.credentials("u", "p", Authentication::Pap).unwrap())
    });
    absent(Command::DefineContext(ContextCommands::Standard), with_user);
    let changes: [fn(TlsOptions<'static>) -> TlsOptions<'static>; 3] = [
        |tls| tls.version(TlsVersion::Any),
        |tls| tls.cipher_suites(0xC02F),
        |tls| tls.validity(Validity::Ignored),
    ];
    for change in changes {
        let call = Call::verb(move |engine| {
            let options = change(TlsOptions::without_verifying_the_server());
            engine.configure_tls(Box::leak(Box::new(options)))
        });
        absent(Command::ConfigureTls, call);
    }
    for command in [
        Command::PublishInline,
        Command::Receive,
        Command::Upload,
        Command::ActivateContext(ContextCommands::Quectel),
        Command::Attention,
        Command::Echo,
        Command::Raw,
    ] {
        absent(
            command,
            Call::ask(Test(command), |found| shown(found.lines().count())),
        );
    }
}
