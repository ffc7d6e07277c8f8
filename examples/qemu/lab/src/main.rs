//! Runs firmware in QEMU, without a board: an MQTT server, a simulated modem on the firmware's
//! UART, and a peer that asks a hundred questions over MQTT and checks each answer. In the middle
//! the modem restarts.
//!
//! `cargo run` in `examples/qemu` builds the firmware and gives it to this program.

mod emulator;
mod exchange;
mod modem;
mod peer;
mod server;

use std::{
    io,
    net::{Ipv4Addr, TcpListener},
    path::PathBuf,
    process::ExitCode,
    sync::mpsc::{self, Receiver},
    time::{Duration, Instant},
};

use clap::Parser;
use qemu_messages::{ANSWERS, MODEM, READY, number};
use quectel_modem_sim::Module;

use self::{emulator::Emulator, exchange::Exchange, modem::Modem, peer::Peer, server::Server};

/// Runs firmware in QEMU, on a simulated modem and an MQTT server, and counts its messages.
#[derive(Debug, Parser)]
struct Arguments {
    /// The firmware, as an ELF file.
    firmware: PathBuf,

    /// Use the server that comes with the simulated modem, also where mosquitto is installed.
    #[arg(long)]
    embedded: bool,

    /// Show every line between firmware and modem.
    #[arg(long)]
    trace: bool,

    /// The seconds that all may take.
    #[arg(long, default_value_t = 120, value_name = "SECONDS")]
    within: u64,
}

/// What the lab is told.
enum Event {
    /// The firmware, or QEMU, has printed a line.
    Printed(String),
    /// QEMU prints no more.
    Ended,
    /// A message has come to the peer.
    Message { topic: String, payload: Vec<u8> },
    /// The peer has lost the server.
    PeerLost(String),
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("lab: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), String> {
    let start = Instant::now();
    let (events, inbox) = mpsc::channel();
    let server = match arguments.embedded {
        true => Server::embedded()?,
        false => Server::start()?,
    };
    println!("server: {server}");
    let peer = Peer::connect(server.port(), events.clone())?;
    // QEMU connects at once. The modem takes over when the firmware has said which one it needs.
    let line = listen().map_err(|error| format!("cannot listen: {error}"))?;
    let emulator = Emulator::start(&arguments.firmware, &line, events)?;
    let mut lab = Lab {
        inbox,
        deadline: start + Duration::from_secs(arguments.within),
        peer,
        emulator,
    };
    let module = lab.module()?;
    let modem = Modem::start(module, line, server.port(), arguments.trace)?;
    let mut exchange = Exchange::new(module.limits().payload);
    let outcome = lab.serve(&modem, &mut exchange);

    println!("{exchange}");
    println!("all in {:.1} s", start.elapsed().as_secs_f32());
    outcome?;
    exchange.check()
}

struct Lab {
    inbox: Receiver<Event>,
    deadline: Instant,
    peer: Peer,
    emulator: Emulator,
}

impl Lab {
    /// The module that the firmware is for, as it says first.
    fn module(&self) -> Result<Module, String> {
        while let Event::Printed(line) = self.next()? {
            println!("firmware: {line}");
            if let Some(name) = line.strip_prefix(MODEM) {
                return Module::by_name(name).ok_or_else(|| format!("no such module: {name}"));
            }
        }
        Err("the firmware has not said which modem it needs".into())
    }

    /// Asks until the firmware has ended and every answer has come.
    fn serve(&mut self, modem: &Modem, exchange: &mut Exchange) -> Result<(), String> {
        let mut is_running = true;
        while is_running || !exchange.has_all_answers() {
            match self.next()? {
                Event::Printed(line) => {
                    println!("firmware: {line}");
                    if let Ok(report) = line.parse() {
                        exchange.report(report);
                    }
                }
                Event::Ended => {
                    self.emulator.succeeded()?;
                    is_running = false;
                }
                Event::Message { topic, payload } => {
                    let questions = match number(topic.as_bytes(), ANSWERS) {
                        Some(number) => exchange.answer(number, &payload),
                        None if topic == READY => exchange.ready()?,
                        None => return Err(format!("a message of nobody: {topic}")),
                    };
                    for question in questions {
                        self.peer.publish(question)?;
                    }
                    if exchange.is_time_to_restart() {
                        modem.restart_while_it_takes_a_payload();
                        exchange.restarted();
                    }
                }
                Event::PeerLost(error) => return Err(format!("the peer: {error}")),
            }
        }
        Ok(())
    }

    fn next(&self) -> Result<Event, String> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        self.inbox
            .recv_timeout(left)
            .map_err(|_| "time is over".into())
    }
}

fn listen() -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
}
