//! What the application does, and what it must not see.

use quectel_mqtt::{
    ClientIndex, ConnectOptions, DataFormat, PublishForm, ReceiveMode, UsageError,
    engine::{Engine, Event, Operation},
    mqtt::{Publication, QoS, TopicFilter},
};

use crate::{
    Input,
    modem::{Message, Published},
};

const CLIENT: ClientIndex = ClientIndex::ZERO;

/// What the driver sends to learn whether the modem answers.
const PROBE: &[u8] = b"AT+CMEE?\r";

pub(super) struct Application {
    stores: bool,
    is_hex: bool,
    /// All that it has ever published, whatever became of it.
    attempts: Vec<Published>,
    /// How many of them the server has, and which.
    seen: usize,
    is_seen: Vec<bool>,
    received: Vec<Message>,
    /// How many messages it was told that it has lost.
    lost: usize,
    /// Of the attempts to get a last message through.
    last: Option<Operation>,
    pending: Vec<Operation>,
    has_succeeded: bool,
    has_failed: bool,
    /// A prompt of the modem came late, damaged, or not at all.
    pub(super) has_lost_prompts: bool,
}

impl Application {
    pub(super) fn new(choice: u8) -> Self {
        Self {
            stores: choice & 2 == 2,
            is_hex: choice & 4 == 4,
            attempts: Vec::new(),
            seen: 0,
            is_seen: Vec::new(),
            received: Vec::new(),
            lost: 0,
            last: None,
            pending: Vec::new(),
            has_succeeded: false,
            has_failed: false,
            has_lost_prompts: false,
        }
    }

    fn begun(&mut self, operation: Result<Operation, UsageError>) {
        self.pending.extend(operation);
    }

    pub(super) fn has_many_pending(&self) -> bool {
        self.pending.len() >= 7
    }

    pub(super) fn connect(&mut self, engine: &mut Engine<'_>) {
        let options = ConnectOptions::new("host", "id").unwrap();
        let mut options = options.retransmission(1, 0).unwrap();
        // What the dialect has.
        if engine.dialect().client_count == 5 {
            if self.is_hex {
                options = options.data_format(DataFormat::Hex, DataFormat::Hex);
            }
        } else if self.stores {
            options = options.receive(ReceiveMode::Stored);
        }
        let connect = engine.connect(CLIENT, &options);
        self.begun(connect);
    }

    pub(super) fn subscribe(&mut self, engine: &mut Engine<'_>) {
        let filter = TopicFilter::new("in/#").unwrap();
        let subscribe = engine.subscribe(CLIENT, &[(filter, QoS::AtLeastOnce)]);
        self.begun(subscribe);
    }

    pub(super) fn disconnect(&mut self, engine: &mut Engine<'_>) {
        let disconnect = engine.disconnect(CLIENT);
        self.begun(disconnect);
    }

    pub(super) fn close(&mut self, engine: &mut Engine<'_>) {
        let close = engine.close(CLIENT);
        self.begun(close);
    }

    pub(super) fn publish(&mut self, engine: &mut Engine<'_>, input: &mut Input<'_>) {
        use PublishForm::{Automatic, Inline, Terminated};

        let choice = input.byte();
        let form = [Automatic, Automatic, Terminated, Inline][usize::from(choice >> 2 & 3)];
        // A modem whose prompt is lost may take what holds a CR for a command: the engine says so,
        // and does not send it.
        let bytes = input.bytes().iter().map(|byte| match byte {
            0x0D | 0x1A | 0x1B => b'.',
            byte if form == Inline && byte.is_ascii_control() => b'.',
            b'"' if form == Inline => b'\'',
            byte => *byte,
        });
        let bytes: Vec<u8> = bytes.collect();
        let publish = self.attempt(engine, choice & 3, form, &bytes);
        self.begun(publish);
    }

    /// Publishes what was never published before.
    fn attempt(
        &mut self,
        engine: &mut Engine<'_>,
        qos: u8,
        form: PublishForm,
        bytes: &[u8],
    ) -> Result<Operation, UsageError> {
        let qos = qos.min(2);
        let mut payload = format!("#{}:", self.attempts.len()).into_bytes();
        payload.extend(bytes);
        let message = Publication::new("out/x", &payload)?;
        let message = message.qos(QoS::from_number(qos).unwrap());
        let operation = engine.publish_as(CLIENT, &message, form)?;
        self.attempts.push(Published {
            topic: b"out/x".to_vec(),
            payload,
            qos,
            is_retained: false,
        });
        self.is_seen.push(false);
        Ok(operation)
    }

    pub(super) fn take_events(&mut self, engine: &mut Engine<'_>) {
        while let Some(event) = engine.take_event() {
            match event {
                Event::Completed { operation, result } => {
                    self.pending.retain(|one| *one != operation);
                    if self.last == Some(operation) {
                        self.last = None;
                        self.has_succeeded = result.is_ok();
                        self.has_failed = result.is_err();
                    }
                }
                Event::Message(message) => self.received.push(Message {
                    client: message.client.get(),
                    packet_id: message.packet_id,
                    topic: String::from_utf8_lossy(message.topic).into_owned(),
                    payload: message.payload.to_vec(),
                }),
                Event::MessageLost(lost) => self.lost += usize::from(lost.count),
                _ => {}
            }
        }
    }

    /// One try to get a message through; `true` when one has got through.
    pub(super) fn recover(&mut self, engine: &mut Engine<'_>) -> bool {
        if self.has_succeeded || self.last.is_some() || !self.pending.is_empty() {
            return self.has_succeeded;
        }
        if std::mem::take(&mut self.has_failed) {
            // The link may be lost, and the news of it too.
            self.close(engine);
        } else if engine.is_connected(CLIENT) {
            let attempt = self.attempt(engine, 1, PublishForm::Automatic, b"last");
            self.last = attempt.ok();
        } else {
            self.connect(engine);
        }
        false
    }

    /// What the server has was published, as it is, and once. A modem whose prompt is lost waits for so
    /// many bytes, and without end: where the payload could be a command (see [`PublishForm`]), it takes
    /// the driver's probes for them.
    pub(super) fn check_published(&mut self, published: &[Published]) {
        for message in &published[self.seen..] {
            let mut attempts = self.attempts.iter();
            let Some(attempt) = attempts.position(|attempt| attempt == message) else {
                let is_filled =
                    (message.payload.iter()).eq(PROBE.iter().cycle().take(message.payload.len()));
                assert!(self.has_lost_prompts && is_filled, "damaged: {message:?}");
                continue;
            };
            let is_seen = std::mem::replace(&mut self.is_seen[attempt], true);
            assert!(!is_seen, "published twice");
        }
        self.seen = published.len();
    }

    pub(super) fn is_last_published(&self, published: &[Published]) -> bool {
        let last = self.attempts.last().expect("an attempt");
        published.contains(last)
    }

    /// What came was sent, in this order; and what did not come was reported.
    pub(super) fn check_messages(&self, sent: &[Message]) {
        let mut rest = sent.iter();
        for message in &self.received {
            assert!(rest.any(|one| one == message), "invented: {message:?}");
        }
        let missing = sent.len() - self.received.len();
        assert!(missing <= self.lost, "{missing} lost, {} told", self.lost);
    }
}
