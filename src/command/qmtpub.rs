//! AT+QMTPUB, AT+QMTPUBEX: send PUBLISH (BG95 note, chapters 3.2.8 and 3.2.9; BC660K note, chapter
//! 3.3.8).
//!
//! ```text
//! AT+QMTPUB=<client_idx>,<msgID>,<qos>,<retain>,"<topic>"[,<msglen>]
//! > the payload: <msglen> bytes, or any number of bytes that Ctrl+Z ends and ESC cancels
//! AT+QMTPUB=<client_idx>,<msgID>,<qos>,<retain>,"<topic>",<msg_len>,"<msg>"    (BC660K-GL)
//! AT+QMTPUBEX=<client_idx>,<msgID>,<qos>,<retain>,"<topic>","<msg>"            (BG95 family)
//! OK
//!
//! +QMTPUB: <client_idx>,<msgID>,<result>[,<value>]
//! ```
//!
//! | parameter | range | meaning |
//! |---|---|---|
//! | `<msgID>` | 0–65535 | packet identifier; 0 for QoS 0 and only there |
//! | `<msglen>` | BG95 1–4096, BC660K 0–1460, as digits 0–730 | bytes of the payload |
//! | `<msg>` | AT+QMTPUBEX: 560 bytes at the most | the payload |
//! | `<result>` | 0, 1, 2 | sent (and acknowledged, from QoS 1 on); retransmission; failed |
//! | `<value>` | | with result 1, the number of retransmissions |
//!
//! Nothing follows the payload: a CR, LF or Ctrl+Z behind `<msglen>` bytes would be the start of
//! the next command. AT+QMTPUBEX is answered by +QMTPUB, and elsewhere by +QMTPUBEX.

use super::{Command, DataFormat};
use crate::{
    at::{CR, CommandWriter, ESC, LF, SUB, could_be_a_command},
    dialect::{Dialect, Inline},
    mqtt::{PacketId, Publication, Retain},
    value::{Parameter, Problem, ValueError, limit},
};

/// How the payload of a publish goes to the modem.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum PublishForm {
    /// By its length, which carries every payload but an empty one. That one is ended by Ctrl+Z, and so
    /// is text with a command in it: if the prompt is lost, it is cancelled, and not sent.
    #[default]
    Automatic,
    /// After a prompt, by its length. It can't be empty. When the prompt does not come, it is sent all
    /// the same; but not when a modem that waits for a command could take it for one. If the modem waits
    /// for it then, and longer than a minute, it takes the driver's `AT+CMEE?` for it.
    FixedLength,
    /// After a prompt, ended by Ctrl+Z; it can't hold Ctrl+Z or ESC. When the prompt does not come, or
    /// it is given up before, it is cancelled by ESC, and nothing is published.
    Terminated,
    /// In the command line, which saves the wait for the prompt: AT+QMTPUBEX on the BG95 family, up
    /// to 560 bytes without `"`; AT+QMTPUB on the BC660K-GL. It can't hold control characters.
    Inline,
}

/// The payload of a publish, in the form in which it goes out.
#[derive(Clone, Copy)]
pub(crate) struct Payload<'a> {
    bytes: &'a [u8],
    form: PublishForm,
    format: DataFormat,
}

