//! The engine with any calls, any bytes from the modem, a port that takes any number of bytes, and
//! time in steps of any size.
//!
//! Input: dialect and start of time, the sizes of the buffers, then steps: what, and its values.

mod calls;
mod checks;

use std::collections::VecDeque;

use quectel_mqtt::{
    Instant,
    engine::{Action, Buffers, Engine, Event, Operation},
};

use crate::{Input, dialect, modem::Modem};
use calls::{VERBS, call, tls_options};
use checks::{Line, Operations, check_statistics};

/// Every promise of the engine that needs no knowledge of what was sent to it.
pub fn check(data: &[u8]) {
    let mut input = Input::new(data);
    let choice = input.byte();
    let dialect = dialect(choice & 1 == 1);
    let tls = tls_options();
    let (mut rx, mut tx, mut inbox) = (
        vec![0; usize::from(input.byte()) * 2],
        vec![0; usize::from(input.byte()) * 8],
        vec![0; usize::from(input.byte()) * 4],
    );
    let has_rx = !rx.is_empty();
    let buffers = Buffers {
        rx: &mut rx,
        tx: &mut tx,
        inbox: &mut inbox,
    };
    let mut run = Run {
        engine: Engine::new(dialect, buffers),
        modem: Modem::new(dialect),
        answers: VecDeque::new(),
        has_rx,
        now: match choice & 2 {
            0 => 0,
            // Near the wrap-around of 32 bits.
            _ => u64::from(u32::MAX) - 20_000,
        },
        until: None,
        port: usize::MAX,
        line: Line::default(),
        operations: Operations::default(),
        is_held: false,
    };
    while !input.is_empty() {
        match input.byte() % (13 + VERBS) {
            0 | 1 => run.receive(input.bytes()),
            2 => {
                let line = canned(&mut input);
                run.receive(&line);
            }
            3 => run.oblige(input.byte()),
            4 => drop(run.answers.pop_front()),
            5 => run.pass(u64::from(input.byte()) * 8),
            6 => run.pass(u64::from(input.byte()) * 1000),
            7 => run.pass_until_due(),
            8 => run.port = input.byte().into(),
            9 => run.port = usize::MAX,
            10 => run.is_held = input.flag(),
            11 => {
                if let Some(operation) = run.operations.forget(input.byte()) {
                    run.engine.abandon(operation);
                }
            }
            12 => {
                if let Some(operation) = run.operations.pick(input.byte()) {
                    run.take_result(operation);
                }
            }
            verb => {
                // A new operation takes the place of a result that nobody takes.
                if run.operations.could_be_replaced() {
                    run.take_events();
                }
                let verb = verb - 13;
                if let Ok(operation) = call(&mut run.engine, &tls, verb, &mut input) {
                    // An initialize begins anew whenever the modem does.
                    let is_bounded = verb != 0;
                    run.operations
                        .begin(operation, run.now, run.line.taken, is_bounded);
                }
            }
        }
        run.settle();
    }
    run.finish();
}

struct Run<'buf> {
    engine: Engine<'buf>,
    /// It reads along, and answers when it is asked to.
    modem: Modem,
    answers: VecDeque<Vec<u8>>,
    has_rx: bool,
    now: u64,
    /// When the engine wants to be polled next.
    until: Option<Instant>,
    /// How many bytes the port takes.
    port: usize,
    line: Line,
    operations: Operations,
    /// Whether the application takes no events.
    is_held: bool,
}

