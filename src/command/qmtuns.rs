//! AT+QMTUNS: sends UNSUBSCRIBE (BG95 note, chapter 3.2.7; BC660K note, chapter 3.3.7).
//!
//! ```text
//! AT+QMTUNS=<client_idx>,<msgID>,"<topic1>"[,"<topic2>"…]
//! OK
//!
//! +QMTUNS: <client_idx>,<msgID>,<result>
//! ```
//!
//! `<msgID>` is the packet identifier, 1–65535. `<result>`: 0 acknowledged, 1 retransmission,
//! 2 failed. (The BG95 note's example answers identifier 1 with identifier 2; a slip.)

use super::Command;
use crate::{
    at::CommandWriter,
    mqtt::{PacketId, TopicFilter},
};

pub(crate) fn unsubscribe(
    writer: &mut CommandWriter<'_>,
    client: u8,
    packet_id: PacketId,
    topics: &[TopicFilter<'_>],
) {
    writer
        .set(Command::Unsubscribe.name())
        .number(client.into())
        .and_number(packet_id.get().into());
    for filter in topics {
        writer.and_string(filter.as_str());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_written_as_in_chapter_3_2_7() {
        let topics = ["topic/example", "b/#"].map(|filter| TopicFilter::new(filter).unwrap());
        let mut bytes = [0; 64];
        let mut writer = CommandWriter::new(&mut bytes);
        unsubscribe(&mut writer, 0, PacketId::FIRST, &topics);
        let len = writer.finish().unwrap();
        assert_eq!(&bytes[..len], b"AT+QMTUNS=0,1,\"topic/example\",\"b/#\"\r");
    }
}
