//! The runner: one task drives the modem, and many others share it through handles.
//!
//! [`Shared`] holds what they share, and is split into a [`Runner`], whose [`run`](Runner::run) one
//! task awaits, and a [`Handle`], which is copied to as many as like. All tasks may publish,
//! subscribe and ask at the same time: what needs the line waits in turn, and on a BG95 several
//! publishes are in flight at once.
//!
//! - Messages come by [`Messages`]: each has its own topic filter and its own memory, so one that
//!   is read slowly delays nobody, and is told what it has lost. They leave the inbox at once, so
//!   those that the modem stores ([`ReceiveMode::Stored`](crate::ReceiveMode)) don't wait there for
//!   a slow reader.
//! - What happens to the modem comes to everyone by [`Notices`].
//! - When the runner ends, or is dropped, all that wait end with [`Ended`].
//!
//! Nothing is allocated, and nothing need be `'static` but what your executor wants so. Time comes
//! from `embassy-time`. The mutex is embassy-sync's: `NoopRawMutex` where all tasks run on one
//! executor, `CriticalSectionRawMutex` elsewhere.
//!
//! # What the UART must do
//!
//! It comes in two halves, for reading and writing. No read and no write is ever dropped before it
//! is done, as long as [`Runner::run`] isn't: so a UART that loses bytes when a read is dropped
//! does. No byte may be lost while another task runs: use a driver that receives into a buffer by
//! interrupt or DMA.
//!
//! # From power-on to a message
//!
//! ```
//! use embassy_sync::blocking_mutex::raw::NoopRawMutex;
//! use embedded_io_async::{Read, Write};
//! use quectel_mqtt::engine::Buffers;
//! use quectel_mqtt::mqtt::{Publication, QoS, TopicFilter};
//! use quectel_mqtt::runner::{Ended, Error, Handle, Missed, Shared};
//! use quectel_mqtt::{BG95, ClientIndex, ConnectOptions};
//!
//! async fn run<E, R: Read<Error = E>, W: Write<Error = E>>(rx: R, tx: W) {
//!     let (mut line_in, mut line_out, mut inbox) = ([0; 128], [0; 384], [0; 512]);
//!     let buffers = Buffers { rx: &mut line_in, tx: &mut line_out, inbox: &mut inbox };
//!     let mut commands = [0; 512];
//!     let mut shared = Shared::<NoopRawMutex>::new(&BG95, buffers);
//!     let (mut runner, handle) = shared.split(rx, tx);
//!
//!     // With Embassy, the tasks are spawned.
//!     let tasks = embassy_futures::join::join(application(handle), obey(handle, &mut commands));
//!     embassy_futures::select::select(runner.run(), tasks).await;
//! }
//!
//! async fn application(modem: Handle<'_, NoopRawMutex>) -> Result<(), Error<Ended>> {
//!     let client = modem.client(ClientIndex::ZERO);
//!     client.connect(&ConnectOptions::new("mqtt.example.com", "meter-0815")?).await?;
//!     client.publish(&Publication::new("meter/0815/state", b"up")?).await
//! }
//!
//! async fn obey<'a>(
//!     modem: Handle<'a, NoopRawMutex>,
//!     memory: &'a mut [u8],
//! ) -> Result<(), Error<Ended>> {
//!     let filter = TopicFilter::new("meter/0815/do/#")?;
//!     let mut commands = modem.client(ClientIndex::ZERO).messages(filter, memory)?;
//!     let mut message = [0; 512]; // no smaller than `memory`: so each fits
//!     loop {
//!         match commands.next(&mut message).await {
//!             Ok(command) => { /* command.topic, command.payload */ }
//!             Err(Missed::Ended) => return Err(Error::Io(Ended)),
//!             Err(missed) => { /* what was lost */ }
//!         }
//!     }
//! }
//! ```

mod client;
mod handle;
mod messages;
mod notices;
mod state;
mod turns;
mod wakers;

use core::{cell::RefCell, convert::Infallible, fmt, future::poll_fn, task::Poll};

