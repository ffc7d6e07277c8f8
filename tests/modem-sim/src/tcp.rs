//! The modem's TCP stack on real sockets.

use std::{
    collections::{HashMap, VecDeque},
    io::{self, Read, Write},
    net::{Shutdown, TcpStream, ToSocketAddrs},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use crate::network::{Link, LinkStatus, Network, Notify, OpenError};

/// A [`Network`] of real TCP connections.
///
/// The modem dials what `AT+QMTOPEN` names, with one exception: the host name
/// [`PLACEHOLDER`](Self::PLACEHOLDER) stands for the server given to [`new`](Self::new), on that
/// server's own port.
///
/// Each connection has threads of its own, so that neither a slow name server nor a slow MQTT
/// server holds up the modem; what it takes and what it keeps is bounded in both directions.
pub struct TcpNetwork {
    placeholder: Option<(String, u16)>,
    links: HashMap<Link, Arc<Connection>>,
    next_link: u64,
    bell: Arc<Mutex<Option<Notify>>>,
}

impl TcpNetwork {
    /// The host name that stands for a server of the user's choice (a name that RFC 2606
    /// reserves for examples and that no one can own).
    pub const PLACEHOLDER: &str = "broker.example";

    /// A network in which the placeholder stands for this host and port.
    ///
    /// Without one, the placeholder is a name like any other, and can't be resolved.
    #[must_use]
    pub fn new(placeholder: Option<(String, u16)>) -> Self {
        Self {
            placeholder,
            links: HashMap::new(),
            next_link: 0,
            bell: Arc::default(),
        }
    }
}

impl Network for TcpNetwork {
    fn open(&mut self, _now: Duration, host: &str, port: u16) -> Link {
        let link = Link(self.next_link);
        self.next_link += 1;
        let (host, port) = match &self.placeholder {
            Some(server) if host.eq_ignore_ascii_case(Self::PLACEHOLDER) => server.clone(),
            _ => (host.into(), port),
        };
        let connection = Arc::new(Connection::new(Arc::clone(&self.bell)));
        self.links.insert(link, Arc::clone(&connection));
        let dialled = Arc::clone(&connection);
        let spawned = thread::Builder::new()
            .name("modem-tcp".into())
            .spawn(move || dialled.run(&host, port));
        if spawned.is_err() {
            connection.lock().status = LinkStatus::Failed(OpenError::Connection);
        }
        link
    }

    fn status(&mut self, _now: Duration, link: Link) -> LinkStatus {
        let Some(connection) = self.links.get(&link) else {
            return LinkStatus::Closed;
        };
        let state = connection.lock();
        match state.status {
            LinkStatus::Closed if !state.received.is_empty() => LinkStatus::Open,
            status => status,
        }
    }

    fn send(&mut self, _now: Duration, link: Link, bytes: &[u8]) -> usize {
        let Some(connection) = self.links.get(&link) else {
            return 0;
        };
        let mut state = connection.lock();
        let count = bytes.len().min(BUFFER.saturating_sub(state.sending.len()));
        state.sending.extend(&bytes[..count]);
        drop(state);
        connection.changed.notify_all();
        count
    }

    fn receive(&mut self, _now: Duration, link: Link, into: &mut Vec<u8>, max: usize) -> usize {
        let Some(connection) = self.links.get(&link) else {
            return 0;
        };
        let mut state = connection.lock();
        let count = max.min(state.received.len());
        into.extend(state.received.drain(..count));
        drop(state);
        connection.changed.notify_all();
        count
    }

    fn close(&mut self, _now: Duration, link: Link) {
        if let Some(connection) = self.links.remove(&link) {
            let mut state = connection.lock();
            state.close_by = Some(Instant::now() + LINGER);
            // The reader waits for the server no more; the writer still sends what it has.
            if let Some(stream) = &state.stream {
                let _ = stream.shutdown(Shutdown::Read);
            }
            drop(state);
            connection.changed.notify_all();
        }
    }

    fn set_notify(&mut self, notify: Notify) {
        *self.bell.lock().unwrap_or_else(PoisonError::into_inner) = Some(notify);
    }
}

/// A connection, shared by the modem and the threads that serve it.
struct Connection {
    state: Mutex<State>,
    changed: Condvar,
    bell: Arc<Mutex<Option<Notify>>>,
}

struct State {
    status: LinkStatus,
    received: VecDeque<u8>,
    sending: VecDeque<u8>,
    stream: Option<TcpStream>,
    /// The modem has closed; until then the rest may still be sent.
    close_by: Option<Instant>,
}

impl Connection {
    fn new(bell: Arc<Mutex<Option<Notify>>>) -> Self {
        Self {
            state: Mutex::new(State {
                status: LinkStatus::Opening,
                received: VecDeque::new(),
                sending: VecDeque::new(),
                stream: None,
                close_by: None,
            }),
            changed: Condvar::new(),
            bell,
        }
    }

    /// Dials, then receives until the end.
    fn run(self: &Arc<Self>, host: &str, port: u16) {
        let stream = match dial(host, port) {
            Ok(stream) => stream,
            Err(error) => return self.set_status(LinkStatus::Failed(error)),
        };
        if self.serve(&stream).is_err() {
            self.set_status(LinkStatus::Closed);
        }
        let _ = stream.shutdown(Shutdown::Read);
    }

    fn serve(self: &Arc<Self>, stream: &TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(WRITE_TIMEOUT))?;
        let writer = Arc::clone(self);
        let outward = stream.try_clone()?;
        self.lock().stream = Some(stream.try_clone()?);
        // Before the writer starts, which ends when the connection is not open.
        self.set_status(LinkStatus::Open);
        thread::Builder::new()
            .name("modem-tcp-send".into())
            .spawn(move || writer.write(outward))?;
        self.read(stream);
        Ok(())
    }

    fn read(&self, mut stream: &TcpStream) {
        let mut buffer = vec![0; CHUNK];
        loop {
            let state = self.lock();
            let state = self
                .changed
                .wait_while(state, |state| {
                    state.received.len() >= BUFFER && state.close_by.is_none()
                })
                .unwrap_or_else(PoisonError::into_inner);
            if state.close_by.is_some() {
                return;
            }
            drop(state);
            match stream.read(&mut buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => return self.set_status(LinkStatus::Closed),
                Ok(count) => {
                    self.lock().received.extend(&buffer[..count]);
                    self.ring();
                }
            }
        }
    }

    fn write(&self, mut stream: TcpStream) {
        loop {
            let state = self.lock();
            let state = self
                .changed
                .wait_while(state, |state| {
                    state.sending.is_empty()
                        && state.close_by.is_none()
                        && state.status == LinkStatus::Open
                })
                .unwrap_or_else(PoisonError::into_inner);
            let late = state.close_by.is_some_and(|by| by <= Instant::now());
            let lost = state.status == LinkStatus::Closed && state.close_by.is_none();
            if state.sending.is_empty() || late || lost {
                break;
            }
            let chunk: Vec<u8> = state.sending.iter().take(CHUNK).copied().collect();
            drop(state);
            match stream.write(&chunk) {
                Ok(count) => {
                    self.lock().sending.drain(..count);
                    self.ring();
                }
                Err(error) if is_temporary(&error) => {}
                Err(_) => {
                    self.set_status(LinkStatus::Closed);
                    break;
                }
            }
        }
        let _ = stream.shutdown(Shutdown::Both);
    }

    fn set_status(&self, status: LinkStatus) {
        self.lock().status = status;
        self.changed.notify_all();
        self.ring();
    }

    /// Tells the modem that there is something new.
    fn ring(&self) {
        let bell = self
            .bell
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(notify) = bell {
            notify();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tries all addresses that the name stands for, in turn.
fn dial(host: &str, port: u16) -> Result<TcpStream, OpenError> {
    let addresses: Vec<_> = (host, port)
        .to_socket_addrs()
        .map_err(|_| OpenError::Name)?
        .collect();
    if addresses.is_empty() {
        return Err(OpenError::Name);
    }
    addresses
        .iter()
        .find_map(|address| TcpStream::connect_timeout(address, CONNECT_TIMEOUT).ok())
        .ok_or(OpenError::Connection)
}

fn is_temporary(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::Interrupted | io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock
    )
}

/// How long a server may take to accept.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How often a writer looks whether the modem has closed, while the server takes nothing.
const WRITE_TIMEOUT: Duration = Duration::from_millis(500);

/// How long what was sent before closing may take to leave.
const LINGER: Duration = Duration::from_secs(5);

/// Bytes kept for a connection in each direction.
const BUFFER: usize = 256 * 1024;

const CHUNK: usize = 16 * 1024;
