//! AT+QSSLCFG: what a TLS connection is made with (BG95 note, chapter 5.2; BC660K note, chapter 6.2).
//!
//! ```text
//! AT+QSSLCFG="cacert"|"clientcert"|"clientkey",<ctx>,"<file>"     (BG95 family)
//! AT+QSSLCFG="seclevel",<ctx>,<level>
//! AT+QSSLCFG="sslversion",<ctx>,<version>
//! AT+QSSLCFG="ciphersuite",<ctx>,<suites>
//! AT+QSSLCFG="ignorelocaltime",<ctx>,<ignore>
//!
//! AT+QSSLCFG=<ctx>,<connect>,"seclevel",<level>                   (BC660K-GL)
//! AT+QSSLCFG=<ctx>,<connect>,"cacert"|"clientcert"|"clientkey"
//! > the certificate in PEM, ended by Ctrl+Z
//! +QSSLCFG: <ctx>,<connect>,"cacert",<size>
//! OK
//! ```
//!
//! | parameter | meaning |
//! |---|---|
//! | `<level>` | 0: nobody is verified; 1: the server; 2: the server, and the client if it asks |
//! | `<version>` | 0–3: SSL 3.0, TLS 1.0, 1.1, 1.2; 4: any of them |
//! | `<suites>` | `0xFFFF`: all that the modem has |
//! | `<ignore>` | 1: certificates are taken whatever the date |
//!
//! The BG95 note spells `secllevel` once; the modem's manual on TLS has `seclevel`.

use super::{
    Command,
    files::{self, PemFile},
};
use crate::{
    at::{CommandWriter, ESC, SUB},
    dialect::Dialect,
    usage::UsageError,
    value::{Parameter, ValueError, out_of_range},
};

/// What a TLS connection is made with, in either dialect.
///
/// ```
/// use quectel_mqtt::{PemFile, TlsOptions};
/// # const CA: &[u8] = b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n";
///
/// // The server's certificate must come from this CA.
/// let tls = TlsOptions::new(PemFile::upload("ca.pem", CA)?);
/// # Ok::<(), quectel_mqtt::ValueError>(())
/// ```
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug)]
pub struct TlsOptions<'a> {
    context: u8,
    /// CA, client certificate, client key.
    files: [Option<PemFile<'a>>; 3],
    version: TlsVersion,
    cipher_suites: u16,
    validity: Validity,
}

/// The versions of TLS that the modem may agree to.
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum TlsVersion {
    /// TLS 1.2.
    #[default]
    Tls1_2,
    /// Whatever the server proposes, down to SSL 3.0.
    Any,
}

/// Whether the dates in a certificate count.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Validity {
    /// It must be valid today; so the modem's clock must be right, which it is once the network has
    /// told the time.
    #[default]
    Checked,
    /// It is taken whatever the date.
    Ignored,
}

impl<'a> TlsOptions<'a> {
    /// TLS context 0, in which the server must have a certificate from this CA; TLS 1.2, all cipher
    /// suites of the modem, no client certificate.
    #[must_use]
    pub const fn new(ca: PemFile<'a>) -> Self {
        Self {
            files: [Some(ca), None, None],
            ..Self::without_verifying_the_server()
        }
    }

    /// TLS context 0, in which **anybody can pass for the server** and read and change what is sent.
    /// For tests, and servers whose certificate can't be known.
    #[must_use]
    pub const fn without_verifying_the_server() -> Self {
        Self {
            context: 0,
            files: [None; 3],
            version: TlsVersion::Tls1_2,
            cipher_suites: ALL_SUITES,
            validity: Validity::Checked,
        }
    }

    /// The number of the context: 0–5 on the BG95 family, 0 on the BC660K-GL.
    /// [`ConnectOptions::tls`](crate::ConnectOptions::tls) names it.
    ///
    /// # Errors
    /// [`ValueError`] when no dialect has it.
    pub const fn context(mut self, context: u8) -> Result<Self, ValueError> {
        if let Err(error) = check_tls_context(context) {
            return Err(error);
        }
        self.context = context;
        Ok(self)
    }

    /// The certificate and private key with which the client shows the server who it is. The modem
    /// shows them only to a server that it verifies; without a CA they are refused with
    /// [`UsageError::NotSupported`].
    #[must_use]
    pub const fn client(mut self, certificate: PemFile<'a>, key: PemFile<'a>) -> Self {
        let [ca, ..] = self.files;
        self.files = [ca, Some(certificate), Some(key)];
        self
    }

