use core::task::{Poll, Waker};

use embassy_sync::waitqueue::WakerRegistration;

use super::{
    Ended, Notice,
    messages::{MAX_STREAMS, Stream},
    notices::Board,
    turns::Turns,
    wakers::Wakers,
};
use crate::{
    Instant,
    engine::{Action, Engine, Event, Operation},
};

/// What the tasks share.
pub(super) struct State<'a> {
    pub(super) engine: Engine<'a>,
    pub(super) turns: Turns,
    pub(super) board: Board,
    pub(super) streams: [Option<Stream<'a>>; MAX_STREAMS],
    /// Whoever drives the engine.
    driver: WakerRegistration,
    /// Whoever writes to the UART.
    writer: WakerRegistration,
    /// There is something for the driver to do.
    is_kicked: bool,
    /// What it was told to do last.
    pub(super) driven: Option<Action>,
    /// Whoever begins an operation, and waits for the line.
    pub(super) line: WakerRegistration,
    /// Those who wait for a result.
    pub(super) results: Wakers<MAX_RESULTS>,
    /// How often the runner has ended.
    ends: u32,
    /// It has, and was not begun again.
    is_over: bool,
}

impl<'a> State<'a> {
    pub(super) fn new(engine: Engine<'a>) -> Self {
        Self {
            engine,
            turns: Turns::new(),
            board: Board::new(),
            streams: [const { None }; MAX_STREAMS],
            driver: WakerRegistration::new(),
            writer: WakerRegistration::new(),
            is_kicked: false,
            driven: None,
            line: WakerRegistration::new(),
            results: Wakers::new(),
            ends: 0,
            is_over: false,
        }
    }

    pub(super) const fn begin_run(&mut self) {
        self.is_over = false;
    }

    pub(super) fn end_run(&mut self) {
        if self.is_over {
            return;
        }
        self.is_over = true;
        self.ends = self.ends.wrapping_add(1);
        self.line.wake();
        self.results.wake();
        self.board.tell(Notice::Ended);
        self.streams.iter_mut().flatten().for_each(Stream::end);
    }

    /// In which life of the runner this is, to be checked with [`State::check`].
    pub(super) const fn life(&self) -> Result<u32, Ended> {
        if self.is_over {
            Err(Ended)
        } else {
            Ok(self.ends)
        }
    }

    /// Whether the runner has ended since then.
    pub(super) const fn check(&self, life: u32) -> Result<(), Ended> {
        if self.ends == life {
            Ok(())
        } else {
            Err(Ended)
        }
    }

    /// Lets the engine do what can be done, and gives out what it brings: messages to those who want them, all
    /// else to everyone. See [`Engine::poll`].
    pub(super) fn pump(&mut self, now: Instant) -> Action {
        // Each delivery empties the engine, which brings nothing new without bytes or time.
        for _ in 0..DELIVERIES {
            let action = self.engine.poll(now);
            if action != Action::Deliver {
                return action;
            }
            self.results.wake();
            while let Some(event) = self.engine.take_news() {
                match event {
                    Event::Message(message) => {
                        let wanted = self.streams.iter_mut().flatten();
                        let mut wanted = wanted.filter(|stream| stream.wants(&message)).peekable();
                        if wanted.peek().is_none() {
                            self.board.tell(Notice::unclaimed(&message));
                        }
                        wanted.for_each(|stream| stream.push(&message));
                    }
                    event => {
                        if let Some(notice) = Notice::of(&event) {
                            self.board.tell(notice);
                        }
                    }
                }
            }
        }
        Action::Receive { until: Some(now) }
    }

    /// Copies the information response to the last request, and says how long it is; `None` when it does not fit.
    pub(super) fn copy_response(&mut self, memory: &mut [u8]) -> Option<usize> {
        // What waits for the response to be read may go on.
        self.kick();
        let response = self.engine.response();
        let place = memory.get_mut(..response.len())?;
        for (to, from) in place.iter_mut().zip(response) {
            *to = *from;
        }
        Some(response.len())
    }

    /// Says how many of these bytes the engine has taken.
    pub(super) fn receive(&mut self, bytes: &[u8]) -> usize {
        let room = self.engine.receive_buffer();
        let n = room.len().min(bytes.len());
        for (to, from) in room.iter_mut().zip(bytes) {
            *to = *from;
        }
        self.engine.received(n);
        n
    }

    /// Takes the next bytes for the UART, and says how many those are.
    pub(super) fn transmit(&mut self, chunk: &mut [u8]) -> usize {
        let bytes = self.engine.transmit_buffer();
        let n = bytes.len().min(chunk.len());
        for (to, from) in chunk.iter_mut().zip(bytes) {
            *to = *from;
        }
        self.engine.transmitted(n);
        self.has_moved();
        n
    }

    /// Waits for [`State::wake_writer`].
    pub(super) fn wait_for_bytes<T>(&mut self, waker: &Waker) -> Poll<T> {
        self.writer.register(waker);
        Poll::Pending
    }

    /// There are bytes for the UART.
    pub(super) fn wake_writer(&mut self) {
        self.writer.wake();
    }

    /// The line has been looked at, and nothing was there.
    pub(super) fn has_looked(&mut self) {
        let _ = self.engine.receive_buffer();
        self.line.wake();
    }

    /// Bytes have moved, or time has passed.
    pub(super) fn has_moved(&mut self) {
        self.kick();
        self.line.wake();
    }

    /// There is something to do for the driver.
    pub(super) fn kick(&mut self) {
        self.is_kicked = true;
        self.driver.wake();
    }

    /// Waits for [`State::kick`].
    pub(super) fn poll_kick(&mut self, waker: &Waker) -> Poll<()> {
        if core::mem::take(&mut self.is_kicked) {
            return Poll::Ready(());
        }
        self.driver.register(waker);
        Poll::Pending
    }

    /// Nobody waits for this operation any more.
    pub(super) fn abandon(&mut self, operation: Operation) {
        self.engine.abandon(operation);
        self.has_moved();
    }
}

/// As many as there are operations.
const MAX_RESULTS: usize = 8;

/// How often what the engine has brought is given out in one go: once would do.
const DELIVERIES: u8 = 8;
