//! The command line. Flags follow mosquitto_pub and mosquitto_sub.

use std::{
    ffi::OsString,
    hash::{BuildHasher, RandomState},
    path::PathBuf,
};

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, error::ErrorKind, value_parser};
use qmqtt::port::Address;
use quectel_mqtt::{
    BG77, BG95, BG600L, ClientIndex, ConnectOptions, Dialect, ValueError,
    mqtt::{QoS, Retain, Session, Will},
};

use crate::failure::{Failed, Step};

/// MQTT over a Quectel modem on a serial port: publish, subscribe, or send one AT command.
///
/// The modem must be registered and able to open a data connection. The options of the
/// connection stand before the subcommand.
#[derive(Debug, Parser)]
#[command(
    name = "qmqtt",
    version,
    disable_help_flag = true,
    disable_help_subcommand = true
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) connection: Connection,

    #[command(subcommand)]
    pub(crate) command: Command,

    /// Print help.
    #[arg(long, global = true, action = ArgAction::Help)]
    help: Option<bool>,
}

/// Where the modem is, where the server is, and how to connect to it.
#[derive(Args, Debug)]
pub(crate) struct Connection {
    /// The modem: the path of a serial port, or tcp:HOST:PORT.
    #[arg(long, value_name = "PATH|tcp:HOST:PORT")]
    pub(crate) port: Address,

    /// Speed of the serial port.
    #[arg(long, value_name = "N", default_value_t = 115_200, value_parser = value_parser!(u32).range(1..))]
    pub(crate) baud: u32,

    /// The modem's family.
    #[arg(long, value_enum, default_value_t = Module::Bg95)]
    module: Module,

    /// Index of the modem's client to use.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = value_parser!(u8).range(0..=5))]
    client: u8,

    /// The MQTT server; required for pub and sub.
    #[arg(short = 'h', value_name = "HOST")]
    host: Option<String>,

    /// TCP port of the server.
    #[arg(short = 'p', value_name = "PORT", default_value_t = 1883, value_parser = value_parser!(u16).range(1..))]
    server_port: u16,

    /// Client identifier; a random one if it is not given.
    #[arg(short = 'i', value_name = "ID", allow_hyphen_values = true)]
    id: Option<String>,

    /// User name.
    #[arg(short = 'u', value_name = "USER", allow_hyphen_values = true)]
    user: Option<String>,

