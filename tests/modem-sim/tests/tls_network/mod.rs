//! The server in memory, behind TLS.

use std::{
    collections::HashMap,
    io::{Read, Write},
    sync::Arc,
    time::Duration,
};

use quectel_modem_sim::{Link, LinkStatus, Network, local::LocalNetwork};
use rustls::{
    RootCertStore, ServerConfig, ServerConnection,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::WebPkiClientVerifier,
};

const CA: &str = include_str!("../certificates/ca.pem");
const SERVER: &str = include_str!("../certificates/server.pem");
const SERVER_KEY: &str = include_str!("../certificates/server.key");

/// A server that speaks TLS before a server that does not.
pub(crate) struct TlsNetwork {
    inner: LocalNetwork,
    config: Arc<ServerConfig>,
    links: HashMap<Link, (ServerConnection, bool)>,
}

impl TlsNetwork {
    pub(crate) fn new(inner: LocalNetwork, wants_certificate: bool) -> Self {
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = if wants_certificate {
            let mut roots = RootCertStore::empty();
            roots
                .add(CertificateDer::from_pem_slice(CA.as_bytes()).unwrap())
                .unwrap();
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
            builder.with_client_cert_verifier(verifier.unwrap())
        } else {
            builder.with_no_client_auth()
        };
        let chain = vec![CertificateDer::from_pem_slice(SERVER.as_bytes()).unwrap()];
        let key = PrivateKeyDer::from_pem_slice(SERVER_KEY.as_bytes()).unwrap();
        Self {
            inner,
            config: Arc::new(builder.with_single_cert(chain, key).unwrap()),
            links: HashMap::new(),
        }
    }
}

impl Network for TlsNetwork {
    fn open(&mut self, now: Duration, host: &str, port: u16) -> Link {
        let link = self.inner.open(now, host, port);
        let connection = ServerConnection::new(Arc::clone(&self.config)).unwrap();
        self.links.insert(link, (connection, false));
        link
    }

    fn status(&mut self, now: Duration, link: Link) -> LinkStatus {
        match self.links.get(&link) {
            Some((connection, true)) if !connection.wants_write() => LinkStatus::Closed,
            _ => self.inner.status(now, link),
        }
    }

    fn send(&mut self, now: Duration, link: Link, mut bytes: &[u8]) -> usize {
        let Some((connection, failed)) = self.links.get_mut(&link) else {
            return 0;
        };
        let count = connection.read_tls(&mut bytes).unwrap();
        *failed |= connection.process_new_packets().is_err();
        let mut plain = Vec::new();
        // Nothing more now is an error here.
        let _ = connection.reader().read_to_end(&mut plain);
        if !plain.is_empty() {
            assert_eq!(self.inner.send(now, link, &plain), plain.len());
        }
        count
    }

    fn receive(&mut self, now: Duration, link: Link, into: &mut Vec<u8>, max: usize) -> usize {
        let Some((connection, _)) = self.links.get_mut(&link) else {
            return 0;
        };
        let mut plain = Vec::new();
        self.inner.receive(now, link, &mut plain, max / 2);
        connection.writer().write_all(&plain).unwrap();
        let before = into.len();
        while connection.wants_write() {
            connection.write_tls(into).unwrap();
        }
        into.len() - before
    }

    fn close(&mut self, now: Duration, link: Link) {
        self.links.remove(&link);
        self.inner.close(now, link);
    }

    fn next_deadline(&self) -> Option<Duration> {
        self.inner.next_deadline()
    }
}
