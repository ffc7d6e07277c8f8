//! A modem at the other end of a pipe in the same process.

use std::{
    collections::VecDeque,
    future::poll_fn,
    io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc::SyncSender},
    task::{Poll, Waker},
};

use embedded_io::{ErrorKind, ErrorType};

use super::{Guard, Setup, service::Event};

/// Serves a modem on a pipe in this process, for programs that want no device and no port.
///
/// # Errors
///
/// If a thread can't be started.
pub fn spawn_pipe(setup: Setup) -> io::Result<(PipeEnd, Guard)> {
    let guard = setup.start()?;
    let pipe = Arc::new(Pipe::default());
    let host = Writer(Arc::clone(&pipe));
    guard
        .events
        .send(Event::Attached(Box::new(host)))
        .map_err(|_| super::ended())?;
    let events = guard.events.clone();
    Ok((PipeEnd { pipe, events }, guard))
}

/// The host's end of a pipe.
///
/// A read returns at most what the modem wrote at once, and zero bytes when the service has
/// ended.
///
/// # Cancel safety
///
/// Dropping a read or a write loses nothing: reads leave the bytes in the pipe until they return
/// them, and writes never wait.
pub struct PipeEnd {
    pipe: Arc<Pipe>,
    events: SyncSender<Event>,
}

impl ErrorType for PipeEnd {
    type Error = ErrorKind;
}

impl embedded_io_async::Read for PipeEnd {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        poll_fn(|context| {
            let mut state = self.pipe.lock();
            let Some(chunk) = state.chunks.front_mut() else {
                if state.ended || buffer.is_empty() {
                    return Poll::Ready(Ok(0));
                }
                state.reader = Some(context.waker().clone());
                return Poll::Pending;
            };
            let count = chunk.len().min(buffer.len());
            buffer[..count].copy_from_slice(&chunk[..count]);
            chunk.drain(..count);
            if chunk.is_empty() {
                state.chunks.pop_front();
            }
            drop(state);
            self.pipe.room.notify_all();
            Poll::Ready(Ok(count))
        })
        .await
    }
}

impl embedded_io_async::Write for PipeEnd {
    async fn write(&mut self, buffer: &[u8]) -> Result<usize, ErrorKind> {
        self.events
            .send(Event::Bytes(buffer.to_vec()))
            .map_err(|_| ErrorKind::BrokenPipe)?;
        Ok(buffer.len())
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

impl Drop for PipeEnd {
    fn drop(&mut self) {
        self.pipe.end();
        let _ = self.events.try_send(Event::Detached);
    }
}

#[derive(Default)]
struct Pipe {
    state: Mutex<State>,
    room: Condvar,
}

#[derive(Default)]
struct State {
    chunks: VecDeque<Vec<u8>>,
    reader: Option<Waker>,
    ended: bool,
}

impl Pipe {
    fn end(&self) {
        let reader = {
            let mut state = self.lock();
            state.ended = true;
            state.reader.take()
        };
        self.room.notify_all();
        if let Some(reader) = reader {
            reader.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The modem's end, on the thread that writes.
struct Writer(Arc<Pipe>);

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let state = self.0.lock();
        let mut state = self
            .0
            .room
            .wait_while(state, |state| state.chunks.len() >= CHUNKS && !state.ended)
            .unwrap_or_else(PoisonError::into_inner);
        if state.ended {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        state.chunks.push_back(bytes.to_vec());
        let reader = state.reader.take();
        drop(state);
        if let Some(reader) = reader {
            reader.wake();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// How many writes of the modem wait for the host.
const CHUNKS: usize = 1024;
