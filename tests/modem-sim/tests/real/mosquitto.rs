//! mosquitto, Debian's MQTT server.

use std::{
    fs,
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::loopback;

/// A mosquitto of our own, ended with the test.
pub(crate) struct Mosquitto {
    pub(crate) address: SocketAddr,
    process: Child,
    configuration: PathBuf,
}

impl Mosquitto {
    /// A server that takes everybody; `None` where mosquitto is not installed.
    pub(crate) fn start() -> Option<Self> {
        Self::with("")
    }

    /// The same with TLS, and with these options for it.
    pub(crate) fn with_tls(options: &str) -> Option<Self> {
        let file = |name| format!("{CERTIFICATES}/{name}");
        Self::with(&format!(
            "certfile {}\nkeyfile {}\ncafile {}\n{options}\n",
            file("server.pem"),
            file("server.key"),
            file("ca.pem")
        ))
    }

    fn with(options: &str) -> Option<Self> {
        if !Path::new(SERVER).exists() {
            let required = std::env::var("QUECTEL_MQTT_REQUIRE_MOSQUITTO");
            assert_ne!(required.as_deref(), Ok("1"), "mosquitto is not installed");
            eprintln!("skipped: mosquitto is not installed");
            return None;
        }
        // Another program may take the port in between; then the next one is tried.
        let started = (0..10).find_map(|_| Self::try_start(options));
        Some(started.expect("mosquitto does not start"))
    }

    fn try_start(options: &str) -> Option<Self> {
        let address = TcpListener::bind(loopback()).unwrap().local_addr().unwrap();
        let port = address.port();
        let configuration =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("mosquitto-{port}.conf"));
        // Started as root, it would become a user who can't read the files.
        let text = format!(
            "listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nuser root\n{options}"
        );
        fs::write(&configuration, text).unwrap();
        let process = Command::new(SERVER)
            .arg("-c")
            .arg(&configuration)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut server = Self {
            address,
            process,
            configuration,
        };
        let patience = Instant::now() + Duration::from_secs(30);
        while server.is_running() && Instant::now() < patience {
            if TcpStream::connect(address).is_ok() && server.is_running() {
                return Some(server);
            }
            thread::sleep(Duration::from_millis(5));
        }
        None
    }

    fn is_running(&mut self) -> bool {
        self.process.try_wait().unwrap().is_none()
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_file(&self.configuration);
    }
}

/// Where Debian puts it, which is not in everybody's path.
const SERVER: &str = "/usr/sbin/mosquitto";

const CERTIFICATES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/certificates");
