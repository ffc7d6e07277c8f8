//! A driver, a simulated modem and a server in memory, in virtual time.

use std::{fmt::Debug, time::Duration};

use embedded_io_async::{Read, Write};
use quectel_modem_sim::{Config, VirtualPort, local::LocalServer};
use quectel_mqtt::{BG95, ClientIndex, ConnectOptions, Dialect, asynch::Modem, engine::Buffers};

/// Buffers for everything that the modem takes.
pub(crate) struct Memory {
    rx: [u8; 512],
    tx: [u8; 8192],
    inbox: Vec<u8>,
}

impl Memory {
    pub(crate) fn new() -> Self {
        Self {
            rx: [0; 512],
            tx: [0; 8192],
            inbox: vec![0; 32 * 1024],
        }
    }

    pub(crate) fn buffers(&mut self) -> Buffers<'_> {
        Buffers {
            rx: &mut self.rx,
            tx: &mut self.tx,
            inbox: &mut self.inbox,
        }
    }
}

/// The modem's side: keep the port to change the modem's behaviour on the way.
pub(crate) fn modem_and_server(config: Config) -> (VirtualPort, LocalServer) {
    let server = LocalServer::new();
    server.set_latency(Duration::from_millis(50));
    (VirtualPort::new(config, server.network()), server)
}

pub(crate) fn options() -> ConnectOptions<'static> {
    ConnectOptions::new("broker.example", "meter-0815").unwrap()
}

/// A driver whose client 0 is connected.
pub(crate) async fn connected<'buf>(
    port: &VirtualPort,
    memory: &'buf mut Memory,
) -> Modem<'buf, VirtualPort> {
    connected_as(&BG95, &options(), port.clone(), memory).await
}

/// A driver of this dialect whose client 0 is connected with these options.
pub(crate) async fn connected_as<'buf, P: Read + Write>(
    dialect: &'static Dialect,
    options: &ConnectOptions<'_>,
    port: P,
    memory: &'buf mut Memory,
) -> Modem<'buf, P>
where
    P::Error: Debug,
{
    let mut modem = Modem::new(dialect, port, memory.buffers());
    let mut client = modem.client(ClientIndex::ZERO);
    client.connect(options).await.unwrap();
    modem
}
