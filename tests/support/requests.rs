//! Requests by name, and their answers as text.

use std::fmt::Debug;

use quectel_mqtt::{
    ClientIndex, Command, Domain, Request, SettingKey,
    command::{
        ConnectionQuery, ConnectionStateQuery, ContextQuery, DeactivateContext, DeleteFile,
        FileQuery, Manufacturer, Model, Range, RegistrationQuery, Revision, SettingQuery,
        SignalQuery, SimQuery, SleepQuery, StoredQuery, Test,
    },
    engine::{Engine, Operation},
};

use super::verbs::{Words, text};

/// Shows the answer to a request that is done.
pub(crate) type Answer = Box<dyn Fn(&Engine<'_>) -> String>;

/// Asks a request, of whatever type it is.
pub(crate) trait Asker {
    type Asked;

    fn ask<R: Request + Sync + 'static>(
        self,
        request: R,
        show: impl for<'a> Fn(R::Answer<'a>) -> String + 'static,
    ) -> Self::Asked;
}

impl Asker for &mut Engine<'_> {
    type Asked = Result<(Operation, Answer), String>;

    fn ask<R: Request + Sync + 'static>(
        self,
        request: R,
        show: impl for<'a> Fn(R::Answer<'a>) -> String + 'static,
    ) -> Self::Asked {
        let operation = self.request(&request).map_err(text)?;
        let answer: Answer = Box::new(move |engine| {
            let answer = engine.answer_to(&request);
            answer.map_or_else(|| "misfit".into(), &show)
        });
        Ok((operation, answer))
    }
}

/// `what` names the request.
pub(crate) fn request<A: Asker>(
    asker: A,
    words: Words<'_>,
    client: ClientIndex,
) -> Result<A::Asked, String> {
    Ok(match words.value("what").expect("what is asked") {
        "connections" => asker.ask(ConnectionQuery, |it| list(it.iter())),
        "states" => asker.ask(ConnectionStateQuery, |it| list(it.iter())),
        "stored" => asker.ask(StoredQuery, |it| list(it.iter())),
        "files" => asker.ask(FileQuery, |it| list(it.iter())),
        "manufacturer" => asker.ask(Manufacturer, |it| format!("{it:?}")),
        "model" => asker.ask(Model, |it| format!("{it:?}")),
        "revision" => asker.ask(Revision, |it| format!("{it:?}")),
        "sim" => asker.ask(SimQuery, |it| format!("{it:?}")),
        "signal" => asker.ask(SignalQuery, |it| format!("{it:?}")),
        "sleep" => asker.ask(SleepQuery, |it| format!("{it:?}")),
        "registration" => {
            let domain = Domain::Lte;
            asker.ask(RegistrationQuery { domain }, text)
        }
        "active" => asker.ask(ContextQuery, |it| list(it.active())),
        "deactivate" => asker.ask(DeactivateContext { id: 1 }, |()| "done".into()),
        "delete" => {
            let name: &'static str = words.value("name").unwrap_or("").to_owned().leak();
            let file = quectel_mqtt::PemFile::stored(name).map_err(text)?;
            asker.ask(DeleteFile(file), |()| "done".into())
        }
        "setting" => {
            let key = key(words.value("key").expect("a key"));
            asker.ask(SettingQuery { client, key }, |it| format!("{it:?}"))
        }
        "test" => {
            let command = command(words.value("of").expect("a command"));
            asker.ask(Test(command), |it| {
                let lines = it.lines().map(|line| {
                    let fields: Vec<String> = line.map(range).collect();
                    fields.join(",")
                });
                lines.collect::<Vec<_>>().join("; ")
            })
        }
        what => panic!("unknown request {what}"),
    })
}

fn list(items: impl Iterator<Item = impl Debug>) -> String {
    format!("{:?}", items.collect::<Vec<_>>())
}

fn range(range: Range<'_>) -> String {
    let bytes = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match range {
        Range::From { min, max } => format!("{min}..={max}"),
        Range::OneOf(items) => format!("one of {}", bytes(items)),
        Range::Named(name) => format!("<{}>", bytes(name)),
        Range::Key(key) => format!("key {}", bytes(key)),
        range => format!("{range:?}"),
    }
}

fn command(name: &str) -> Command {
    match name {
        "open" => Command::Open,
        "close" => Command::Close,
        "connect" => Command::Connect,
        "disconnect" => Command::Disconnect,
        "subscribe" => Command::Subscribe,
        "unsubscribe" => Command::Unsubscribe,
        "publish" => Command::Publish,
        "publish_inline" => Command::PublishInline,
        "receive" => Command::Receive,
        "configure" => Command::Configure(SettingKey::Version),
        name => panic!("command {name}"),
    }
}

fn key(name: &str) -> SettingKey {
    use SettingKey::{
        AliAuth, DataEcho, DataFormat, KeepAlive, PdpContext, ReceiveMode, Session, ShowLength,
        Ssl, Timeout, Version, Will,
    };
    let keys = [
        Version,
        PdpContext,
        Ssl,
        KeepAlive,
        Session,
        Timeout,
        Will,
        ReceiveMode,
        ShowLength,
        DataEcho,
        DataFormat,
        AliAuth,
    ];
    let mut named = keys.into_iter().filter(|key| key.name() == name);
    named.next().expect("a setting")
}