    /// The versions of TLS (BG95 family; the BC660K-GL has no such setting).
    #[cfg(feature = "bg95")]
    #[must_use]
    pub const fn version(mut self, version: TlsVersion) -> Self {
        self.version = version;
        self
    }

    /// The cipher suites, by the modem's number (BG95 family): one as IANA has numbered it, for
    /// example `0xC02F`, or `0xFFFF` for all.
    #[cfg(feature = "bg95")]
    #[must_use]
    pub const fn cipher_suites(mut self, suites: u16) -> Self {
        self.cipher_suites = suites;
        self
    }

    /// Whether the dates in certificates count (BG95 family).
    #[cfg(feature = "bg95")]
    #[must_use]
    pub const fn validity(mut self, validity: Validity) -> Self {
        self.validity = validity;
        self
    }

    pub(crate) fn check(&self, dialect: &Dialect) -> Result<(), UsageError> {
        let most = dialect.tls_context_limit;
        if self.context > most {
            let (context, most) = (self.context.into(), most.into());
            return Err(out_of_range(Parameter::TlsContext, context, 0, most).into());
        }
        // At the level at which nobody is verified, the client's certificate is not asked for.
        if matches!(self.files, [None, Some(_), _]) {
            return Err(UsageError::NotSupported {
                command: Command::ConfigureTls,
            });
        }
        if !dialect.has_tls_connect_id {
            return Ok(());
        }
        let is_default = self.version == TlsVersion::Tls1_2
            && self.cipher_suites == ALL_SUITES
            && self.validity == Validity::Checked;
        if !is_default {
            return Err(UsageError::NotSupported {
                command: Command::ConfigureTls,
            });
        }
        for file in self.files.iter().flatten() {
            let content = file.content.unwrap_or_default();
            let position = content.iter().position(|byte| matches!(*byte, SUB | ESC));
            if let Some(position) = position {
                return Err(
                    ValueError::forbidden(Parameter::Certificate, content, position).into(),
                );
            }
        }
        Ok(())
    }

    /// The next thing to do, at stage `from` or after it, with its stage.
    ///
    /// Of each file: delete the older one, upload or enter it, name it. Then the settings.
    pub(crate) fn task(&self, dialect: &Dialect, from: u8) -> Option<(u8, TlsTask<'a>)> {
        (from..STAGES).find_map(|stage| Some((stage, self.task_at(dialect, stage)?)))
    }

    /// The bytes of the longest command of all tasks, with its CR.
    pub(crate) fn longest_line(&self, dialect: &Dialect) -> usize {
        let (mut longest, mut from) = (0, 0);
        while let Some((stage, task)) = self.task(dialect, from) {
            let mut line = CommandWriter::new(&mut []);
            self.write(dialect, &mut line, &task);
            longest = longest.max(line.written().saturating_add(1));
            from = stage.saturating_add(1);
        }
        longest
    }

    fn task_at(&self, dialect: &Dialect, stage: u8) -> Option<TlsTask<'a>> {
        let has_files = !dialect.has_tls_connect_id;
        if let Some(index @ 0..4) = stage.checked_sub(FILE_STAGES) {
            let level = match self.files {
                [None, ..] => 0,
                [Some(_), None, _] => 1,
                [Some(_), Some(_), _] => 2,
            };
            let version = match self.version {
                TlsVersion::Tls1_2 => 3,
                TlsVersion::Any => 4,
            };
            return Some(match index {
                0 => TlsTask::Set("seclevel", level),
                1 if has_files => TlsTask::Set("sslversion", version),
                2 if has_files => TlsTask::Suites(self.cipher_suites),
                3 if has_files => TlsTask::Set(
                    "ignorelocaltime",
                    (self.validity == Validity::Ignored).into(),
                ),
                _ => return None,
            });
        }
        let index = usize::from(stage / 3);
        let file = self.files.get(index).copied().flatten()?;
        let key = *KEYS.get(index)?;
        match (stage % 3, file.content) {
            (0, Some(_)) if has_files => Some(TlsTask::Delete(file)),
            (1, Some(content)) if has_files => Some(TlsTask::Upload(file, content)),
            (1, Some(content)) => Some(TlsTask::Enter(key, content)),
            (2, _) if has_files => Some(TlsTask::Name(key, file)),
            _ => None,
        }
    }

    /// Writes the command of a task.
    pub(crate) fn write(
        &self,
        dialect: &Dialect,
        line: &mut CommandWriter<'_>,
        task: &TlsTask<'_>,
    ) {
        let key = match *task {
            TlsTask::Delete(file) => return files::delete(line, file),
            TlsTask::Upload(file, content) => return files::upload(line, file, content),
            TlsTask::Set(key, _) | TlsTask::Name(key, _) | TlsTask::Enter(key, _) => key,
            TlsTask::Suites(_) => "ciphersuite",
        };
        line.set(Command::ConfigureTls.name());
        if dialect.has_tls_connect_id {
            line.number(self.context.into())
                .and_number(0)
                .and_string(key);
        } else {
            line.string(key).and_number(self.context.into());
        }
        match *task {
            TlsTask::Set(_, value) => line.and_number(value.into()),
            TlsTask::Suites(suites) => line.raw(b",0X").hex(&suites.to_be_bytes()),
            TlsTask::Name(_, file) => line.and_string(file.name.as_str()),
            _ => line,
        };
    }
}

