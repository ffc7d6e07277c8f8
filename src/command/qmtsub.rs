//! AT+QMTSUB: sends SUBSCRIBE (BG95 note, chapter 3.2.6; BC660K note, chapter 3.3.6).
//!
//! ```text
//! AT+QMTSUB=<client_idx>,<msgID>,"<topic1>",<qos1>[,"<topic2>",<qos2>…]
//! OK
//!
//! +QMTSUB: <client_idx>,<msgID>,<result>[,<value>…]
//! ```
//!
//! `<msgID>` is the packet identifier, 1–65535. `<result>`: 0 acknowledged, and `<value>` is the
//! list of granted QoS; 1 retransmission, and `<value>` their count; 2 failed.

use heapless::Vec;

use super::Command;
use crate::{
    at::CommandWriter,
    mqtt::{GrantedQos, PacketId, QoS, TopicFilter},
};

/// The most topic filters in one subscribe or unsubscribe. The notes state no limit.
pub const MAX_TOPICS: usize = 8;

/// What the server granted, one entry per topic filter, in their order.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Granted {
    codes: Vec<u8, MAX_TOPICS, u8>,
}

impl Granted {
    /// The entries, in the order of the topic filters. A modem that reports fewer than were
    /// asked for leaves the last ones out.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = GrantedQos> + '_ {
        self.codes.iter().map(|&code| GrantedQos::from(code))
    }

    /// The entry of the first, and often only, topic filter.
    #[must_use]
    pub fn first(&self) -> Option<GrantedQos> {
        self.iter().next()
    }

    pub(crate) fn codes(&self) -> &[u8] {
        &self.codes
    }

    /// Adds an entry; what exceeds [`MAX_TOPICS`] was not asked for and is left out.
    pub(crate) fn push(&mut self, code: u8) {
        let _ = self.codes.push(code);
    }
}

pub(crate) fn subscribe(
    writer: &mut CommandWriter<'_>,
    client: u8,
    packet_id: PacketId,
    topics: &[(TopicFilter<'_>, QoS)],
) {
    writer
        .set(Command::Subscribe.name())
        .number(client.into())
        .and_number(packet_id.get().into());
    for (filter, qos) in topics {
        writer.and_string(filter.as_str()).and_number(*qos as u32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_written_as_in_chapter_3_2_6() {
        let topics = [
            (TopicFilter::new("topic/example").unwrap(), QoS::ExactlyOnce),
            (TopicFilter::new("topic/+").unwrap(), QoS::AtMostOnce),
        ];
        let mut bytes = [0; 64];
        let mut writer = CommandWriter::new(&mut bytes);
        subscribe(&mut writer, 0, PacketId::FIRST, &topics);
        let len = writer.finish().unwrap();
        assert_eq!(
            &bytes[..len],
            b"AT+QMTSUB=0,1,\"topic/example\",2,\"topic/+\",0\r"
        );
    }
}
