//! In place of TLS, where the feature `tls` is off: there is never a connection.

use crate::modem::qsslcfg::Credentials;

/// A TLS connection that cannot be.
#[derive(Debug)]
pub(in crate::modem) enum Tls {}

impl Tls {
    pub(in crate::modem) fn new(_host: &str, _credentials: &Credentials) -> Option<Self> {
        None
    }

    pub(super) fn is_handshaking(&self) -> bool {
        match *self {}
    }

    pub(super) fn send(&mut self, _bytes: &[u8]) -> Option<()> {
        match *self {}
    }

    pub(super) fn outbound(&mut self) -> Vec<u8> {
        match *self {}
    }

    pub(super) fn receive(&mut self, _bytes: &[u8], _into: &mut Vec<u8>) -> Option<()> {
        match *self {}
    }
}