/// One command of those that set up a TLS context.
#[derive(Clone, Copy, Debug)]
pub(crate) enum TlsTask<'a> {
    /// An older file of this name goes.
    Delete(PemFile<'a>),
    Upload(PemFile<'a>, &'a [u8]),
    /// The context uses this file.
    Name(&'static str, PemFile<'a>),
    /// The context gets this certificate, after a prompt.
    Enter(&'static str, &'a [u8]),
    Set(&'static str, u8),
    Suites(u16),
}

impl<'a> TlsTask<'a> {
    pub(crate) const fn command(&self) -> Command {
        match self {
            Self::Delete(_) => Command::DeleteFile,
            Self::Upload(..) => Command::Upload,
            Self::Name(..) | Self::Enter(..) | Self::Set(..) | Self::Suites(_) => {
                Command::ConfigureTls
            }
        }
    }

    /// What follows the command, after its prompt.
    pub(crate) const fn data(&self) -> &'a [u8] {
        match self {
            Self::Upload(_, content) | Self::Enter(_, content) => content,
            _ => &[],
        }
    }

    /// Whether the modem has received what was sent, as its answer says.
    pub(crate) fn is_confirmed(&self, response: super::Response<'_>) -> bool {
        match self {
            Self::Upload(_, content) => files::is_confirmed(response, content),
            Self::Enter(_, content) => {
                let mut lines = response.parameters("+QSSLCFG");
                lines.any(|mut line| {
                    for _ in 0..3 {
                        line.skip();
                    }
                    line.number().and_then(|size| size.try_into().ok()) == Some(content.len())
                })
            }
            _ => true,
        }
    }
}

/// Refuses the number of a TLS context that no dialect has.
pub(crate) const fn check_tls_context(context: u8) -> Result<(), ValueError> {
    match context {
        0..=5 => Ok(()),
        context => Err(out_of_range(Parameter::TlsContext, context as u32, 0, 5)),
    }
}

const KEYS: [&str; 3] = ["cacert", "clientcert", "clientkey"];

/// Three for each file.
const FILE_STAGES: u8 = 9;

/// Those of the files, and four settings.
const STAGES: u8 = 13;

/// `<suites>` for all that the modem has.
const ALL_SUITES: u16 = 0xFFFF;

#[cfg(all(test, feature = "bg95"))]
mod tests {
    use super::*;
    use crate::dialect::BG95;

    // BG95 note, chapter 5.2: at level 2 server and client are verified; below, the client is not.
    #[test]
    fn a_client_certificate_for_a_server_that_nobody_verifies_is_refused() {
        let file = |name| PemFile::stored(name).unwrap();
        let options = TlsOptions::without_verifying_the_server();
        assert_eq!(options.check(&BG95), Ok(()));
        let command = Command::ConfigureTls;
        assert_eq!(
            options.client(file("client"), file("key")).check(&BG95),
            Err(UsageError::NotSupported { command })
        );
        let verified = TlsOptions::new(file("ca")).client(file("client"), file("key"));
        assert_eq!(verified.check(&BG95), Ok(()));
    }
}
