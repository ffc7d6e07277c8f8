//! The async shell: one task owns the modem and awaits what it wants of it.
//!
//! It waits, reads and writes; everything else is the [engine](crate::engine)'s. Time comes from
//! `embassy-time`, so the firmware brings a time driver; the executor may be any.
//!
//! # What the UART must do
//!
//! Waiting for an answer is reading with a deadline, so a pending `read` is dropped again and
//! again; and a pending `write` when the caller's future is, or when the line takes nothing for a
//! second or up to a deadline. Both must lose nothing when they are dropped, and no byte may be lost while nobody
//! reads, as while a write waits: use a driver that receives into a buffer by interrupt or DMA, as
//! embassy-stm32's `BufferedUart` does, and hardware flow control where the wires are there. A UART
//! that loses bytes when a read is dropped, as embassy-nrf says of its `Uarte`, is for the `runner`
//! module, which drops none, and reads and writes at the same time.
//!
//! # From power-on to a message
//!
//! ```
//! use embassy_time::Duration;
//! use embedded_io_async::{Read, Write};
//! use quectel_mqtt::asynch::{Error, Modem};
//! use quectel_mqtt::engine::Buffers;
//! use quectel_mqtt::mqtt::Publication;
//! use quectel_mqtt::{BG95, ClientIndex, ConnectOptions, PdpContext, PemFile, TlsOptions};
//!
//! async fn run<P: Read + Write>(uart: P, ca: &[u8]) -> Result<(), Error<P::Error>> {
//!     // What the modem borrows stands before it: the memory, and the options for TLS.
//!     let tls = TlsOptions::new(PemFile::upload("ca.pem", ca)?);
//!     let (mut rx, mut tx, mut inbox) = ([0; 128], [0; 384], [0; 512]);
//!     let buffers = Buffers { rx: &mut rx, tx: &mut tx, inbox: &mut inbox };
//!     let mut modem = Modem::new(&BG95, uart, buffers);
//!
//!     // The modem answers; a network has it; there is a way to the internet, and TLS on it.
//!     modem.initialize().await?;
//!     modem.wait_registered(Duration::from_secs(180)).await?;
//!     modem.activate(&PdpContext::new("iot.example")?).await?;
//!     modem.configure_tls(&tls).await?;
//!
//!     // After a restart of the modem, from the start; after a lost connection, from here.
//!     let options = ConnectOptions::new("mqtt.example.com", "meter-0815")?.port(8883)?.tls(0)?;
//!     let mut client = modem.client(ClientIndex::ZERO);
//!     client.connect(&options).await?;
//!     client.publish(&Publication::new("meter/0815/state", b"up")?).await
//! }
//! ```

mod client;

use core::{future::poll_fn, ops::ControlFlow, pin::pin, task::Poll};

use embassy_time::{Duration, with_deadline};
use embedded_io_async::{Read, Write};

pub use crate::error::Error;
#[cfg(doc)]
use crate::{Cause, UsageError};
use crate::{
    ClientIndex, Command, Dialect, Instant, PdpContext, Registration, Request, TlsOptions,
    command::Raw,
    engine::{Action, Buffers, Completion, Engine, Event, Operation},
    shell::{self, Beginning, Verb},
};
pub use client::Client;

/// A modem on a UART, with all its clients.
///
/// Messages and other events wait in the buffers while another method runs;
/// [`Modem::next_event`] gives them out. Nobody listens to the modem while no method runs, so
/// call it whenever there is nothing else to do.
///
/// Every call can end with [`Error::Io`] or [`Error::Eof`], whatever else its `# Errors` names.
#[derive(Debug)]
pub struct Modem<'buf, P> {
    engine: Engine<'buf>,
    port: P,
}

impl<'buf, P: Read + Write> Modem<'buf, P> {
    /// A modem of this dialect at `port`.
    #[must_use]
    pub fn new(dialect: &'static Dialect, port: P, buffers: Buffers<'buf>) -> Self {
        Self {
            engine: Engine::new(dialect, buffers),
            port,
        }
    }

    /// Waits until the modem answers, then makes it ready. See [`Engine::initialize`].
    ///
    /// # Cancel safety
    /// When the future is dropped between two commands, or while the modem is asked whether it is
    /// there, this ends where it stands; otherwise the next calls of any method bring it to its
    /// end.
    ///
    /// # Errors
    /// [`Error::Usage`] when a buffer is too small; [`Error::Failed`] with [`Cause::Timeout`] when
    /// nobody answers, with [`Cause::Restarted`] when the modem restarts again and again.
    pub async fn initialize(&mut self) -> Result<(), Error<P::Error>> {
        self.run(&mut Engine::initialize).await.map(drop)
    }

    /// Waits until the modem is registered with a network, up to `timeout` (12 days at the most).
    /// See [`Engine::wait_registered`].
    ///
    /// # Cancel safety
    /// When the future is dropped, the wait ends after the command on the line.
    ///
    /// # Errors
    /// [`Error::Usage`]; [`Error::Failed`] with the reason why not: [`Cause::NotRegistered`],
    /// [`Cause::Sim`], [`Cause::Modem`].
    pub async fn wait_registered(
        &mut self,
        timeout: Duration,
    ) -> Result<Registration, Error<P::Error>> {
        let timeout = shell::millis(timeout);
        let completion = self.run(&mut |it| it.wait_registered(timeout)).await?;
        Ok(shell::registration(completion)?)
    }

