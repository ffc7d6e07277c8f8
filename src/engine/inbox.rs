use core::fmt;

use crate::{
    at::{put, rotate_left},
    command::ClientIndex,
};

/// What has been received and not yet taken: a queue of records in the caller's buffer.
///
/// ```text
/// |  gone  | record | record | … | record being received |   free   |
/// 0      head                  committed              written      len
/// ```
///
/// Records move to the front when the free part at the end is too small for the next, so a
/// message that fits into the free bytes is never lost to where they lie.
pub(crate) struct Inbox<'buf> {
    bytes: &'buf mut [u8],
    head: usize,
    committed: usize,
    written: usize,
    /// Length of the first record while it is lent out; it goes with the next call.
    lent: usize,
}

/// One record.
#[derive(Debug)]
pub(crate) struct Record<'a> {
    pub(crate) kind: RecordKind,
    pub(crate) client: u8,
    pub(crate) packet_id: u32,
    pub(crate) topic: &'a [u8],
    pub(crate) payload: &'a [u8],
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum RecordKind {
    Message,
    /// A line that the driver does not know, as the payload.
    Line,
}

/// The numbers of a record, before its topic and payload.
#[derive(Clone, Copy)]
pub(crate) struct Header {
    pub(crate) kind: RecordKind,
    pub(crate) client: u8,
    pub(crate) packet_id: u32,
    pub(crate) topic: u16,
    pub(crate) payload: u32,
}

impl Header {
    pub(crate) const SIZE: usize = 12;

    pub(crate) const fn of_message(
        client: ClientIndex,
        packet_id: u32,
        topic: &[u8],
        payload: u32,
    ) -> Self {
        Self {
            kind: RecordKind::Message,
            client: client.get(),
            packet_id,
            topic: topic.len() as u16,
            payload,
        }
    }

    fn to_bytes(self) -> [u8; Self::SIZE] {
        let kind = match self.kind {
            RecordKind::Message => 0,
            RecordKind::Line => 1,
        };
        let [i0, i1, i2, i3] = self.packet_id.to_le_bytes();
        let [t0, t1] = self.topic.to_le_bytes();
        let [p0, p1, p2, p3] = self.payload.to_le_bytes();
        [kind, self.client, i0, i1, i2, i3, t0, t1, p0, p1, p2, p3]
    }

    const fn from_bytes(bytes: [u8; Self::SIZE]) -> Self {
        let [kind, client, i0, i1, i2, i3, t0, t1, p0, p1, p2, p3] = bytes;
        Self {
            kind: match kind {
                0 => RecordKind::Message,
                _ => RecordKind::Line,
            },
            client,
            packet_id: u32::from_le_bytes([i0, i1, i2, i3]),
            topic: u16::from_le_bytes([t0, t1]),
            payload: u32::from_le_bytes([p0, p1, p2, p3]),
        }
    }

    /// The bytes of the whole record.
    pub(crate) const fn record_size(self) -> usize {
        Self::SIZE
            .saturating_add(self.topic as usize)
            .saturating_add(self.payload as usize)
    }
}

impl<'buf> Inbox<'buf> {
    pub(crate) const fn new(bytes: &'buf mut [u8]) -> Self {
        Self {
            bytes,
            head: 0,
            committed: 0,
            written: 0,
            lent: 0,
        }
    }

    /// Begins a record with its header; `false`, and nothing changed, when it does not fit.
    pub(crate) fn begin(&mut self, header: Header) -> bool {
        self.release();
        let size = header.record_size();
        if size > self.bytes.len().saturating_sub(self.committed) {
            self.move_to_front();
        }
        if size > self.bytes.len().saturating_sub(self.committed)
            && header.kind == RecordKind::Message
        {
            self.drop_lines();
        }
        if size > self.bytes.len().saturating_sub(self.committed) {
            return false;
        }
        self.written = self.committed;
        self.append(&header.to_bytes());
        true
    }

    /// Appends bytes to the record begun. What exceeds the room that [`Inbox::begin`] has found
    /// would be a bug, and is left out.
    #[inline(never)]
    pub(crate) fn append(&mut self, bytes: &[u8]) {
        if put(self.bytes, self.written, bytes) {
            self.written = self.written.wrapping_add(bytes.len());
        }
    }

    /// Ends the record begun.
    pub(crate) const fn commit(&mut self) {
        self.committed = self.written;
    }

    /// Drops the record begun.
    pub(crate) const fn abort(&mut self) {
        self.written = self.committed;
    }

    /// A whole record at once.
    pub(crate) fn push(&mut self, header: Header, topic: &[u8], payload: &[u8]) -> bool {
        let fits = self.begin(header);
        if fits {
            self.append(topic);
            self.append(payload);
            self.commit();
        }
        fits
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.head.saturating_add(self.lent) >= self.committed
    }

    /// How many bytes a record may have that is to fit in any case.
    #[cfg(feature = "bg95")]
    pub(crate) const fn room(&self) -> usize {
        let used = self.committed.saturating_sub(self.head);
        let room = self.bytes.len().saturating_sub(used);
        room.saturating_add(self.lent)
    }

