//! The thread that serves a modem, and the one that writes to the host.

use std::{
    io::Write,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, SyncSender, TrySendError},
    },
    thread,
    time::{Duration, Instant},
};

use super::trace::Trace;
use crate::Modem;

/// What is to be done with the modem, at the time given.
pub(super) type Action = Box<dyn FnOnce(&mut Modem, Duration) + Send>;

/// What the service is told.
pub(super) enum Event {
    /// Reach the modem.
    Action(Action),
    /// A host listens; it replaces the one before.
    Attached(Box<dyn Write + Send>),
    /// The host has sent bytes.
    Bytes(Vec<u8>),
    /// No host listens any more.
    Detached,
    /// The network has news.
    Network,
    /// The end.
    Stop,
    /// The host has taken what was written.
    Written,
}

pub(super) struct Service {
    modem: Modem,
    trace: Option<Trace>,
    start: Instant,
    events: SyncSender<Event>,
    rung: Arc<AtomicBool>,
    /// To the thread that writes.
    writer: Option<SyncSender<Vec<u8>>>,
    /// What that thread could not take yet.
    waiting: Option<Vec<u8>>,
}

impl Service {
    pub(super) fn new(
        modem: Modem,
        trace: Option<Trace>,
        events: SyncSender<Event>,
        rung: Arc<AtomicBool>,
    ) -> Self {
        Self {
            modem,
            trace,
            start: Instant::now(),
            events,
            rung,
            writer: None,
            waiting: None,
        }
    }

    pub(super) fn run(mut self, events: &Receiver<Event>) {
        loop {
            self.rung.store(false, Ordering::Release);
            let now = self.now();
            self.modem.poll(now);
            let rest = match self.write() {
                // There is room for more of what the network has.
                true => Duration::ZERO,
                false => {
                    let due = self.modem.next_deadline();
                    due.map_or(IDLE, |due| due.saturating_sub(self.now()))
                }
            };
            match events.recv_timeout(rest) {
                Ok(Event::Stop) | Err(mpsc::RecvTimeoutError::Disconnected) => return,
                Ok(event) => self.handle(event),
                Err(mpsc::RecvTimeoutError::Timeout) => {}
            }
        }
    }

    fn handle(&mut self, event: Event) {
        let now = self.now();
        match event {
            Event::Action(action) => action(&mut self.modem, now),
            Event::Attached(host) => self.attach(host),
            Event::Bytes(bytes) => {
                if let Some(trace) = &mut self.trace {
                    match self.modem.is_in_data_mode() {
                        true if self.modem.is_collecting_secret() => trace.secret(bytes.len()),
                        true => trace.payload(&bytes),
                        false => trace.host_line(&bytes),
                    }
                }
                self.modem.receive(now, &bytes);
            }
            Event::Detached => {
                self.writer = None;
                self.waiting = None;
            }
            Event::Network | Event::Stop | Event::Written => {}
        }
    }

    /// Gives the writing thread what it can take; the rest stays in the modem.
    ///
    /// Says whether the modem had anything to give.
    fn write(&mut self) -> bool {
        let mut taken = false;
        loop {
            let bytes = match self.waiting.take() {
                Some(bytes) => bytes,
                None => {
                    let bytes = self.modem.take_output(WRITE_MAX);
                    if bytes.is_empty() {
                        return taken;
                    }
                    taken = true;
                    if let Some(trace) = &mut self.trace {
                        trace.modem_line(&bytes);
                    }
                    bytes
                }
            };
            // Without a host the line is open and the bytes are gone.
            let Some(writer) = &self.writer else {
                continue;
            };
            match writer.try_send(bytes) {
                Ok(()) => {}
                Err(TrySendError::Full(bytes)) => {
                    self.waiting = Some(bytes);
                    return taken;
                }
                Err(TrySendError::Disconnected(_)) => self.writer = None,
            }
        }
    }

    fn attach(&mut self, mut host: Box<dyn Write + Send>) {
        let (writer, chunks) = mpsc::sync_channel::<Vec<u8>>(1);
        let events = self.events.clone();
        // Never joined: a host that does not read must not hold up the end.
        let spawned = thread::Builder::new()
            .name("modem-write".into())
            .spawn(move || {
                for chunk in chunks {
                    if host.write_all(&chunk).and_then(|()| host.flush()).is_err() {
                        return;
                    }
                    if events.send(Event::Written).is_err() {
                        return;
                    }
                }
            });
        self.waiting = None;
        self.writer = spawned.is_ok().then_some(writer);
    }

    fn now(&self) -> Duration {
        self.start.elapsed()
    }
}

/// At most this much is written at once, unless the modem's chunk is smaller.
const WRITE_MAX: usize = 4096;

/// How long to wait when there is nothing to wait for.
const IDLE: Duration = Duration::from_secs(3600);
