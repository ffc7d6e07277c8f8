//! AT+QMTCONN: sends CONNECT (BG95 note, chapter 3.2.4).
//!
//! ```text
//! AT+QMTCONN=<client_idx>,"<clientID>"[,"<username>"[,"<password>"]]
//! OK
//!
//! +QMTCONN: <client_idx>,<result>[,<ret_code>]
//! ```
//!
//! `<result>`: 0 sent and answered, 1 retransmission, 2 failed. `<ret_code>` is the
//! [`ConnectReturnCode`](crate::mqtt::ConnectReturnCode); some firmware leaves a 0 out.

use crate::{
    at::CommandWriter,
    mqtt::{Password, Text},
};

pub(crate) fn connect(
    writer: &mut CommandWriter<'_>,
    client: u8,
    client_id: Text<'_>,
    user_name: Option<Text<'_>>,
    password: Option<Password<'_>>,
) {
    writer
        .raw(b"AT+QMTCONN=")
        .number(client.into())
        .and_string(client_id.as_str());
    if let Some(user_name) = user_name {
        writer.and_string(user_name.as_str());
        if let Some(password) = password {
            writer.and_string(password.reveal());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Parameter;

    fn text(text: &str) -> Text<'_> {
        Text::new(Parameter::ClientId, text).unwrap()
    }

    #[test]
    fn the_command_is_written_as_in_chapter_3_2_4() {
        let password = Password::new("pw").unwrap();
        let cases: [(Option<_>, Option<_>, &[u8]); 3] = [
            (None, None, b"AT+QMTCONN=0,\"clientExample\"\r"),
            (
                Some(text("u")),
                None,
                b"AT+QMTCONN=0,\"clientExample\",\"u\"\r",
            ),
            (
                Some(text("u")),
                Some(password),
                b"AT+QMTCONN=0,\"clientExample\",\"u\",\"pw\"\r",
            ),
        ];
        for (user_name, password, expected) in cases {
            let mut bytes = [0; 64];
            let mut writer = CommandWriter::new(&mut bytes);
            connect(&mut writer, 0, text("clientExample"), user_name, password);
            let len = writer.finish().unwrap();
            assert_eq!(&bytes[..len], expected);
        }
    }
}