    /// Lends the first record, which is gone at the next call.
    pub(crate) fn take(&mut self) -> Option<Record<'_>> {
        self.release();
        let records = self.bytes.get(self.head..self.committed)?;
        let (header, rest) = records.split_first_chunk()?;
        let header = Header::from_bytes(*header);
        let (topic, rest) = rest.split_at_checked(header.topic.into())?;
        let payload = rest.get(..header.payload as usize)?;
        self.lent = header.record_size();
        Some(Record {
            kind: header.kind,
            client: header.client,
            packet_id: header.packet_id,
            topic,
            payload,
        })
    }

    /// Gives up the bytes of the record that was lent out.
    fn release(&mut self) {
        self.head = self.head.saturating_add(core::mem::take(&mut self.lent));
        if self.head >= self.committed && self.written <= self.committed {
            self.head = 0;
            self.committed = 0;
            self.written = 0;
        }
    }

    /// Lines that nobody has taken go, so that a message can stay.
    fn drop_lines(&mut self) {
        let mut from = self.head;
        let mut to = self.head;
        while let Some(header) = self.header_at(from) {
            let size = header.record_size();
            let end = from.saturating_add(size);
            if header.kind == RecordKind::Message {
                for at in from..end {
                    let byte = self.bytes.get(at).copied().unwrap_or_default();
                    if let Some(place) = self.bytes.get_mut(to) {
                        *place = byte;
                    }
                    to = to.saturating_add(1);
                }
            }
            from = end;
        }
        self.committed = to;
        self.written = to;
    }

    fn header_at(&self, at: usize) -> Option<Header> {
        let records = self.bytes.get(at..self.committed)?;
        records
            .first_chunk()
            .map(|bytes| Header::from_bytes(*bytes))
    }

    fn move_to_front(&mut self) {
        let head = self.head;
        rotate_left(self.bytes, head);
        self.committed = self.committed.saturating_sub(head);
        self.head = 0;
    }
}

/// Its bytes are the application's.
impl fmt::Debug for Inbox<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbox")
            .field("used", &self.committed.saturating_sub(self.head))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::{collections::VecDeque, vec, vec::Vec};

    use super::*;

    fn message(topic: &[u8], payload: &[u8]) -> Header {
        Header {
            kind: RecordKind::Message,
            client: 3,
            packet_id: 70_000,
            topic: topic.len() as u16,
            payload: payload.len() as u32,
        }
    }

    fn push(inbox: &mut Inbox<'_>, payload: &[u8]) -> bool {
        inbox.push(message(b"t", payload), b"t", payload)
    }

    #[test]
    fn records_come_out_as_they_went_in() {
        let mut bytes = [0; 64];
        let mut inbox = Inbox::new(&mut bytes);
        assert!(inbox.is_empty() && inbox.take().is_none());
        assert!(inbox.push(message(b"a/b", b"\0\xFF"), b"a/b", b"\0\xFF"));
        let record = inbox.take().unwrap();
        assert_eq!((record.kind, record.client), (RecordKind::Message, 3));
        assert_eq!((record.packet_id, record.topic), (70_000, &b"a/b"[..]));
        assert_eq!(record.payload, b"\0\xFF");
        assert!(inbox.is_empty() && inbox.take().is_none());
    }

    // Every size of record at every fill level, against a plain queue.
    #[test]
    fn a_record_fits_exactly_when_the_free_bytes_suffice() {
        const CAPACITY: usize = 100;
        let mut bytes = [0; CAPACITY];
        let mut inbox = Inbox::new(&mut bytes);
        let mut model: VecDeque<Vec<u8>> = VecDeque::new();
        let mut seed = 1_u32;
        for round in 0..20_000_u32 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if seed >> 31 == 0 {
                let payload = vec![round as u8; (seed >> 16) as usize % 40];
                let used: usize = model.iter().map(|p| p.len() + 1 + Header::SIZE).sum();
                let fits = used + payload.len() + 1 + Header::SIZE <= CAPACITY;
                assert_eq!(push(&mut inbox, &payload), fits);
                if fits {
                    model.push_back(payload);
                }
            } else {
                let taken = inbox.take().map(|record| record.payload.to_vec());
                assert_eq!(taken, model.pop_front());
            }
        }
    }

    #[test]
    fn lines_make_room_for_a_message_and_messages_keep_their_order() {
        let mut bytes = [0; 100];
        let mut inbox = Inbox::new(&mut bytes);
        let line = |payload: &[u8]| Header {
            kind: RecordKind::Line,
            ..message(b"", payload)
        };
        assert!(inbox.push(line(b"+CREG: 1"), b"", b"+CREG: 1"));
        assert!(push(&mut inbox, b"first"));
        assert!(inbox.push(line(b"+QIND: 2"), b"", b"+QIND: 2"));
        assert!(push(&mut inbox, b"second"));
        assert!(!inbox.push(line(b"+CREG: 2 too long"), b"", b"+CREG: 2 too long"));
        assert!(push(&mut inbox, &[b'3'; 30]));
        assert!(!push(&mut inbox, &[b'4'; 30]));
        assert_eq!(inbox.take().unwrap().payload, b"first");
        assert_eq!(inbox.take().unwrap().payload, b"second");
        assert_eq!(inbox.take().unwrap().payload, [b'3'; 30]);
        assert!(inbox.take().is_none());
    }

    #[test]
    fn a_record_may_arrive_while_another_is_taken() {
        let mut bytes = [0; 60];
        let mut inbox = Inbox::new(&mut bytes);
        assert!(push(&mut inbox, b"first"));
        assert!(inbox.begin(message(b"t", b"second")));
        inbox.append(b"t");
        inbox.append(b"sec");
        assert_eq!(inbox.take().unwrap().payload, b"first");
        assert!(inbox.take().is_none());
        inbox.append(b"ond");
        inbox.commit();
        assert_eq!(inbox.take().unwrap().payload, b"second");
        assert!(inbox.take().is_none());
    }
}
