//! The simulated modem at the other end of the firmware's UART.

use std::{
    io,
    net::{Ipv4Addr, TcpListener},
    thread,
    time::{Duration, Instant},
};

use quectel_modem_sim::{
    Config, Module, TcpNetwork,
    serve::{self, Guard, Setup},
};

pub(crate) struct Modem(Guard);

impl Modem {
    /// A modem for whoever connects here; to it, `broker.example` is the server on this port.
    pub(crate) fn start(
        module: Module,
        line: TcpListener,
        server: u16,
        trace: bool,
    ) -> Result<Self, String> {
        let mut config = Config {
            module,
            ..Config::default()
        };
        config.behaviour.line_speed = Some(LINE_SPEED);
        config.behaviour.boot_time = Duration::from_secs(1);
        let network = TcpNetwork::new(Some((Ipv4Addr::LOCALHOST.to_string(), server)));
        let mut setup = Setup::new(config, network);
        if trace {
            setup = setup.trace(io::stdout());
        }
        let (address, guard) = serve::spawn_tcp(setup, line)
            .map_err(|error| format!("cannot serve the modem: {error}"))?;
        println!("modem: {} on {address}", module.model());
        Ok(Self(guard))
    }

    /// Restarts the modem when it is worst: a payload is half sent, and what comes from the server
    /// meanwhile is acknowledged and kept back, to be forgotten.
    pub(crate) fn restart_while_it_takes_a_payload(&self) {
        let late = Instant::now() + PATIENCE;
        loop {
            let is_late = Instant::now() > late;
            let restarted = self.0.with_modem(move |modem, now| {
                let is_time = modem.is_in_data_mode() || is_late;
                if is_time {
                    modem.restart(now);
                }
                is_time
            });
            if restarted != Some(false) {
                return;
            }
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// The fastest that the UARTs of these modules have in common.
const LINE_SPEED: u32 = 921_600;

/// How long to wait for a payload.
const PATIENCE: Duration = Duration::from_secs(5);
