//! Messages on their way into the inbox, and what is lost on it.

use super::{
    ClientIndex, Engine, LossReason, MessageLost, Reception,
    client::ClientState,
    count,
    inbox::{Header, Inbox, RecordKind},
    timing::PAYLOAD_TIMEOUT,
};
use crate::{
    at::{CR, LF, Line, Parameters},
    command::DataFormat,
};

impl Engine<'_> {
    /// The head of a message is complete: its topic goes to the inbox, if there is room for all.
    pub(super) fn begin_message(&mut self, len: usize, text: (usize, usize), payload: u32) {
        let head = self.rx.contiguous(len);
        let mut parts = head.splitn(2, |&byte| byte == b':').skip(1);
        let parameters = Parameters::new(parts.next().unwrap_or_default());
        let topic = head.get(text.0..text.1).unwrap_or_default();
        let Some((client, packet_id, _)) = parse_message_start(parameters) else {
            self.rx.consume(len);
            self.begin_reception(false, None, payload, LossReason::Garbled);
            return;
        };
        let header = message_header(client, packet_id, topic, payload);
        let is_kept = self.inbox.begin(header);
        if is_kept {
            self.inbox.append(topic);
        }
        self.rx.consume(len);
        let needed = header.record_size() as u32;
        self.begin_reception(
            is_kept,
            Some(client),
            payload,
            LossReason::InboxFull { needed },
        );
    }

    /// A payload begins, which goes to the inbox or is lost for this reason.
    pub(super) fn begin_reception(
        &mut self,
        is_kept: bool,
        client: Option<ClientIndex>,
        payload_len: u32,
        reason: LossReason,
    ) {
        self.has_changed = true;
        if self.has_digits(client) {
            self.framer.double_payload();
            self.digits = Digits::First;
        } else {
            self.digits = Digits::None;
        }
        self.reception = Some(Reception {
            is_kept,
            loss: MessageLost {
                client,
                payload_len,
                reason,
                count: 1,
            },
            deadline: self.now.after(PAYLOAD_TIMEOUT),
        });
    }

    /// Whether the payloads of this client come as digits; of an unknown one, if those of all do that
    /// are not closed.
    fn has_digits(&self, client: Option<ClientIndex>) -> bool {
        let mut formats = (0_u8..)
            .zip(&self.clients)
            .filter(|(index, one)| match client {
                Some(client) => client.get() == *index,
                None => one.state != ClientState::Closed,
            })
            .map(|(_, one)| one.receive_format)
            .peekable();
        formats.peek().is_some() && formats.all(|format| format == DataFormat::Hex)
    }

    pub(super) fn payload(&mut self, len: usize, last: bool) {
        let Some(reception) = &mut self.reception else {
            self.rx.consume(len);
            return;
        };
        let is_kept = reception.is_kept;
        let bytes = self.rx.chunk(0).get(..len).unwrap_or_default();
        // Digits hold neither quotes nor line ends: the length is wrong, or some of them are lost.
        // What comes behind is not theirs.
        let end = match self.digits {
            Digits::None => None,
            _ => bytes.iter().position(|byte| matches!(*byte, b'"' | CR | LF)),
        };
        let (len, last) = (end.unwrap_or(len), last || end.is_some());
        if end.is_some() {
            self.digits = Digits::Damaged;
            self.framer.end_payload();
        }
        // The timer that runs may go off too early now; then the next is found.
        reception.deadline = self.now.after(PAYLOAD_TIMEOUT);
        if is_kept && end.is_none() {
            match self.digits {
                Digits::None => self.inbox.append(bytes),
                digits => self.digits = append_digits(&mut self.inbox, bytes, digits),
            }
        }
        self.rx.consume(len);
        if !last {
            return;
        }
        let mut loss = reception.loss;
        self.reception = None;
        if self.digits == Digits::Damaged {
            self.inbox.abort();
            loss.reason = LossReason::Garbled;
            self.report_loss(loss);
        } else if is_kept {
            self.inbox.commit();
            self.has_news = true;
        } else {
            self.report_loss(loss);
        }
    }

    pub(super) fn abandon_reception(&mut self, reception: Reception) {
        self.framer.abandon_payload();
        self.inbox.abort();
        self.reception = None;
        self.report_loss(MessageLost {
            reason: LossReason::Incomplete,
            ..reception.loss
        });
    }

    /// `+QMTRECV: <client_idx>,<msgID>,"<topic>","<payload>"`, from a modem that was not told to
    /// report lengths: the payload ends at the last quote of the line, and at its first CR or LF.
    pub(super) fn message_without_length(&mut self, len: usize) {
        let line = self.rx.contiguous(len);
        let Line::Response { parameters, .. } = Line::classify(line) else {
            return;
        };
        let start = parse_message_start(parameters);
        let Some((client, packet_id, mut parameters)) = start else {
            self.unsolicited(len);
            return;
        };
        let topic = parameters.string();
        let payload = parameters.rest().trim_ascii();
        let payload = payload
            .strip_prefix(b"\"")
            .and_then(|payload| payload.strip_suffix(b"\""));
        let (Some(topic), Some(payload)) = (topic, payload) else {
            self.unsolicited(len);
            return;
        };
        let header = message_header(client, packet_id, topic, payload.len() as u32);
        if self.inbox.push(header, topic, payload) {
            self.has_news = true;
        } else {
            self.report_loss(MessageLost {
                client: Some(client),
                payload_len: header.payload,
                reason: LossReason::InboxFull {
                    needed: header.record_size() as u32,
                },
                count: 1,
            });
        }
    }

    /// A line that nobody knows is counted, and passed on when there is room.
    pub(super) fn unsolicited(&mut self, len: usize) {
        count(&mut self.statistics.unknown_lines);
        let line = self.rx.contiguous(len);
        let header = Header {
            kind: RecordKind::Line,
            client: 0,
            packet_id: 0,
            topic: 0,
            payload: line.len() as u32,
        };
        if self.inbox.push(header, &[], line) {
            self.has_news = true;
        }
    }

    pub(super) fn report_loss(&mut self, loss: MessageLost) {
        count(&mut self.statistics.messages_lost);
        let before = self.lost.map_or(0, |lost| lost.count);
        self.lost = Some(MessageLost {
            count: before.saturating_add(1),
            ..loss
        });
        self.has_news = true;
    }
}

