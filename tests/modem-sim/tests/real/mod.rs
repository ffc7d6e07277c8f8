//! A modem on real sockets, and the servers that it reaches.

#![allow(dead_code, reason = "each test file uses a part of it")]

mod mosquitto;

use std::{
    net::{Ipv4Addr, SocketAddr},
    thread,
    time::{Duration, Instant},
};

use quectel_modem_sim::{Config, Modem, Module, TcpNetwork};

pub(crate) use self::mosquitto::Mosquitto;

/// A modem on real sockets, served by polling.
pub(crate) struct Bench {
    modem: Modem,
    start: Instant,
    seen: Vec<u8>,
}

impl Bench {
    pub(crate) fn new(server: SocketAddr) -> Self {
        Self::with(Module::Bg95, server)
    }

    pub(crate) fn with(module: Module, server: SocketAddr) -> Self {
        let network = TcpNetwork::new(Some((server.ip().to_string(), server.port())));
        let config = Config {
            module,
            ..Config::default()
        };
        let mut bench = Self {
            modem: Modem::new(config, Box::new(network)),
            start: Instant::now(),
            seen: Vec::new(),
        };
        bench.command("ATE0", "OK\r\n");
        bench
    }

    /// Sends a command line and waits until the output ends with this.
    #[track_caller]
    pub(crate) fn command(&mut self, command: &str, end: &str) -> String {
        self.send(command.as_bytes());
        self.send(b"\r");
        self.wait_for(end)
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.modem.receive(self.start.elapsed(), bytes);
    }

    /// Waits until the output has all of these, in any order, and forgets it.
    #[track_caller]
    pub(crate) fn wait_for_all(&mut self, wanted: &[&[u8]]) -> String {
        let patience = Instant::now() + Duration::from_secs(60);
        let has = |seen: &[u8], part: &[u8]| seen.windows(part.len()).any(|at| at == part);
        while !wanted.iter().all(|part| has(&self.seen, part)) {
            self.modem.poll(self.start.elapsed());
            self.seen.extend(self.modem.take_output(usize::MAX));
            assert!(
                Instant::now() < patience,
                "waiting for {:?}, got {:?}",
                wanted
                    .iter()
                    .map(|part| part.escape_ascii().to_string())
                    .collect::<Vec<_>>(),
                self.seen.escape_ascii().to_string()
            );
            thread::sleep(Duration::from_millis(1));
        }
        let seen = std::mem::take(&mut self.seen);
        String::from_utf8_lossy(&seen).into_owned()
    }

    #[track_caller]
    pub(crate) fn wait_for(&mut self, wanted: &str) -> String {
        self.wait_for_all(&[wanted.as_bytes()])
    }

    pub(crate) fn connect(&mut self, version: u8, client_id: &str) {
        self.command(&format!("AT+QMTCFG=\"version\",0,{version}"), "OK\r\n");
        self.command("AT+QMTCFG=\"recv/mode\",0,0,1", "OK\r\n");
        self.command(
            "AT+QMTOPEN=0,\"broker.example\",1883",
            "\r\n+QMTOPEN: 0,0\r\n",
        );
        self.command(
            &format!("AT+QMTCONN=0,\"{client_id}\""),
            "\r\n+QMTCONN: 0,0,0\r\n",
        );
    }

    /// Publishes to itself, with every QoS, and compares what comes back.
    pub(crate) fn round_trips(&mut self, prefix: &str) {
        self.command(
            &format!("AT+QMTSUB=0,1,\"{prefix}/#\",2"),
            "\r\n+QMTSUB: 0,1,0,2\r\n",
        );
        let every_byte: Vec<u8> = (0..=255).collect();
        let long: Vec<u8> = (0..4096_u32).map(|n| (n % 251) as u8).collect();
        let quotes = b"\",\"\r\nOK\r\n\"".to_vec();
        for qos in 0..=2 {
            for payload in [&b"x"[..], &quotes, &every_byte, &long] {
                let length = payload.len();
                let id = if qos == 0 { 0 } else { 2 };
                self.command(
                    &format!("AT+QMTPUB=0,{id},{qos},0,\"{prefix}/{qos}\",{length}"),
                    "\r\n> ",
                );
                self.send(payload);
                let mut message = format!(",\"{prefix}/{qos}\",{length},\"").into_bytes();
                message.extend_from_slice(payload);
                message.extend_from_slice(b"\"\r\n");
                let result = format!("\r\n+QMTPUB: 0,{id},0\r\n");
                self.wait_for_all(&[b"\r\nOK\r\n", result.as_bytes(), &message]);
            }
        }
    }

    /// A retained message outlives its subscription, and an empty payload removes it.
    pub(crate) fn retains(&mut self, topic: &str) {
        self.command(
            &format!("AT+QMTPUBEX=0,5,1,1,\"{topic}\",\"kept\""),
            "+QMTPUB: 0,5,0\r\n",
        );
        self.send(format!("AT+QMTSUB=0,6,\"{topic}\",1\r").as_bytes());
        let kept = format!(",\"{topic}\",4,\"kept\"\r\n");
        self.wait_for_all(&[b"+QMTSUB: 0,6,0,1\r\n", kept.as_bytes()]);
        self.send(format!("AT+QMTPUBEX=0,7,1,1,\"{topic}\",\"\"\r").as_bytes());
        let empty = format!(",\"{topic}\",0,\"\"\r\n");
        self.wait_for_all(&[b"+QMTPUB: 0,7,0\r\n", empty.as_bytes()]);
        self.command(&format!("AT+QMTUNS=0,8,\"{topic}\""), "+QMTUNS: 0,8,0\r\n");
        // Subscribed again, only what is published later comes.
        let mut seen = self.command(
            &format!("AT+QMTSUB=0,9,\"{topic}\",1"),
            "+QMTSUB: 0,9,0,1\r\n",
        );
        self.send(format!("AT+QMTPUBEX=0,10,1,0,\"{topic}\",\"new\"\r").as_bytes());
        let new = format!(",\"{topic}\",3,\"new\"\r\n");
        seen += &self.wait_for_all(&[b"+QMTPUB: 0,10,0\r\n", new.as_bytes()]);
        assert_eq!(seen.matches("+QMTRECV").count(), 1, "{seen}");
    }

    pub(crate) fn disconnect(&mut self) {
        self.command("AT+QMTDISC=0", "\r\n+QMTDISC: 0,0\r\n\r\n+QMTSTAT: 0,5\r\n");
    }
}

/// Any free port of this computer.
pub(crate) fn loopback() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}
