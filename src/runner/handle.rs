use core::{
    fmt,
    future::poll_fn,
    task::{Poll, Waker, ready},
};

use embassy_sync::blocking_mutex::raw::RawMutex;
use embassy_time::{Duration, Timer};

use super::{
    Client, Ended, Error, Notices, Shared, State,
    turns::{Full, Ticket},
};
use crate::{
    Cause, ClientIndex, Command, Failure, PdpContext, Registration, Request, TlsOptions,
    UsageError,
    command::{Raw, Response},
    engine::{Completion, Engine, Operation, Statistics},
    shell::{self, Verb},
};

/// What a task reaches the modem by. It is small and `Copy`: give one to each.
///
/// Every call can end with [`Error::Io`] of [`Ended`], whatever else its `# Errors` names, and none
/// with [`Error::Eof`]. They wait while the runner has not begun; once it has ended, they end too,
/// until it is run again.
///
/// The calls have the line in turn, so a future that was polled and has not ended is to be polled
/// when it is woken, or dropped: one that is kept and left alone can keep all others from the line.
pub struct Handle<'a, M: RawMutex> {
    pub(super) shared: &'a Shared<'a, M>,
}

impl<'a, M: RawMutex> Handle<'a, M> {
    pub(super) const fn new(shared: &'a Shared<'a, M>) -> Self {
        Self { shared }
    }

    /// Waits until the modem answers, then makes it ready. See [`Engine::initialize`].
    ///
    /// # Cancel safety
    /// When the future is dropped between two commands, or while the modem is asked whether it is
    /// there, this ends where it stands; otherwise the runner brings it to its end.
    ///
    /// # Errors
    /// [`Error::Usage`] when a buffer is too small; [`Error::Failed`] with [`Cause::Timeout`] when
    /// nobody answers, with [`Cause::Restarted`] when the modem restarts again and again.
    pub async fn initialize(&self) -> Result<(), Error<Ended>> {
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
    pub async fn wait_registered(&self, timeout: Duration) -> Result<Registration, Error<Ended>> {
        let timeout = shell::millis(timeout);
        let completion = self.run(&mut |it| it.wait_registered(timeout)).await?;
        Ok(shell::registration(completion)?)
    }

    /// Makes sure that a PDP context is active. See [`Engine::activate`].
    ///
    /// # Cancel safety
    /// As [`Handle::initialize`]; so call it again before you rely on it.
    ///
    /// # Errors
    /// [`Error::Usage`]; [`Error::Failed`] with the modem's error.
    pub async fn activate(&self, context: &PdpContext<'_>) -> Result<(), Error<Ended>> {
        self.run(&mut |it| it.activate(context)).await.map(drop)
    }

    /// Sets a TLS context up, with upload of its certificates, which are not copied. See
    /// [`Engine::configure_tls`].
    ///
    /// # Cancel safety
    /// As [`Handle::activate`].
    ///
    /// # Errors
    /// [`Error::Usage`]; [`Error::Failed`] with the modem's error, or [`Cause::Damaged`].
    pub async fn configure_tls(&self, options: &'a TlsOptions<'a>) -> Result<(), Error<Ended>> {
        self.run(&mut |it| it.configure_tls(options))
            .await
            .map(drop)
    }

    /// Says whether the modem may sleep. See [`Engine::sleep`].
    ///
    /// # Cancel safety
    /// As [`Handle::activate`].
    ///
    /// # Errors
    /// [`Error::Usage`]; [`Error::Failed`] with the modem's error.
    #[cfg(feature = "bc660k")]
    pub async fn sleep(&self, mode: crate::SleepMode) -> Result<(), Error<Ended>> {
        self.run(&mut |it| it.sleep(mode)).await.map(drop)
    }

    /// Sends a command that answers at once, and returns what it was answered, which is copied to
    /// `memory`: the lines of the information response, each with one byte for its end. See
    /// [`Engine::request`].
    ///
    /// # Cancel safety
    /// When the future is dropped, the runner brings the command to its end, and its answer is
    /// lost.
    ///
    /// # Errors
    /// [`Error::Usage`] for what can't be sent, [`Error::Failed`] with the modem's error,
    /// [`Cause::AnswerTooLong`] when the transmit buffer or `memory` can't hold the answer, or
    /// [`Cause::UnexpectedAnswer`].
    pub async fn request<'m, R: Request + Sync>(
        &self,
        request: &R,
        memory: &'m mut [u8],
    ) -> Result<R::Answer<'m>, Error<Ended>> {
        // Nobody may begin another command before the answer is copied.
        let line = self.line().await?;
        let pending = self.begin(line.life, &mut |it| it.request(request)).await?;
        let copied = poll_fn(|context| {
            self.shared.with(Poll::Pending, |state| {
                let result = ready!(pending.poll(state, context.waker()));
                Poll::Ready(result.map(|_| state.copy_response(memory)))
            })
        });
        let copied = copied.await?;
        drop(line);
        let dialect = self.shared.dialect;
        let command = request.command(dialect);
        let len = copied.ok_or_else(|| fail(command, Cause::AnswerTooLong))?;
        let response = Response::new(memory.get(..len).unwrap_or_default());
        let answer = request.read(dialect, response);
        answer.ok_or_else(|| fail(command, Cause::UnexpectedAnswer))
    }

    /// Sends any command, given without its CR, and returns the lines of its information response,
    /// each ended by LF. See [`Handle::request`] and [`Engine::raw`].
    ///
    /// # Cancel safety
    /// As [`Handle::request`].
    ///
    /// # Errors
    /// As [`Handle::request`].
    pub async fn raw<'m>(
        &self,
        command: &str,
        memory: &'m mut [u8],
    ) -> Result<&'m [u8], Error<Ended>> {
        self.request(&Raw(command), memory).await
    }

    /// One of the modem's clients.
    #[must_use]
    pub const fn client(&self, index: ClientIndex) -> Client<'a, M> {
        Client {
            modem: *self,
            index,
        }
    }

    /// What happens to the modem, from now on: see [`Notice`](super::Notice). As many may listen as
    /// like; where more than four tasks do, the others look every 100 ms.
    #[must_use]
    pub fn notices(&self) -> Notices<'a, M> {
        Notices::new(self.shared)
    }

    /// What has been counted.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        self.shared
            .with(Statistics::default(), |state| state.engine.statistics())
    }

    /// Begins an operation when it is this task's turn and the line is free, and waits for its end.
    pub(super) async fn run(&self, verb: &mut Verb<'_, 'a>) -> Result<Completion, Error<Ended>> {
        let line = self.line().await?;
        let pending = self.begin(line.life, verb).await?;
        drop(line);
        pending.result().await
    }

    /// This task's turn to begin an operation.
    pub(super) async fn line(&self) -> Result<Turn<'a, M>, Error<Ended>> {
        let shared = self.shared;
        let turn = shared.with(Err(Ended), |state| {
            // Those who wait for their turn end with this run too, also where another follows at once.
            let life = state.life()?;
            let ticket = state.turns.ticket();
            Ok(Turn {
                shared,
                ticket,
                life,
            })
        });
        let turn = turn.map_err(Error::Io)?;
        loop {
            let poll = poll_fn(|context| {
                shared.with(Poll::Pending, |state| {
                    state.turns.poll(turn.ticket, context.waker())
                })
            });
            match poll.await {
                Ok(()) => return Ok(turn),
                Err(Full) => {
                    let now = shell::now();
                    Timer::at(shell::deadline(Some(now.after(ASK_AGAIN)), now)).await;
                }
            }
        }
    }

    /// Begins an operation as soon as the line is free.
    pub(super) async fn begin(
        &self,
        life: u32,
        verb: &mut Verb<'_, 'a>,
    ) -> Result<Pending<'a, M>, Error<Ended>> {
        let shared = self.shared;
        let begun = poll_fn(|context| {
            shared.with(Poll::Pending, |state| {
                state.check(life).map_err(Error::Io)?;
                let now = shell::now();
                let action = state.pump(now);
                // What is new to do is the driver's, and so is the look at the line that comes
                // first. Not otherwise: where all are one task, the kick would be the next reason
                // to come here.
                if state.driven != Some(action) {
                    state.kick();
                }
                if !action.is_look(now) {
                    match verb(&mut state.engine) {
                        Err(UsageError::Busy) => {}
                        begun => {
                            state.kick();
                            return Poll::Ready(begun.map_err(Error::Usage));
                        }
                    }
                }
                state.line.register(context.waker());
                Poll::Pending
            })
        });
        Ok(Pending {
            shared,
            operation: begun.await?,
            life,
        })
    }
}