    /// Password.
    #[arg(
        short = 'P',
        value_name = "PASSWORD",
        allow_hyphen_values = true,
        requires = "user"
    )]
    pub(crate) password: Option<String>,

    /// Keep alive, in seconds, 0-3600; 0 switches it off.
    #[arg(short = 'k', value_name = "KEEPALIVE", default_value_t = 60, value_parser = value_parser!(u16).range(0..=3600))]
    keep_alive: u16,

    /// Keep the session: the server keeps subscriptions and messages for this client identifier.
    #[arg(short = 'c')]
    keep_session: bool,

    /// Topic of the will, which the server publishes when this client is lost.
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    will_topic: Option<String>,

    /// Message of the will.
    #[arg(
        long,
        value_name = "M",
        default_value = "",
        hide_default_value = true,
        allow_hyphen_values = true,
        requires = "will_topic"
    )]
    will_payload: String,

    /// Quality of service of the will.
    #[arg(long, value_name = "Q", default_value_t = 0, value_parser = value_parser!(u8).range(0..=2), requires = "will_topic")]
    will_qos: u8,

    /// The will is retained.
    #[arg(long, requires = "will_topic")]
    will_retain: bool,

    /// How messages come from the modem: at once, or fetched from its store.
    #[arg(long, value_enum, default_value_t = Receive::Direct)]
    receive: Receive,

    /// Show every line exchanged with the modem on standard error, without secrets.
    #[arg(long)]
    pub(crate) trace: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Module {
    Bg95,
    Bg77,
    Bg600l,
    Bc660k,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Receive {
    Direct,
    Stored,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Publish messages.
    Pub(Pub),
    /// Subscribe, and print the messages that come.
    Sub(Sub),
    /// Send one AT command, and print its information response.
    At(At),
}

#[derive(Args, Debug)]
pub(crate) struct Pub {
    /// Topic to publish to.
    #[arg(short = 't', value_name = "TOPIC", allow_hyphen_values = true)]
    pub(crate) topic: String,

    #[command(flatten)]
    pub(crate) payload: Payload,

    /// Quality of service.
    #[arg(short = 'q', value_name = "0|1|2", default_value_t = 0, value_parser = value_parser!(u8).range(0..=2))]
    qos: u8,

    /// The server keeps the message for those who subscribe later.
    #[arg(short = 'r')]
    retain: bool,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(crate) struct Payload {
    /// The message.
    #[arg(short = 'm', value_name = "MESSAGE", allow_hyphen_values = true)]
    pub(crate) message: Option<OsString>,

    /// A file whose bytes are the message.
    #[arg(short = 'f', value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,

    /// An empty message.
    #[arg(short = 'n')]
    empty: bool,

    /// One message for each line of standard input.
    #[arg(short = 'l')]
    pub(crate) lines: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Sub {
    /// Topic filter to subscribe to; may be given several times.
    #[arg(
        short = 't',
        value_name = "FILTER",
        required = true,
        allow_hyphen_values = true
    )]
    pub(crate) filters: Vec<String>,

    /// Quality of service to ask for.
    #[arg(short = 'q', value_name = "0|1|2", default_value_t = 0, value_parser = value_parser!(u8).range(0..=2))]
    qos: u8,

    /// End after this many messages.
    #[arg(short = 'C', value_name = "COUNT", value_parser = value_parser!(u64).range(1..))]
    pub(crate) count: Option<u64>,

    /// End after this many seconds, with status 27; they count from the subscription on.
    #[arg(short = 'W', value_name = "SECONDS", value_parser = value_parser!(u32).range(1..))]
    pub(crate) wait: Option<u32>,

    /// Print the topic before each message.
    #[arg(short = 'v')]
    pub(crate) verbose: bool,

    /// Print each message as a JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct At {
    /// The command, AT included.
    pub(crate) command: String,
}

impl Cli {
    /// Reads the command line; ends the program when it is wrong, or asks for help.
    pub(crate) fn read() -> Self {
        Self::checked(std::env::args_os()).unwrap_or_else(|error| error.exit())
    }

    fn checked<T: Into<OsString> + Clone>(
        arguments: impl IntoIterator<Item = T>,
    ) -> Result<Self, clap::Error> {
        let mut cli = Self::try_parse_from(arguments)?;
        let needs_host = !matches!(cli.command, Command::At(_));
        if needs_host && cli.connection.host.is_none() {
            use clap::CommandFactory;
            let message = "pub and sub need a server: -h HOST, before the subcommand";
            return Err(Self::command().error(ErrorKind::MissingRequiredArgument, message));
        }
        cli.connection.id.get_or_insert_with(random_id);
        Ok(cli)
    }
}

impl Connection {
    pub(crate) fn dialect(&self) -> Result<&'static Dialect, Failed> {
        if self.receive == Receive::Stored {
            return Err(Failed::new("receive", "stored is not supported yet"));
        }
        match self.module {
            Module::Bg95 => Ok(&BG95),
            Module::Bg77 => Ok(&BG77),
            Module::Bg600l => Ok(&BG600L),
            Module::Bc660k => Err(Failed::new("module", "bc660k is not supported yet")),
        }
    }

    pub(crate) fn client(&self) -> Result<ClientIndex, Failed> {
        ClientIndex::new(self.client).map_err(|error| Failed::value(Step::Connect, error))
    }

    pub(crate) fn options(&self) -> Result<ConnectOptions<'_>, Failed> {
        self.checked_options()
            .map_err(|error| Failed::value(Step::Connect, error))
    }

    fn checked_options(&self) -> Result<ConnectOptions<'_>, ValueError> {
        let host = self.host.as_deref().unwrap_or_default();
        let id = self.id.as_deref().unwrap_or_default();
        let mut options = ConnectOptions::new(host, id)?
            .port(self.server_port)?
            .keep_alive(self.keep_alive)?
            .session(match self.keep_session {
                true => Session::Kept,
                false => Session::Clean,
            });
        if let Some(user) = self.user.as_deref() {
            options = match self.password.as_deref() {
                Some(password) => options.credentials(user, password)?,
                None => options.user_name(user)?,
            };
        }
        if let Some(topic) = self.will_topic.as_deref() {
            let will = Will::new(topic, &self.will_payload)?
                .qos(qos(self.will_qos))
                .retain(retain(self.will_retain));
            options = options.will(will);
        }
        Ok(options)
    }
}

impl Pub {
    pub(crate) fn qos(&self) -> QoS {
        qos(self.qos)
    }

    pub(crate) fn retain(&self) -> Retain {
        retain(self.retain)
    }
}

impl Sub {
    pub(crate) fn qos(&self) -> QoS {
        qos(self.qos)
    }
}

const fn qos(level: u8) -> QoS {
    match level {
        0 => QoS::AtMostOnce,
        1 => QoS::AtLeastOnce,
        _ => QoS::ExactlyOnce,
    }
}

const fn retain(is_retained: bool) -> Retain {
    match is_retained {
        true => Retain::Keep,
        false => Retain::Discard,
    }
}

/// At most 23 letters, digits and hyphens: MQTT 3.1.1, chapter 3.1.3.1, asks no server for more.
fn random_id() -> String {
    // The keys of the hasher are random.
    format!("qmqtt-{:016x}", RandomState::new().hash_one(0))
}

#[cfg(test)]
#[path = "cli_tests.rs"]
mod tests;
