//! `modem-sim`: a simulated modem on a pseudo-terminal or on a TCP port.

use std::{
    io::{self, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::PathBuf,
    process::ExitCode,
    str::FromStr,
    sync::mpsc,
};

use clap::{
    Parser,
    builder::{PossibleValuesParser, TypedValueParser},
};
use quectel_modem_sim::{
    Chunk, Config, Module, TcpNetwork,
    broker::Embedded,
    serve::{self, Guard, Setup},
};

/// A simulated Quectel modem that speaks AT commands and connects to a real MQTT server.
///
/// The modem dials what AT+QMTOPEN names. The host name `broker.example` stands for the server
/// given with --broker or, without it, for a server that is started in this process.
#[derive(Debug, Parser)]
#[command(version, after_help = TLS)]
struct Arguments {
    /// The module to simulate.
    #[arg(long, default_value = "bg95", value_parser = module_parser())]
    module: Module,

    /// Where the host finds the modem: `pty`, `pty:LINK` (with a symbolic link to the device), or
    /// `tcp:HOST:PORT` (port 0 is any free one).
    #[arg(long, default_value = "pty")]
    listen: Listen,

    /// The MQTT server that `broker.example` stands for, as HOST:PORT.
    #[arg(long, value_name = "HOST:PORT")]
    broker: Option<Server>,

    /// Seed of everything that is left to chance.
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,

    /// Deliver at most N bytes to the host per write.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    chunk: Option<u16>,

    /// Let the serial line carry N bits per second in both directions, ten to a byte; without it,
    /// it has no limit.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    baud: Option<u32>,

    /// Answer ATE0 with OK and echo all the same.
    #[arg(long)]
    keep_echo: bool,

    /// Print each line in both directions on standard error, without passwords.
    #[arg(long)]
    trace: bool,
}

#[derive(Clone, Debug)]
enum Listen {
    Pty(Option<PathBuf>),
    Tcp(Server),
}

impl FromStr for Listen {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            None if text == "pty" => Ok(Self::Pty(None)),
            Some(("pty", link)) if !link.is_empty() => Ok(Self::Pty(Some(link.into()))),
            Some(("tcp", address)) => address.parse().map(Self::Tcp),
            _ => Err("expected pty, pty:LINK or tcp:HOST:PORT"),
        }
    }
}

#[derive(Clone, Debug)]
struct Server {
    host: String,
    port: u16,
}

impl FromStr for Server {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = "expected HOST:PORT";
        let (host, port) = text.rsplit_once(':').ok_or(error)?;
        // An IPv6 address stands in brackets.
        let host = host
            .strip_prefix('[')
            .and_then(|inner| inner.strip_suffix(']'))
            .unwrap_or(host);
        let port = port.parse().map_err(|_| error)?;
        match host.is_empty() {
            true => Err(error),
            false => Ok(Self {
                host: host.into(),
                port,
            }),
        }
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("modem-sim: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<(), String> {
    let (stop, stopped) = mpsc::channel();
    ctrlc::set_handler(move || {
        // Nobody receives any more when the program is about to end.
        let _ = stop.send(());
    })
    .map_err(|error| format!("cannot handle signals: {error}"))?;

    let (server, kind) = match arguments.broker {
        Some(server) => (server, ""),
        None => {
            let address = embedded_server()?;
            let host = address.ip().to_string();
            let port = address.port();
            (Server { host, port }, " (embedded)")
        }
    };
    let mut config = Config {
        module: arguments.module,
        seed: arguments.seed,
        ..Config::default()
    };
    config.behaviour.keep_echo = arguments.keep_echo;
    config.behaviour.line_speed = arguments.baud;
    if let Some(most) = arguments.chunk {
        config.behaviour.chunk = Chunk::AtMost(most.into());
    }
    let network = TcpNetwork::new(Some((server.host.clone(), server.port)));
    let mut setup = Setup::new(config, network);
    if arguments.trace {
        setup = setup.trace(io::stderr());
    }
    let (place, guard) = listen(&arguments.listen, setup)?;

    let mut out = io::stdout();
    let module = arguments.module.name();
    let port = server.port;
    let host = match server.host.contains(':') {
        true => format!("[{}]", server.host),
        false => server.host,
    };
    writeln!(
        out,
        "modem: {module} on {place}\nserver: {host}:{port}{kind}"
    )
    .and_then(|()| out.flush())
    .map_err(|error| format!("cannot write: {error}"))?;

    // The sender lives in the signal handler, which is never taken back.
    let _ = stopped.recv();
    drop(guard);
    Ok(())
}

fn listen(listen: &Listen, setup: Setup) -> Result<(String, Guard), String> {
    match listen {
        Listen::Pty(link) => {
            let (device, guard) = serve::spawn_pty(setup, link.as_deref())
                .map_err(|error| format!("cannot make a pseudo-terminal: {error}"))?;
            let link = link
                .as_ref()
                .map(|link| format!(" (link {})", link.display()))
                .unwrap_or_default();
            Ok((format!("pty {}{link}", device.display()), guard))
        }
        Listen::Tcp(Server { host, port }) => {
            let cannot = |error| format!("cannot listen on {host}:{port}: {error}");
            let listener = TcpListener::bind((host.as_str(), *port)).map_err(cannot)?;
            let (address, guard) = serve::spawn_tcp(setup, listener).map_err(cannot)?;
            Ok((format!("tcp {address}"), guard))
        }
    }
}

/// Starts a server on MQTT's own port if that is free, and on any other if it is not.
fn embedded_server() -> Result<SocketAddr, String> {
    let loopback = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    Embedded::start(loopback(1883))
        .or_else(|_| Embedded::start(loopback(0)))
        .map(|server| server.address())
        .map_err(|error| format!("cannot start an MQTT server: {error}"))
}

fn module_parser() -> impl TypedValueParser<Value = Module> {
    PossibleValuesParser::new(Module::ALL.map(Module::name))
        .map(|name| Module::by_name(&name).unwrap_or_default())
}

/// What becomes of clients in SSL mode.
const TLS: &str = match cfg!(feature = "tls") {
    true => {
        "This program was built with TLS: clients in SSL mode connect, `broker.example` included \
         when --broker names a TLS port."
    }
    false => {
        "This program was built without TLS: opening a client in SSL mode ends with -1. For TLS, \
         build it with `--features tls`."
    }
};
