//! A real MQTT server in the same process, for when no other is at hand.

mod mqtt31;

use std::{
    collections::HashMap,
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    thread,
    time::{Duration, Instant},
};

use rumqttd::{Broker, Config, ConnectionSettings, RouterConfig, ServerSettings};

/// rumqttd on a loopback port.
///
/// It lives until the process ends: rumqttd has no way to be stopped.
///
/// It takes MQTT 3.1.1 and, by a listener before rumqttd that rewrites CONNECT, MQTT 3.1.
///
/// What rumqttd does not do is refuse: it grants malformed topic filters (`bad#`), and takes
/// messages whose topic name has wildcards and gives them to nobody.
#[derive(Clone, Copy, Debug)]
pub struct Embedded {
    address: SocketAddr,
}

impl Embedded {
    /// Starts the server on an address; port 0 is any free port.
    ///
    /// # Errors
    ///
    /// If the address can't be listened on, or the server does not come up.
    pub fn start(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        // rumqttd does not say which port it got, so a free one is looked up for it.
        let behind = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let settings = ServerSettings {
            name: "embedded".into(),
            listen: behind,
            tls: None,
            next_connection_delay_ms: 0,
            connections: ConnectionSettings {
                connection_timeout_ms: 10_000,
                max_payload_size: 4 * 1024 * 1024,
                max_inflight_count: 200,
                auth: None,
                external_auth: None,
                dynamic_filters: true,
            },
        };
        let config = Config {
            id: 0,
            router: RouterConfig {
                max_connections: 1000,
                max_outgoing_packet_count: 200,
                max_segment_size: 16 * 1024 * 1024,
                max_segment_count: 4,
                custom_segment: None,
                initialized_filters: None,
                ..RouterConfig::default()
            },
            v4: Some(HashMap::from([("embedded".into(), settings)])),
            ..Config::default()
        };
        thread::Builder::new()
            .name("broker".into())
            .spawn(move || {
                let mut broker = Broker::new(config);
                // Nobody is left to tell when it ends; who uses the server will notice.
                let _ = broker.start();
            })?;
        let patience = Instant::now() + START_TIMEOUT;
        while let Err(error) = TcpStream::connect_timeout(&behind, START_TIMEOUT) {
            if Instant::now() > patience {
                return Err(error);
            }
            thread::sleep(Duration::from_millis(10));
        }
        thread::Builder::new()
            .name("broker-listen".into())
            .spawn(move || mqtt31::serve(&listener, behind))?;
        Ok(Self { address })
    }

    /// Where the server listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

const START_TIMEOUT: Duration = Duration::from_secs(10);
