//! The server in memory, behind TLS.

use std::{
    collections::HashMap,
    io::{Read, Write},
    sync::Arc,
    time::Duration,
};

use rustls::{
    RootCertStore, ServerConfig, ServerConnection,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::WebPkiClientVerifier,
};

use super::{LocalNetwork, LocalServer};
use crate::network::{Link, LinkStatus, Network, Notify};

/// The TCP stack of a modem that reaches one [`LocalServer`] through TLS: on every port, it wants
/// a handshake first.
#[derive(Debug)]
pub struct TlsNetwork {
    inner: LocalNetwork,
    config: Arc<ServerConfig>,
    links: HashMap<Link, Secured>,
}

#[derive(Debug)]
struct Secured {
    connection: ServerConnection,
    has_failed: bool,
}

impl LocalServer {
    /// The TCP stack of a modem that reaches this server through TLS. The server shows this
    /// certificate (with its key), and wants one from the client if `client_ca` is given. All are
    /// PEM.
    ///
    /// # Panics
    ///
    /// If one of them can't be read, or the key is not the certificate's.
    #[must_use]
    pub fn tls_network(&self, certificate: &str, key: &str, client_ca: Option<&str>) -> TlsNetwork {
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .expect("ring has the default versions");
        let builder = match client_ca {
            None => builder.with_no_client_auth(),
            Some(ca) => {
                let mut roots = RootCertStore::empty();
                roots.add(read_certificate(ca)).expect("the CA is usable");
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
                builder.with_client_cert_verifier(verifier.expect("the CA is usable"))
            }
        };
        let chain = vec![read_certificate(certificate)];
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("the key is PEM");
        let config = builder.with_single_cert(chain, key);
        TlsNetwork {
            inner: self.network(),
            config: Arc::new(config.expect("the key is the certificate's")),
            links: HashMap::new(),
        }
    }
}

fn read_certificate(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).expect("the certificate is PEM")
}

impl Network for TlsNetwork {
    fn open(&mut self, now: Duration, host: &str, port: u16) -> Link {
        let link = self.inner.open(now, host, port);
        let secured = Secured {
            connection: ServerConnection::new(Arc::clone(&self.config))
                .expect("the configuration is complete"),
            has_failed: false,
        };
        self.links.insert(link, secured);
        link
    }

    fn status(&mut self, now: Duration, link: Link) -> LinkStatus {
        match self.links.get(&link) {
            Some(it) if it.has_failed && !it.connection.wants_write() => LinkStatus::Closed,
            _ => self.inner.status(now, link),
        }
    }

    fn send(&mut self, now: Duration, link: Link, mut bytes: &[u8]) -> usize {
        let Some(secured) = self.links.get_mut(&link) else {
            return 0;
        };
        let connection = &mut secured.connection;
        let Ok(count) = connection.read_tls(&mut bytes) else {
            return 0;
        };
        secured.has_failed |= connection.process_new_packets().is_err();
        let mut plain = Vec::new();
        // Nothing more now is an error here.
        let _ = connection.reader().read_to_end(&mut plain);
        if !plain.is_empty() {
            let taken = self.inner.send(now, link, &plain);
            assert_eq!(taken, plain.len(), "the server takes what it is sent");
        }
        count
    }

    fn receive(&mut self, now: Duration, link: Link, into: &mut Vec<u8>, max: usize) -> usize {
        let Some(secured) = self.links.get_mut(&link) else {
            return 0;
        };
        let connection = &mut secured.connection;
        let mut plain = Vec::new();
        self.inner.receive(now, link, &mut plain, max / 2);
        let before = into.len();
        connection
            .writer()
            .write_all(&plain)
            .expect("the buffer grows");
        while connection.wants_write() {
            connection.write_tls(into).expect("the buffer grows");
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

    fn set_notify(&mut self, notify: Notify) {
        self.inner.set_notify(notify);
    }
}
