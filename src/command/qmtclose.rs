//! AT+QMTCLOSE: closes the network connection (BG95 note, chapter 3.2.3, whose heading spells it
//! AT+QMTCCLOSE; BC660K note, chapter 3.3.3).
//!
//! ```text
//! AT+QMTCLOSE=<client_idx>
//! OK
//!
//! +QMTCLOSE: <client_idx>,<result>
//! ```
//!
//! `<result>`: 0 closed, −1 failed. On some firmware the result never comes after QMTDISC, or
//! the answer is ERROR because nothing is open; the client is closed all the same.

use super::Command;
use crate::at::CommandWriter;

pub(crate) fn close(writer: &mut CommandWriter<'_>, client: u8) {
    writer.set(Command::Close.name()).number(client.into());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_written_as_in_chapter_3_2_3() {
        let mut bytes = [0; 16];
        let mut writer = CommandWriter::new(&mut bytes);
        close(&mut writer, 0);
        let len = writer.finish().unwrap();
        assert_eq!(&bytes[..len], b"AT+QMTCLOSE=0\r");
    }
}
