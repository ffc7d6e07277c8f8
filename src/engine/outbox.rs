use core::fmt;

use crate::{
    at::{CommandWriter, Overflow, put, rotate_left},
    error::{Buffer, UsageError},
    value::{Parameter, Problem, ValueError},
};

/// What goes to the modem: one command line with its data at the front of the caller's buffer,
/// and at its end the lines that a connect keeps for later.
///
/// ```text
/// | command line | data |   free   | stored line CR stored line CR … |
/// 0           data    end         stored                             len
/// ```
pub(super) struct Outbox<'buf> {
    bytes: &'buf mut [u8],
    /// What goes out from elsewhere: a command line that is always the same, or the caller's data.
    /// Empty when it goes out of the buffer.
    outside: &'buf [u8],
    /// The data of the composed command, where it does not stand in the buffer.
    outside_data: &'buf [u8],
    /// What is left of what is going out now.
    sending: (usize, usize),
    /// Where that began.
    started: usize,
    /// Where the data of the composed command begins and ends.
    data: (usize, usize),
    /// Whether it, or a part of it, is what was sent last.
    is_data_sent: bool,
    stored: usize,
    /// Length of the information response kept at the front.
    captured: usize,
    /// Whether a line of it is lost, and all that came later.
    is_cut: bool,
}

impl<'buf> Outbox<'buf> {
    pub(super) fn new(bytes: &'buf mut [u8]) -> Self {
        let stored = bytes.len();
        Self {
            bytes,
            outside: &[],
            outside_data: &[],
            sending: (0, 0),
            started: 0,
            data: (0, 0),
            is_data_sent: false,
            stored,
            captured: 0,
            is_cut: false,
        }
    }

    /// Whether a line of `needed` bytes can be composed.
    pub(super) const fn check_room(&self, needed: usize) -> Result<(), UsageError> {
        if needed <= self.stored {
            return Ok(());
        }
        Err(too_small(needed, self.stored))
    }