impl Run<'_> {
    /// Polls until the engine rests.
    fn settle(&mut self) {
        let before = self.engine.statistics();
        let mut polls = 0;
        loop {
            polls += 1;
            assert!(polls < 40, "the engine never comes to rest");
            match self.engine.poll(Instant::from_millis(self.now)) {
                Action::Transmit { until } => {
                    self.until = until;
                    let pending = self.engine.transmit_buffer();
                    self.line.check(pending);
                    let n = pending.len().min(self.port);
                    if n == 0 {
                        break;
                    }
                    for byte in &pending[..n] {
                        let answers = self.modem.feed(*byte);
                        self.answers.extend(answers.into_iter().map(|it| it.bytes));
                    }
                    self.engine.transmitted(n);
                    self.line.took(n);
                    self.port = self.port.saturating_sub(n);
                    polls = 0;
                }
                Action::Deliver if self.is_held => {}
                Action::Deliver => self.take_events(),
                Action::Receive { until } => {
                    self.until = until;
                    break;
                }
            }
        }
        let has_room = !self.engine.receive_buffer().is_empty();
        assert_eq!(has_room, self.has_rx, "room in the receive buffer");
        check_statistics(before, self.engine.statistics());
        if !self.is_held {
            self.take_events();
            self.operations.check_age(self.now, self.line.taken);
        }
    }

    fn take_events(&mut self) {
        while let Some(event) = self.engine.take_event() {
            if let Event::Completed { operation, .. } = event {
                self.operations.end(operation);
                let again = self.engine.take_result(operation);
                assert_eq!(again, None, "a result comes twice");
            }
        }
        assert!(!self.engine.has_event());
    }

    fn take_result(&mut self, operation: Operation) {
        if self.engine.take_result(operation).is_some() {
            self.operations.end(operation);
            let _ = self.engine.response();
        }
    }

    /// The modem sends these bytes.
    fn receive(&mut self, mut bytes: &[u8]) {
        while self.has_rx && !bytes.is_empty() {
            let room = self.engine.receive_buffer();
            let n = room.len().min(bytes.len());
            room[..n].copy_from_slice(&bytes[..n]);
            self.engine.received(n);
            bytes = &bytes[n..];
            self.settle();
        }
    }

    /// The modem says what it has to say, in so many pieces at the most.
    fn oblige(&mut self, pieces: u8) {
        for _ in 0..pieces {
            let Some(answer) = self.answers.pop_front() else {
                return;
            };
            self.receive(&answer);
        }
    }

    fn pass(&mut self, milliseconds: u64) {
        self.now += milliseconds;
    }

    fn pass_until_due(&mut self) {
        if let Some(until) = self.until {
            self.now += u64::from(until.millis_from(Instant::from_millis(self.now)));
        }
    }

    /// From now on the modem is silent: everything ends within a time that follows from the settings.
    fn finish(&mut self) {
        self.port = usize::MAX;
        self.is_held = false;
        self.settle();
        let end = self.now + LONGEST_SILENCE;
        while !self.operations.is_empty() {
            assert!(self.until.is_some(), "an operation waits for ever");
            assert!(self.now < end, "an operation waits for too long");
            self.pass_until_due();
            self.settle();
        }
    }
}

/// A line that the engine knows, with numbers.
fn canned(input: &mut Input<'_>) -> Vec<u8> {
    const NAMES: [&str; 24] = [
        "OK",
        "ERROR",
        "> ",
        "CONNECT",
        "RDY",
        "APP RDY",
        "POWERED DOWN",
        "+CFUN: 1",
        "+CMEE: 1",
        "+CME ERROR: ",
        "+QMTOPEN: ",
        "+QMTCONN: ",
        "+QMTSUB: ",
        "+QMTUNS: ",
        "+QMTPUB: ",
        "+QMTDISC: ",
        "+QMTCLOSE: ",
        "+QMTSTAT: ",
        "+QMTRECV: ",
        "+QIURC: \"pdpdeact\",",
        "+QMTRECV: 0,1,\"t\",",
        "+CEREG: ",
        "+CPIN: READY",
        "+QFUPL: ",
    ];
    let name = NAMES[usize::from(input.below(NAMES.len() as u8))];
    let mut line = format!("\r\n{name}");
    if name.ends_with([' ', ',']) && name != "> " {
        let count = 1 + input.below(6);
        // Mostly small: results, clients, packet identifiers, places.
        let numbers: Vec<String> = (0..count)
            .map(|_| match input.byte() {
                number @ 0..240 => (number % 8).to_string(),
                number => (i32::from(number) - 248).to_string(),
            })
            .collect();
        line += &numbers.join(",");
    }
    if name != "> " {
        line += "\r\n";
    }
    line.into_bytes()
}

/// In milliseconds: eleven waits of a minute for an acknowledgement, and what stands before them.
const LONGEST_SILENCE: u64 = 1_200_000;
