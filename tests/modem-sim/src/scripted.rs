//! A serial port whose other end is the test itself.

use std::{
    collections::VecDeque,
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
    time::Duration,
};

use embedded_io::{ErrorKind, ErrorType, ReadReady, WriteReady};

use crate::clock;

/// A serial port that brings what the test says, and keeps what is written to it.
///
/// It implements the traits of embedded-io and of embedded-io-async. Clones are handles to the same
/// port: the driver has one, or one for each direction, and the test another. Time is that of
/// [`clock`](crate::clock).
///
/// ```
/// use embedded_io::{Read, ReadReady, Write};
/// use quectel_modem_sim::ScriptedPort;
///
/// let line = ScriptedPort::new();
/// let mut port = line.clone();
/// port.write(b"AT\r")?;
/// assert_eq!(line.take_written(), b"AT\r");
/// line.bring(b"\r\nOK\r\n");
/// let mut buffer = [0; 16];
/// assert!(port.read_ready()?);
/// assert_eq!(port.read(&mut buffer)?, 6);
/// # Ok::<(), embedded_io::ErrorKind>(())
/// ```
///
/// # Waiting
///
/// The async face waits for bytes, and for the port to take some. The blocking one never waits:
/// without bytes, or where the port takes none, it is [`ErrorKind::TimedOut`], which a driver that
/// asks `read_ready` and `write_ready` first never sees.
///
/// # Cancel safety
///
/// Dropping a read or a write loses nothing, unless [`ScriptedPort::punish_drops`] says so.
#[derive(Clone, Debug, Default)]
pub struct ScriptedPort(Arc<Mutex<Script>>);

#[derive(Debug, Default)]
struct Script {
    /// What the driver has not read yet, and when it arrives.
    coming: VecDeque<(Duration, u8)>,
    written: Vec<u8>,
    /// How many bytes more are taken, when that is limited.
    takes: Option<usize>,
    /// The most bytes that a read gives, and a write takes.
    chunk: Option<usize>,
    fault: Option<Fault>,
    /// What a read that is dropped loses.
    punishment: usize,
    /// A read waits.
    is_reading: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

#[derive(Clone, Copy, Debug)]
enum Fault {
    End,
    Fail(ErrorKind),
}

impl ScriptedPort {
    /// A port that takes everything, and brings nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The modem sends these bytes, now.
    pub fn bring(&self, bytes: &[u8]) {
        self.bring_after(Duration::ZERO, bytes);
    }

    /// The modem sends these bytes, so long after what it sends before, or after the present.
    pub fn bring_after(&self, pause: Duration, bytes: &[u8]) {
        let mut script = self.lock();
        let before = script.coming.back().map_or(Duration::ZERO, |(at, _)| *at);
        let at = before.max(clock::now()) + pause;
        script.coming.extend(bytes.iter().map(|byte| (at, *byte)));
        wake(&mut script.reader);
    }

    /// What the driver has written since the last call.
    #[must_use]
    pub fn take_written(&self) -> Vec<u8> {
        std::mem::take(&mut self.lock().written)
    }

    /// How many bytes have come that the driver has not read.
    #[must_use]
    pub fn unread(&self) -> usize {
        let now = clock::now();
        let script = self.lock();
        script.coming.iter().filter(|(at, _)| *at <= now).count()
    }

    /// A read gives so many bytes at the most, and a write takes no more; `None`: all there are.
    pub fn set_chunk(&self, most: Option<usize>) {
        self.lock().chunk = most;
    }

    /// The port takes so many bytes more, then none, as when flow control holds the line; `None`:
    /// all that come.
    pub fn set_takes(&self, bytes: Option<usize>) {
        let mut script = self.lock();
        script.takes = bytes;
        wake(&mut script.writer);
    }

    /// From now on a read that finds nothing, and every write, ends: 0 bytes.
    pub fn end(&self) {
        self.set_fault(Fault::End);
    }

    /// From now on a read that finds nothing, and every write, fails.
    pub fn fail(&self, kind: ErrorKind) {
        self.set_fault(Fault::Fail(kind));
    }

