//! What the driver counts, against what a dialogue has, counted by hand; and that each loss of a message
//! is told with its size and reason.

#![cfg(all(feature = "bg95", feature = "bc660k"))]

mod support;

use quectel_mqtt::{
    BG95, ClientIndex, ConnectOptions, Instant, ReceiveMode,
    engine::{Action, Engine, Event, LossReason, MessageLost},
    mqtt::{Publication, QoS},
};
use support::obliging::{Obliging, engine_with};

const CLIENT: ClientIndex = ClientIndex::ZERO;

/// An engine, what it has sent since it was looked at last, and the time.
struct Dialogue {
    engine: Engine<'static>,
    now: u64,
    sent: Vec<u8>,
    losses: Vec<MessageLost>,
}

impl Dialogue {
    fn new(receive: ReceiveMode) -> Self {
        let mut engine = engine_with(&BG95, [64, 400, 40]);
        let options = ConnectOptions::new("h", "i").unwrap().receive(receive);
        let connect = engine.connect(CLIENT, &options).unwrap();
        let mut modem = Obliging::default();
        modem.run(&mut engine, connect, true).unwrap();
        let mut dialogue = Self {
            engine,
            now: 0,
            sent: Vec::new(),
            losses: Vec::new(),
        };
        dialogue.settle();
        dialogue
    }

    fn settle(&mut self) -> Option<Instant> {
        loop {
            match self.engine.poll(Instant::from_millis(self.now)) {
                Action::Transmit { .. } => {
                    let bytes = self.engine.transmit_buffer().to_vec();
                    self.engine.transmitted(bytes.len());
                    self.sent.extend(bytes);
                }
                Action::Deliver => {
                    while let Some(event) = self.engine.take_event() {
                        if let Event::MessageLost(lost) = event {
                            self.losses.push(lost);
                        }
                    }
                }
                Action::Receive { until } if until == Some(Instant::from_millis(self.now)) => {}
                Action::Receive { until } => return until,
            }
        }
    }

    fn says(&mut self, bytes: &str) {
        for byte in bytes.bytes() {
            self.settle();
            self.engine.receive_buffer()[0] = byte;
            self.engine.received(1);
        }
        self.settle();
    }

    fn sends(&mut self, bytes: &str) {
        self.settle();
        assert_eq!(std::mem::take(&mut self.sent), bytes.as_bytes());
    }

    /// Lets time pass up to the next deadline.
    fn waits(&mut self) {
        let until = self.settle().expect("a deadline");
        let now = Instant::from_millis(self.now);
        self.now += u64::from(until.millis_from(now));
        self.settle();
    }
}

