//! MQTT over TLS, with the certificates that were given to the modem.

mod support;

use std::{
    collections::HashMap,
    io::{Read, Write},
    sync::Arc,
    time::Duration,
};

use quectel_modem_sim::{
    Config, Link, LinkStatus, Modem, Module, Network,
    local::{Listen, LocalNetwork, LocalServer, Message},
};
use rustls::{
    RootCertStore, ServerConfig, ServerConnection,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::WebPkiClientVerifier,
};
use support::{Bench, show};

const CA: &str = include_str!("certificates/ca.pem");
const OTHER_CA: &str = include_str!("certificates/other.pem");
const CLIENT: &str = include_str!("certificates/client.pem");
const CLIENT_KEY: &str = include_str!("certificates/client.key");
const SERVER: &str = include_str!("certificates/server.pem");
const SERVER_KEY: &str = include_str!("certificates/server.key");

/// A server that speaks TLS before a server that does not.
struct TlsNetwork {
    inner: LocalNetwork,
    config: Arc<ServerConfig>,
    links: HashMap<Link, (ServerConnection, bool)>,
}

impl TlsNetwork {
    fn new(inner: LocalNetwork, wants_certificate: bool) -> Self {
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

fn bench(module: Module, wants_certificate: bool) -> Bench {
    let server = LocalServer::new();
    let network = TlsNetwork::new(server.network(), wants_certificate);
    let config = Config {
        module,
        ..Config::default()
    };
    let mut bench = Bench {
        modem: Modem::new(config, Box::new(network)),
        server,
        now: Duration::ZERO,
    };
    assert_eq!(bench.type_in("ATE0\r"), "ATE0\r\r\nOK\r\n");
    bench
}

/// A BG95 whose client 0 is in SSL mode.
fn bg95(wants_certificate: bool, ca: &str, level: u8) -> Bench {
    let mut bench = bench(Module::Bg95, wants_certificate);
    for (key, name, pem) in [
        ("cacert", "ca.pem", ca),
        ("clientcert", "cert.pem", CLIENT),
        ("clientkey", "key.pem", CLIENT_KEY),
    ] {
        bench.expect(
            &format!("AT+QFUPL=\"{name}\",{}", pem.len()),
            "\r\nCONNECT\r\n",
        );
        let answer = bench.type_in(pem);
        assert!(answer.ends_with("\r\n\r\nOK\r\n"), "{answer}");
        bench.ok(&format!("AT+QSSLCFG=\"{key}\",2,\"{name}\""));
    }
    bench.ok(&format!("AT+QSSLCFG=\"seclevel\",2,{level}"));
    bench.ok("AT+QMTCFG=\"ssl\",0,1,2");
    bench.ok("AT+QMTCFG=\"version\",0,4");
    bench
}

fn opens(bench: &mut Bench) -> bool {
    let answer = bench.type_in("AT+QMTOPEN=0,\"broker.example\",8883\r");
    let result = answer.strip_prefix("\r\nOK\r\n\r\n+QMTOPEN: 0,").unwrap();
    match result {
        "0\r\n" => true,
        "-1\r\n" => false,
        other => panic!("{other}"),
    }
}

#[test]
fn the_security_level_decides_what_is_verified() {
    for (wants_certificate, ca, level, expected) in [
        (false, CA, 0, true),
        (false, OTHER_CA, 0, true),
        (false, "nonsense", 0, true),
        (false, CA, 1, true),
        (false, OTHER_CA, 1, false),
        (false, "nonsense", 1, false),
        (false, CA, 2, true),
        (false, OTHER_CA, 2, false),
        (true, CA, 0, false),
        (true, CA, 1, false),
        (true, CA, 2, true),
    ] {
        let mut bench = bg95(wants_certificate, ca, level);
        assert_eq!(
            opens(&mut bench),
            expected,
            "certificate {wants_certificate}, level {level}"
        );
    }
}

#[test]
fn messages_make_the_round_trip() {
    let mut bench = bg95(true, CA, 2);
    bench.ok("AT+QMTCFG=\"recv/mode\",0,0,1");
    bench.connect("device");
    bench.expect(
        "AT+QMTSUB=0,1,\"t\",1",
        "\r\nOK\r\n\r\n+QMTSUB: 0,1,0,1\r\n",
    );
    let payload = "x".repeat(4096);
    bench.expect("AT+QMTPUB=0,2,1,0,\"t\",4096", "\r\n> ");
    let answer = bench.type_in(&payload);
    assert!(answer.starts_with("\r\nOK\r\n"), "{answer}");
    assert!(answer.contains(&format!("+QMTRECV: 0,1,\"t\",4096,\"{payload}\"")));
    assert!(answer.contains("\r\n+QMTPUB: 0,2,0\r\n"));
    assert_eq!(bench.server.messages(), [Message::new("t", payload, 1)]);
    bench.expect(
        "AT+QMTPUBEX=0,0,0,0,\"u\",\"m\"",
        "\r\nOK\r\n\r\n+QMTPUB: 0,0,0\r\n",
    );
    assert!(bench.type_in("AT+QMTDISC=0\r").contains("+QMTDISC: 0,0"));
}

#[test]
fn the_login_of_alibaba_cloud_names_tls() {
    let mut bench = bg95(false, CA, 1);
    bench.ok("AT+QMTCFG=\"aliauth\",0,\"product\",\"name\",\"secret\"");
    bench.connect("device");
    assert_eq!(
        bench.server.connections()[0].client_id,
        "device|securemode=2,signmethod=hmacsha1|"
    );
}

#[test]
fn the_bc660k_connects_with_what_was_typed_in() {
    for (ca, expected) in [(CA, true), (OTHER_CA, false)] {
        let mut bench = bench(Module::Bc660k, true);
        for (key, pem) in [
            ("cacert", ca),
            ("clientcert", CLIENT),
            ("clientkey", CLIENT_KEY),
        ] {
            bench.expect(&format!("AT+QSSLCFG=0,0,\"{key}\""), "\r\n> ");
            assert_eq!(
                bench.type_in(&format!("{pem}\x1A")),
                format!("\r\n+QSSLCFG: 0,0,\"{key}\",{}\r\n\r\nOK\r\n", pem.len())
            );
        }
        bench.ok("AT+QSSLCFG=0,0,\"seclevel\",2");
        bench.ok("AT+QMTCFG=\"ssl\",0,1,0,0");
        assert_eq!(opens(&mut bench), expected);
    }
}

#[test]
fn a_server_without_tls_and_missing_files_fail() {
    let mut bench = Bench::quiet();
    bench.ok("AT+QMTCFG=\"ssl\",0,1,2");
    bench.ok("AT+QSSLCFG=\"seclevel\",2,1");
    bench.ok("AT+QSSLCFG=\"cacert\",2,\"none.pem\"");
    assert!(!opens(&mut bench));
    bench.ok("AT+QSSLCFG=\"seclevel\",2,0");
    for silent in [true, false] {
        match silent {
            true => bench.server.listen(Listen::Silent),
            false => {
                bench.server.listen(Listen::Accept);
                bench.server.pause();
                bench.server.set_connect_timeout(None);
            }
        }
        bench.ok("AT+QMTOPEN=0,\"broker.example\",8883");
        assert_eq!(bench.wait_secs(299), "");
        assert_eq!(bench.wait_secs(1), "\r\n+QMTOPEN: 0,-1\r\n");
        bench.server.resume();
    }
    let answer = show(&bench.send(b"AT+QMTOPEN=0,\"broker.example\",8883\r"));
    let rest = bench.wait_secs(60);
    assert_eq!(
        format!("{answer}{rest}"),
        "\r\nOK\r\n\r\n+QMTOPEN: 0,-1\r\n"
    );
}
