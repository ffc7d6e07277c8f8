//! The modem as a serial port in the same process.

use std::{
    future::poll_fn,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
    time::Duration,
};

use embedded_io::{ErrorKind, ErrorType, ReadReady, WriteReady};

use crate::{Config, Modem, Network, clock};

/// A simulated modem at the other end of a serial port.
///
/// It reads the time from [`clock`](crate::clock): virtual time, where the thread has it, or
/// real time. It implements the traits of embedded-io and of embedded-io-async. Clones are
/// handles to the same port; a test keeps one to change the modem's behaviour on the way.
///
/// Writing never waits: the port takes all bytes at once, and they reach the modem at the
/// [speed of the line](crate::Behaviour::line_speed). At most [`Chunk`](crate::Chunk) bytes are
/// read at once.
///
/// # Cancel safety
///
/// Dropping a read loses nothing: bytes leave the modem only when the read returns them.
#[derive(Clone)]
pub struct VirtualPort {
    modem: Arc<Mutex<Modem>>,
    bell: Arc<Bell>,
}

impl VirtualPort {
    /// A port with a new modem behind it.
    #[must_use]
    pub fn new(config: Config, network: impl Network + Send + 'static) -> Self {
        let mut modem = Modem::new(config, Box::new(network));
        let bell = Arc::new(Bell::default());
        let rung = Arc::clone(&bell);
        modem.set_notify(Arc::new(move || rung.ring()));
        Self {
            modem: Arc::new(Mutex::new(modem)),
            bell,
        }
    }

    /// Reaches the modem, with the present time, and wakes whoever reads from the port.
    ///
    /// ```
    /// # use quectel_modem_sim::{Config, VirtualPort, local::LocalServer};
    /// # let port = VirtualPort::new(Config::default(), LocalServer::new().network());
    /// port.with_modem(|modem, now| modem.restart(now));
    /// port.with_modem(|modem, _| modem.behaviour_mut().ignore_commands = 1);
    /// ```
    pub fn with_modem<T>(&self, action: impl FnOnce(&mut Modem, Duration) -> T) -> T {
        let result = {
            let mut modem = self.lock();
            let now = clock::now();
            modem.poll(now);
            action(&mut modem, now)
        };
        self.bell.ring();
        result
    }

    /// Reads what there is now, without waiting: nothing, if there is nothing.
    #[must_use]
    pub fn read_now(&mut self, max: usize) -> Vec<u8> {
        let mut modem = self.lock();
        modem.poll(clock::now());
        modem.take_output(max)
    }

    fn write_now(&self, bytes: &[u8]) -> usize {
        self.lock().receive(clock::now(), bytes);
        self.bell.ring();
        bytes.len()
    }

    /// Copies into `buffer` what there is, or says when to look again.
    fn try_read(&mut self, buffer: &mut [u8]) -> Result<usize, Option<Duration>> {
        let bytes = self.read_now(buffer.len());
        if bytes.is_empty() && !buffer.is_empty() {
            return Err(self.lock().next_deadline());
        }
        buffer[..bytes.len()].copy_from_slice(&bytes);
        Ok(bytes.len())
    }

    fn lock(&self) -> MutexGuard<'_, Modem> {
        self.modem.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ErrorType for VirtualPort {
    type Error = ErrorKind;
}

impl embedded_io::Read for VirtualPort {
    /// Waits in real time, or moves this thread's virtual time until there is something.
    ///
    /// # Errors
    ///
    /// In virtual time, [`ErrorKind::TimedOut`] if nothing is ever going to come.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        loop {
            let rings = self.bell.rings();
            let deadline = match self.try_read(buffer) {
                Ok(count) => return Ok(count),
                Err(deadline) => deadline,
            };
            if clock::Virtual::is_running() {
                let deadline = deadline.ok_or(ErrorKind::TimedOut)?;
                clock::Virtual::advance(deadline.saturating_sub(clock::now()));
            } else {
                let rest = deadline.map(|at| at.saturating_sub(clock::now()));
                self.bell.wait(rings, rest.unwrap_or(IDLE));
            }
        }
    }
}

impl embedded_io::Write for VirtualPort {
    fn write(&mut self, buffer: &[u8]) -> Result<usize, ErrorKind> {
        Ok(self.write_now(buffer))
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

impl ReadReady for VirtualPort {
    fn read_ready(&mut self) -> Result<bool, ErrorKind> {
        let mut modem = self.lock();
        modem.poll(clock::now());
        Ok(modem.has_output())
    }
}

impl WriteReady for VirtualPort {
    fn write_ready(&mut self) -> Result<bool, ErrorKind> {
        Ok(true)
    }
}

impl embedded_io_async::Read for VirtualPort {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        poll_fn(|context| {
            // First the bell, then the look: what comes in between rings.
            self.bell.set_waker(context.waker());
            match self.try_read(buffer) {
                Ok(count) => Poll::Ready(Ok(count)),
                Err(deadline) => {
                    if let Some(at) = deadline {
                        clock::wake_at(at, context.waker());
                    }
                    Poll::Pending
                }
            }
        })
        .await
    }
}

impl embedded_io_async::Write for VirtualPort {
    async fn write(&mut self, buffer: &[u8]) -> Result<usize, ErrorKind> {
        Ok(self.write_now(buffer))
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

/// Wakes whoever reads when something has happened behind the port.
#[derive(Debug, Default)]
struct Bell {
    state: Mutex<(u64, Option<Waker>)>,
    rung: Condvar,
}

impl Bell {
    fn ring(&self) {
        let waker = {
            let mut state = self.lock();
            state.0 = state.0.wrapping_add(1);
            state.1.take()
        };
        self.rung.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn rings(&self) -> u64 {
        self.lock().0
    }

    fn wait(&self, rings: u64, timeout: Duration) {
        let state = self.lock();
        drop(
            self.rung
                .wait_timeout_while(state, timeout, |(count, _)| *count == rings),
        );
    }

    fn set_waker(&self, waker: &Waker) {
        self.lock().1 = Some(waker.clone());
    }

    fn lock(&self) -> MutexGuard<'_, (u64, Option<Waker>)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long a blocking read waits before it looks again without a reason.
const IDLE: Duration = Duration::from_secs(3600);
