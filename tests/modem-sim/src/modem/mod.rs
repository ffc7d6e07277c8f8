//! The simulated modem: a state machine without I/O and without a clock.

mod aliauth;
mod bearer;
mod cgdcont;
mod client;
mod collect;
mod command;
mod exchange;
mod files;
mod front;
mod generic;
mod hex;
mod line;
mod mqtt;
mod output;
mod params;
mod pdp;
mod qmtcfg;
mod qmtcfg_bc660k;
mod qmtconn;
mod qmtopen;
mod qmtpub;
mod qmtrecv;
mod qmtsub;
mod qsslcfg;
mod settings;
mod wire;

use std::time::Duration;

use self::{
    bearer::Bearer,
    client::{Client, Context},
    files::Files,
    front::Front,
    output::Output,
    qsslcfg::SslContext,
};
use crate::{
    Behaviour, Chunk, Config, Module,
    behaviour::Rng,
    config::{Family, Limits},
    network::{Network, Notify},
};

/// A simulated modem.
///
/// It does no I/O and reads no clock: bytes and the time come in as arguments, and the TCP stack
/// is a [`Network`]. Whoever drives it repeats
///
/// 1. [`receive`](Self::receive) when the host has sent something,
/// 2. [`poll`](Self::poll) when [`next_deadline`](Self::next_deadline) is reached, or when the
///    network [notifies](Self::set_notify),
/// 3. [`take_output`](Self::take_output) until it gives nothing more.
///
/// The time is the time since any fixed moment; it must not run backwards.
pub struct Modem {
    module: Module,
    family: Family,
    limits: Limits,
    behaviour: Behaviour,
    rng: Rng,
    network: Box<dyn Network + Send>,
    clients: Vec<Client>,
    bearer: Bearer,
    files: Files,
    ssl: [SslContext; 6],
    /// CA certificate, client certificate and client key of the BC660K-GL.
    certificates: [Option<Vec<u8>>; 3],
    front: Front,
    output: Output,
    power: Power,
    now: Duration,
}

impl Modem {
    /// A modem that has started: it has sent its boot messages long ago and awaits commands.
    pub fn new(config: Config, network: Box<dyn Network + Send>) -> Self {
        let limits = config.module.limits();
        let family = config.module.family();
        Self {
            module: config.module,
            family,
            limits,
            rng: Rng::new(config.seed),
            behaviour: config.behaviour,
            network,
            clients: clients(limits.clients, family),
            bearer: Bearer::new(Duration::ZERO),
            files: Files::new(),
            ssl: Default::default(),
            certificates: [None, None, None],
            front: Front::new(Duration::ZERO),
            output: Output::default(),
            power: Power::On,
            now: Duration::ZERO,
        }
    }

    /// Takes bytes from the host.
    pub fn receive(&mut self, now: Duration, bytes: &[u8]) {
        self.advance(now);
        if self.power != Power::Off {
            self.front.input.send(bytes);
        }
        self.poll(now);
    }

    /// Lets time pass, and the network do its work.
    pub fn poll(&mut self, now: Duration) {
        self.advance(now);
        if self.power == Power::Off {
            return;
        }
        if let Power::Booting { until } = self.power
            && until <= self.now
        {
            self.power = Power::On;
            if self.family == Family::Bg95 {
                self.urc("APP RDY".into());
            }
        }
        loop {
            self.report_registration();
            let moved = self.step_front();
            let served = self.step_clients();
            self.release_urcs();
            if !moved && !served {
                break;
            }
        }
    }

    /// Gives the next bytes to the host: at most `max`, and no more than the configured chunk.
    ///
    /// Nothing is lost when the host takes its time; the modem then reads less from its network.
    #[must_use]
    pub fn take_output(&mut self, max: usize) -> Vec<u8> {
        let chunk = match self.behaviour.chunk {
            Chunk::All => max,
            Chunk::AtMost(most) => max.min(most.max(1)),
            Chunk::Random(most) => max.min(1 + self.rng.up_to(most.saturating_sub(1))),
        };
        self.output.take(chunk)
    }

    /// Stops at once and starts again: all clients and all `AT+QMTCFG` settings are gone.
    ///
    /// `RDY` comes now and, but for the BC660K-GL, `APP RDY` after [`Behaviour::boot_time`]. Also
    /// starts a modem that was powered down.
    pub fn restart(&mut self, now: Duration) {
        self.advance(now);
        self.forget();
        self.power = Power::Booting {
            until: self.now + self.behaviour.boot_time,
        };
        self.urc("RDY".into());
        self.poll(now);
    }

