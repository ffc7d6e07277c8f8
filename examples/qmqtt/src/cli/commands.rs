//! The subcommands.

use std::{ffi::OsString, path::PathBuf};

use clap::{Args, Subcommand, ValueEnum, value_parser};
use quectel_mqtt::{
    PublishForm,
    mqtt::{QoS, Retain},
};

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

    /// How the message goes to the modem.
    #[arg(long, value_enum, default_value_t = Form::Automatic)]
    publish_form: Form,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Form {
    /// By its length; an empty one ended by Ctrl+Z.
    Automatic,
    /// After a prompt, by its length.
    FixedLength,
    /// After a prompt, ended by Ctrl+Z.
    Terminated,
    /// In the command line.
    Inline,
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

impl Pub {
    pub(crate) fn qos(&self) -> QoS {
        qos(self.qos)
    }

    pub(crate) fn retain(&self) -> Retain {
        retain(self.retain)
    }

    pub(crate) const fn form(&self) -> PublishForm {
        match self.publish_form {
            Form::Automatic => PublishForm::Automatic,
            Form::FixedLength => PublishForm::FixedLength,
            Form::Terminated => PublishForm::Terminated,
            Form::Inline => PublishForm::Inline,
        }
    }
}

impl Sub {
    pub(crate) fn qos(&self) -> QoS {
        qos(self.qos)
    }
}

pub(super) const fn qos(level: u8) -> QoS {
    match level {
        0 => QoS::AtMostOnce,
        1 => QoS::AtLeastOnce,
        _ => QoS::ExactlyOnce,
    }
}

pub(super) const fn retain(is_retained: bool) -> Retain {
    match is_retained {
        true => Retain::Keep,
        false => Retain::Discard,
    }
}
