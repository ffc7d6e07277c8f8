//! Certificates and keys in PEM, which a modem shows when they are entered or downloaded.

use quectel_mqtt::{at::Line, command::Urc};

/// Knows the lines of a certificate or key from others. They are nobody's answer, and a key is
/// nobody's business.
#[derive(Debug, Default)]
pub(super) struct Pem {
    is_open: bool,
}

impl Pem {
    /// Whether the line belongs to a certificate or key. One that is broken off ends at the first
    /// line that can't be its own.
    pub(super) fn takes(&mut self, line: &[u8]) -> bool {
        if line.starts_with(b"-----BEGIN ") {
            self.is_open = true;
            return true;
        }
        if !self.is_open {
            return false;
        }
        if line.starts_with(b"-----END ") {
            self.is_open = false;
            return true;
        }
        self.is_open = is_header(line) || is_base64(line) && !is_known(line);
        self.is_open
    }
}

/// The headers of an encrypted key (RFC 1421, chapter 4.6).
fn is_header(line: &[u8]) -> bool {
    line.starts_with(b"Proc-Type:") || line.starts_with(b"DEK-Info:")
}

fn is_base64(line: &[u8]) -> bool {
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    line.iter().all(is_digit)
}

/// `OK` and `RDY` are base64 too.
fn is_known(line: &[u8]) -> bool {
    let line = Line::classify(line);
    matches!(line, Line::Final(_)) || Urc::parse(&line).is_some()
}
