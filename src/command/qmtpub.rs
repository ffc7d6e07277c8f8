//! AT+QMTPUB: sends PUBLISH (BG95 note, chapter 3.2.8).
//!
//! ```text
//! AT+QMTPUB=<client_idx>,<msgID>,<qos>,<retain>,"<topic>"[,<msglen>]
//! > the payload: <msglen> bytes, or any number of bytes that Ctrl+Z ends
//! OK
//!
//! +QMTPUB: <client_idx>,<msgID>,<result>[,<value>]
//! ```
//!
//! | parameter | range | meaning |
//! |---|---|---|
//! | `<msgID>` | 0–65535 | packet identifier; 0 for QoS 0 and only there |
//! | `<msglen>` | 1–4096 | bytes of the payload; none go in the other form |
//! | `<result>` | 0, 1, 2 | sent (and acknowledged, from QoS 1 on); retransmission; failed |
//! | `<value>` | | with result 1, the number of retransmissions |
//!
//! Nothing follows the payload: a CR, LF or Ctrl+Z behind `<msglen>` bytes would be the start of
//! the next command. An empty payload does not exist in this form (`<msglen>` begins at 1), so
//! it takes the other one, with Ctrl+Z alone.

use crate::{
    at::{CommandWriter, SUB},
    mqtt::{PacketId, Publication, Retain},
};

/// Writes the command line.
pub(crate) fn publish(
    writer: &mut CommandWriter<'_>,
    client: u8,
    packet_id: Option<PacketId>,
    publication: &Publication<'_>,
) {
    writer
        .raw(b"AT+QMTPUB=")
        .number(client.into())
        .and_number(packet_id.map_or(0, PacketId::get).into())
        .and_number(publication.qos as u32)
        .and_number((publication.retain == Retain::Keep).into())
        .and_string(publication.topic.as_str());
    if !publication.payload.is_empty() {
        writer.and_number(publication.payload.len() as u32);
    }
}

/// What goes out after the prompt.
pub(crate) fn data<'a>(publication: &Publication<'a>) -> &'a [u8] {
    if publication.payload.is_empty() {
        &[SUB]
    } else {
        publication.payload
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mqtt::QoS;

    fn assert_written(
        packet_id: Option<PacketId>,
        publication: Publication<'_>,
        line: &[u8],
        after: &[u8],
    ) {
        let mut bytes = [0; 64];
        let mut writer = CommandWriter::new(&mut bytes);
        publish(&mut writer, 0, packet_id, &publication);
        let len = writer.finish().unwrap();
        assert_eq!(&bytes[..len], line);
        assert_eq!(data(&publication), after);
    }

    #[test]
    fn the_command_is_written_as_in_chapter_3_2_8() {
        let hello = Publication::new("topic/pub", b"hello\r\n").unwrap();
        assert_written(
            None,
            hello,
            b"AT+QMTPUB=0,0,0,0,\"topic/pub\",7\r",
            b"hello\r\n",
        );
        let kept = hello.qos(QoS::ExactlyOnce).retain(Retain::Keep);
        let line = b"AT+QMTPUB=0,1,2,1,\"topic/pub\",7\r";
        assert_written(Some(PacketId::FIRST), kept, line, b"hello\r\n");
    }

    #[test]
    fn an_empty_payload_goes_without_length_and_ends_with_ctrl_z() {
        let empty = Publication::new("t", b"").unwrap();
        assert_written(None, empty, b"AT+QMTPUB=0,0,0,0,\"t\"\r", b"\x1A");
    }
}
