//! The blocking shell: a loop without an executor, that waits or never does.
//!
//! It reads, writes and looks at a clock; everything else is the [engine](crate::engine)'s. It needs
//! no time driver: time comes from a [`Clock`], which is a closure or a delay.
//!
//! - [`Modem::initialize`], [`Client::publish`] … wait for their end, and [`Modem::next_event`] for
//!   what comes. What they wait for has an end in time, so they have one.
//! - [`Modem::service`] never waits. It suits a super-loop, or an RTIC task bound to the UART's
//!   interrupt: begin an operation with [`Modem::engine_mut`], call `service` when bytes come, when the UART
//!   takes bytes again, and when it said, and take results and events from the engine.
//!
//! # What the UART must do
//!
//! It must tell whether a read or a write would wait: embedded-io's `ReadReady` and `WriteReady`. For
//! one that can't tell the latter there is [`AlwaysWritable`]. No byte may be lost while nobody reads:
//! use a driver that receives into a buffer by interrupt or DMA, and hardware flow control where the wires
//! are there.
//!
//! # From power-on to a message
//!
//! ```
//! use embedded_io::{Read, ReadReady, Write, WriteReady};
//! use quectel_mqtt::blocking::{Error, Modem};
//! use quectel_mqtt::engine::Buffers;
//! use quectel_mqtt::mqtt::Publication;
//! use quectel_mqtt::{BG95, ClientIndex, ConnectOptions, Instant, PdpContext};
//!
//! # fn uptime_millis() -> u64 { 0 }
//! fn run<P: Read + ReadReady + Write + WriteReady>(uart: P) -> Result<(), Error<P::Error>> {
//!     let (mut rx, mut tx, mut inbox) = ([0; 128], [0; 384], [0; 512]);
//!     let buffers = Buffers { rx: &mut rx, tx: &mut tx, inbox: &mut inbox };
//!     let clock = || Instant::from_millis(uptime_millis());
//!     let mut modem = Modem::new(&BG95, uart, clock, buffers);
//!
//!     modem.initialize()?;
//!     modem.wait_registered(180_000)?;
//!     modem.activate(&PdpContext::new("iot.example")?)?;
//!
//!     let mut client = modem.client(ClientIndex::ZERO);
//!     client.connect(&ConnectOptions::new("mqtt.example.com", "meter-0815")?)?;
//!     client.publish(&Publication::new("meter/0815/state", b"up")?)
//! }
//! ```
//!
//! # In a super-loop
//!
//! ```
//! use embedded_io::{Read, ReadReady, Write, WriteReady};
//! use quectel_mqtt::blocking::{Error, Modem};
//! use quectel_mqtt::engine::Event;
//! use quectel_mqtt::{ConnectOptions, ClientIndex, Instant};
//!
//! # fn go_on(_: Option<Instant>) {}
//! # fn turn<P: Read + ReadReady + Write + WriteReady>(
//! #     modem: &mut Modem<'_, P, ()>, options: &ConnectOptions<'_>, now: Instant,
//! # ) -> Result<(), Error<P::Error>> {
//! // Once:
//! modem.engine_mut().connect(ClientIndex::ZERO, options)?;
//!
//! // Again and again:
//! let until = modem.service(now)?;
//! while let Some(event) = modem.take_event() {
//!     match event {
//!         Event::Completed { operation, result } => { /* connected, or why not */ }
//!         Event::Message(message) => { /* … */ }
//!         _ => {}
//!     }
//! }
//! go_on(until); // other work, or sleep, until an interrupt or then
//! # Ok(())
//! # }
//! ```

mod client;
mod clock;
mod port;

use core::ops::ControlFlow;

use embedded_io::{Read, ReadReady, Write, WriteReady};

pub use crate::error::Error;
#[cfg(doc)]
use crate::{Cause, UsageError};
use crate::{
    ClientIndex, Dialect, Instant, PdpContext, Registration, Request, TlsOptions,
    command::Raw,
    engine::{Action, Buffers, Completion, Engine, Event, Operation},
    shell::{self, Beginning, Verb},
};
pub use client::Client;
pub use clock::{Clock, DelayClock};
pub use port::AlwaysWritable;

/// A modem on a UART, with all its clients.
///
/// Messages and other events wait in the buffers while another method runs; [`Modem::next_event`] and
/// [`Modem::take_event`] give them out. Nobody listens to the modem while no method runs, so call
/// [`Modem::service`] or [`Modem::next_event`] whenever there is nothing else to do.
///
/// Every call can end with [`Error::Io`] or [`Error::Eof`], whatever else its `# Errors` names.
#[derive(Debug)]
pub struct Modem<'buf, P, C> {
    engine: Engine<'buf>,
    port: P,
    clock: C,
}

