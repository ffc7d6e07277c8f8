//! TLS between a client and its server.

use std::{io::Write, sync::Arc};

use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, Error, RootCertStore,
    SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject},
    version::TLS12,
};

use crate::modem::qsslcfg::Credentials;

/// One TLS connection, without I/O.
#[derive(Debug)]
pub(in crate::modem) struct Tls {
    connection: ClientConnection,
    /// Bytes for the network.
    outbound: Vec<u8>,
}

impl Tls {
    /// A connection that has sent nothing yet; `None` if the credentials are not usable.
    pub(in crate::modem) fn new(host: &str, credentials: &Credentials) -> Option<Self> {
        let provider = Arc::new(ring::default_provider());
        let [authority, certificate, key] = credentials.pem.each_ref().map(Option::as_deref);
        let inner: Option<Arc<dyn ServerCertVerifier>> = match credentials.level {
            0 => None,
            _ => {
                let mut roots = RootCertStore::empty();
                for one in CertificateDer::pem_slice_iter(authority?) {
                    roots.add(one.ok()?).ok()?;
                }
                let verifier =
                    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone());
                Some(verifier.build().ok()?)
            }
        };
        let verifier = Verifier {
            inner,
            provider: provider.clone(),
        };
        let config = ClientConfig::builder_with_provider(provider)
            // The modules know nothing newer; and with it, the server's refusal of a client
            // certificate ends the handshake instead of the connection.
            .with_protocol_versions(&[&TLS12])
            .ok()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let config = match credentials.level {
            2 => {
                let chain = CertificateDer::pem_slice_iter(certificate?)
                    .collect::<Result<Vec<_>, _>>()
                    .ok()?;
                let key = PrivateKeyDer::from_pem_slice(key?).ok()?;
                config.with_client_auth_cert(chain, key).ok()?
            }
            _ => config.with_no_client_auth(),
        };
        let name = ServerName::try_from(host.to_owned()).ok()?;
        let connection = ClientConnection::new(Arc::new(config), name).ok()?;
        Some(Self {
            connection,
            outbound: Vec::new(),
        })
    }

    pub(super) fn is_handshaking(&self) -> bool {
        self.connection.is_handshaking()
    }

    /// Encrypts what is to be sent.
    pub(super) fn send(&mut self, bytes: &[u8]) -> Option<()> {
        for part in bytes.chunks(CHUNK) {
            self.connection.writer().write_all(part).ok()?;
            self.drain();
        }
        Some(())
    }

    /// Takes what is to go to the server.
    pub(super) fn outbound(&mut self) -> Vec<u8> {
        self.drain();
        std::mem::take(&mut self.outbound)
    }

    fn drain(&mut self) {
        while self.connection.wants_write() {
            // Writing into a vector does not fail.
            let _ = self.connection.write_tls(&mut self.outbound);
        }
    }

    /// Decrypts what came; `None` is the end of the connection.
    pub(super) fn receive(&mut self, mut bytes: &[u8], into: &mut Vec<u8>) -> Option<()> {
        while !bytes.is_empty() {
            self.connection.read_tls(&mut bytes).ok()?;
            let state = self.connection.process_new_packets();
            // An alert tells the server why.
            self.drain();
            let count = state.ok()?.plaintext_bytes_to_read();
            let mut plain = vec![0; count];
            std::io::Read::read_exact(&mut self.connection.reader(), &mut plain).ok()?;
            into.extend(plain);
        }
        Some(())
    }
}

/// Verifies the chain of the server's certificate, if told to, and not its name.
#[derive(Debug)]
struct Verifier {
    inner: Option<Arc<dyn ServerCertVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(inner) = &self.inner else {
            return Ok(ServerCertVerified::assertion());
        };
        match inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            // The name is looked at last, when the chain was found good.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            result => result,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// Less than the connection takes at once.
const CHUNK: usize = 16 * 1024;