/// How the payload that comes in is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Digits {
    /// As it is.
    None,
    /// As digits; the first of a byte is next.
    First,
    /// As digits; the first of a byte has come.
    Second(u8),
    /// As digits, and something else was among them.
    Damaged,
}

/// Appends the bytes that hexadecimal digits stand for.
fn append_digits(inbox: &mut Inbox<'_>, bytes: &[u8], mut digits: Digits) -> Digits {
    for byte in bytes {
        let value = char::from(*byte).to_digit(16).map(|digit| digit as u8);
        digits = match (digits, value) {
            (Digits::First, Some(high)) => Digits::Second(high),
            (Digits::Second(high), Some(low)) => {
                inbox.append(&[high << 4 | low]);
                Digits::First
            }
            _ => Digits::Damaged,
        };
    }
    digits
}

/// `<client_idx>,<msgID>,` and the rest.
fn parse_message_start(
    mut parameters: Parameters<'_>,
) -> Option<(ClientIndex, u32, Parameters<'_>)> {
    let client = ClientIndex::new(parameters.byte()?).ok()?;
    let packet_id = parameters.number()?.try_into().ok()?;
    Some((client, packet_id, parameters))
}

fn message_header(client: ClientIndex, packet_id: u32, topic: &[u8], payload: u32) -> Header {
    Header {
        kind: RecordKind::Message,
        client: client.get(),
        packet_id,
        topic: topic.len() as u16,
        payload,
    }
}
