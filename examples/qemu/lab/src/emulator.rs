//! QEMU with the firmware in it.

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::Sender,
    thread,
};

use crate::Event;

/// QEMU, as long as this lives.
pub(crate) struct Emulator(Child);

impl Emulator {
    /// Starts the firmware, with its UART joined to whoever listens here. What it prints comes as
    /// events.
    pub(crate) fn start(
        firmware: &Path,
        line: &TcpListener,
        events: Sender<Event>,
    ) -> Result<Self, String> {
        let modem = line.local_addr().map_err(|error| error.to_string())?;
        let mut qemu = Command::new(QEMU)
            .args(["-M", "mps2-an386", "-display", "none", "-monitor", "none"])
            .args(["-semihosting-config", "enable=on,target=native"])
            .args(["-serial", &format!("tcp:{modem},nodelay")])
            .arg("-kernel")
            .arg(firmware)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            // The way of semihosting, and of QEMU's own complaints.
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start {QEMU}: {error}"))?;
        let printed = qemu.stderr.take();
        let emulator = Self(qemu);
        thread::spawn(move || {
            for line in printed
                .into_iter()
                .flat_map(|it| BufReader::new(it).lines())
            {
                let Ok(line) = line else { break };
                // Who does not listen any more has seen enough.
                let _ = events.send(Event::Printed(line));
            }
            let _ = events.send(Event::Ended);
        });
        Ok(emulator)
    }

    /// Whether the firmware has ended, and well.
    pub(crate) fn succeeded(&mut self) -> Result<(), String> {
        let status = self.0.wait().map_err(|error| error.to_string())?;
        match status.success() {
            true => Ok(()),
            false => Err(format!("the firmware has failed ({status})")),
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const QEMU: &str = "qemu-system-arm";