    /// Makes sure that a PDP context is active. See [`Engine::activate`].
    ///
    /// # Cancel safety
    /// As [`Modem::initialize`]; so call it again before you rely on it.
    ///
    /// # Errors
    /// [`Error::Usage`]; [`Error::Failed`] with the modem's error.
    pub async fn activate(&mut self, context: &PdpContext<'_>) -> Result<(), Error<P::Error>> {
        self.run(&mut |it| it.activate(context)).await.map(drop)
    }

    /// Sets a TLS context up, with upload of its certificates. See [`Engine::configure_tls`].
    ///
    /// The certificates are not copied, so the options live as long as the buffers do: see the
    /// example of the [module](self).
    ///
    /// # Cancel safety
    /// As [`Modem::activate`].
    ///
    /// # Errors
    /// [`Error::Usage`]; [`Error::Failed`] with the modem's error, or [`Cause::Damaged`].
    pub async fn configure_tls(
        &mut self,
        options: &'buf TlsOptions<'buf>,
    ) -> Result<(), Error<P::Error>> {
        self.run(&mut |it| it.configure_tls(options))
            .await
            .map(drop)
    }

    /// Says whether the modem may sleep. See [`Engine::sleep`].
    ///
    /// # Cancel safety
    /// As [`Modem::activate`].
    ///
    /// # Errors
    /// [`Error::Usage`]; [`Error::Failed`] with the modem's error.
    #[cfg(feature = "bc660k")]
    pub async fn sleep(&mut self, mode: crate::SleepMode) -> Result<(), Error<P::Error>> {
        self.run(&mut |it| it.sleep(mode)).await.map(drop)
    }

