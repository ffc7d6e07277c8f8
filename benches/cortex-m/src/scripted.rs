//! A port with a modem behind it that always agrees, and sends one message to whoever subscribes.

use core::{cell::Cell, fmt, future::poll_fn, task::Poll};

use crate::dialogue;

/// The line to the modem. It is over when the driver has read everything up to the result of its
/// first publish.
#[derive(Debug)]
pub struct Line<'a> {
    /// What the driver has not read yet.
    answer: Cell<&'a [u8]>,
    /// What comes behind that.
    message: Cell<&'a [u8]>,
    message_when_subscribed: &'a [u8],
    has_published: Cell<bool>,
}

/// One end of the line; copies are the same end.
#[derive(Clone, Copy, Debug)]
pub struct Scripted<'a>(&'a Line<'a>);

/// The line is over.
#[derive(Clone, Copy, Debug)]
pub struct Over;

impl<'a> Line<'a> {
    /// A line that brings this message.
    #[must_use]
    pub const fn new(message: &'a [u8]) -> Self {
        Self {
            answer: Cell::new(&[]),
            message: Cell::new(&[]),
            message_when_subscribed: message,
            has_published: Cell::new(false),
        }
    }

    /// The driver's end.
    #[must_use]
    pub const fn port(&'a self) -> Scripted<'a> {
        Scripted(self)
    }

    /// Whether the script has come to its end.
    pub fn is_over(&self) -> bool {
        self.has_published.get() && self.answer.get().is_empty() && self.message.get().is_empty()
    }

    fn take(&self, bytes: &mut [u8]) -> usize {
        if self.answer.get().is_empty() {
            self.answer.set(self.message.take());
        }
        let answer = self.answer.get();
        let (now, later) = answer.split_at(answer.len().min(bytes.len()));
        bytes[..now.len()].copy_from_slice(now);
        self.answer.set(later);
        now.len()
    }

    fn give(&self, bytes: &[u8]) -> usize {
        let answer = dialogue::answer_to(bytes);
        self.answer.set(answer);
        if bytes.starts_with(b"AT+QMTSUB") {
            self.message.set(self.message_when_subscribed);
        }
        if answer == dialogue::RESULT {
            self.has_published.set(true);
        }
        bytes.len()
    }
}

impl embedded_io::ErrorType for Scripted<'_> {
    type Error = Over;
}

impl embedded_io::Read for Scripted<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize, Over> {
        Ok(self.0.take(bytes))
    }
}

impl embedded_io::ReadReady for Scripted<'_> {
    fn read_ready(&mut self) -> Result<bool, Over> {
        if self.0.is_over() {
            return Err(Over);
        }
        Ok(!self.0.answer.get().is_empty() || !self.0.message.get().is_empty())
    }
}

impl embedded_io::Write for Scripted<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Over> {
        Ok(self.0.give(bytes))
    }

    fn flush(&mut self) -> Result<(), Over> {
        Ok(())
    }
}

impl embedded_io::WriteReady for Scripted<'_> {
    fn write_ready(&mut self) -> Result<bool, Over> {
        Ok(true)
    }
}

impl embedded_io_async::Read for Scripted<'_> {
    async fn read(&mut self, bytes: &mut [u8]) -> Result<usize, Over> {
        poll_fn(|_| match self.0.take(bytes) {
            0 => Poll::Pending,
            n => Poll::Ready(Ok(n)),
        })
        .await
    }
}

impl embedded_io_async::Write for Scripted<'_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Over> {
        Ok(self.0.give(bytes))
    }

    async fn flush(&mut self) -> Result<(), Over> {
        Ok(())
    }
}

impl embedded_io::Error for Over {
    fn kind(&self) -> embedded_io::ErrorKind {
        embedded_io::ErrorKind::BrokenPipe
    }
}

impl core::error::Error for Over {}

impl fmt::Display for Over {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the script is over")
    }
}