impl<'buf, P, C> Modem<'buf, P, C>
where
    P: Read + ReadReady + Write + WriteReady,
{
    /// A modem of this dialect at `port`. Who calls nothing but [`Modem::service`] needs no clock: `()`.
    #[must_use]
    pub fn new(dialect: &'static Dialect, port: P, clock: C, buffers: Buffers<'buf>) -> Self {
        Self {
            engine: Engine::new(dialect, buffers),
            port,
            clock,
        }
    }

    /// Does what can be done at the time `now`, without waiting: reads, writes, and goes on with what is
    /// under way. Says when to call it again if no byte comes before, the port takes none again, and nothing
    /// is begun; `None`: no time is set. That time may be `now`, when there is more to do than one call may
    /// take, or when there is something new to take: see [`Modem::take_event`]. The answer to a request is
    /// there until the next call.
    ///
    /// `now` must not run backwards, and count as the [`Clock`] does, where methods that wait are called too.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Eof`].
    pub fn service(&mut self, now: Instant) -> Result<Option<Instant>, Error<P::Error>> {
        for _ in 0..ROUNDS {
            let action = self.engine.poll(now);
            let (Action::Transmit { until } | Action::Receive { until }) = action else {
                break;
            };
            if !self.transfer(action)? && !action.is_look(now) {
                return Ok(until);
            }
        }
        Ok(Some(now))
    }

    /// Takes an event that has come already, without looking at the line.
    pub fn take_event(&mut self) -> Option<Event<'_>> {
        self.engine.take_event()
    }

    /// The engine, for its getters.
    #[must_use]
    pub const fn engine(&self) -> &Engine<'buf> {
        &self.engine
    }

    /// The engine, for its verbs and results: begin an operation, and go on with [`Modem::service`]. Its
    /// lines in and out are the shell's.
    pub const fn engine_mut(&mut self) -> &mut Engine<'buf> {
        &mut self.engine
    }

    /// Gives the port back. What was under way is left as it is.
    #[must_use]
    pub fn into_port(self) -> P {
        self.port
    }

    /// Writes what the action asks for, and reads, as far as neither waits. Says whether a byte moved.
    fn transfer(&mut self, action: Action) -> Result<bool, Error<P::Error>> {
        let mut has_moved = false;
        if matches!(action, Action::Deliver) {
            return Ok(true);
        }
        if matches!(action, Action::Transmit { .. })
            && self.port.write_ready().map_err(Error::Io)?
        {
            let pending = self.engine.transmit_buffer();
            match self.port.write(pending).map_err(Error::Io)? {
                0 => return Err(Error::Eof),
                n => self.engine.transmitted(n),
            }
            has_moved = true;
        }
        // Also while a long payload goes out.
        let room = self.engine.receive_buffer();
        if self.port.read_ready().map_err(Error::Io)? {
            match self.port.read(room).map_err(Error::Io)? {
                0 => return Err(Error::Eof),
                n => self.engine.received(n),
            }
            has_moved = true;
        }
        Ok(has_moved)
    }
}