    /// Sends a command that answers at once, and returns what it was answered. See
    /// [`Engine::request`].
    ///
    /// ```
    /// # use quectel_mqtt::asynch::{Error, Modem};
    /// # use embedded_io_async::{Read, Write};
    /// use quectel_mqtt::command::{ConnectionStateQuery, SignalQuery};
    ///
    /// # async fn example<P: Read + Write>(modem: &mut Modem<'_, P>) -> Result<(), Error<P::Error>> {
    /// let signal = modem.request(&SignalQuery).await?;
    /// for (client, state) in modem.request(&ConnectionStateQuery).await?.iter() { /* … */ }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Cancel safety
    /// When the future is dropped, the command is brought to its end by the next call of any
    /// method, and its answer is lost.
    ///
    /// # Errors
    /// [`Error::Usage`] for what can't be sent, [`Error::Failed`] with the modem's error,
    /// [`Cause::AnswerTooLong`], or [`Cause::UnexpectedAnswer`].
    pub async fn request<R: Request + Sync>(
        &mut self,
        request: &R,
    ) -> Result<R::Answer<'_>, Error<P::Error>> {
        self.run(&mut |engine| engine.request(request)).await?;
        Ok(shell::answer(&self.engine, request)?)
    }

    /// One of the modem's clients.
    #[must_use]
    pub const fn client(&mut self, index: ClientIndex) -> Client<'_, 'buf, P> {
        Client { modem: self, index }
    }

    /// Waits for the next event: a message, a lost connection, a restart …
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped; so it may stand in a `select`.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Eof`].
    pub async fn next_event(&mut self) -> Result<Event<'_>, Error<P::Error>> {
        while !self.engine.has_event() {
            self.step().await?;
        }
        self.engine
            .take_event()
            .ok_or_else(|| Error::Failed(shell::bug(Command::Attention)))
    }

    /// Serves the modem while you await something else, a timer or a sensor, and returns what that
    /// brought. Messages and other events wait in the buffers meanwhile.
    ///
    /// ```
    /// # use embassy_time::Timer;
    /// # use embedded_io_async::{Read, Write};
    /// # use quectel_mqtt::asynch::{Error, Modem};
    /// # async fn example<P: Read + Write>(modem: &mut Modem<'_, P>) -> Result<(), Error<P::Error>> {
    /// modem.drive(Timer::after_secs(60)).await?;
    /// while let Some(event) = modem.take_event() { /* … */ }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Cancel safety
    /// As [`Modem::next_event`]; `other` is dropped too.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Eof`].
    pub async fn drive<F: Future>(&mut self, other: F) -> Result<F::Output, Error<P::Error>> {
        let mut other = pin!(other);
        let mut service = pin!(self.serve());
        poll_fn(|context| {
            // First, so that the modem is served also where the other never waits.
            if let Poll::Ready(error) = service.as_mut().poll(context) {
                return Poll::Ready(Err(error));
            }
            other.as_mut().poll(context).map(Ok)
        })
        .await
    }

    /// Takes an event that has come already, without looking at the line.
    pub fn take_event(&mut self) -> Option<Event<'_>> {
        self.engine.take_event()
    }

    /// Sends any command, given without its CR, and returns the lines of its information
    /// response, each ended by LF. See [`Engine::raw`].
    ///
    /// # Cancel safety
    /// As [`Modem::request`].
    ///
    /// # Errors
    /// [`Error::Usage`] for what can't be sent, [`Error::Failed`] with the modem's error, or
    /// [`Cause::AnswerTooLong`].
    pub async fn raw(&mut self, command: &str) -> Result<&[u8], Error<P::Error>> {
        self.request(&Raw(command)).await
    }

    /// The engine, for its getters.
    #[must_use]
    pub const fn engine(&self) -> &Engine<'buf> {
        &self.engine
    }

    /// The engine, for its verbs and results: begin an operation, and go on with
    /// [`Modem::next_event`] or [`Modem::drive`]. A verb may be [`UsageError::Busy`], which the
    /// methods of this type wait out. Polling, reading and writing are the shell's.
    pub const fn engine_mut(&mut self) -> &mut Engine<'buf> {
        &mut self.engine
    }

    /// Gives the port back. What was under way is left as it is.
    #[must_use]
    pub fn into_port(self) -> P {
        self.port
    }

    /// Begins an operation as soon as the line is free, and waits for its end.
    async fn run(&mut self, verb: &mut Verb<'_, 'buf>) -> Result<Completion, Error<P::Error>> {
        let mut beginning = Beginning::default();
        let mut pending = Pending {
            modem: self,
            operation: None,
        };
        loop {
            let now = shell::now();
            let engine = &mut pending.modem.engine;
            let action = match pending.operation {
                Some(operation) => match engine.take_result(operation) {
                    Some(result) => return Ok(result?),
                    None => engine.poll(now),
                },
                None => match beginning.attempt(engine, now, verb) {
                    ControlFlow::Continue(action) => action,
                    ControlFlow::Break(begun) => {
                        pending.operation = Some(begun?);
                        continue;
                    }
                },
            };
            pending.modem.perform(action, now).await?;
        }
    }

    /// Begins an operation as soon as the line is free.
    async fn begin(&mut self, verb: &mut Verb<'_, 'buf>) -> Result<Operation, Error<P::Error>> {
        let mut beginning = Beginning::default();
        loop {
            let now = shell::now();
            match beginning.attempt(&mut self.engine, now, verb) {
                ControlFlow::Continue(action) => self.perform(action, now).await?,
                ControlFlow::Break(begun) => return Ok(begun?),
            }
        }
    }

    /// Serves the modem until the port fails.
    async fn serve(&mut self) -> Error<P::Error> {
        loop {
            if let Err(error) = self.step().await {
                return error;
            }
        }
    }

    /// One round of the loop that drives the engine.
    async fn step(&mut self) -> Result<(), Error<P::Error>> {
        let now = shell::now();
        let action = self.engine.poll(now);
        self.perform(action, now).await
    }

    /// Writes what the port takes, and reads what is there then, unless all has gone out; or waits
    /// for bytes to read.
    async fn perform(&mut self, action: Action, now: Instant) -> Result<(), Error<P::Error>> {
        let (sends, until) = match action {
            Action::Deliver => return Ok(()),
            // A modem that takes nothing may wait to be read itself.
            Action::Transmit { until } => (
                true,
                Instant::earlier(until, Some(now.after(WRITE_PATIENCE))),
            ),
            Action::Receive { until } => (false, until),
        };
        let deadline = shell::deadline(until, now);
        if sends {
            let write = self.port.write(self.engine.transmit_buffer());
            if let Ok(written) = with_deadline(deadline, write).await {
                self.engine.transmitted(count(written)?);
                // The answer comes when all has gone out. Before that, nobody else reads.
                if self.engine.transmit_buffer().is_empty() {
                    return Ok(());
                }
            }
        }
        let read = {
            let mut read = pin!(self.port.read(self.engine.receive_buffer()));
            let wait = poll_fn(|context| match read.as_mut().poll(context) {
                // Between writes, it does not wait.
                Poll::Pending if sends => Poll::Ready(None),
                read => read.map(Some),
            });
            with_deadline(deadline, wait).await
        };
        if let Ok(Some(read)) = read {
            self.engine.received(count(read)?);
        }
        Ok(())
    }
}

/// How long a write may wait before the line is read in between, in milliseconds.
const WRITE_PATIENCE: u32 = 1_000;

/// An operation that is abandoned when its future is dropped.
struct Pending<'modem, 'buf, P> {
    modem: &'modem mut Modem<'buf, P>,
    operation: Option<Operation>,
}

impl<P> Drop for Pending<'_, '_, P> {
    fn drop(&mut self) {
        if let Some(operation) = self.operation {
            self.modem.engine.abandon(operation);
        }
    }
}

/// The bytes that were moved.
fn count<E>(moved: Result<usize, E>) -> Result<usize, Error<E>> {
    match moved {
        Ok(0) => Err(Error::Eof),
        Ok(n) => Ok(n),
        Err(error) => Err(Error::Io(error)),
    }
}
