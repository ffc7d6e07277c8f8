//! The command line. Flags follow mosquitto_pub and mosquitto_sub.

mod commands;

use std::{
    ffi::OsString,
    hash::{BuildHasher, RandomState},
};

use clap::{ArgAction, Args, Parser, ValueEnum, error::ErrorKind, value_parser};
use qmqtt::port::Address;
use quectel_mqtt::{
    BC660K_GL, BG77, BG95, BG600L, ClientIndex, ConnectOptions, DataFormat, Dialect, PdpContext,
    PublishForm, ReceiveMode, ValueError,
    mqtt::{Session, Will},
};

pub(crate) use commands::{At, Command, Payload, Pub, Sub};
use commands::{qos, retain};

use crate::{
    failure::{Failed, Step},
    tls::TlsArguments,
};

/// MQTT over a Quectel modem on a serial port: publish, subscribe, or send one AT command.
///
/// pub and sub wait until the modem is registered with a network. The options of the connection
/// stand before the subcommand.
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

    /// TCP port of the server; 1883 if it is not given, and 8883 with TLS.
    #[arg(short = 'p', value_name = "PORT", value_parser = value_parser!(u16).range(1..))]
    server_port: Option<u16>,

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

    #[command(flatten)]
    pub(crate) tls: TlsArguments,

    /// Access point name of the mobile network: activates the PDP context before the connect, if
    /// it is not active.
    #[arg(long, value_name = "APN", allow_hyphen_values = true)]
    apn: Option<String>,

    /// Do not wait for the registration with a network.
    #[arg(long)]
    pub(crate) no_wait: bool,

    /// How long to wait for the registration.
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = value_parser!(u32).range(1..=86_400), conflicts_with = "no_wait")]
    pub(crate) network_timeout: u32,

    /// How messages come from the modem: at once, or fetched from its store (not on the bc660k).
    #[arg(long, value_enum, default_value_t = Receive::Direct)]
    receive: Receive,

    /// How payloads go over the line: as they are, or as hexadecimal digits (only on the bc660k).
    #[arg(long, value_enum, default_value_t = Format::Text)]
    data_format: Format,

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

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Format {
    Text,
    Hex,
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
    pub(crate) const fn dialect(&self) -> &'static Dialect {
        match self.module {
            Module::Bg95 => &BG95,
            Module::Bg77 => &BG77,
            Module::Bg600l => &BG600L,
            Module::Bc660k => &BC660K_GL,
        }
    }

    /// The most bytes that a message of this form can have.
    pub(crate) const fn payload_limit(&self, form: PublishForm) -> u16 {
        let dialect = self.dialect();
        match (self.data_format, form) {
            (Format::Hex, _) => dialect.hex_payload_limit,
            (Format::Text, PublishForm::Inline) => dialect.inline_payload_limit,
            (Format::Text, _) => dialect.payload_limit,
        }
    }

    /// The PDP context to activate.
    pub(crate) fn context(&self) -> Result<Option<PdpContext<'_>>, Failed> {
        let context = self.apn.as_deref().map(PdpContext::new).transpose();
        context.map_err(|error| Failed::value(Step::Network, error))
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
        let default_port = match self.tls.is_wanted() {
            true => 8883,
            false => 1883,
        };
        let mut options = ConnectOptions::new(host, id)?
            .port(self.server_port.unwrap_or(default_port))?
            .keep_alive(self.keep_alive)?
            .session(match self.keep_session {
                true => Session::Kept,
                false => Session::Clean,
            })
            .receive(match self.receive {
                Receive::Direct => ReceiveMode::Direct,
                Receive::Stored => ReceiveMode::Stored,
            });
        let format = match self.data_format {
            Format::Text => DataFormat::Text,
            Format::Hex => DataFormat::Hex,
        };
        options = options.data_format(format, format);
        if self.tls.is_wanted() {
            options = options.tls(TLS_CONTEXT)?;
        }
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

/// At most 23 letters, digits and hyphens: MQTT 3.1.1, chapter 3.1.3.1, asks no server for more.
fn random_id() -> String {
    // The keys of the hasher are random.
    format!("qmqtt-{:016x}", RandomState::new().hash_one(0))
}

/// The one that every modem has.
const TLS_CONTEXT: u8 = 0;

#[cfg(test)]
#[path = "cli_tests.rs"]
mod tests;
