//! The async shell: one task owns the modem and awaits what it wants of it.
//!
//! It waits, reads and writes; everything else is the [engine](crate::engine)'s. Time comes from
//! `embassy-time`, so the firmware brings a time driver; the executor may be any.
//!
//! # What the UART must do
//!
//! Waiting for an answer is reading with a deadline, so a pending `read` is dropped again and
//! again, and so is a pending `write` when the caller's future is. Both must lose nothing when
//! they are dropped, and no byte may be lost while nobody reads: use a driver that receives into
//! a buffer by interrupt or DMA, and hardware flow control where the wires are there.

use embassy_time::{Duration, with_deadline};
use embedded_io_async::{Read, Write};

pub use crate::error::Error;
use crate::{
    Cause, ClientIndex, Command, ConnectOptions, Dialect, Domain, Failure, Granted, Instant,
    PdpContext, PublishForm, Registration, Request, TlsOptions, UsageError,
    command::Raw,
    engine::{Action, Buffers, Completion, Engine, Event, Operation},
    mqtt::{Publication, QoS, TopicFilter},
};

/// A modem on a UART, with all its clients.
///
/// Messages and other events wait in the buffers while another method runs;
/// [`Modem::next_event`] gives them out. Nobody listens to the modem while no method runs, so
/// call it whenever there is nothing else to do.
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
    /// When the future is dropped, the command on the line is brought to its end by the next calls
    /// of any method, and with it whatever of this is still to do.
    ///
    /// # Errors
    /// [`Error::Failed`] with [`Cause::Timeout`] when nobody answers.
    pub async fn initialize(&mut self) -> Result<(), Error<P::Error>> {
        self.run(&mut Engine::initialize).await.map(drop)
    }

    /// Waits until the modem is registered with a network. See [`Engine::wait_registered`].
    ///
    /// # Cancel safety
    /// When the future is dropped, the wait ends after the command on the line.
    ///
    /// # Errors
    /// [`Error::Failed`] with the reason why not: [`Cause::NotRegistered`], [`Cause::Sim`],
    /// [`Cause::Modem`].
    pub async fn wait_registered(
        &mut self,
        timeout: Duration,
    ) -> Result<Registration, Error<P::Error>> {
        let timeout = timeout.as_millis().try_into().unwrap_or(u32::MAX / 2);
        match self.run(&mut |it| it.wait_registered(timeout)).await? {
            Completion::Registered(registration) => Ok(registration),
            _ => Err(bug(Command::Registration(Domain::Lte))),
        }
    }

    /// Makes sure that a PDP context is active. See [`Engine::activate`].
    ///
    /// # Cancel safety
    /// When the future is dropped, the next calls of any method bring the rest of this to its end.
    ///
    /// # Errors
    /// [`Error::Usage`]; [`Error::Failed`] with the modem's error.
    pub async fn activate(&mut self, context: &PdpContext<'_>) -> Result<(), Error<P::Error>> {
        self.run(&mut |it| it.activate(context)).await.map(drop)
    }

    /// Sets a TLS context up, with upload of its certificates. See [`Engine::configure_tls`].
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
    /// [`Error::Usage`] for what can't be sent, [`Error::Failed`] with the modem's error, or
    /// [`Cause::UnexpectedAnswer`].
    pub async fn request<R: Request + Sync>(
        &mut self,
        request: &R,
    ) -> Result<R::Answer<'_>, Error<P::Error>> {
        self.run(&mut |engine| engine.request(request)).await?;
        let unexpected = Failure {
            command: request.command(self.engine.dialect()),
            cause: Cause::UnexpectedAnswer,
        };
        self.engine
            .answer_to(request)
            .ok_or(Error::Failed(unexpected))
    }

    /// One of the modem's clients.
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
            .ok_or_else(|| bug(Command::Attention))
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
    /// [`Error::Usage`] for what can't be sent, [`Error::Failed`] with the modem's error.
    pub async fn raw(&mut self, command: &str) -> Result<&[u8], Error<P::Error>> {
        self.request(&Raw(command)).await
    }

    /// The engine, for its getters.
    pub const fn engine(&self) -> &Engine<'buf> {
        &self.engine
    }

    /// Gives the port back. What was under way is left as it is.
    pub fn into_port(self) -> P {
        self.port
    }

    /// Begins an operation as soon as the line is free, and waits for its end. Not generic in the
    /// verb, so that there is one copy of it.
    async fn run(
        &mut self,
        verb: &mut (dyn FnMut(&mut Engine<'buf>) -> Result<Operation, UsageError> + Send),
    ) -> Result<Completion, Error<P::Error>> {
        let operation = self.begin(verb).await?;
        let pending = Pending {
            modem: self,
            operation,
        };
        loop {
            if let Some(result) = pending.modem.engine.take_result(operation) {
                return Ok(result?);
            }
            pending.modem.step().await?;
        }
    }

    /// Begins an operation as soon as the line is free.
    async fn begin(
        &mut self,
        verb: &mut (dyn FnMut(&mut Engine<'buf>) -> Result<Operation, UsageError> + Send),
    ) -> Result<Operation, Error<P::Error>> {
        loop {
            // The verb comes behind the poll, which may be the one that frees the line: then
            // nothing else would ever end the wait for bytes.
            let now = now();
            let action = self.engine.poll(now);
            match verb(&mut self.engine) {
                Err(UsageError::Busy) => self.perform(action, now).await?,
                begun => return Ok(begun?),
            }
        }
    }

    /// One round of the loop that drives the engine.
    async fn step(&mut self) -> Result<(), Error<P::Error>> {
        let now = now();
        let action = self.engine.poll(now);
        self.perform(action, now).await
    }

    async fn perform(&mut self, action: Action, now: Instant) -> Result<(), Error<P::Error>> {
        match action {
            Action::Deliver => Ok(()),
            Action::Transmit { until } => {
                let write = self.port.write(self.engine.transmit_buffer());
                match within(until, now, write).await {
                    Some(Ok(0)) => return Err(Error::Eof),
                    Some(Ok(n)) => self.engine.transmitted(n),
                    Some(Err(error)) => return Err(Error::Io(error)),
                    None => {}
                }
                Ok(())
            }
            Action::Receive { until } => {
                let read = self.port.read(self.engine.receive_buffer());
                match within(until, now, read).await {
                    Some(Ok(0)) => return Err(Error::Eof),
                    Some(Ok(n)) => self.engine.received(n),
                    Some(Err(error)) => return Err(Error::Io(error)),
                    None => {}
                }
                Ok(())
            }
        }
    }
}

/// One client of a [`Modem`].
#[derive(Debug)]
pub struct Client<'modem, 'buf, P> {
    modem: &'modem mut Modem<'buf, P>,
    index: ClientIndex,
}

impl<P: Read + Write> Client<'_, '_, P> {
    /// Connects: all settings, network connection, CONNECT. See [`Engine::connect`].
    ///
    /// # Cancel safety
    /// When the future is dropped, the attempt stops after the command on the line. The client
    /// is then not connected, and the next connect closes it first.
    ///
    /// # Errors
    /// [`Error::Usage`]; [`Error::Failed`] with the command that failed and the cause.
    pub async fn connect(&mut self, options: &ConnectOptions<'_>) -> Result<(), Error<P::Error>> {
        let index = self.index;
        let mut connect = |engine: &mut Engine<'_>| engine.connect(index, options);
        self.modem.run(&mut connect).await.map(drop)
    }

    /// Subscribes to one or several topic filters, and returns what the server granted to each.
    ///
    /// # Cancel safety
    /// When the future is dropped after the command went out, the subscription is made all the
    /// same, and the result is lost.
    ///
    /// # Errors
    /// As [`Client::connect`].
    pub async fn subscribe(
        &mut self,
        topics: &[(TopicFilter<'_>, QoS)],
    ) -> Result<Granted, Error<P::Error>> {
        let index = self.index;
        let mut subscribe = |engine: &mut Engine<'_>| engine.subscribe(index, topics);
        match self.modem.run(&mut subscribe).await? {
            Completion::Subscribed(granted) => Ok(granted),
            _ => Err(bug(Command::Subscribe)),
        }
    }

    /// Ends subscriptions.
    ///
    /// # Cancel safety
    /// As [`Client::subscribe`].
    ///
    /// # Errors
    /// As [`Client::connect`].
    pub async fn unsubscribe(&mut self, topics: &[TopicFilter<'_>]) -> Result<(), Error<P::Error>> {
        let index = self.index;
        let mut unsubscribe = |engine: &mut Engine<'_>| engine.unsubscribe(index, topics);
        self.modem.run(&mut unsubscribe).await.map(drop)
    }

    /// Publishes a message, and waits until it is sent (QoS 0) or acknowledged (QoS 1 and 2).
    ///
    /// # Cancel safety
    /// When the future is dropped before the command went out, nothing is sent. After that the
    /// message is sent whole, by the next calls of any method, and its result is lost. It is
    /// never sent twice.
    ///
    /// # Errors
    /// As [`Client::connect`]. After [`Cause::Timeout`] and [`Cause::Closed`], whether the message
    /// reached the server is unknown.
    pub async fn publish(&mut self, message: &Publication<'_>) -> Result<(), Error<P::Error>> {
        self.publish_as(message, PublishForm::Automatic).await
    }

    /// Publishes a message in this form. See [`Engine::publish_as`].
    ///
    /// # Cancel safety
    /// As [`Client::publish`]; a publish of [`PublishForm::Terminated`] is cancelled if its prompt has
    /// not come yet.
    ///
    /// # Errors
    /// As [`Client::publish`].
    pub async fn publish_as(
        &mut self,
        message: &Publication<'_>,
        form: PublishForm,
    ) -> Result<(), Error<P::Error>> {
        let index = self.index;
        let mut publish = |engine: &mut Engine<'_>| engine.publish_as(index, message, form);
        self.modem.run(&mut publish).await.map(drop)
    }

    /// Reads messages that the modem has stored; they come as events. The driver does this by itself.
    /// See [`Engine::fetch`].
    ///
    /// # Cancel safety
    /// When the future is dropped, the messages come all the same.
    ///
    /// # Errors
    /// As [`Client::connect`].
    #[cfg(feature = "bg95")]
    pub async fn fetch(&mut self, place: Option<u8>) -> Result<(), Error<P::Error>> {
        let index = self.index;
        let mut fetch = |engine: &mut Engine<'_>| engine.fetch(index, place);
        self.modem.run(&mut fetch).await.map(drop)
    }

    /// Begins to publish a message as soon as the line is free, and does not wait for its result,
    /// which comes as [`Event::Completed`]. So several messages can be in flight, as many as the
    /// dialect allows; this waits while there are as many.
    ///
    /// # Cancel safety
    /// When the future is dropped, nothing is sent.
    ///
    /// # Errors
    /// [`Error::Usage`], [`Error::Io`], [`Error::Eof`].
    pub async fn start_publish(
        &mut self,
        message: &Publication<'_>,
    ) -> Result<Operation, Error<P::Error>> {
        let index = self.index;
        let mut publish = |engine: &mut Engine<'_>| engine.publish(index, message);
        self.modem.begin(&mut publish).await
    }

    /// Disconnects from the server and closes the network connection. See
    /// [`Engine::disconnect`].
    ///
    /// # Cancel safety
    /// When the future is dropped while it waits for the line, nothing happens. Once it has begun,
    /// the next calls of any method bring it to its end.
    ///
    /// # Errors
    /// As [`Client::connect`].
    pub async fn disconnect(&mut self) -> Result<(), Error<P::Error>> {
        let index = self.index;
        let mut disconnect = |engine: &mut Engine<'_>| engine.disconnect(index);
        self.modem.run(&mut disconnect).await.map(drop)
    }

    /// Closes the network connection without DISCONNECT. See [`Engine::close`].
    ///
    /// # Cancel safety
    /// As [`Client::disconnect`].
    ///
    /// # Errors
    /// As [`Client::connect`].
    pub async fn close(&mut self) -> Result<(), Error<P::Error>> {
        let index = self.index;
        let mut close = |engine: &mut Engine<'_>| engine.close(index);
        self.modem.run(&mut close).await.map(drop)
    }
}

/// An operation that is abandoned when its future is dropped.
struct Pending<'modem, 'buf, P> {
    modem: &'modem mut Modem<'buf, P>,
    operation: Operation,
}

impl<P> Drop for Pending<'_, '_, P> {
    fn drop(&mut self) {
        self.modem.engine.abandon(self.operation);
    }
}

fn bug<E>(command: Command) -> Error<E> {
    let cause = Cause::Bug;
    Error::Failed(Failure { command, cause })
}

fn now() -> Instant {
    Instant::from_millis(embassy_time::Instant::now().as_millis())
}

/// What `future` gives, or `None` when it takes longer than `until`.
async fn within<T>(
    until: Option<Instant>,
    now: Instant,
    future: impl Future<Output = T>,
) -> Option<T> {
    let Some(until) = until else {
        return Some(future.await);
    };
    // `with_timeout` panics when its end exceeds 64 bits.
    let timeout = Duration::from_millis(until.millis_from(now).into());
    let deadline = embassy_time::Instant::now().checked_add(timeout);
    with_deadline(deadline.unwrap_or(embassy_time::Instant::MAX), future)
        .await
        .ok()
}
