//! What goes wrong, and the server's side of the traffic.

use std::{cell::RefCell, rc::Rc, time::Duration};

use clap::ValueEnum;
use embassy_time::Timer;
use quectel_modem_sim::{
    Behaviour, Chunk, Module, VirtualPort, clock,
    local::{Listen, LocalServer, Message, PacketKind},
};

use crate::{
    Options,
    application::Flags,
    ledger::{Ledger, topic},
    payload::{Direction, ETX, STX},
    random::Random,
};

/// What can go wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Fault {
    /// The server closes the connection.
    LinkLoss,
    /// The modem restarts.
    Restart,
    /// Bytes that mean nothing come between the modem's lines.
    Noise,
    /// Acknowledgements are lost, and what they were for is sent again.
    Retransmission,
    /// The server takes its time, or stands still.
    SlowServer,
    /// The server accepts no connection, or refuses CONNECT.
    ServerGone,
    /// The modem answers late.
    LateAnswer,
    /// The modem does as it is told, and its OK is lost.
    LostAnswer,
    /// The modem does not hear a command.
    LostCommand,
    /// The prompt of a publish is lost.
    LostPrompt,
    /// More messages come than the inbox holds, while the application does not look.
    FullInbox,
    /// The network takes the PDP context back.
    PdpLoss,
    /// A firmware's harmless habits: pieces, blank lines, results before OK, a slow line.
    Habits,
    /// The application drops futures.
    Cancel,
}

/// The world around the driver: publishes, and breaks things, until all messages are sent.
pub(crate) struct World {
    pub(crate) options: Options,
    pub(crate) port: VirtualPort,
    pub(crate) server: LocalServer,
    pub(crate) ledger: Rc<RefCell<Ledger>>,
    pub(crate) flags: Rc<Flags>,
    pub(crate) random: Random,
}

impl World {
    /// Returns when nothing moves any more; otherwise the application ends first.
    pub(crate) async fn run(mut self) {
        let faults: Vec<Fault> = self
            .options
            .faults
            .iter()
            .copied()
            .filter(|fault| *fault != Fault::Cancel)
            .collect();
        let wanted = self.options.messages / 2;
        let mut until_fault = 0;
        loop {
            Timer::after_millis(self.random.between(20, 400)).await;
            if self.ledger.borrow().is_stuck() {
                return;
            }
            self.flags.has_published_all.set(self.sent() >= wanted);
            if self.flags.is_renewing.get() || !self.flags.is_subscribed_once.get() {
                continue;
            }
            if self.flags.is_calm.get() {
                self.calm();
                continue;
            }
            if self.sent() < wanted && self.has_room() {
                self.publish();
            }
            if faults.is_empty() {
                continue;
            }
            until_fault -= 1;
            if until_fault <= 0 {
                until_fault = self.random.between(5, 40) as i32;
                let fault = self.random.pick(&faults);
                self.harm(fault).await;
            }
        }
    }

    fn sent(&self) -> u32 {
        self.ledger.borrow().sent(Direction::Down)
    }

    /// Holds the server back while the driver is away, or its inbox would be full all the time.
    fn has_room(&mut self) -> bool {
        self.ledger.borrow().backlog() < 20 || self.random.permille(50)
    }

    fn publish(&self) {
        let mut ledger = self.ledger.borrow_mut();
        let qos = 1 + (ledger.sent(Direction::Down) % 2) as u8;
        let number = ledger.add_down(qos);
        let payload = ledger.payload(Direction::Down, number);
        drop(ledger);
        let message = Message::new(topic(Direction::Down, qos), payload, qos);
        self.server.publish(message);
    }

