//! The driver of the rows: an engine, and a modem that says what the row says.

use quectel_mqtt::{
    Dialect, Failure, Instant, UsageError,
    engine::{Action, Buffers, Completion, Engine, Event, Operation},
};

use super::row::{Call, Outcome, Row, Start, dialogue_of_connect};

/// Plays a row, and panics where the driver sends or reports something else.
pub(crate) fn play(row: &Row) {
    let mut line = Line::at(row.dialect, row.start);
    if let Err(refusal) = line.begin(&row.call) {
        assert_eq!(vec![Outcome::Refused(refusal)], row.outcome);
        line.must_be_quiet();
        return;
    }
    for (says, answers) in &row.dialogue {
        line.exchange(says, answers);
    }
    assert_eq!(line.take_outcome(&row.call), row.outcome);
    line.must_be_quiet();
}

/// The driver, the line, and the application that calls.
pub(crate) struct Line {
    engine: Engine<'static>,
    now: u64,
    sent: Vec<u8>,
    operation: Option<Operation>,
    outcome: Vec<Outcome>,
    call: Option<Call>,
}

impl Line {
    fn new(dialect: &'static Dialect) -> Self {
        // The engine borrows its buffers and its TLS options for as long as it lives, and a row's
        // call may hold both; that they are never freed is nothing to a test.
        let buffers = Buffers {
            rx: Box::leak(Box::new([0; 1024])),
            tx: Box::leak(Box::new([0; 8192])),
            inbox: Box::leak(Box::new([0; 8192])),
        };
        Self {
            engine: Engine::new(dialect, buffers),
            now: 0,
            sent: Vec::new(),
            operation: None,
            outcome: Vec::new(),
            call: None,
        }
    }

    /// A line where this has happened already.
    pub(crate) fn at(dialect: &'static Dialect, start: Start) -> Self {
        let mut line = Self::new(dialect);
        match start {
            Start::Nothing => {}
            Start::Ready => line.initialize(),
            Start::Connected(options) => {
                line.initialize();
                let connect = Call::connect(options);
                line.begin(&connect).unwrap();
                for (says, answers) in dialogue_of_connect(dialect, options) {
                    line.exchange(&says, &answers);
                }
                assert_eq!(line.take_outcome(&connect), [Outcome::Done]);
            }
        }
        line
    }

    fn initialize(&mut self) {
        let model = self.engine.dialect().models[0];
        let initialize = Call::verb(|engine| engine.initialize());
        self.begin(&initialize).unwrap();
        self.exchange("AT+CMEE?", "+CMEE: 0|OK");
        self.exchange("ATE0", "OK");
        self.exchange("AT+CMEE=1", "OK");
        self.exchange("AT+CGMM", &format!("{model}|OK"));
        assert_eq!(self.take_outcome(&initialize), [Outcome::Done]);
    }

    pub(crate) fn begin(&mut self, call: &Call) -> Result<(), UsageError> {
        self.call = Some(call.clone());
        if let Some(begin) = &call.begin {
            self.operation = Some(begin(&mut self.engine)?);
        }
        self.settle();
        Ok(())
    }

    /// The driver must send this, and nothing more; then the modem sends that.
    pub(crate) fn exchange(&mut self, says: &str, answers: &str) {
        let mut expected = says.as_bytes().to_vec();
        if says.starts_with("AT") {
            expected.push(b'\r');
        }
        let sent = std::mem::take(&mut self.sent);
        assert_eq!(
            sent.escape_ascii().to_string(),
            expected.escape_ascii().to_string()
        );
        for line in answers.split('|').filter(|line| !line.is_empty()) {
            match line {
                ">" => self.feed(b"\r\n> "),
                line => self.feed(format!("\r\n{line}\r\n").as_bytes()),
            }
        }
    }

    fn feed(&mut self, bytes: &[u8]) {
        self.engine.receive_buffer()[..bytes.len()].copy_from_slice(bytes);
        self.engine.received(bytes.len());
        self.settle();
    }

    /// How the operation has ended, and what has happened besides. Time passes until it has ended.
    pub(crate) fn take_outcome(&mut self, call: &Call) -> Vec<Outcome> {
        while self.operation.is_some() && call.begin.is_some() {
            let Some(until) = self.settle() else {
                panic!("it never ends");
            };
            self.now += u64::from(until.millis_from(Instant::from_millis(self.now)));
            self.settle();
            assert_eq!(
                self.sent.escape_ascii().to_string(),
                "",
                "sent, and not in the row"
            );
        }
        std::mem::take(&mut self.outcome)
    }

    /// The time on the line's clock, in milliseconds.
    pub(crate) const fn now(&self) -> u64 {
        self.now
    }

    fn must_be_quiet(&mut self) {
        self.settle();
        assert_eq!(self.sent.escape_ascii().to_string(), "", "sent besides");
        assert_eq!(self.outcome, [], "reported besides");
    }

    /// Polls until the engine waits for bytes, and says until when.
    fn settle(&mut self) -> Option<Instant> {
        loop {
            match self.engine.poll(Instant::from_millis(self.now)) {
                Action::Transmit { .. } => {
                    let pending = self.engine.transmit_buffer();
                    let len = pending.len();
                    self.sent.extend_from_slice(pending);
                    self.engine.transmitted(len);
                }
                Action::Deliver => self.deliver(),
                // Nothing has come; it is to be back at once.
                Action::Receive { until: Some(until) }
                    if until == Instant::from_millis(self.now) => {}
                Action::Receive { until } => return until,
            }
        }
    }

    fn deliver(&mut self) {
        if let Some(operation) = self.operation
            && let Some(result) = self.engine.take_result(operation)
        {
            self.operation = None;
            let retransmissions = self.engine.statistics().retransmissions;
            if retransmissions > 0 {
                self.outcome.push(Outcome::Retransmitted(retransmissions));
            }
            let outcome = self.outcome_of(result);
            self.outcome.push(outcome);
        }
        while let Some(event) = self.engine.take_event() {
            let outcome = match event {
                Event::Message(message) => Outcome::Message(
                    message.packet_id,
                    message.topic.escape_ascii().to_string(),
                    message.payload.to_vec(),
                ),
                Event::Disconnected { client, status, .. } => {
                    assert_eq!(client.get(), 0);
                    Outcome::Disconnected(status, status.recommended_action())
                }
                Event::Restarted => Outcome::Restarted,
                Event::OtherModel => Outcome::OtherModel,
                Event::ContextLost { context, .. } => Outcome::ContextLost(context),
                event => panic!("{event:?}"),
            };
            self.outcome.push(outcome);
        }
    }

    fn outcome_of(&self, result: Result<Completion, Failure>) -> Outcome {
        let show = self.call.as_ref().and_then(|call| call.show.as_ref());
        match (result, show) {
            (Ok(Completion::Done), Some(show)) => show(&self.engine),
            (Ok(Completion::Done), None) => Outcome::Done,
            (Ok(Completion::Subscribed(granted)), _) => {
                Outcome::Subscribed(granted.iter().collect())
            }
            (Ok(Completion::Registered(registration)), _) => Outcome::Registered(registration),
            (Ok(other), _) => panic!("{other:?}"),
            (Err(Failure { command, cause }), _) => Outcome::Failed(command, cause),
        }
    }
}
