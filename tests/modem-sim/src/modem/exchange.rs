//! A SUBSCRIBE, UNSUBSCRIBE or PUBLISH whose acknowledgement is awaited.

use std::time::Duration;

/// A packet in flight, from its command to its final result.
///
/// ```text
/// Publish QoS 0: Sending --bytes are out--> done
/// Publish QoS 1: Publish1 --PUBACK--> done
/// Publish QoS 2: Publish2 --PUBREC--> Release --PUBCOMP--> done
/// Subscribe --SUBACK--> done      Unsubscribe --UNSUBACK--> done
/// ```
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) packet_id: u16,
    pub(super) step: Step,
    /// What is sent again when the acknowledgement does not come.
    pub(super) packet: Vec<u8>,
    /// How often it was sent again.
    pub(super) retransmissions: u32,
    pub(super) deadline: Duration,
}

/// What an exchange waits for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Step {
    Subscribe,
    Unsubscribe,
    /// A publish of QoS 0: for the byte with this number, counted from the link's first.
    Sending {
        end: u64,
    },
    /// A publish of QoS 1: for PUBACK.
    Publish1,
    /// A publish of QoS 2: for PUBREC.
    Publish2,
    /// A publish of QoS 2: for PUBCOMP.
    Release,
}

impl Exchange {
    pub(super) fn is_publish(&self) -> bool {
        !matches!(self.step, Step::Subscribe | Step::Unsubscribe)
    }

    /// Whether the packet identifier is in use, which QoS 0 does not do.
    pub(super) fn occupies(&self, packet_id: u16) -> bool {
        self.packet_id == packet_id && !matches!(self.step, Step::Sending { .. })
    }

    /// The name that the result begins with.
    pub(super) fn name(&self) -> &'static str {
        match self.step {
            Step::Subscribe => "QMTSUB",
            Step::Unsubscribe => "QMTUNS",
            Step::Sending { .. } | Step::Publish1 | Step::Publish2 | Step::Release => "QMTPUB",
        }
    }

    /// Marks a PUBLISH as sent before.
    ///
    /// SUBSCRIBE, UNSUBSCRIBE and PUBREL go out unchanged: MQTT 3.1.1 reserves their flags.
    pub(super) fn mark_duplicate(&mut self) {
        if let (Step::Publish1 | Step::Publish2, Some(first)) = (self.step, self.packet.first_mut())
        {
            *first |= 0x08;
        }
    }
}