use embassy_futures::{
    select::{Either, Either3, select, select3},
    yield_now,
};
use embassy_sync::blocking_mutex::{Mutex, raw::RawMutex};
use embassy_time::Timer;
use embedded_io_async::{Read, Write};

pub use crate::error::Error;
use crate::{
    Dialect,
    engine::{Action, Buffers, Engine},
    shell,
};
pub use client::{Client, Publishing};
pub use handle::Handle;
pub use messages::{Messages, Missed};
pub use notices::{Notice, Notices};
use state::State;

/// The runner has ended, or was dropped: nobody drives the modem.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the runner has ended")]
pub struct Ended;

/// What the runner and the handles share, the engine among it. It stands where all tasks reach it:
/// in a `static` (by a `StaticCell`, say), or in the function that awaits them all.
pub struct Shared<'a, M: RawMutex> {
    dialect: &'static Dialect,
    state: Mutex<M, RefCell<State<'a>>>,
}

impl<'a, M: RawMutex> Shared<'a, M> {
    /// For a modem of this dialect.
    #[must_use]
    pub fn new(dialect: &'static Dialect, buffers: Buffers<'a>) -> Self {
        let mut engine = Engine::new(dialect, buffers);
        engine.keep_responses();
        let state = State::new(engine);
        Self {
            dialect,
            state: Mutex::new(RefCell::new(state)),
        }
    }

    /// The runner, for the UART's two halves, and a handle. This can be done once.
    pub fn split<R, W>(&'a mut self, rx: R, tx: W) -> (Runner<'a, M, R, W>, Handle<'a, M>) {
        let shared = &*self;
        let runner = Runner {
            life: Life { shared },
            rx,
            tx,
            going_out: Chunk::new(),
        };
        (runner, Handle::new(shared))
    }

    /// Reaches the state. `otherwise` is for the case that somebody else does at this moment, which
    /// the mutex rules out.
    fn with<T>(&self, otherwise: T, action: impl FnOnce(&mut State<'a>) -> T) -> T {
        self.state.lock(|state| match state.try_borrow_mut() {
            Ok(mut state) => action(&mut state),
            Err(_) => otherwise,
        })
    }
}

impl<M: RawMutex> fmt::Debug for Shared<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

/// Drives the modem. Nothing happens while nobody awaits [`Runner::run`].
#[derive(Debug)]
pub struct Runner<'a, M: RawMutex, R, W> {
    life: Life<'a, M>,
    rx: R,
    tx: W,
    /// What the engine has given out. It outlives a run: a command or a payload with a hole in it would be another
    /// one.
    going_out: Chunk,
}

impl<'a, M: RawMutex, R: Read, W: Write<Error = R::Error>> Runner<'a, M, R, W> {
    /// Drives the modem until its UART fails, and returns why: [`Error::Io`] or [`Error::Eof`]. All
    /// that wait then end with [`Ended`]. It may be called again: handles, [`Messages`] and
    /// [`Notices`] are as good as before.
    ///
    /// # Cancel safety
    /// When the future is dropped, all that wait end, as when the UART fails. What was going out goes
    /// on when this is called again, and the modem is brought in step. Where the UART loses bytes when
    /// a read or a write is dropped, up to 64 each way are lost: then a payload that was on its way
    /// may arrive damaged.
    pub async fn run(&mut self) -> Error<R::Error> {
        let Self {
            life,
            rx,
            tx,
            going_out,
        } = self;
        let shared = life.shared;
        shared.with((), State::begin_run);
        let _ends = Life { shared };
        // The reader first: so a look at the line is one round of all three.
        match select3(
            read(shared, rx),
            write(shared, tx, going_out),
            drive(shared),
        )
        .await
        {
            Either3::First(Err(error)) | Either3::Second(Err(error)) => error,
            Either3::First(Ok(never)) | Either3::Second(Ok(never)) | Either3::Third(never) => {
                match never {}
            }
        }
    }

