//! Programs that are watched while they run. Every wait has an end.

use std::{
    ffi::OsStr,
    io::Read,
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    sync::{Arc, Condvar, Mutex},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// A running program. It ends with the test at the latest.
pub(crate) struct Process {
    name: String,
    child: Child,
    stdout: Arc<Watched>,
    stderr: Arc<Watched>,
    readers: Vec<JoinHandle<()>>,
}

/// What a program left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Process {
    pub(crate) fn spawn(
        program: &str,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Self {
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{program}: {error}"));
        let (stdout, stderr) = (Arc::default(), Arc::default());
        let readers = vec![
            watch(child.stdout.take().unwrap(), &stdout),
            watch(child.stderr.take().unwrap(), &stderr),
        ];
        Self {
            name: program.into(),
            child,
            stdout,
            stderr,
            readers,
        }
    }

    /// Runs a program to its end.
    pub(crate) fn run(
        program: &str,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Ended {
        let mut process = Self::spawn(program, arguments);
        drop(process.stdin());
        process.end()
    }

    pub(crate) fn stdin(&mut self) -> ChildStdin {
        self.child.stdin.take().unwrap()
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    pub(crate) fn wait_for_stdout(&self, text: &str) {
        self.stdout.wait_for(&self.name, text.as_bytes());
    }

    pub(crate) fn wait_for_stderr(&self, text: &str) {
        self.stderr.wait_for(&self.name, text.as_bytes());
    }

    /// Waits for its own end.
    pub(crate) fn end(mut self) -> Ended {
        let late = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(
                Instant::now() < late,
                "{} does not end; so far: {}",
                self.name,
                String::from_utf8_lossy(&self.stderr.bytes())
            );
            thread::sleep(Duration::from_millis(5));
        };
        for reader in self.readers.drain(..) {
            reader.join().unwrap();
        }
        Ended {
            status,
            stdout: self.stdout.bytes(),
            stderr: String::from_utf8(self.stderr.bytes()).unwrap(),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ended {
    #[track_caller]
    pub(crate) fn assert_success(&self) {
        assert_eq!(self.status.code(), Some(0), "{}", self.stderr);
    }

    /// Status 1, and this line on standard error and nothing else.
    #[track_caller]
    pub(crate) fn assert_failure(&self, line: &str) {
        assert_eq!(self.stderr, format!("{line}\n"));
        assert_eq!(self.status.code(), Some(1));
    }
}

/// Bytes that come while somebody may wait for them.
#[derive(Default)]
pub(crate) struct Watched {
    bytes: Mutex<Vec<u8>>,
    grown: Condvar,
}

impl Watched {
    pub(crate) fn append(&self, bytes: &[u8]) {
        self.bytes.lock().unwrap().extend_from_slice(bytes);
        self.grown.notify_all();
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.bytes.lock().unwrap().clone()
    }

    pub(crate) fn wait_for(&self, name: &str, part: &[u8]) {
        let is_missing =
            |bytes: &mut Vec<u8>| !bytes.windows(part.len()).any(|window| window == part);
        let bytes = self.bytes.lock().unwrap();
        let (bytes, wait) = self
            .grown
            .wait_timeout_while(bytes, PATIENCE, is_missing)
            .unwrap();
        assert!(
            !wait.timed_out(),
            "{name} never says {:?}, but: {}",
            String::from_utf8_lossy(part),
            String::from_utf8_lossy(&bytes)
        );
    }
}

fn watch(mut from: impl Read + Send + 'static, into: &Arc<Watched>) -> JoinHandle<()> {
    let into = Arc::clone(into);
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            into.append(&buffer[..count]);
        }
    })
}

/// Long enough for a computer that has other things to do.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