impl<'a> Payload<'a> {
    /// The payload in this form, if the dialect takes it so.
    pub(crate) fn new(
        dialect: &Dialect,
        bytes: &'a [u8],
        form: PublishForm,
        format: DataFormat,
    ) -> Result<Self, ValueError> {
        let most = match (format, form) {
            (DataFormat::Hex, _) => dialect.hex_payload_limit,
            (DataFormat::Text, PublishForm::Inline) => dialect.inline_payload_limit,
            (DataFormat::Text, _) => dialect.payload_limit,
        };
        limit(Parameter::Payload, bytes.len(), most)?;
        let form = match form {
            PublishForm::Automatic if bytes.is_empty() => PublishForm::Terminated,
            PublishForm::Automatic if format == DataFormat::Text && is_better_cancelled(bytes) => {
                PublishForm::Terminated
            }
            PublishForm::Automatic => PublishForm::FixedLength,
            form => form,
        };
        // Not generic over it, so that there is one loop; and none for what carries any byte.
        let is_forbidden: Option<fn(u8) -> bool> = match (form, format) {
            (PublishForm::FixedLength, _) if bytes.is_empty() => {
                return Err(ValueError {
                    parameter: Parameter::Payload,
                    problem: Problem::Empty,
                });
            }
            (PublishForm::Terminated, DataFormat::Text) => Some(|byte| matches!(byte, SUB | ESC)),
            (PublishForm::Inline, DataFormat::Text) => match dialect.inline {
                Inline::Extended => Some(|byte| byte == b'"' || byte.is_ascii_control()),
                Inline::Publish => Some(|byte| byte.is_ascii_control()),
            },
            _ => None,
        };
        if let Some(is_forbidden) = is_forbidden
            && let Some(position) = bytes.iter().position(|&byte| is_forbidden(byte))
        {
            return Err(ValueError::forbidden(Parameter::Payload, bytes, position));
        }
        Ok(Self {
            bytes,
            form,
            format,
        })
    }

    /// The command that it goes with.
    pub(crate) fn command(&self, dialect: &Dialect) -> Command {
        match (self.form, dialect.inline) {
            (PublishForm::Inline, Inline::Extended) => Command::PublishInline,
            _ => Command::Publish,
        }
    }

    /// The form, which is not automatic any more.
    pub(crate) const fn form(&self) -> PublishForm {
        self.form
    }

    /// Writes what goes out after the prompt.
    pub(crate) fn write_data(&self, writer: &mut CommandWriter<'_>) {
        match self.form {
            PublishForm::Inline => {}
            PublishForm::Terminated => {
                self.write(writer);
                writer.raw(&[SUB]);
            }
            PublishForm::Automatic | PublishForm::FixedLength => self.write(writer),
        }
    }

    fn write(&self, writer: &mut CommandWriter<'_>) {
        match self.format {
            DataFormat::Text => writer.raw(self.bytes),
            DataFormat::Hex => writer.hex(self.bytes),
        };
    }
}

/// Whether it must not reach a modem that does not wait for it, and can be ended by Ctrl+Z: other control
/// characters edit the line on some modems.
fn is_better_cancelled(bytes: &[u8]) -> bool {
    let is_text = |byte: &u8| matches!(*byte, CR | LF | b'\t') || !byte.is_ascii_control();
    could_be_a_command(bytes) && bytes.iter().all(is_text)
}

/// Writes the command line.
pub(crate) fn publish(
    dialect: &Dialect,
    writer: &mut CommandWriter<'_>,
    client: u8,
    packet_id: Option<PacketId>,
    publication: &Publication<'_>,
    payload: &Payload<'_>,
) {
    let command = payload.command(dialect);
    writer
        .set(command.name())
        .number(client.into())
        .and_number(packet_id.map_or(0, PacketId::get).into())
        .and_number(publication.qos as u32)
        .and_number((publication.retain == Retain::Keep).into())
        .and_string(publication.topic.as_str());
    let is_inline = payload.form == PublishForm::Inline;
    let has_length = payload.form == PublishForm::FixedLength || is_inline;
    if has_length && command == Command::Publish {
        writer.and_number(payload.bytes.len() as u32);
    }
    if is_inline {
        writer.raw(b",\"");
        payload.write(writer);
        writer.raw(b"\"");
    }
}

#[cfg(all(test, feature = "bg95", feature = "bc660k"))]
mod tests {
    extern crate std;
    use std::string::String;

    use super::*;
    use crate::{
        dialect::{BC660K_GL, BG95},
        mqtt::QoS,
    };

    fn written(
        dialect: &Dialect,
        bytes: &[u8],
        form: PublishForm,
        format: DataFormat,
    ) -> Result<(String, String), ValueError> {
        let publication = Publication::new("topic/pub", bytes).unwrap();
        let publication = publication.qos(QoS::ExactlyOnce).retain(Retain::Keep);
        let payload = Payload::new(dialect, bytes, form, format)?;
        let mut room = [0; 8192];
        let mut writer = CommandWriter::new(&mut room);
        let id = Some(PacketId::FIRST);
        publish(dialect, &mut writer, 0, id, &publication, &payload);
        let line = writer.finish().unwrap();
        payload.write_data(&mut writer);
        let end = writer.check().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok((text(&room[..line]), text(&room[line..end])))
    }