#[test]
fn everything_that_is_counted_is_counted() {
    let mut dialogue = Dialogue::new(ReceiveMode::Direct);
    let before = dialogue.engine.statistics();
    // The connect: what is unknown, late or lost has not been.
    assert_eq!((before.unknown_lines, before.stale_answers), (0, 0));
    assert_eq!((before.resyncs, before.timeouts), (0, 0));

    let message = Publication::new("t", b"abc").unwrap().qos(QoS::AtLeastOnce);
    let _ = dialogue.engine.publish(CLIENT, &message).unwrap();
    dialogue.sends("AT+QMTPUB=0,1,1,0,\"t\",3\r"); // 24 bytes
    dialogue.says("\r\n> "); // 4 bytes, no line
    dialogue.sends("abc"); // 3 bytes
    dialogue.says("\r\nOK\r\n"); // 6 bytes, 1 line
    dialogue.says("\r\n+QMTPUB: 0,1,1,1\r\n"); // 20 bytes, 1 line: a retransmission
    dialogue.says("\r\n+QMTPUB: 0,1,0\r\n"); // 18 bytes, 1 line
    dialogue.says("\r\n+QMTPUB: 0,9,0\r\n"); // 18 bytes, 1 line: nobody waits for it
    dialogue.says("\r\n+QIND: SMS DONE\r\n"); // 19 bytes, 1 line: unknown
    dialogue.says("\r\n+QMTRECV: 0,0,\"t\",2,\"hi\"\r\n"); // 28 bytes, a message
    let line = "x".repeat(70);
    dialogue.says(&format!("\r\n{line}\r\n")); // 74 bytes, 1 line: longer than the buffer
    let raw = dialogue.engine.raw("AT+CSQ").unwrap();
    dialogue.sends("AT+CSQ\r"); // 7 bytes
    while dialogue.engine.statistics().timeouts == 0 {
        dialogue.waits(); // 1 timeout
    }
    assert!(
        dialogue.engine.take_result(raw).is_none(),
        "it came as an event"
    );
    dialogue.says("\r\nOK\r\n"); // 6 bytes, 1 line; late: 1 resync
    dialogue.sends("AT+CMEE?\r"); // 9 bytes
    dialogue.says("\r\nRDY\r\n"); // 7 bytes, 1 line: a restart

    let after = dialogue.engine.statistics();
    assert_eq!(after.bytes_out - before.bytes_out, 24 + 3 + 7 + 9);
    let bytes_in = 4 + 6 + 20 + 18 + 18 + 19 + 28 + 74 + 6 + 7;
    assert_eq!(after.bytes_in - before.bytes_in, bytes_in);
    assert_eq!(after.lines - before.lines, 8);
    assert_eq!(after.unknown_lines, 2);
    assert_eq!(after.resyncs, 1);
    assert_eq!(after.stale_answers, 1);
    assert_eq!(after.messages_lost, 0);
    assert_eq!(after.retransmissions, 1);
    assert_eq!(after.timeouts, 1);
    assert_eq!(after.restarts, 1);
}

/// What is told of a lost message: client, size, reason, and how many were lost.
fn assert_lost(dialogue: &mut Dialogue, client: Option<u8>, len: u32, reason: LossReason) {
    let lost = dialogue.losses.pop().expect("a loss");
    assert_eq!(lost.client.map(ClientIndex::get), client);
    assert_eq!(
        (lost.payload_len, lost.reason, lost.count),
        (len, reason, 1)
    );
    assert!(dialogue.losses.is_empty());
}

#[test]
fn each_loss_is_told_with_its_size_and_reason() {
    let mut dialogue = Dialogue::new(ReceiveMode::Direct);
    let payload = "p".repeat(28);
    dialogue.says(&format!("\r\n+QMTRECV: 0,0,\"t\",28,\"{payload}\"\r\n"));
    // Twelve bytes of numbers, and the topic.
    let reason = LossReason::InboxFull {
        needed: 12 + 1 + 28,
    };
    assert_lost(&mut dialogue, Some(0), 28, reason);

    let topic = "t".repeat(70);
    dialogue.says(&format!("\r\n+QMTRECV: 0,0,\"{topic}\",3,\"abc\"\r\n"));
    assert_lost(&mut dialogue, None, 3, LossReason::ReceiveBufferTooSmall);

    dialogue.says("\r\n+QMTRECV: x,0,\"t\",4,\"abcd\"\r\n");
    assert_lost(&mut dialogue, None, 4, LossReason::Garbled);

    dialogue.says("\r\n+QMTRECV: 0,0,\"t\",5,\"abc");
    dialogue.waits();
    assert_lost(&mut dialogue, Some(0), 5, LossReason::Incomplete);
    assert_eq!(dialogue.engine.statistics().messages_lost, 4);

    let mut dialogue = Dialogue::new(ReceiveMode::Stored);
    dialogue.says("\r\n+QMTRECV: 0,2\r\n");
    dialogue.sends("AT+QMTRECV=0,2\r");
    dialogue.says("\r\n+QMTRECV: 0,3\r\n\r\n+QMTSTAT: 0,1\r\n");
    // How long it is, the modem has not said.
    assert_lost(&mut dialogue, Some(0), 0, LossReason::NotFetched);
    assert_eq!(dialogue.engine.statistics().messages_lost, 1);
}