    /// Composes a command line, and what follows its prompt.
    ///
    /// The values in a line have been checked one by one; that it is one line, and a command, is
    /// made sure of here for all.
    #[inline(never)]
    pub(super) fn compose(
        &mut self,
        line: &mut dyn FnMut(&mut CommandWriter<'_>),
        data: &mut dyn FnMut(&mut CommandWriter<'_>),
    ) -> Result<(), UsageError> {
        let is_shared = self.has_stored();
        let room = self.bytes.get_mut(..self.stored).unwrap_or_default();
        let mut writer = CommandWriter::new(room);
        line(&mut writer);
        let end_of_line = writer.written();
        let start = writer.raw(b"\r").written();
        data(&mut writer);
        let end = match writer.check() {
            // The lines of a connect take room for a while.
            Err(_) if is_shared => return Err(UsageError::Busy),
            Err(Overflow { needed, capacity }) => return Err(too_small(needed, capacity)),
            Ok(end) => end,
        };
        self.data = (start, start);
        self.is_data_sent = false;
        self.outside_data = &[];
        self.captured = 0;
        self.is_cut = false;
        check_line(self.bytes.get(..end_of_line).unwrap_or_default())?;
        self.data = (start, end);
        Ok(())
    }

    /// Takes these bytes as the data of the composed command.
    pub(super) const fn set_data(&mut self, data: &'buf [u8]) {
        self.outside_data = data;
    }

    /// Writes the lines that `write` ends with CR, and keeps them for [`Outbox::send_stored`].
    /// At least `reserve` bytes stay free for others.
    pub(super) fn store(
        &mut self,
        reserve: usize,
        write: impl FnOnce(&mut CommandWriter<'_>),
    ) -> Result<(), UsageError> {
        self.drop_stored();
        let capacity = self.bytes.len();
        let room = capacity.saturating_sub(reserve);
        let mut writer = CommandWriter::new(self.bytes.get_mut(..room).unwrap_or_default());
        write(&mut writer);
        let Ok(len) = writer.check() else {
            let needed = writer.written().saturating_add(reserve);
            // A part of the password may stand there.
            self.bytes.fill(0);
            return Err(too_small(needed, capacity));
        };
        self.stored = capacity.saturating_sub(len);
        self.data = (0, 0);
        self.is_data_sent = false;
        self.captured = 0;
        // A rotation, so that no second copy of a password stays behind.
        rotate_left(self.bytes, len);
        Ok(())
    }

    /// Forgets the stored lines, and wipes them: one of them holds the password.
    pub(super) fn drop_stored(&mut self) {
        let stored = core::mem::replace(&mut self.stored, self.bytes.len());
        if let Some(lines) = self.bytes.get_mut(stored..) {
            lines.fill(0);
        }
    }

    /// Sends the composed command line; its data waits for [`Outbox::send_data`].
    pub(super) const fn send_line(&mut self) {
        self.outside = &[];
        self.send((0, self.data.0));
    }

    /// Sends the data of the composed command.
    pub(super) const fn send_data(&mut self) {
        self.is_data_sent = true;
        if self.outside_data.is_empty() {
            self.send(self.data);
        } else {
            self.send_outside(self.outside_data);
        }
    }

    /// Sends what does not stand in the buffer.
    pub(super) const fn send_outside(&mut self, bytes: &'buf [u8]) {
        self.outside = bytes;
        self.send((0, bytes.len()));
    }

    /// Sends the stored line that `index` others stand before.
    pub(super) fn send_stored(&mut self, index: usize) {
        let lines = self.bytes.get(self.stored..).unwrap_or_default();
        let mut ends = lines.iter().enumerate().filter(|(_, byte)| **byte == b'\r');
        let mut start = 0;
        let mut end = 0;
        for _ in 0..=index {
            start = end;
            end = ends.next().map_or(start, |(at, _)| at.saturating_add(1));
        }
        self.outside = &[];
        self.send((
            self.stored.saturating_add(start),
            self.stored.saturating_add(end),
        ));
    }

    #[inline(never)]
    const fn send(&mut self, range: (usize, usize)) {
        self.sending = range;
        self.started = range.0;
    }

    /// The bytes to send next.
    pub(super) fn pending(&self) -> &[u8] {
        let source = if self.outside.is_empty() {
            &*self.bytes
        } else {
            self.outside
        };
        source
            .get(self.sending.0..self.sending.1)
            .unwrap_or_default()
    }

    pub(super) fn sent(&mut self, n: usize) {
        self.sending.0 = self.sending.0.saturating_add(n).min(self.sending.1);
    }

    /// Whether a byte of what is to be sent has gone out.
    pub(super) const fn has_begun(&self) -> bool {
        self.started != self.sending.0
    }

    pub(super) const fn is_sent(&self) -> bool {
        self.sending.0 >= self.sending.1
    }

    /// Stops sending.
    pub(super) const fn abort(&mut self) {
        self.send((0, 0));
        self.outside = &[];
    }

    /// The data of the composed command.
    #[inline(never)]
    pub(super) fn data(&self) -> &[u8] {
        if self.outside_data.is_empty() {
            self.bytes.get(self.data.0..self.data.1).unwrap_or_default()
        } else {
            self.outside_data
        }
    }

    /// Whether the data that was sent last is still there.
    pub(super) const fn has_sent_data(&self) -> bool {
        self.is_data_sent
    }

    /// How much of the composed command's data stands behind these bytes, if they stand in it.
    pub(super) fn data_behind(&self, bytes: &[u8]) -> Option<usize> {
        let len = bytes.len().max(1);
        let at = self.data().windows(len).position(|part| part == bytes)?;
        Some(self.data().len().saturating_sub(at).saturating_sub(len))
    }

    /// Whether the line is the echo of the command that goes out, or has gone out last.
    pub(super) fn is_echo(&self, line: &[u8]) -> bool {
        self.command().strip_suffix(b"\r") == Some(line)
    }

    /// The command line, or its data, that goes out or has gone out last.
    #[inline(never)]
    pub(super) fn command(&self) -> &[u8] {
        let source = if self.outside.is_empty() {
            &*self.bytes
        } else {
            self.outside
        };
        source.get(self.started..self.sending.1).unwrap_or_default()
    }

    /// The composed command line.
    #[inline(never)]
    pub(super) fn line(&self) -> &[u8] {
        self.bytes.get(..self.data.0).unwrap_or_default()
    }

    /// Keeps a line of an information response, behind the command that it answers.
    pub(super) fn capture(&mut self, line: &[u8]) {
        let start = self.data.0.saturating_add(self.captured);
        let end = start.saturating_add(line.len());
        let room = self.bytes.get_mut(..self.stored).unwrap_or_default();
        self.is_cut |= end >= room.len();
        if let Some(last) = room.get_mut(end).filter(|_| !self.is_cut) {
            *last = b'\n';
            put(room, start, line);
            self.captured = end.saturating_sub(self.data.0).saturating_add(1);
        }
    }

    /// A part of the information response is lost.
    pub(super) const fn lose_capture(&mut self) {
        self.is_cut = true;
    }

    /// The information response, each line ended by LF; `None` when it did not fit.
    pub(super) fn response(&self) -> Option<&[u8]> {
        (!self.is_cut).then(|| self.response_start())
    }

    /// The lines of the information response before the first that is lost.
    #[inline(never)]
    pub(super) fn response_start(&self) -> &[u8] {
        let room = self.bytes.get(self.data.0..self.stored);
        let response = room.and_then(|room| room.get(..self.captured));
        response.unwrap_or_default()
    }

    pub(super) const fn has_stored(&self) -> bool {
        self.stored < self.bytes.len()
    }
}

/// Its bytes may be secret.
impl fmt::Debug for Outbox<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox")
            .field("pending", &self.pending().len())
            .finish_non_exhaustive()
    }
}

/// One command line, and nothing that ends it or edits it.
fn check_line(line: &[u8]) -> Result<(), UsageError> {
    let parameter = Parameter::CommandLine;
    let position = line.iter().position(u8::is_ascii_control);
    if let Some(position) = position {
        return Err(ValueError::forbidden(parameter, line, position).into());
    }
    if !matches!(line, [b'A' | b'a', b'T' | b't', ..]) {
        let problem = Problem::NoCommand;
        return Err(ValueError { parameter, problem }.into());
    }
    Ok(())
}

const fn too_small(needed: usize, capacity: usize) -> UsageError {
    UsageError::BufferTooSmall {
        buffer: Buffer::Transmit,
        needed: needed as u32,
        capacity: capacity as u32,
    }
}
