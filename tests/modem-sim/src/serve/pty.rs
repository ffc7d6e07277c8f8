//! A modem on a pseudo-terminal.

use std::{
    fs::File,
    io::{self, Read},
    os::fd::{AsFd, OwnedFd},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::SyncSender,
    },
    thread,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::{Mode, OFlags, open},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{OptionalActions, tcgetattr, tcsetattr},
};

use super::{Guard, LOOK, Setup, service::Event};

/// Serves a modem on a new pseudo-terminal and returns the name of its device.
///
/// The device is in raw mode. It outlives the host's program: that can close and open it again,
/// and finds the modem as it was left. With `link`, a symbolic link to the device is made, in
/// place of one that is there; it is removed when the service ends.
///
/// # Errors
///
/// If the pseudo-terminal, the link or a thread can't be made, or if something that is not a
/// symbolic link stands where the link is to be.
pub fn spawn_pty(setup: Setup, link: Option<&Path>) -> io::Result<(PathBuf, Guard)> {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let name = ptsname(&master, Vec::new())?;
    let device = PathBuf::from(name.to_string_lossy().into_owned());
    // Kept open: the device would hang up when the host's program closes it.
    let device_end = open(&device, OFlags::RDWR | OFlags::NOCTTY, Mode::empty())?;
    let mut settings = tcgetattr(&device_end)?;
    settings.make_raw();
    tcsetattr(&device_end, OptionalActions::Now, &settings)?;

    let mut guard = setup.start()?;
    if let Some(link) = link {
        if link.is_symlink() {
            std::fs::remove_file(link)?;
        }
        std::os::unix::fs::symlink(&device, link)?;
        guard.link = Some(link.into());
    }
    let host = File::from(master.try_clone()?);
    guard
        .events
        .send(Event::Attached(Box::new(host)))
        .map_err(|_| super::ended())?;
    let events = guard.events.clone();
    let stop = Arc::clone(&guard.stop);
    let thread = thread::Builder::new()
        .name("modem-pty".into())
        .spawn(move || {
            let _kept_open = device_end;
            // An error is the end of the line; the modem goes on without a host.
            let _ = read(master, &events, &stop);
        })?;
    guard.threads.push(thread);
    Ok((device, guard))
}

fn read(master: OwnedFd, events: &SyncSender<Event>, stop: &AtomicBool) -> io::Result<()> {
    let mut host = File::from(master);
    let look = Timespec::try_from(LOOK).map_err(io::Error::other)?;
    let mut buffer = [0; 1024];
    while !stop.load(Ordering::Acquire) {
        let master = host.as_fd();
        let mut waiting = [PollFd::new(&master, PollFlags::IN)];
        match poll(&mut waiting, Some(&look)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => continue,
            Ok(_) => {}
            Err(error) => return Err(error.into()),
        }
        let count = host.read(&mut buffer)?;
        if events.send(Event::Bytes(buffer[..count].to_vec())).is_err() {
            return Ok(());
        }
    }
    Ok(())
}
