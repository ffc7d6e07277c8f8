//! mosquitto and its clients.

use std::{
    fs,
    io::Write,
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::Path,
    time::Instant,
};

use tempfile::{NamedTempFile, TempDir};

use crate::{
    process::{Ended, PATIENCE, Process},
    tls::certificate,
};

/// A server on a port of its own.
pub(crate) struct Mosquitto {
    pub(crate) port: u16,
    is_secure: bool,
    process: Process,
    _directory: TempDir,
}

impl Mosquitto {
    /// A server that takes everybody; `None` where mosquitto is not installed.
    pub(crate) fn start() -> Option<Self> {
        Self::with_users(&[])
    }

    /// A server that takes everybody over TLS, with these options for it.
    pub(crate) fn with_tls(options: &str) -> Option<Self> {
        let options = format!(
            "allow_anonymous true\ncertfile {}\nkeyfile {}\ncafile {}\n{options}",
            certificate("server.pem"),
            certificate("server.key"),
            certificate("ca.pem"),
        );
        Some(Self {
            is_secure: true,
            ..Self::with_options(|_| options)?
        })
    }

    /// A server that takes only users with their passwords, if there are any.
    pub(crate) fn with_users(users: &[(&str, &str)]) -> Option<Self> {
        Self::with_options(|directory| {
            if users.is_empty() {
                return "allow_anonymous true\n".to_owned();
            }
            let file = directory.join("passwords");
            fs::write(&file, "").unwrap();
            for (user, password) in users {
                let arguments = ["-b", file.to_str().unwrap(), user, password];
                Process::run("mosquitto_passwd", arguments).assert_success();
            }
            format!("allow_anonymous false\npassword_file {}\n", file.display())
        })
    }

    /// A server with these options, which may have files in a folder of its own.
    fn with_options(options: impl FnOnce(&Path) -> String) -> Option<Self> {
        if !is_installed() {
            let required = std::env::var("QUECTEL_MQTT_REQUIRE_MOSQUITTO");
            assert_ne!(required.as_deref(), Ok("1"), "mosquitto is not installed");
            eprintln!("skipped: mosquitto is not installed");
            return None;
        }
        let directory = tempfile::tempdir().unwrap();
        let options = options(directory.path());
        // Another program may take the port in between; then the next one is tried.
        let started = (0..10).find_map(|_| try_start(directory.path(), &options));
        let (port, process) = started.expect("mosquitto does not start");
        Some(Self {
            port,
            is_secure: false,
            process,
            _directory: directory,
        })
    }

    /// Waits until a client has subscribed, once more.
    pub(crate) fn wait_for_subscription_of(&self, client: &str) {
        self.process
            .wait_for_stderr(&format!("Sending SUBACK to {client}"));
    }

    /// Publishes with mosquitto_pub, and waits until it is done.
    pub(crate) fn publish(&self, topic: &str, payload: &[u8], options: &[&str]) {
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(payload).unwrap();
        let path = file.path().to_str().unwrap();
        let source = match payload.is_empty() {
            true => &["-n"][..],
            false => &["-f", path],
        };
        self.client("mosquitto_pub", &[&["-t", topic], options, source].concat())
            .end()
            .assert_success();
    }

    /// Publishes each line with mosquitto_pub, and waits until it is done.
    pub(crate) fn publish_lines(&self, topic: &str, lines: &str, options: &[&str]) {
        let arguments = [&["-t", topic, "-l"], options].concat();
        let mut process = self.client("mosquitto_pub", &arguments);
        process.stdin().write_all(lines.as_bytes()).unwrap();
        process.end().assert_success();
    }

    /// Starts one of mosquitto's clients.
    fn client(&self, program: &str, arguments: &[&str]) -> Process {
        let port = self.port.to_string();
        let mut all = vec!["-h", "127.0.0.1", "-p", &port];
        let [ca, client, key] = ["ca.pem", "client.pem", "client.key"].map(certificate);
        if self.is_secure {
            // The certificate has another name than the address.
            all.extend([
                "--insecure",
                "--cafile",
                &ca,
                "--cert",
                &client,
                "--key",
                &key,
            ]);
        }
        all.extend(arguments);
        Process::spawn(program, all)
    }

    /// Starts mosquitto_sub for a number of messages, and waits until it has subscribed.
    pub(crate) fn subscribe(&self, topic: &str, count: usize) -> Subscriber {
        // The name of the client is the topic's.
        let id = format!("sub-{topic}");
        let count = count.to_string();
        let arguments = [
            "-i", &id, "-t", topic, "-q", "2", "-C", &count, "-F", FORMAT,
        ];
        let process = self.client("mosquitto_sub", &arguments);
        self.wait_for_subscription_of(&id);
        Subscriber(process)
    }
}

/// A mosquitto_sub.
pub(crate) struct Subscriber(Process);

impl Subscriber {
    pub(crate) fn wait_for(&self, text: &str) {
        self.0.wait_for_stdout(text);
    }

    /// Waits for all its messages.
    pub(crate) fn end(self) -> Ended {
        self.0.end()
    }
}

/// What mosquitto_sub prints of a message.
pub(crate) fn printed(topic: &str, qos: u8, is_retained: bool, payload: &[u8]) -> Vec<u8> {
    let (retained, length) = (u8::from(is_retained), payload.len());
    let mut line = format!("{topic} {qos} {retained} {length} ").into_bytes();
    line.extend_from_slice(payload);
    line.push(b'\n');
    line
}

fn try_start(directory: &Path, options: &str) -> Option<(u16, Process)> {
    let port = free_port();
    let file = directory.join("mosquitto.conf");
    // Started as root, it would become a user who can't read the directory.
    let configuration = format!(
        "listener {port} 127.0.0.1\n{options}user root\npersistence false\nlog_type all\n\
         log_dest stderr\n"
    );
    fs::write(&file, configuration).unwrap();
    let mut process = Process::spawn(SERVER, ["-c", file.to_str().unwrap()]);
    let late = Instant::now() + PATIENCE;
    while process.is_running() && Instant::now() < late {
        if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() && process.is_running() {
            return Some((port, process));
        }
        std::thread::yield_now();
    }
    None
}

/// A port on which nobody listens.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

fn is_installed() -> bool {
    Path::new(SERVER).exists() && Path::new("/usr/bin/mosquitto_pub").exists()
}

/// Where Debian puts it, which is not in everybody's path.
const SERVER: &str = "/usr/sbin/mosquitto";

/// Topic, QoS, retained, length, payload.
const FORMAT: &str = "%t %q %r %l %p";