    #[test]
    fn every_form_is_written_as_in_chapters_3_2_8_3_2_9_and_3_3_8() {
        use {DataFormat::Hex, DataFormat::Text, PublishForm as Form};
        let both = [(&BG95, "BG95"), (&BC660K_GL, "BC660K-GL")];
        let head = "0,1,2,1,\"topic/pub\"";
        for (dialect, name) in both {
            for (form, length, data) in [
                (Form::Automatic, ",5", "hello"),
                (Form::FixedLength, ",5", "hello"),
                (Form::Terminated, "", "hello\x1A"),
            ] {
                let line = std::format!("AT+QMTPUB={head}{length}\r");
                let found = written(dialect, b"hello", form, Text).unwrap();
                assert_eq!(found, (line, data.into()), "{name}");
            }
            let line = std::format!("AT+QMTPUB={head}\r");
            let found = written(dialect, b"", Form::Automatic, Text).unwrap();
            assert_eq!(found, (line, "\x1A".into()), "{name}");
        }
        let line = std::format!("AT+QMTPUBEX={head},\"hello\"\r");
        let found = written(&BG95, b"hello", Form::Inline, Text).unwrap();
        assert_eq!(found, (line, String::new()));
        let line = std::format!("AT+QMTPUB={head},3,\"a\"b\"\r");
        let found = written(&BC660K_GL, b"a\"b", Form::Inline, Text).unwrap();
        assert_eq!(found, (line, String::new()));
        let line = std::format!("AT+QMTPUB={head},2\r");
        let found = written(&BC660K_GL, b"\n\xFF", Form::Automatic, Hex).unwrap();
        assert_eq!(found, (line, "0AFF".into()));
        let line = std::format!("AT+QMTPUB={head},2,\"0AFF\"\r");
        let found = written(&BC660K_GL, b"\n\xFF", Form::Inline, Hex).unwrap();
        assert_eq!(found, (line, String::new()));
    }

    #[test]
    fn a_payload_is_taken_up_to_its_limit_and_refused_beyond() {
        use {DataFormat::Hex, DataFormat::Text, PublishForm as Form};
        for (dialect, form, format, most) in [
            (&BG95, Form::Automatic, Text, 4096),
            (&BG95, Form::FixedLength, Text, 4096),
            (&BG95, Form::Terminated, Text, 4096),
            (&BG95, Form::Inline, Text, 560),
            (&BC660K_GL, Form::Automatic, Text, 1460),
            (&BC660K_GL, Form::Inline, Text, 1460),
            (&BC660K_GL, Form::Automatic, Hex, 730),
            (&BC660K_GL, Form::Inline, Hex, 730),
        ] {
            let bytes = [b'x'; 4097];
            assert!(written(dialect, &bytes[..most], form, format).is_ok());
            let error = written(dialect, &bytes[..=most], form, format).unwrap_err();
            assert_eq!(error.parameter, Parameter::Payload);
            let (length, limit) = (most as u32 + 1, most as u32);
            assert_eq!(error.problem, Problem::TooLong { length, limit });
        }
        let empty = written(&BG95, b"", Form::FixedLength, Text).unwrap_err();
        assert_eq!(empty.problem, Problem::Empty);
    }

    #[test]
    fn what_a_form_can_t_carry_is_refused_with_its_place() {
        use {DataFormat::Text, PublishForm as Form};
        for (dialect, form, byte) in [
            (&BG95, Form::Terminated, 0x1A),
            (&BC660K_GL, Form::Terminated, 0x1B),
            (&BG95, Form::Inline, b'"'),
            (&BG95, Form::Inline, b'\r'),
            (&BC660K_GL, Form::Inline, b'\r'),
            (&BC660K_GL, Form::Inline, 0),
        ] {
            let error = written(dialect, &[b'a', byte], form, Text).unwrap_err();
            let position = 1;
            assert_eq!(error.problem, Problem::ForbiddenByte { byte, position });
        }
    }
}
