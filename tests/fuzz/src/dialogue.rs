//! The engine and an obliging modem, whose answers are dropped, doubled, delayed, cut, flipped and
//! interleaved with URCs; links are lost, and the modem restarts.
//!
//! Input: dialect and options, then steps: what the application or the world does, its values, the
//! time that passes; and between them a byte for every answer of the modem.

mod application;
mod faults;

use std::collections::VecDeque;

use quectel_mqtt::{
    Instant,
    engine::{Action, Buffers, Engine},
};

use crate::{
    Input, dialect,
    modem::{Answer, Kind, Message, Modem},
};
use application::Application;
use faults::{damaged, urc};

/// When the faults end, a publish succeeds; nothing is published twice or damaged; no message is
/// invented, and none lost without a word.
pub fn check(data: &[u8]) {
    let mut input = Input::new(data);
    let choice = input.byte();
    let dialect = dialect(choice & 1 == 1);
    // The inbox is full while the application takes nothing.
    let (mut rx, mut tx, mut inbox) = ([0; 128], [0; 1024], [0; 400]);
    let buffers = Buffers {
        rx: &mut rx,
        tx: &mut tx,
        inbox: &mut inbox,
    };
    let mut world = World {
        engine: Engine::new(dialect, buffers),
        modem: Modem::new(dialect),
        application: Application::new(choice),
        input,
        has_faults: choice & 8 == 8,
        is_held: false,
        now: 0,
        to_modem: VecDeque::new(),
        from_modem: VecDeque::new(),
        busy_until: 0,
        piece: match choice >> 4 & 3 {
            0 => usize::MAX,
            piece => usize::from(piece),
        },
        reads_meanwhile: choice & 64 == 64,
        is_traced: std::env::var_os("TRACE").is_some(),
    };
    // Without faults to begin with, or with.
    world.application.connect(&mut world.engine);
    world.pass(30_000);
    world.has_faults = true;
    while !world.input.is_empty() {
        world.step();
        let time = u64::from(world.input.byte());
        world.pass(time * time * 2);
    }
    world.has_faults = false;
    world.is_held = false;
    world.application.take_events(&mut world.engine);
    world.recover();
    world.application.check_messages(&world.modem.sent);
}

struct World<'buf, 'input> {
    engine: Engine<'buf>,
    modem: Modem,
    application: Application,
    input: Input<'input>,
    has_faults: bool,
    /// Whether the application takes no events.
    is_held: bool,
    now: u64,
    /// What the modem has not looked at.
    to_modem: VecDeque<u8>,
    /// What is on its way to the driver, and when it arrives.
    from_modem: VecDeque<(u64, Vec<u8>)>,
    /// The modem thinks until then.
    busy_until: u64,
    /// The most bytes that the port takes at once, and gives.
    piece: usize,
    /// Whether the driver reads between two writes.
    reads_meanwhile: bool,
    /// Whether to show what goes over the line.
    is_traced: bool,
}

impl World<'_, '_> {
    /// Something happens.
    fn step(&mut self) {
        let (engine, input) = (&mut self.engine, &mut self.input);
        // A new operation takes the place of a result that nobody takes.
        if self.application.has_many_pending() {
            self.application.take_events(engine);
        }
        match input.byte() % 15 {
            0..4 => self.application.publish(engine, input),
            4 => self.application.subscribe(engine),
            5 => self.application.disconnect(engine),
            6 => self.application.close(engine),
            7 => self.application.connect(engine),
            8..11 => {
                let message = Message {
                    client: 0,
                    packet_id: input.byte().into(),
                    topic: "in/x".into(),
                    payload: input.bytes().to_vec(),
                };
                if let Some(answer) = self.modem.deliver(&message) {
                    self.schedule(answer.bytes);
                }
            }
            11 => {
                if let Some(answer) = self.modem.lose_link(0) {
                    self.answer(answer);
                }
            }
            12 => {
                // What it had not looked at is gone.
                self.to_modem.clear();
                self.busy_until = self.now;
                let ready = self.modem.restart();
                self.answer(ready);
            }
            13 => self.is_held = !self.is_held,
            _ => {
                let line = urc(input.byte());
                self.schedule(line);
            }
        }
    }