impl<'buf, P, C> Modem<'buf, P, C>
where
    P: Read + ReadReady + Write + WriteReady,
    C: Clock,
{
    /// Waits until the modem answers, then makes it ready. See [`Engine::initialize`].
    ///
    /// # Errors
    /// [`Error::Usage`] when a buffer is too small; [`Error::Failed`] with [`Cause::Timeout`] when
    /// nobody answers, with [`Cause::Restarted`] when the modem restarts again and again.
    pub fn initialize(&mut self) -> Result<(), Error<P::Error>> {
        self.run(&mut Engine::initialize).map(drop)
    }

    /// Waits until the modem is registered with a network, up to `timeout` milliseconds. See
    /// [`Engine::wait_registered`].
    ///
    /// # Errors
    /// [`Error::Usage`]; [`Error::Failed`] with the reason why not: [`Cause::NotRegistered`],
    /// [`Cause::Sim`], [`Cause::Modem`].
    pub fn wait_registered(&mut self, timeout: u32) -> Result<Registration, Error<P::Error>> {
        let completion = self.run(&mut |it| it.wait_registered(timeout))?;
        Ok(shell::registration(completion)?)
    }

    /// Makes sure that a PDP context is active. See [`Engine::activate`].
    ///
    /// # Errors
    /// [`Error::Usage`]; [`Error::Failed`] with the modem's error.
    pub fn activate(&mut self, context: &PdpContext<'_>) -> Result<(), Error<P::Error>> {
        self.run(&mut |it| it.activate(context)).map(drop)
    }

    /// Sets a TLS context up, with upload of its certificates, which are not copied. See
    /// [`Engine::configure_tls`].
    ///
    /// # Errors
    /// [`Error::Usage`]; [`Error::Failed`] with the modem's error, or [`Cause::Damaged`].
    pub fn configure_tls(
        &mut self,
        options: &'buf TlsOptions<'buf>,
    ) -> Result<(), Error<P::Error>> {
        self.run(&mut |it| it.configure_tls(options)).map(drop)
    }

    /// Says whether the modem may sleep. See [`Engine::sleep`].
    ///
    /// # Errors
    /// [`Error::Usage`]; [`Error::Failed`] with the modem's error.
    #[cfg(feature = "bc660k")]
    pub fn sleep(&mut self, mode: crate::SleepMode) -> Result<(), Error<P::Error>> {
        self.run(&mut |it| it.sleep(mode)).map(drop)
    }

    /// Sends a command that answers at once, and returns what it was answered. See
    /// [`Engine::request`].
    ///
    /// # Errors
    /// [`Error::Usage`] for what can't be sent, [`Error::Failed`] with the modem's error,
    /// [`Cause::AnswerTooLong`], or [`Cause::UnexpectedAnswer`].
    pub fn request<R: Request + Sync>(
        &mut self,
        request: &R,
    ) -> Result<R::Answer<'_>, Error<P::Error>> {
        self.run(&mut |engine| engine.request(request))?;
        Ok(shell::answer(&self.engine, request)?)
    }

    /// Sends any command, given without its CR, and returns the lines of its information
    /// response, each ended by LF. See [`Engine::raw`].
    ///
    /// # Errors
    /// [`Error::Usage`] for what can't be sent, [`Error::Failed`] with the modem's error, or
    /// [`Cause::AnswerTooLong`].
    pub fn raw(&mut self, command: &str) -> Result<&[u8], Error<P::Error>> {
        self.request(&Raw(command))
    }

    /// One of the modem's clients.
    #[must_use]
    pub const fn client(&mut self, index: ClientIndex) -> Client<'_, 'buf, P, C> {
        Client { modem: self, index }
    }

    /// Waits for the next event, a message, a lost connection, a restart …, up to `timeout` milliseconds
    /// (24 days at the most); then `None`.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Eof`].
    pub fn next_event(&mut self, timeout: u32) -> Result<Option<Event<'_>>, Error<P::Error>> {
        self.serve(timeout, Engine::has_event)?;
        Ok(self.engine.take_event())
    }

    /// Serves the modem for so many milliseconds, 24 days at the most. Messages and other events wait in the
    /// buffers meanwhile.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Eof`].
    pub fn drive(&mut self, time: u32) -> Result<(), Error<P::Error>> {
        self.serve(time, |_| false)
    }

    /// Goes on for so many milliseconds, or until it is enough.
    fn serve(
        &mut self,
        time: u32,
        is_enough: fn(&Engine<'buf>) -> bool,
    ) -> Result<(), Error<P::Error>> {
        let mut now = self.clock.now();
        let until = now.after(time.min(u32::MAX / 2));
        while !is_enough(&self.engine) {
            let again = self.service(now)?;
            // Behind the look: what is there already comes without waiting, with a limit of 0 as well.
            if until.is_reached(now) {
                break;
            }
            if again.is_none_or(|again| !again.is_reached(now)) {
                self.clock.idle();
            }
            now = self.clock.now();
        }
        Ok(())
    }

    /// Begins an operation as soon as the line is free, and waits for its end.
    fn run(&mut self, verb: &mut Verb<'_, 'buf>) -> Result<Completion, Error<P::Error>> {
        let operation = self.begin(verb)?;
        loop {
            if let Some(result) = self.engine.take_result(operation) {
                return Ok(result?);
            }
            if let Err(error) = self.step() {
                self.engine.abandon(operation);
                return Err(error);
            }
        }
    }

    /// Begins an operation as soon as the line is free.
    fn begin(&mut self, verb: &mut Verb<'_, 'buf>) -> Result<Operation, Error<P::Error>> {
        let mut beginning = Beginning::default();
        loop {
            let now = self.clock.now();
            match beginning.attempt(&mut self.engine, now, verb) {
                ControlFlow::Continue(action) => self.perform(action)?,
                ControlFlow::Break(begun) => return Ok(begun?),
            }
        }
    }

    /// One round of the loop that drives the engine.
    fn step(&mut self) -> Result<(), Error<P::Error>> {
        let now = self.clock.now();
        let action = self.engine.poll(now);
        self.perform(action)
    }

    fn perform(&mut self, action: Action) -> Result<(), Error<P::Error>> {
        if !self.transfer(action)? {
            self.clock.idle();
        }
        Ok(())
    }
}

/// How often [`Modem::service`] goes round: a message in pieces of the receive buffer, and all that
/// follows from it, and yet an end on a line that is never silent.
const ROUNDS: u8 = 64;
