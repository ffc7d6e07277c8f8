//! The simulated modem on a pseudo-terminal, and `qmqtt` on it.

use std::{
    io::{self, Write},
    net::TcpListener,
    path::PathBuf,
    sync::Arc,
};

use quectel_modem_sim::{
    Behaviour, Chunk, Config, Module, TcpNetwork,
    serve::{self, Guard, Setup},
};

use crate::process::{Ended, Process, Watched};

/// How the line from the modem behaves.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Line {
    Plain,
    /// The modem's bytes come one at a time.
    ByteByByte,
    /// The echo stays on, whatever the modem answers to ATE0.
    Echo,
}

pub(crate) struct Modem {
    module: Module,
    device: PathBuf,
    pub(crate) guard: Guard,
    dialogue: Arc<Watched>,
}

impl Modem {
    pub(crate) fn start(line: Line) -> Self {
        Self::start_as(Module::Bg95, line)
    }

    pub(crate) fn start_as(module: Module, line: Line) -> Self {
        let mut behaviour = Behaviour::default();
        match line {
            Line::Plain => {}
            Line::ByteByByte => behaviour.chunk = Chunk::AtMost(1),
            Line::Echo => behaviour.keep_echo = true,
        }
        Self::behaving(module, behaviour)
    }

    pub(crate) fn behaving(module: Module, behaviour: Behaviour) -> Self {
        let config = Config {
            module,
            behaviour,
            ..Config::default()
        };
        let dialogue = Arc::default();
        let setup =
            Setup::new(config, TcpNetwork::new(None)).trace(Recorder(Arc::clone(&dialogue)));
        let (device, guard) = serve::spawn_pty(setup, None).unwrap();
        Self {
            module,
            device,
            guard,
            dialogue,
        }
    }

    /// Starts `qmqtt` on this modem, with the server at 127.0.0.1.
    pub(crate) fn qmqtt(&self, server_port: u16, arguments: &[&str]) -> Process {
        let port = server_port.to_string();
        let mut all = vec!["--port", self.device(), "--module", self.module.name()];
        all.extend(["-h", "127.0.0.1", "-p", &port]);
        all.extend(arguments);
        Process::spawn(QMQTT, all)
    }

    pub(crate) fn run_qmqtt(&self, server_port: u16, arguments: &[&str]) -> Ended {
        let mut process = self.qmqtt(server_port, arguments);
        drop(process.stdin());
        process.end()
    }

    /// Runs `qmqtt` on this modem, with these arguments and no others.
    pub(crate) fn run_qmqtt_alone(&self, arguments: &[&str]) -> Ended {
        let all = [&["--port", self.device()], arguments].concat();
        Process::run(QMQTT, all)
    }

    pub(crate) fn device(&self) -> &str {
        self.device.to_str().unwrap()
    }

    /// The command lines that the modem has got, in their order.
    pub(crate) fn commands(&self) -> Vec<String> {
        String::from_utf8_lossy(&self.dialogue.bytes())
            .lines()
            .filter_map(|line| line.strip_prefix("-> "))
            .map(str::to_owned)
            .collect()
    }

    /// Whether the modem has got a command that begins so.
    pub(crate) fn has_got(&self, start: &str) -> bool {
        self.commands().iter().any(|line| line.starts_with(start))
    }

    /// Waits until the modem has got a command that begins so.
    pub(crate) fn wait_for_command(&self, start: &str) {
        self.dialogue
            .wait_for("the modem", format!("-> {start}").as_bytes());
    }
}

/// The port of a modem that nobody must touch.
pub(crate) struct Untouched(TcpListener);

impl Untouched {
    pub(crate) fn new() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").unwrap())
    }

    pub(crate) fn run_qmqtt(&self, arguments: &[&str]) -> Ended {
        let port = format!("tcp:{}", self.0.local_addr().unwrap());
        let mut all = vec!["--port", &port];
        all.extend(arguments);
        Process::run(QMQTT, all)
    }

    /// Not even the port was opened.
    #[track_caller]
    pub(crate) fn assert_untouched(&self) {
        self.0.set_nonblocking(true).unwrap();
        let error = self.0.accept().map(drop).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
    }
}

struct Recorder(Arc<Watched>);

impl Write for Recorder {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.append(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(crate) const QMQTT: &str = env!("CARGO_BIN_EXE_qmqtt");