    async fn harm(&mut self, fault: Fault) {
        let name = fault.to_possible_value();
        let name = name.map_or(String::new(), |value| value.get_name().to_owned());
        if self.options.is_traced() {
            eprintln!("{:?} * {name}", clock::now());
        }
        *self.ledger.borrow_mut().faults.entry(name).or_default() += 1;
        let random = &mut self.random;
        match fault {
            Fault::LinkLoss => self.server.drop_links(),
            Fault::Restart => {
                let boot_time = Duration::from_millis(random.between(0, 8000));
                self.ledger.borrow_mut().restarted();
                self.port.with_modem(|modem, now| {
                    modem.behaviour_mut().boot_time = boot_time;
                    modem.restart(now);
                });
            }
            Fault::Noise => {
                let noise = noise(random);
                self.port.with_modem(|modem, _| modem.inject_bytes(&noise));
            }
            Fault::Retransmission => match random.between(0, 5) {
                0 => self.server.repeat_unacknowledged(),
                kind => {
                    let kinds = [
                        PacketKind::PubAck,
                        PacketKind::PubRec,
                        PacketKind::PubComp,
                        PacketKind::PubRel,
                    ];
                    let count = random.between(1, 6) as u32;
                    self.server.withhold(kinds[kind as usize - 1], count);
                }
            },
            Fault::SlowServer => self.slow_server().await,
            Fault::ServerGone => self.server_gone().await,
            Fault::LateAnswer => {
                let delay = Duration::from_millis(random.between(500, 30_000));
                self.behave(|behaviour| behaviour.late_answer = Some(delay));
            }
            Fault::LostAnswer => self.behave(|behaviour| behaviour.lose_answers = 1),
            Fault::LostCommand => {
                let count = random.between(1, 4) as u32;
                self.behave(|behaviour| behaviour.ignore_commands = count);
            }
            Fault::LostPrompt => self.behave(|behaviour| behaviour.drop_prompts = 1),
            Fault::FullInbox => {
                self.flags.is_asleep.set(true);
                for _ in 0..50 {
                    if self.sent() < self.options.messages / 2 {
                        self.publish();
                    }
                }
            }
            Fault::PdpLoss => self.port.with_modem(|modem, now| modem.lose_pdp(now, 1)),
            Fault::Habits => self.habits().await,
            Fault::Cancel => {}
        }
    }

    async fn slow_server(&mut self) {
        let seconds = self.random.between(1, 40);
        match self.random.permille(500) {
            true => {
                self.server.pause();
                Timer::after_secs(seconds).await;
                self.server.resume();
            }
            false => {
                let latency = Duration::from_millis(self.random.between(500, 8000));
                self.server.set_latency(latency);
                Timer::after_secs(seconds).await;
                self.server.set_latency(LATENCY);
            }
        }
    }

    async fn server_gone(&mut self) {
        match self.random.between(0, 3) {
            0 => self.server.listen(Listen::Refuse),
            1 => self.server.listen(Listen::Silent),
            _ => self.server.refuse_connections(Some(3)),
        }
        self.server.drop_links();
        Timer::after_secs(self.random.between(1, 60)).await;
        self.server.listen(Listen::Accept);
        self.server.refuse_connections(None);
    }

    async fn habits(&mut self) {
        let random = &mut self.random;
        let habits = Behaviour {
            chunk: random.pick(&[Chunk::All, Chunk::AtMost(1), Chunk::Random(20)]),
            line_speed: random.pick(&[None, Some(9600), Some(115_200)]),
            extra_blank_lines: random.pick(&[0, 0, 8]),
            no_space_after_colon: random.permille(300),
            result_before_ok: random.permille(300),
            hold_urcs_in_data_mode: random.permille(500),
            sleep_after: Some(Duration::from_secs(5)),
            ..Behaviour::default()
        };
        let seconds = random.between(5, 60);
        self.behave(|behaviour| *behaviour = habits);
        Timer::after_secs(seconds).await;
        self.behave(|behaviour| *behaviour = Behaviour::default());
    }

    /// All that was done is undone.
    fn calm(&self) {
        self.behave(|behaviour| *behaviour = Behaviour::default());
        for kind in [
            PacketKind::PubAck,
            PacketKind::PubRec,
            PacketKind::PubComp,
            PacketKind::PubRel,
        ] {
            self.server.withhold(kind, 0);
        }
    }

    fn behave(&self, change: impl FnOnce(&mut Behaviour)) {
        self.port
            .with_modem(|modem, _| change(modem.behaviour_mut()));
    }
}

/// Bytes without `>`, which would ask for a payload, and without the marks of one.
fn noise(random: &mut Random) -> Vec<u8> {
    let mut noise: Vec<u8> = (0..random.between(1, 60))
        .map(|_| random.next() as u8)
        .filter(|byte| !matches!(*byte, b'>' | STX | ETX))
        .collect();
    if random.permille(500) {
        noise.extend_from_slice(b"\r\n+QIND: SMS DONE\r\n");
    }
    noise
}

/// The module that is simulated, as the command line calls it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Dialect {
    /// The BG95 family.
    Bg95,
    /// The BC660K-GL.
    Bc660k,
}

impl Dialect {
    pub(crate) const fn module(self) -> Module {
        match self {
            Self::Bg95 => Module::Bg95,
            Self::Bc660k => Module::Bc660k,
        }
    }

    pub(crate) const fn driver(self) -> &'static quectel_mqtt::Dialect {
        match self {
            Self::Bg95 => &quectel_mqtt::BG95,
            Self::Bc660k => &quectel_mqtt::BC660K_GL,
        }
    }
}

/// From modem to server, and back.
pub(crate) const LATENCY: Duration = Duration::from_millis(50);
