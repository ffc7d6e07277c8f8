//! An engine and its log.

use quectel_mqtt::{
    BG95, ClientIndex, ConnectOptions, Dialect, Instant, UsageError,
    engine::{Action, Buffers, Engine, Event, Operation},
};

/// An engine, and what has come out of it.
pub(crate) struct Play {
    pub(crate) engine: Engine<'static>,
    pub(crate) now: u64,
    pub(crate) operations: Vec<Operation>,
    /// Sent bytes, results and events as text, oldest first.
    pub(crate) log: Vec<String>,
}

impl Play {
    pub(crate) fn new(dialect: &'static Dialect, [rx, tx, inbox]: [usize; 3]) -> Self {
        let memory = |size| vec![0; size].leak();
        let buffers = Buffers {
            rx: memory(rx),
            tx: memory(tx),
            inbox: memory(inbox),
        };
        Self {
            engine: Engine::new(dialect, buffers),
            now: 3_000_000_000,
            operations: Vec::new(),
            log: Vec::new(),
        }
    }

    /// A BG95 whose first contact is over.
    pub(crate) fn initialized(sizes: [usize; 3]) -> Self {
        let mut play = Self::new(&BG95, sizes);
        play.call(|engine| engine.initialize());
        play.feed("+CMEE: 1\r\nOK\r\n");
        play.feed("OK\r\n");
        play.feed("OK\r\n");
        play.feed("BG95-M3\r\nOK\r\n");
        play.log.clear();
        play
    }

    pub(crate) fn connect(&mut self, client: ClientIndex, options: &ConnectOptions<'_>) {
        let before = self.log.len();
        self.call(|engine| engine.connect(client, options));
        // As many commands as it takes.
        while !self.engine.is_connected(client) {
            let index = client.get();
            let answer = match self.log.last() {
                Some(sent) if sent.contains("CMEE?") => "+CMEE: 1\r\nOK\r\n".into(),
                Some(sent) if sent.contains("OPEN") => format!("OK\r\n+QMTOPEN: {index},0\r\n"),
                Some(sent) if sent.contains("QMTCONN") => {
                    format!("OK\r\n+QMTCONN: {index},0,0\r\n")
                }
                _ => "OK\r\n".into(),
            };
            self.feed(&answer);
        }
        self.log.truncate(before);
    }

    pub(crate) fn call(
        &mut self,
        verb: impl FnOnce(&mut Engine<'static>) -> Result<Operation, UsageError>,
    ) {
        match verb(&mut self.engine) {
            Ok(operation) => self.operations.push(operation),
            Err(refusal) => self.log.push(format!("refused: {refusal}")),
        }
        self.settle();
    }

    pub(crate) fn feed(&mut self, text: &str) {
        for byte in text.bytes() {
            self.engine.receive_buffer()[0] = byte;
            self.engine.received(1);
            self.settle();
        }
    }

    pub(crate) fn wait(&mut self, milliseconds: u64) {
        let end = self.now + milliseconds;
        while let Some(until) = self.settle() {
            let left = u64::from(until.millis_from(Instant::from_millis(self.now)));
            if self.now + left > end {
                break;
            }
            self.now += left;
        }
        self.now = end;
        self.settle();
    }

    pub(crate) fn settle(&mut self) -> Option<Instant> {
        for _ in 0..1000 {
            match self.engine.poll(Instant::from_millis(self.now)) {
                Action::Transmit { .. } => {
                    let bytes = self.engine.transmit_buffer().to_vec();
                    self.log
                        .push(show(bytes.strip_suffix(b"\r").unwrap_or(&bytes)));
                    self.engine.transmitted(bytes.len());
                }
                Action::Deliver => self.deliver(),
                Action::Receive { until } => return until,
            }
        }
        panic!("the engine never comes to rest: {:?}", self.log);
    }

    pub(crate) fn deliver(&mut self) {
        let (engine, log) = (&mut self.engine, &mut self.log);
        self.operations.retain(|operation| {
            let Some(result) = engine.take_result(*operation) else {
                return true;
            };
            let response = show(engine.response());
            log.push(match result {
                Ok(_) => format!("done: {response}"),
                Err(failure) => format!("failed: {failure}"),
            });
            false
        });
        loop {
            let has_event = engine.has_event();
            let event = engine.take_event();
            assert_eq!(has_event, event.is_some(), "{event:?}");
            let Some(event) = event else { break };
            log.push(match event {
                Event::Message(message) => format!("message {}", show(message.payload)),
                Event::MessageLost(lost) => format!("lost {:?} {}", lost.reason, lost.count),
                Event::Unsolicited(line) => format!("line {}", show(line)),
                event => format!("{event:?}"),
            });
        }
    }

    /// What has come since the last look.
    #[track_caller]
    pub(crate) fn expect(&mut self, expected: &[&str]) {
        assert_eq!(std::mem::take(&mut self.log), expected);
    }
}

fn show(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string().replace("\\\"", "\"")
}
