//! TLS: which certificates, and what for.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use quectel_mqtt::{PemFile, TlsOptions, TlsVersion};

use crate::failure::{Failed, Step};

/// With TLS, if one of its options is given.
#[derive(Args, Debug)]
pub(crate) struct TlsArguments {
    /// Connect with TLS: the server's certificate must come from a CA in this file (PEM), which is
    /// uploaded to the modem.
    #[arg(long, value_name = "FILE")]
    cafile: Option<PathBuf>,

    /// Certificate of this client (PEM), which is uploaded to the modem.
    #[arg(long, value_name = "FILE", requires = "cafile", requires = "key")]
    cert: Option<PathBuf>,

    /// Private key of this client (PEM), which is uploaded to the modem.
    #[arg(long, value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,

    /// Connect with TLS, and take anybody for the server: for tests.
    #[arg(long, conflicts_with_all = ["cafile", "cert", "key"])]
    insecure: bool,

    /// Version of TLS (on the bc660k, it can't be chosen).
    #[arg(long, value_enum, default_value_t = Version::Tls1_2)]
    tls_version: Version,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Version {
    #[value(name = "tlsv1.2")]
    Tls1_2,
    /// Whatever the server proposes, down to SSL 3.0.
    Any,
}

impl TlsArguments {
    /// Whether the connection is one with TLS.
    pub(crate) const fn is_wanted(&self) -> bool {
        self.insecure || self.cafile.is_some()
    }

    /// What the TLS context is set up with, if there is to be one. The files stay in memory as
    /// long as the program runs, as the modem does.
    pub(crate) fn options(&self) -> Result<Option<&'static TlsOptions<'static>>, Failed> {
        if !self.is_wanted() {
            return match self.tls_version {
                Version::Tls1_2 => Ok(None),
                Version::Any => {
                    let cause = "--tls-version goes with --cafile or --insecure";
                    Err(Failed::new(Step::Tls.name(), cause))
                }
            };
        }
        let mut options = match &self.cafile {
            Some(ca) => TlsOptions::new(read(CA, ca)?),
            None => TlsOptions::without_verifying_the_server(),
        };
        if let (Some(certificate), Some(key)) = (&self.cert, &self.key) {
            options = options.client(read(CERTIFICATE, certificate)?, read(KEY, key)?);
        }
        let options = options.version(match self.tls_version {
            Version::Tls1_2 => TlsVersion::Tls1_2,
            Version::Any => TlsVersion::Any,
        });
        Ok(Some(Box::leak(Box::new(options))))
    }
}

/// A file to upload under this name.
fn read(name: &'static str, path: &Path) -> Result<PemFile<'static>, Failed> {
    let failed = |cause: &dyn std::fmt::Display| {
        Failed::new(
            Step::Tls.name(),
            format_args!("{}: {cause}", path.display()),
        )
    };
    let content = fs::read(path).map_err(|error| failed(&error))?.leak();
    // The modem would take it, and then fail to connect without saying why.
    if !content.windows(BEGIN.len()).any(|window| window == BEGIN) {
        return Err(failed(&"no certificate or key in PEM"));
    }
    PemFile::upload(name, content).map_err(|error| failed(&error))
}

const BEGIN: &[u8] = b"-----BEGIN ";

// The names of the files in the modem: those of the last use are replaced.
const CA: &str = "qmqtt_ca.pem";
const CERTIFICATE: &str = "qmqtt_cert.pem";
const KEY: &str = "qmqtt_key.pem";
