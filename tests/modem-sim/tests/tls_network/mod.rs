//! The server in memory, behind TLS.

use quectel_modem_sim::local::{LocalServer, TlsNetwork};

const CA: &str = include_str!("../certificates/ca.pem");
const SERVER: &str = include_str!("../certificates/server.pem");
const SERVER_KEY: &str = include_str!("../certificates/server.key");

pub(crate) fn tls_network(server: &LocalServer, wants_certificate: bool) -> TlsNetwork {
    server.tls_network(SERVER, SERVER_KEY, wants_certificate.then_some(CA))
}
