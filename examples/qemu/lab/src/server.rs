//! The MQTT server: mosquitto, or the one that comes with the simulated modem.

use std::{
    env, fmt, io,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use quectel_modem_sim::broker::Embedded;

/// A server on a port of its own, as long as this lives.
pub(crate) enum Server {
    Mosquitto { port: u16, process: Child },
    Embedded(Embedded),
}

impl Server {
    /// Starts mosquitto if it is installed, the embedded one if not.
    pub(crate) fn start() -> Result<Self, String> {
        if let Some(program) = find_mosquitto() {
            // Another program may take the port in between; then the next one is tried.
            return (0..10)
                .find_map(|_| try_mosquitto(&program).transpose())
                .unwrap_or_else(|| Err(io::ErrorKind::TimedOut.into()))
                .map_err(|error| format!("cannot start mosquitto: {error}"));
        }
        if env::var_os("QUECTEL_MQTT_REQUIRE_MOSQUITTO").is_some_and(|value| value == "1") {
            return Err("mosquitto is not installed".into());
        }
        Self::embedded()
    }

    /// Starts the one that needs no installation.
    pub(crate) fn embedded() -> Result<Self, String> {
        Embedded::start(any_port())
            .map(Self::Embedded)
            .map_err(|error| format!("cannot start an MQTT server: {error}"))
    }

    pub(crate) fn port(&self) -> u16 {
        match self {
            Self::Mosquitto { port, .. } => *port,
            Self::Embedded(server) => server.address().port(),
        }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Mosquitto { .. } => "mosquitto",
            Self::Embedded(_) => "embedded",
        };
        write!(f, "{name} on port {}", self.port())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Self::Mosquitto { process, .. } = self {
            // It may have ended.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

fn find_mosquitto() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        // Where Debian puts it, which is not in everybody's path.
        .chain([PathBuf::from("/usr/sbin")])
        .map(|directory| directory.join("mosquitto"))
        .find(|program| program.is_file())
}

/// `None` when it ends at once, or does not answer.
fn try_mosquitto(program: &PathBuf) -> io::Result<Option<Server>> {
    let address = TcpListener::bind(any_port())?.local_addr()?;
    let port = address.port();
    // Without a configuration it listens on this computer alone, and takes everybody.
    let mut process = Command::new(program)
        .args(["-p", &port.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let late = Instant::now() + Duration::from_secs(10);
    while process.try_wait()?.is_none() && Instant::now() < late {
        if TcpStream::connect(address).is_ok() {
            return Ok(Some(Server::Mosquitto { port, process }));
        }
        thread::sleep(Duration::from_millis(5));
    }
    process.kill()?;
    process.wait()?;
    Ok(None)
}

fn any_port() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}