    /// A read that is dropped while it waits takes the next bytes with it, so many, as an UART does
    /// that receives into the buffer of the read alone.
    pub fn punish_drops(&self, bytes: usize) {
        self.lock().punishment = bytes;
    }

    fn set_fault(&self, fault: Fault) {
        let mut script = self.lock();
        script.fault = Some(fault);
        wake(&mut script.reader);
        wake(&mut script.writer);
    }

    fn lock(&self) -> MutexGuard<'_, Script> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Script {
    /// What a read gives now; `None` when it waits.
    fn read(&mut self, buffer: &mut [u8]) -> Option<Result<usize, ErrorKind>> {
        let now = clock::now();
        let here = self.coming.iter().take_while(|(at, _)| *at <= now).count();
        let n = here.min(buffer.len()).min(self.chunk.unwrap_or(usize::MAX));
        if n == 0 && !buffer.is_empty() {
            return self.fault.map(Fault::result);
        }
        for (place, (_, byte)) in buffer.iter_mut().zip(self.coming.drain(..n)) {
            *place = byte;
        }
        Some(Ok(n))
    }

    /// What a write gives now; `None` when it waits.
    fn write(&mut self, bytes: &[u8]) -> Option<Result<usize, ErrorKind>> {
        if let Some(fault) = self.fault {
            return Some(fault.result());
        }
        let most = self.chunk.unwrap_or(usize::MAX);
        let n = bytes.len().min(most).min(self.takes.unwrap_or(usize::MAX));
        if n == 0 && !bytes.is_empty() {
            return None;
        }
        self.takes = self.takes.map(|takes| takes - n);
        self.written.extend_from_slice(&bytes[..n]);
        Some(Ok(n))
    }
}

impl Fault {
    const fn result(self) -> Result<usize, ErrorKind> {
        match self {
            Self::End => Ok(0),
            Self::Fail(kind) => Err(kind),
        }
    }
}

fn wake(waker: &mut Option<Waker>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}

impl ErrorType for ScriptedPort {
    type Error = ErrorKind;
}

impl embedded_io::Read for ScriptedPort {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        let read = self.lock().read(buffer);
        read.unwrap_or(Err(ErrorKind::TimedOut))
    }
}

impl embedded_io::Write for ScriptedPort {
    fn write(&mut self, buffer: &[u8]) -> Result<usize, ErrorKind> {
        let written = self.lock().write(buffer);
        written.unwrap_or(Err(ErrorKind::TimedOut))
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

impl ReadReady for ScriptedPort {
    fn read_ready(&mut self) -> Result<bool, ErrorKind> {
        Ok(self.unread() > 0 || self.lock().fault.is_some())
    }
}

impl WriteReady for ScriptedPort {
    fn write_ready(&mut self) -> Result<bool, ErrorKind> {
        let script = self.lock();
        Ok(script.takes != Some(0) || script.fault.is_some())
    }
}

impl embedded_io_async::Read for ScriptedPort {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        let reading = Reading(self);
        poll_fn(|context| {
            let mut script = reading.0.lock();
            let result = script.read(buffer);
            script.is_reading = result.is_none();
            if let Some(result) = result {
                return Poll::Ready(result);
            }
            script.reader = Some(context.waker().clone());
            let arrival = script.coming.front().map(|(at, _)| *at);
            drop(script);
            if let Some(at) = arrival {
                clock::wake_at(at, context.waker());
            }
            Poll::Pending
        })
        .await
    }
}

impl embedded_io_async::Write for ScriptedPort {
    async fn write(&mut self, buffer: &[u8]) -> Result<usize, ErrorKind> {
        poll_fn(|context| {
            let mut script = self.lock();
            let result = script.write(buffer);
            if result.is_none() {
                script.writer = Some(context.waker().clone());
            }
            result.map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

/// A read; when it is dropped while it waits, it may be punished.
struct Reading<'port>(&'port ScriptedPort);

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        let mut script = self.0.lock();
        if std::mem::take(&mut script.is_reading) {
            let lost = script.punishment.min(script.coming.len());
            script.coming.drain(..lost);
        }
    }
}
