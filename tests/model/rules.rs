//! What must be true.

use std::collections::BTreeMap;

use quectel_modem_sim::local::LocalServer;
use quectel_mqtt::{
    Cause,
    engine::{Event, LossReason, Operation},
};

/// What must be true:
///
/// - Each call ends, within 400 s; each operation that was started ends, too.
/// - What is at the server was published by the application, no more often than it asked (but for QoS 1,
///   which the modem may send again), whole, or is made of probes behind a prompt that was lost.
/// - What succeeded is at the server, if its QoS is not 0.
/// - What the application gets was published by the server, whole; in order, for each topic and QoS,
///   unless it is a repetition, or the application has fetched one out of its turn.
/// - What came over the line whole is given to the application, or reported as lost.
/// - When no more goes wrong, the modem is not in data mode, a connect succeeds within two minutes,
///   driver and server agree on that, and messages go through in both directions.
#[derive(Debug, Default)]
pub(crate) struct Model {
    /// For each message: how often it was to be published, whether with success, and its QoS.
    pub(crate) published: Vec<(u32, bool, u8, Vec<u8>)>,
    pub(crate) started: Vec<(Operation, usize)>,
    /// What the server has published: QoS and payload.
    pub(crate) served: Vec<(u8, Vec<u8>)>,
    /// The newest message that came, for each QoS.
    newest: BTreeMap<u8, usize>,
    pub(crate) delivered: BTreeMap<usize, u32>,
    lost: u32,
    pub(crate) has_lost_prompts: bool,
    pub(crate) may_be_out_of_order: bool,
}

impl Model {
    pub(crate) fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Message(message) => self.message(message.topic, message.payload),
            Event::Completed {
                operation, result, ..
            } => {
                let place = self.started.iter().position(|(one, _)| one == operation);
                let place = place.unwrap_or_else(|| panic!("nobody began this: {result:?}"));
                let (_, number) = self.started.remove(place);
                self.published[number].1 |= result.is_ok();
                assert!(!matches!(result, Err(failure) if failure.cause == Cause::Bug));
            }
            Event::MessageLost(lost) => {
                if lost.reason != LossReason::NotFetched {
                    self.lost += u32::from(lost.count);
                }
                self.may_be_out_of_order = true;
            }
            _ => {}
        }
    }

    fn message(&mut self, topic: &[u8], payload: &[u8]) {
        let found = self.served.iter().position(|(_, one)| one == payload);
        let shown = || payload.escape_ascii().to_string();
        let number = found.unwrap_or_else(|| panic!("nobody published {:?}", shown()));
        let qos = self.served[number].0;
        assert_eq!(topic, format!("down/{qos}").as_bytes());
        let count = self.delivered.entry(number).or_default();
        *count += 1;
        assert!(qos > 0 || *count == 1, "QoS 0 came twice: {:?}", shown());
        if *count == 1 {
            let before = self.newest.insert(qos, number);
            // One that was lost comes again when its acknowledgement was lost, too.
            assert!(
                before < Some(number) || self.may_be_out_of_order,
                "{number} came behind {before:?}"
            );
        }
    }

    /// Everything that was heard of the modem is known to the application.
    pub(crate) fn check_line(&self, heard: &[u8]) {
        let times = |payload: &[u8]| {
            heard
                .windows(payload.len())
                .filter(|it| *it == payload)
                .count()
        };
        let mut missing = 0;
        for (number, (_, payload)) in self.served.iter().enumerate() {
            let came = times(payload) as u32;
            let given = self.delivered.get(&number).copied().unwrap_or_default();
            assert!(
                given <= came,
                "{number} came {came} times, and was given {given} times"
            );
            missing += came - given;
        }
        assert!(
            missing <= self.lost,
            "{missing} are missing, and {} reported",
            self.lost
        );
    }

    /// Everything that is at the server was asked for.
    pub(crate) fn check_server(&self, server: &LocalServer) {
        let mut counts: BTreeMap<usize, u32> = BTreeMap::new();
        for message in server.messages() {
            let payload = &message.payload;
            let is_filled = payload
                .iter()
                .eq(b"AT+CMEE?\r".iter().cycle().take(payload.len()))
                && !payload.is_empty();
            let found = self.published.iter().position(|(.., one)| one == payload);
            match found {
                Some(number) => *counts.entry(number).or_default() += 1,
                None => assert!(
                    self.has_lost_prompts && is_filled,
                    "nobody published {:?}",
                    payload.escape_ascii().to_string()
                ),
            }
        }
        for (number, (asked, is_sent, qos, _)) in self.published.iter().enumerate() {
            let count = counts.get(&number).copied().unwrap_or_default();
            assert!(!is_sent || *qos == 0 || count > 0, "{number} is lost");
            assert!(
                *qos == 1 || count <= *asked,
                "{number} was sent {count} times"
            );
        }
    }
}
