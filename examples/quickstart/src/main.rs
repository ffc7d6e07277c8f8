//! The driver's round trip, in one command: an MQTT server and a simulated modem start in this
//! program, and the driver connects, subscribes, publishes and receives through them.
//!
//! Every message must come back byte for byte; the status is 1 if one does not.

mod messages;
mod screen;
mod tour;

use std::{
    io::{self, Write},
    net::{Ipv4Addr, SocketAddr},
    process::ExitCode,
    time::Duration,
};

use clap::Parser;
use embedded_io_async::{Read, Write as AsyncWrite};
use qmqtt::{
    port::{Address, parse_host_and_port},
    trace::{Trace, Traced},
};
use quectel_host_clock as _;
use quectel_modem_sim::{
    Config, TcpNetwork,
    broker::Embedded,
    serve::{self, Setup},
};
use quectel_mqtt::{BG95, asynch::Modem, engine::Buffers};
use tokio::time::timeout;

use crate::{
    screen::{Screen, say},
    tour::Tour,
};

/// Sends messages of all kinds through a modem to an MQTT server and back, and compares them.
///
/// Without options, server and modem are in this program, and nothing is needed but a computer.
#[derive(Debug, Parser)]
#[command(name = "quickstart", version)]
struct Arguments {
    /// An MQTT server of your own, in place of the one in this program.
    #[arg(long, value_name = "HOST:PORT", value_parser = server)]
    broker: Option<Server>,

    /// A real modem (BG95, BG77 or BG600L family), in place of the simulated one. It needs a
    /// server that it can reach: give --broker too.
    #[arg(long, value_name = "PATH|tcp:HOST:PORT", requires = "broker")]
    port: Option<Address>,

    /// Speed of the real modem's serial port.
    #[arg(long, value_name = "N", default_value_t = 115_200)]
    baud: u32,
}

#[derive(Clone, Debug)]
struct Server {
    host: String,
    port: u16,
}

fn server(text: &str) -> Result<Server, &'static str> {
    let (host, port) = parse_host_and_port(text).ok_or("expected HOST:PORT")?;
    Ok(Server { host, port })
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            // Where standard error is closed, the status has to do.
            let _ = writeln!(io::stderr(), "{sentence}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), String> {
    let screen = Screen::default();
    let server = match &arguments.broker {
        Some(server) => {
            screen.step(&format!(
                "Your MQTT server is {} at port {}.",
                server.host, server.port
            ));
            server.clone()
        }
        None => {
            let address = Embedded::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
                .map_err(|error| format!("The MQTT server can't be started: {error}."))?
                .address();
            screen.step(&format!(
                "An MQTT server starts in this program, at {address}."
            ));
            Server {
                host: address.ip().to_string(),
                port: address.port(),
            }
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("The program can't be started: {error}."))?;
    runtime.block_on(async {
        match &arguments.port {
            Some(address) => {
                screen.step(&format!("Your modem is at {address}. {LEGEND}"));
                let port = address
                    .open(arguments.baud)
                    .await
                    .map_err(|error| format!("The modem at {address} can't be opened: {error}."))?;
                show(screen, server, port, DEADLINE_OF_A_REAL_MODEM).await
            }
            None => {
                screen.step(&format!(
                    "A simulated BG95 modem starts in this program. {LEGEND}"
                ));
                let setup = Setup::new(Config::default(), TcpNetwork::new(None));
                let (port, _guard) = serve::spawn_pipe(setup)
                    .map_err(|error| format!("The simulated modem can't be started: {error}."))?;
                show(screen, server, port, DEADLINE).await
            }
        }
    })
}

async fn show<P>(screen: Screen, server: Server, port: P, deadline: Duration) -> Result<(), String>
where
    P: Read + AsyncWrite,
{
    let shown = screen.clone();
    let port = Traced::new(
        port,
        Some(Trace::new(None, move |entry| shown.entry(&entry))),
    );
    let (mut rx, mut tx, mut inbox) = (vec![0; 1_024], vec![0; 6_144], vec![0; 16_384]);
    let buffers = Buffers {
        rx: &mut rx,
        tx: &mut tx,
        inbox: &mut inbox,
    };
    let mut tour = Tour::new(screen, Modem::new(&BG95, port, buffers));
    let seconds = deadline.as_secs();
    let result = timeout(deadline, tour.run(&server.host, server.port))
        .await
        .unwrap_or_else(|_| Err(format!("It is not done after {seconds} s, and gives up.")));
    let totals = match result {
        Ok(totals) => totals,
        Err(sentence) => {
            // As well as it goes.
            let _ = timeout(TIME_TO_LEAVE, tour.leave()).await;
            return Err(sentence);
        }
    };
    say(&format!("\n{totals}"));
    match totals.is_perfect() {
        true => Ok(()),
        false => Err("Not every message came back as it was sent.".into()),
    }
}

const LEGEND: &str =
    "The driver talks to it in AT commands: -> is said by the driver, <- by the modem.";

const DEADLINE: Duration = Duration::from_secs(60);

/// It may have to find its network first.
const DEADLINE_OF_A_REAL_MODEM: Duration = Duration::from_secs(300);

const TIME_TO_LEAVE: Duration = Duration::from_secs(5);