    /// Sends `POWERED DOWN` and takes no more notice of the host until [`restart`](Self::restart).
    pub fn power_down(&mut self, now: Duration) {
        self.advance(now);
        self.forget();
        self.urc("POWERED DOWN".into());
        self.power = Power::Off;
    }

    /// Sends a line as the modem sends an unsolicited result code: between lines, never inside.
    ///
    /// For whatever else real modems report, such as `+QIURC: "pdpdeact",1`.
    pub fn inject_urc(&mut self, now: Duration, text: &str) {
        self.urc(text.into());
        self.poll(now);
    }

    /// Sends bytes to the host as they are, without regard to lines.
    pub fn inject_bytes(&mut self, bytes: &[u8]) {
        self.output.raw(bytes);
    }

    /// The modem's deviations from the application note, to be changed at any time.
    pub fn behaviour_mut(&mut self) -> &mut Behaviour {
        &mut self.behaviour
    }

    /// Sets what the network calls, from any thread, when [`poll`](Self::poll) is due.
    pub fn set_notify(&mut self, notify: Notify) {
        self.network.set_notify(notify);
    }

    /// The module that is simulated.
    pub fn module(&self) -> Module {
        self.module
    }

    /// The modem's deviations from the application note.
    pub fn behaviour(&self) -> &Behaviour {
        &self.behaviour
    }

    /// Whether [`take_output`](Self::take_output) has something to give.
    pub fn has_output(&self) -> bool {
        self.output.is_ready()
    }

    /// Whether what the modem collects may be a key.
    pub(crate) fn is_collecting_secret(&self) -> bool {
        self.front.is_collecting_secret()
    }

    /// Whether the modem collects a payload, or a file.
    pub fn is_in_data_mode(&self) -> bool {
        self.front.is_collecting()
    }

    /// When [`poll`](Self::poll) is due although nothing comes in.
    pub fn next_deadline(&self) -> Option<Duration> {
        let boot = match self.power {
            Power::Booting { until } => Some(until),
            Power::On => None,
            Power::Off => return self.output.deadline(),
        };
        let network = match self.accepts_from_network() {
            // What is due by now concerns links that this modem has given up.
            true => self.network.next_deadline().filter(|at| *at > self.now),
            false => None,
        };
        [
            boot,
            network,
            self.front_deadline(),
            self.registration_deadline(),
            self.output.deadline(),
        ]
        .into_iter()
        .chain(self.clients.iter().map(Client::deadline))
        .flatten()
        .min()
    }

    /// Sets the time, here and on the line.
    fn advance(&mut self, now: Duration) {
        self.now = self.now.max(now);
        let speed = self.behaviour.line_speed;
        self.front.input.set_clock(self.now, speed);
        self.output.set_clock(self.now, speed);
    }

    /// Serves all MQTT clients once; says whether anything came of it.
    fn step_clients(&mut self) -> bool {
        let accepts = self.accepts_from_network();
        let mut served = false;
        let mut notices = Vec::new();
        for client in &mut self.clients {
            let mut context = Context {
                now: self.now,
                network: &mut *self.network,
                behaviour: &self.behaviour,
                accepts,
            };
            served |= client.poll(&mut context);
            notices.append(&mut client.notices);
        }
        served |= !notices.is_empty();
        for notice in notices {
            self.urc(notice);
        }
        served
    }

    /// A host that does not read holds up what comes from the server, and nothing else.
    fn accepts_from_network(&self) -> bool {
        self.output.len() < OUTPUT_ENOUGH
    }

    /// Closes all connections and forgets everything that does not outlast a restart.
    fn forget(&mut self) {
        for client in &mut self.clients {
            client.drop_link(self.now, &mut *self.network);
        }
        self.clients = clients(self.limits.clients, self.family);
        self.bearer = Bearer::new(self.now);
        self.ssl = Default::default();
        self.front = Front::new(self.now);
        self.output.forget_held();
    }
}

fn clients(count: usize, family: Family) -> Vec<Client> {
    let client = |index| Client::new(index, family);
    (0..count).map(client).collect()
}

/// Whether the modem runs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Power {
    Booting { until: Duration },
    On,
    Off,
}

/// With this much waiting for the host, nothing more is read from the network.
const OUTPUT_ENOUGH: usize = 64 * 1024;
