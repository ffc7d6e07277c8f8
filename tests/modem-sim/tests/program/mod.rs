//! The program `modem-sim`, and a host that talks to it.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::Duration,
};

/// The program, ended with the test.
pub(crate) struct Program(Child);

impl Program {
    pub(crate) fn start(arguments: &[&str]) -> (Self, Vec<String>) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_modem-sim"))
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let facts = stdout.lines().take(2).map(Result::unwrap).collect();
        (Self(child), facts)
    }

    pub(crate) fn terminate(&mut self) -> Option<i32> {
        let id = self.0.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(sent.success());
        self.0.wait().unwrap().code()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Sends a command and reads until the answer ends with this.
pub(crate) fn talk(line: &mut (impl Read + Write), command: &str, end: &str) -> String {
    line.write_all(command.as_bytes()).unwrap();
    let mut seen = Vec::new();
    while !seen.ends_with(end.as_bytes()) {
        let mut byte = [0];
        assert_eq!(line.read(&mut byte).unwrap(), 1);
        seen.push(byte[0]);
    }
    String::from_utf8(seen).unwrap()
}

pub(crate) fn dial(address: impl std::net::ToSocketAddrs) -> TcpStream {
    let host = TcpStream::connect(address).unwrap();
    host.set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    host
}