    /// Gives the UART's halves back. All that wait end with [`Ended`].
    #[must_use]
    pub fn release(self) -> (R, W) {
        (self.rx, self.tx)
    }
}

/// Ends all that wait when it is dropped.
#[derive(Debug)]
struct Life<'a, M: RawMutex> {
    shared: &'a Shared<'a, M>,
}

impl<M: RawMutex> Drop for Life<'_, M> {
    fn drop(&mut self) {
        self.shared.with((), State::end_run);
    }
}

/// Brings what the modem sends to the engine.
async fn read<M: RawMutex, R: Read>(
    shared: &Shared<'_, M>,
    rx: &mut R,
) -> Result<Infallible, Error<R::Error>> {
    let mut chunk = [0; CHUNK];
    loop {
        let n = rx.read(&mut chunk).await.map_err(Error::Io)?;
        let mut bytes = chunk.get(..n).unwrap_or_default();
        if bytes.is_empty() {
            return Err(Error::Eof);
        }
        while !bytes.is_empty() {
            let taken = shared.with(0, |state| {
                let taken = state.receive(bytes);
                let _ = state.pump(shell::now());
                taken
            });
            // After a poll there is room, unless there is none at all.
            if taken == 0 {
                break;
            }
            bytes = bytes.get(taken..).unwrap_or_default();
        }
        shared.with((), State::has_moved);
    }
}

/// Brings what the engine sends to the modem.
async fn write<M: RawMutex, W: Write>(
    shared: &Shared<'_, M>,
    tx: &mut W,
    chunk: &mut Chunk,
) -> Result<Infallible, Error<W::Error>> {
    loop {
        // They are all on their way, so a write is never dropped. The first may be what another run has left.
        while !chunk.left().is_empty() {
            let n = tx.write(chunk.left()).await.map_err(Error::Io)?;
            if n == 0 {
                return Err(Error::Eof);
            }
            chunk.start = chunk.start.saturating_add(n);
        }
        poll_fn(|context| {
            shared.with(Poll::Pending, |state| {
                let action = state.pump(shell::now());
                match action {
                    Action::Transmit { .. } => {
                        chunk.start = 0;
                        chunk.end = state.transmit(&mut chunk.bytes);
                        Poll::Ready(())
                    }
                    _ => state.wait_for_bytes(context.waker()),
                }
            })
        })
        .await;
    }
}

/// Does what the engine says.
async fn drive<M: RawMutex>(shared: &Shared<'_, M>) -> Infallible {
    loop {
        // Inside, or another task could be there with a later time.
        let (action, now) = shared.with((Action::Deliver, shell::now()), |state| {
            let now = shell::now();
            let action = state.pump(now);
            state.driven = Some(action);
            if matches!(action, Action::Transmit { .. }) {
                state.wake_writer();
            }
            (action, now)
        });
        let until = match action {
            Action::Transmit { until } | Action::Receive { until } => until,
            Action::Deliver => Some(now),
        };
        if until.is_some_and(|until| until.is_reached(now)) {
            // The others have their turn, then the line has been looked at.
            yield_now().await;
            shared.with((), State::has_looked);
            continue;
        }
        let kicked =
            poll_fn(|context| shared.with(Poll::Pending, |state| state.poll_kick(context.waker())));
        let timer = Timer::at(shell::deadline(until, now));
        if let Either::Second(()) = select(kicked, timer).await {
            shared.with((), State::has_moved);
        }
    }
}

/// Bytes on their way from the engine to the UART.
struct Chunk {
    bytes: [u8; CHUNK],
    start: usize,
    end: usize,
}

impl Chunk {
    const fn new() -> Self {
        Self {
            bytes: [0; CHUNK],
            start: 0,
            end: 0,
        }
    }

    fn left(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }
}

/// Its bytes may be secret.
impl fmt::Debug for Chunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunk")
            .field("left", &self.left().len())
            .finish_non_exhaustive()
    }
}

/// The bytes that are read from the UART, or written to it, at once.
const CHUNK: usize = 64;