    /// Time passes, and everything that is due happens.
    fn pass(&mut self, milliseconds: u64) {
        let end = self.now + milliseconds;
        let mut idle_polls = 0;
        loop {
            idle_polls += 1;
            assert!(idle_polls < 40, "nothing comes to rest");
            match self.engine.poll(Instant::from_millis(self.now)) {
                Action::Transmit { .. } => {
                    let pending = self.engine.transmit_buffer();
                    assert!(!pending.is_empty(), "nothing to transmit");
                    let n = pending.len().min(self.piece);
                    if self.is_traced {
                        eprintln!("{} > {}", self.now, pending[..n].escape_ascii());
                    }
                    self.to_modem.extend(&pending[..n]);
                    self.engine.transmitted(n);
                    idle_polls = 0;
                    if self.reads_meanwhile {
                        let _ = self.run_modem() || self.deliver();
                    }
                }
                Action::Deliver if self.is_held => {}
                Action::Deliver => {
                    self.application.take_events(&mut self.engine);
                }
                Action::Receive { until } => {
                    if self.run_modem() || self.deliver() {
                        idle_polls = 0;
                        continue;
                    }
                    let until = until.map(|until| {
                        let left = until.millis_from(Instant::from_millis(self.now));
                        self.now + u64::from(left)
                    });
                    let arrival = self.from_modem.front().map(|(at, _)| *at);
                    let thought = (!self.to_modem.is_empty()).then_some(self.busy_until);
                    let next = [until, arrival, thought].into_iter().flatten().min();
                    let next = next.map_or(end, |next| next.min(end));
                    if next > self.now {
                        idle_polls = 0;
                    }
                    self.now = next.max(self.now);
                    if self.now >= end && next >= end {
                        return;
                    }
                }
            }
        }
    }

    /// The modem looks at a byte; `false` when there is none, or when it thinks.
    fn run_modem(&mut self) -> bool {
        if self.now < self.busy_until {
            return false;
        }
        let Some(byte) = self.to_modem.pop_front() else {
            return false;
        };
        for answer in self.modem.feed(byte) {
            self.answer(answer);
        }
        self.application.check_published(&self.modem.published);
        true
    }

    /// An answer goes out, if nothing happens to it.
    fn answer(&mut self, answer: Answer) {
        let is_spared = matches!(answer.kind, Kind::Message | Kind::Echo);
        if is_spared || !self.has_faults {
            self.schedule(answer.bytes);
            return;
        }
        let sent = answer.clone();
        let (delay, pieces) = damaged(answer, &mut self.input);
        if sent.kind == Kind::Prompt && (delay > 0 || pieces != [sent.bytes]) {
            self.application.has_lost_prompts = true;
        }
        self.busy_until = self.busy_until.max(self.now) + delay;
        for piece in pieces {
            self.schedule(piece);
        }
    }

    /// The bytes arrive when the modem has thought, and what was sent before has arrived.
    fn schedule(&mut self, bytes: Vec<u8>) {
        let before = self.from_modem.back().map_or(0, |(at, _)| *at);
        let at = before.max(self.busy_until).max(self.now);
        self.from_modem.push_back((at, bytes));
    }

    /// Bytes that have arrived go to the engine; `false` when there are none.
    fn deliver(&mut self) -> bool {
        let Some((at, bytes)) = self.from_modem.front_mut() else {
            return false;
        };
        if *at > self.now {
            return false;
        }
        let room = self.engine.receive_buffer();
        let n = bytes.len().min(room.len()).min(self.piece);
        assert!(n > 0 || bytes.is_empty(), "no room after a poll");
        room[..n].copy_from_slice(&bytes[..n]);
        if self.is_traced {
            eprintln!("{} < {}", self.now, bytes[..n].escape_ascii());
        }
        bytes.drain(..n);
        if bytes.is_empty() {
            self.from_modem.pop_front();
        }
        self.engine.received(n);
        true
    }

    /// The application does what it can to get a message through, and it gets through.
    fn recover(&mut self) {
        let end = self.now + RECOVERY;
        loop {
            assert!(self.now < end, "no publish succeeds");
            if self.application.recover(&mut self.engine) {
                break;
            }
            self.pass(500);
        }
        // What is still on its way arrives.
        self.pass(60_000);
        assert!(self.application.is_last_published(&self.modem.published));
    }
}

/// In milliseconds: what was begun before the faults ended must have ended, which takes as long as
/// the modem may take to open a connection; then a connect and a publish.
const RECOVERY: u64 = 400_000;