impl<M: RawMutex> Clone for Handle<'_, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: RawMutex> Copy for Handle<'_, M> {}

impl<M: RawMutex> fmt::Debug for Handle<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").finish_non_exhaustive()
    }
}

/// A place in the queue for the line, and then the right to begin an operation, until it is
/// dropped.
pub(super) struct Turn<'a, M: RawMutex> {
    shared: &'a Shared<'a, M>,
    ticket: Ticket,
    /// The runner's, in which it was asked for.
    pub(super) life: u32,
}

impl<M: RawMutex> Drop for Turn<'_, M> {
    fn drop(&mut self) {
        let ticket = self.ticket;
        self.shared.with((), |state| state.turns.give_up(ticket));
    }
}

/// An operation under way, which is abandoned when this is dropped.
pub(super) struct Pending<'a, M: RawMutex> {
    shared: &'a Shared<'a, M>,
    operation: Operation,
    life: u32,
}

impl<M: RawMutex> Pending<'_, M> {
    pub(super) async fn result(&self) -> Result<Completion, Error<Ended>> {
        poll_fn(|context| {
            let poll = |state: &mut State<'_>| self.poll(state, context.waker());
            self.shared.with(Poll::Pending, poll)
        })
        .await
    }

    fn poll(&self, state: &mut State<'_>, waker: &Waker) -> Poll<Result<Completion, Error<Ended>>> {
        if let Some(result) = state.engine.take_result(self.operation) {
            // Its place may be what another operation waits for.
            state.line.wake();
            return Poll::Ready(Ok(result?));
        }
        state.check(self.life).map_err(Error::Io)?;
        if !state.engine.await_result(self.operation) {
            // Whoever waits keeps the place; so it was begun, and waited for later.
            return Poll::Ready(Err(fail(Command::Publish, Cause::Untaken)));
        }
        state.results.register(waker);
        Poll::Pending
    }
}

impl<M: RawMutex> Drop for Pending<'_, M> {
    fn drop(&mut self) {
        self.shared.with((), |state| state.abandon(self.operation));
    }
}

impl<M: RawMutex> fmt::Debug for Pending<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.operation.fmt(f)
    }
}

const fn fail(command: Command, cause: Cause) -> Error<Ended> {
    Error::Failed(Failure { command, cause })
}

/// When a task that found no place to wait tries again, in milliseconds.
const ASK_AGAIN: u32 = 10;
