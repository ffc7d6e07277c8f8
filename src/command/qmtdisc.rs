//! AT+QMTDISC: sends DISCONNECT (BG95 note, chapter 3.2.5; BC660K note, chapter 3.3.5).
//!
//! ```text
//! AT+QMTDISC=<client_idx>
//! OK
//!
//! +QMTDISC: <client_idx>,<result>
//! ```
//!
//! `<result>`: 0 sent; 2 (BG95 family) or −1 (BC660K-GL) failed. When the server closes the
//! connection then, `+QMTSTAT: <client_idx>,5` follows; when it does not, AT+QMTCLOSE is needed.

use super::Command;
use crate::at::CommandWriter;

pub(crate) fn disconnect(writer: &mut CommandWriter<'_>, client: u8) {
    writer.set(Command::Disconnect.name()).number(client.into());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_written_as_in_chapter_3_2_5() {
        let mut bytes = [0; 16];
        let mut writer = CommandWriter::new(&mut bytes);
        disconnect(&mut writer, 0);
        let len = writer.finish().unwrap();
        assert_eq!(&bytes[..len], b"AT+QMTDISC=0\r");
    }
}
