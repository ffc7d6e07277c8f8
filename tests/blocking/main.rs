//! The blocking shell: over a mock of a UART, a simulated modem, and ports that fail it.

#![cfg(all(feature = "bg95", feature = "bc660k", feature = "blocking"))]

#[path = "../support/mod.rs"]
mod support;

mod bytes;
mod calls;
mod noise;
mod ports;
mod service;
mod uart;

use std::time::Duration;

use quectel_modem_sim::{Config, VirtualPort, clock, clock::Virtual, local::LocalServer};
use quectel_mqtt::{
    BG95, Cause, ClientIndex, Instant,
    blocking::{Clock, Error, Modem},
    mqtt::{Publication, QoS},
};
use support::simulated::{Memory, modem_and_server, options};

const CLIENT: ClientIndex = ClientIndex::ZERO;

/// Virtual time, which passes by a millisecond whenever the shell is idle.
#[derive(Default)]
struct Ticks {
    /// Looks since it was idle.
    looks: u32,
}

impl Clock for Ticks {
    fn now(&mut self) -> Instant {
        self.looks += 1;
        assert!(self.looks < 100_000, "it spins where it could be idle");
        now()
    }

    fn idle(&mut self) {
        self.looks = 0;
        Virtual::advance(Duration::from_millis(1));
        assert!(clock::now() < LONGEST, "the call never ends");
    }
}

/// Longer than any call of these tests takes.
const LONGEST: Duration = Duration::from_secs(3600);

fn now() -> Instant {
    Instant::from_millis(millis())
}

fn millis() -> u64 {
    u64::try_from(clock::now().as_millis()).unwrap()
}

fn hello() -> Publication<'static> {
    Publication::new("t", b"hello").unwrap()
}

fn at_least_once(payload: &[u8]) -> Publication<'_> {
    Publication::new("t", payload)
        .unwrap()
        .qos(QoS::AtLeastOnce)
}

fn connected<P>(port: P, memory: &mut Memory) -> Modem<'_, P, Ticks>
where
    P: embedded_io::Read + embedded_io::ReadReady + embedded_io::Write + embedded_io::WriteReady,
{
    let mut modem = Modem::new(&BG95, port, Ticks::default(), memory.buffers());
    modem.client(CLIENT).connect(&options()).unwrap();
    modem
}

fn simulated() -> (VirtualPort, LocalServer) {
    modem_and_server(Config::default())
}

fn cause<T, E>(result: Result<T, Error<E>>) -> Option<Cause> {
    match result {
        Err(Error::Failed(failure)) => Some(failure.cause),
        _ => None,
    }
}
