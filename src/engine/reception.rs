//! Messages on their way into the inbox, and what is lost on it.

use super::{
    Client, ClientIndex, Engine, LossReason, MessageLost, Phase, Reception,
    client::{ClientState, is_connected},
    count, count_many,
    echo::Echoing,
    exchange::{Data, Echo},
    inbox::{Header, Inbox, RecordKind},
    timing::PAYLOAD_TIMEOUT,
};
use crate::{
    at::{CR, LF, Line, Parameters},
    command::{DataFormat, MessageHead, MessageLine},
};

impl Engine<'_> {
    /// The head of a message is complete: its topic goes to the inbox, if there is room for all.
    pub(super) fn begin_message(&mut self, len: usize, text: (usize, usize), payload: u32) {
        let is_of_echo = self.is_of_echo();
        let is_of_table = self.is_of_table();
        let head = self.rx.first(len);
        let mut parts = head.splitn(2, |&byte| byte == b':').skip(1);
        let mut parameters = Parameters::new(parts.next().unwrap_or_default());
        let topic = head.get(text.0..text.1).unwrap_or_default();
        let is_quoted = head.get(text.0.wrapping_sub(1)) == Some(&b'"');
        let behind = is_of_echo.then(|| self.outbox.data_behind(head)).flatten();
        let head = MessageHead::take(&mut parameters);
        let client = head.map(|head| head.client);
        // Of a number in a row of the table, noise makes a topic, but no quotes; and a message that
        // is stored comes when it is fetched.
        let is_row = !is_quoted
            && client.is_some_and(|client| is_of_table || fetches_none(&self.clients, client));
        if is_row || behind.is_some() {
            self.rx.consume(len);
            count(&mut self.statistics.unknown_lines);
            if is_row {
                self.ask_for_table();
            }
            self.begin_reception(false, client, payload, None);
            if let Some(behind) = behind {
                // Whatever length it states, the answers behind the echo are not its own; nor is
                // the quote before it.
                let most = behind.saturating_sub(is_quoted.into());
                self.framer.limit_payload(most as u32);
            }
            return;
        }
        // A modem that has restarted has no connection, and the payload that may come back is not
        // known any more.
        let is_doubtful = is_of_echo
            && !self.outbox.has_sent_data()
            && !client.is_some_and(|client| is_connected(&self.clients, client));
        let Some((head, client)) = head.zip(client).filter(|_| !is_doubtful) else {
            self.rx.consume(len);
            self.answer_fetch();
            self.begin_reception(false, None, payload, Some(LossReason::Garbled));
            return;
        };
        if let Some(client) = self.clients.get_mut(usize::from(client.get())) {
            client.asked = None;
        }
        let header = Header::of_message(head.client, head.packet_id, topic, payload);
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
            Some(LossReason::InboxFull { needed }),
        );
    }

    /// Whether what reads as a message may be a piece of the payload that was sent last: an echo
    /// that noise has broken off shows what stands in it.
    #[inline(never)]
    pub(super) fn is_of_echo(&self) -> bool {
        let is_possible = match self.exchange.echo {
            Echo::Over => false,
            _ => self.exchange.has_sent_data() || self.owes_echo,
        };
        is_possible && self.echoing != Echoing::Off
    }

    /// A payload begins, which goes to the inbox or is lost for this reason; without one, it
    /// belongs to no message.
    #[inline(never)]
    pub(super) fn begin_reception(
        &mut self,
        is_kept: bool,
        client: Option<ClientIndex>,
        payload_len: u32,
        reason: Option<LossReason>,
    ) {
        self.has_changed = true;
        self.digits = Digits::None;
        if self.dialect().has_digits() && receives_digits(&self.clients, client) {
            self.framer.double_payload();
            self.digits = Digits::First;
        }
        // What is no message may not have said how long it is, nor what is longer than any, or
        // comes from a modem that has restarted: it must not take all answers away.
        let is_credible = reason.is_some()
            && payload_len <= self.dialect().payload_limit.into()
            && self.starting_until.is_none();
        self.reception = Some(Reception {
            is_kept,
            is_credible,
            loss: reason.map(|reason| MessageLost {
                client,
                payload_len,
                reason,
                count: 1,
            }),
            waiting: 0,
            deadline: self.now.after(PAYLOAD_TIMEOUT),
        });
    }

    pub(super) fn payload(&mut self, len: usize, last: bool) {
        let Some(reception) = &mut self.reception else {
            self.rx.consume(len);
            return;
        };
        let is_kept = reception.is_kept;
        let bytes = self.rx.first(len);
        // Digits hold neither quotes nor line ends: the length is wrong, or some of them are lost.
        // What comes behind is not theirs.
        let end = match self.digits {
            Digits::None => None,
            _ => bytes
                .iter()
                .position(|byte| matches!(*byte, b'"' | CR | LF)),
        };
        let (len, last) = (end.unwrap_or(len), last || end.is_some());
        if end.is_some() {
            self.digits = Digits::Damaged;
            self.framer.end_payload();
        }
        // The timer that runs may go off too early now; then the next is found.
        if reception.is_credible {
            reception.deadline = self.now.after(PAYLOAD_TIMEOUT);
        }
        reception.waiting = 0;
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
        let loss = reception.loss;
        self.reception = None;
        if self.digits == Digits::Damaged {
            self.inbox.abort();
            self.report_loss(loss.map(|loss| MessageLost {
                reason: LossReason::Garbled,
                ..loss
            }));
        } else if is_kept {
            self.inbox.commit();
            self.has_news = true;
        } else {
            self.report_loss(loss);
        }
    }

    /// Bytes of the payload may have come that are not enough for a piece of it.
    pub(super) fn stay_in_reception(&mut self) {
        let waiting = self.rx.len();
        if let Some(reception) = &mut self.reception
            && reception.is_credible
            && reception.waiting != waiting
        {
            reception.waiting = waiting;
            reception.deadline = self.now.after(PAYLOAD_TIMEOUT);
        }
    }

    pub(super) fn abandon_reception(&mut self, reception: Reception) {
        self.framer.abandon_payload();
        // All that is in the ring belongs to it.
        self.rx.consume(self.rx.len());
        self.inbox.abort();
        self.reception = None;
        self.report_loss(reception.loss.map(|loss| MessageLost {
            reason: LossReason::Incomplete,
            ..loss
        }));
    }

    /// A message from a modem that was not told to report lengths.
    pub(super) fn message_without_length(&mut self, len: usize) {
        let is_of_echo = self.is_of_echo();
        let line = self.rx.first(len);
        if is_of_echo && self.outbox.data_behind(line).is_some() {
            self.unsolicited(len);
            return;
        }
        let Some(message) = MessageLine::parse(&Line::classify(line)) else {
            self.unsolicited(len);
            return;
        };
        let MessageLine {
            head,
            topic,
            payload,
        } = message;
        if let Some(client) = self.clients.get_mut(usize::from(head.client.get())) {
            client.asked = None;
        }
        let is_in_digits =
            self.dialect().has_digits() && receives_digits(&self.clients, Some(head.client));
        let payload_len = payload.len().wrapping_shr(is_in_digits.into());
        let header = Header::of_message(head.client, head.packet_id, topic, payload_len as u32);
        let reason = if !self.inbox.begin(header) {
            let needed = header.record_size() as u32;
            LossReason::InboxFull { needed }
        } else {
            self.inbox.append(topic);
            if !is_in_digits {
                self.inbox.append(payload);
            }
            if !is_in_digits
                || append_digits(&mut self.inbox, payload, Digits::First) == Digits::First
            {
                self.inbox.commit();
                self.has_news = true;
                return;
            }
            self.inbox.abort();
            LossReason::Garbled
        };
        self.report_loss(Some(MessageLost {
            client: Some(head.client),
            payload_len: header.payload,
            reason,
            count: 1,
        }));
    }

    /// A line longer than the receive buffer.
    pub(super) fn lost_line(&mut self) {
        count_many(&mut self.statistics.lines, 1);
        count(&mut self.statistics.unknown_lines);
        // It may have been the news of a stored message.
        self.ask_for_table();
        self.has_changed = true;
        // It may have been the echo of the command line, and then the data's will follow.
        let is_late = self.exchange.phase == Phase::Final && self.exchange.data != Data::None;
        let is_echo_too_long = self.outbox.command().len() >= self.rx.capacity();
        if is_echo_too_long
            && self.exchange.is_answer_due()
            && !is_late
            && self.exchange.echo == Echo::Off
        {
            self.exchange.echo = Echo::Expected;
            if self.echoing != Echoing::Off {
                self.exchange.has_echoed = true;
                return;
            }
        }
        if self.exchange.step.has_response() && self.exchange.is_answer_due() {
            self.outbox.lose_capture();
        }
    }

    /// A line that nobody knows is counted, and passed on when there is room.
    #[inline(never)]
    pub(super) fn unsolicited(&mut self, len: usize) {
        count(&mut self.statistics.unknown_lines);
        let line = self.rx.first(len);
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

    #[inline(never)]
    pub(super) fn report_loss(&mut self, loss: Option<MessageLost>) {
        let Some(loss) = loss else {
            return;
        };
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

/// Whether the modem stores the messages of this client, and none is being fetched.
fn fetches_none(clients: &[Client], client: ClientIndex) -> bool {
    let client = clients.get(usize::from(client.get()));
    client.is_some_and(|client| client.stores && client.asked.is_none())
}

/// Whether payloads for this client come as digits. Where it is not known for whom: whether they do
/// for all that are connected.
fn receives_digits(clients: &[Client], client: Option<ClientIndex>) -> bool {
    let is_meant = |one: &(u8, &Client)| match client {
        Some(client) => one.0 == client.get(),
        None => one.1.state == ClientState::Connected,
    };
    let mut clients = (0_u8..).zip(clients).filter(is_meant).peekable();
    clients.peek().is_some() && clients.all(|(_, it)| it.receive_format == DataFormat::Hex)
}
