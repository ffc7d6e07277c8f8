//! A modem in real time on a pair of byte streams: a pseudo-terminal, TCP, or a pipe in process.
//!
//! Each function starts a modem on a thread of its own. The [`Guard`] it returns ends the service
//! when it is dropped, and reaches the modem meanwhile.

mod pipe;
#[cfg(unix)]
mod pty;
mod service;
mod tcp;
mod trace;

use std::{
    io::Write,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, SyncSender},
    },
    thread::JoinHandle,
    time::Duration,
};

pub use self::pipe::{PipeEnd, spawn_pipe};
#[cfg(unix)]
pub use self::pty::spawn_pty;
pub use self::tcp::spawn_tcp;
use self::{service::Event, trace::Trace};
use crate::{Config, Modem, Network};

/// What to serve.
pub struct Setup {
    config: Config,
    network: Box<dyn Network + Send>,
    trace: Option<Trace>,
}

impl Setup {
    /// A modem with this configuration and TCP stack.
    #[must_use]
    pub fn new(config: Config, network: impl Network + Send + 'static) -> Self {
        Self {
            config,
            network: Box::new(network),
            trace: None,
        }
    }

    /// Writes every line in both directions: `-> ` from the host, `<- ` from the modem.
    ///
    /// What can't be printed is escaped; passwords and device secrets are shown as `***`.
    #[must_use]
    pub fn trace(mut self, into: impl Write + Send + 'static) -> Self {
        self.trace = Some(Trace::new(Box::new(into)));
        self
    }

    /// Starts the modem's thread.
    fn start(self) -> std::io::Result<Guard> {
        let (events, receiver) = mpsc::sync_channel(QUEUE);
        let mut modem = Modem::new(self.config, self.network);
        let rung = Arc::new(AtomicBool::new(false));
        let bell = Arc::clone(&rung);
        let notified = events.clone();
        modem.set_notify(Arc::new(move || {
            if !bell.swap(true, Ordering::AcqRel) {
                // A full queue wakes the modem as well.
                let _ = notified.try_send(Event::Network);
            }
        }));
        let service = service::Service::new(modem, self.trace, events.clone(), rung);
        let thread = std::thread::Builder::new()
            .name("modem".into())
            .spawn(move || service.run(&receiver))?;
        Ok(Guard {
            events,
            stop: Arc::default(),
            threads: vec![thread],
            link: None,
        })
    }
}

/// Ends a service when dropped.
#[must_use = "the service ends when this is dropped"]
pub struct Guard {
    events: SyncSender<Event>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
    /// A symbolic link to remove.
    link: Option<PathBuf>,
}

impl Guard {
    /// Reaches the modem on its thread, with the present time, and waits for the result.
    ///
    /// Returns `None` if the service has ended.
    pub fn with_modem<T: Send + 'static>(
        &self,
        action: impl FnOnce(&mut Modem, Duration) -> T + Send + 'static,
    ) -> Option<T> {
        let (result, received) = mpsc::channel();
        let run = move |modem: &mut Modem, now: Duration| {
            let _ = result.send(action(modem, now));
        };
        self.events.send(Event::Action(Box::new(run))).ok()?;
        received.recv().ok()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        let _ = self.events.send(Event::Stop);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
        if let Some(link) = &self.link {
            let _ = std::fs::remove_file(link);
        }
    }
}

/// The modem's thread is gone.
fn ended() -> std::io::Error {
    std::io::ErrorKind::BrokenPipe.into()
}

/// How many events may wait for the modem.
const QUEUE: usize = 64;

/// How often a thread that waits for the host looks whether the service has ended.
const LOOK: Duration = Duration::from_millis(100);
