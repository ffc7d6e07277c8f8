//! A host that types commands at a modem and compares every byte of the answer.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::time::Duration;

use quectel_modem_sim::{Config, Modem, Module, local::LocalServer};

pub(crate) struct Bench {
    pub(crate) modem: Modem,
    pub(crate) server: LocalServer,
    pub(crate) now: Duration,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(Config::default())
    }

    pub(crate) fn with(config: Config) -> Self {
        let server = LocalServer::new();
        let modem = Modem::new(config, Box::new(server.network()));
        Self {
            modem,
            server,
            now: Duration::ZERO,
        }
    }

    /// A modem without echo.
    pub(crate) fn quiet() -> Self {
        let mut bench = Self::new();
        assert_eq!(bench.type_in("ATE0\r"), "ATE0\r\r\nOK\r\n");
        bench
    }

    /// A BC660K-GL without echo.
    pub(crate) fn bc660k() -> Self {
        let mut bench = Self::with(Config {
            module: Module::Bc660k,
            ..Config::default()
        });
        assert_eq!(bench.type_in("ATE0\r"), "ATE0\r\r\nOK\r\n");
        bench
    }

    /// A BC660K-GL without echo whose client 0 is connected with MQTT 3.1.1.
    pub(crate) fn bc660k_connected() -> Self {
        let mut bench = Self::bc660k();
        bench.ok("AT+QMTCFG=\"version\",0,1");
        bench.connect("device");
        bench
    }

    /// A modem without echo whose client 0 is connected with MQTT 3.1.1.
    pub(crate) fn connected() -> Self {
        let mut bench = Self::quiet();
        bench.ok("AT+QMTCFG=\"version\",0,4");
        bench.connect("device");
        bench
    }

    pub(crate) fn connect(&mut self, client_id: &str) {
        self.expect(
            "AT+QMTOPEN=0,\"broker.example\",1883",
            "\r\nOK\r\n\r\n+QMTOPEN: 0,0\r\n",
        );
        self.expect(
            &format!("AT+QMTCONN=0,\"{client_id}\""),
            "\r\nOK\r\n\r\n+QMTCONN: 0,0,0\r\n",
        );
    }

    /// Sends bytes and gives all that comes back now.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.modem.receive(self.now, bytes);
        self.output()
    }

    pub(crate) fn output(&mut self) -> Vec<u8> {
        self.modem.poll(self.now);
        let mut all = Vec::new();
        loop {
            let part = self.modem.take_output(usize::MAX);
            if part.is_empty() {
                // What was taken may have made room for more.
                self.modem.poll(self.now);
                if !self.modem.has_output() {
                    return all;
                }
            }
            all.extend(part);
        }
    }

    pub(crate) fn type_in(&mut self, text: &str) -> String {
        show(&self.send(text.as_bytes()))
    }

    /// Sends a command line and compares the whole answer.
    #[track_caller]
    pub(crate) fn expect(&mut self, command: &str, answer: &str) {
        let got = self.type_in(&format!("{command}\r"));
        assert_eq!(got, answer, "{command}");
    }

    #[track_caller]
    pub(crate) fn ok(&mut self, command: &str) {
        self.expect(command, "\r\nOK\r\n");
    }

    #[track_caller]
    pub(crate) fn error(&mut self, command: &str) {
        self.expect(command, "\r\nERROR\r\n");
    }

    /// A command that a BC660K-GL refuses with this number.
    #[track_caller]
    pub(crate) fn cme(&mut self, command: &str, number: u16) {
        self.expect(command, &format!("\r\n+CME ERROR: {number}\r\n"));
    }

    #[track_caller]
    pub(crate) fn silent(&mut self) {
        assert_eq!(show(&self.output()), "");
    }

    /// Lets time pass, one deadline after the other, and gives what came.
    pub(crate) fn wait(&mut self, duration: Duration) -> String {
        let end = self.now + duration;
        let mut all = self.output();
        while let Some(next) = self.modem.next_deadline().filter(|next| *next <= end) {
            self.now = self.now.max(next);
            all.extend(self.output());
        }
        self.now = end;
        all.extend(self.output());
        show(&all)
    }

    pub(crate) fn wait_secs(&mut self, seconds: u64) -> String {
        self.wait(Duration::from_secs(seconds))
    }
}

pub(crate) fn show(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
