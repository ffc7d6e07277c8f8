//! A modem on a TCP port.

use std::{
    io::{self, Read},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::SyncSender,
    },
    thread,
};

use super::{Guard, LOOK, Setup, service::Event};

/// Serves a modem on a TCP listener, to one host at a time.
///
/// The modem goes on while no host is connected, with all its state; what it sends then is lost,
/// as on a serial line. A host that connects while another is there waits until that one has
/// closed.
///
/// # Errors
///
/// If a thread can't be started or the listener can't be set up.
pub fn spawn_tcp(setup: Setup, listener: TcpListener) -> io::Result<(SocketAddr, Guard)> {
    let address = listener.local_addr()?;
    listener.set_nonblocking(true)?;
    let mut guard = setup.start()?;
    let events = guard.events.clone();
    let stop = Arc::clone(&guard.stop);
    let thread = thread::Builder::new()
        .name("modem-listen".into())
        .spawn(move || accept(&listener, &events, &stop))?;
    guard.threads.push(thread);
    Ok((address, guard))
}

fn accept(listener: &TcpListener, events: &SyncSender<Event>, stop: &AtomicBool) {
    while !stop.load(Ordering::Acquire) {
        match listener.accept() {
            Ok((host, _)) => {
                // A host whose connection fails is gone; the next one is welcome.
                let _ = serve(&host, events, stop);
                if events.send(Event::Detached).is_err() {
                    return;
                }
            }
            Err(_) => thread::sleep(LOOK / 5),
        }
    }
}

fn serve(mut host: &TcpStream, events: &SyncSender<Event>, stop: &AtomicBool) -> io::Result<()> {
    host.set_nonblocking(false)?;
    host.set_nodelay(true)?;
    host.set_read_timeout(Some(LOOK))?;
    let writer = Box::new(host.try_clone()?);
    events
        .send(Event::Attached(writer))
        .map_err(|_| super::ended())?;
    let mut buffer = [0; 1024];
    while !stop.load(Ordering::Acquire) {
        match host.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => events
                .send(Event::Bytes(buffer[..count].to_vec()))
                .map_err(|_| super::ended())?,
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock
                | io::ErrorKind::TimedOut
                | io::ErrorKind::Interrupted => {}
                _ => return Err(error),
            },
        }
    }
    host.shutdown(std::net::Shutdown::Both)
}
