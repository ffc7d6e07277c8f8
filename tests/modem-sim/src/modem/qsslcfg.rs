//! `AT+QSSLCFG`: how the server is verified, and with which certificates.
//!
//! ```text
//! AT+QSSLCFG="<key>",<ctx_index>[,<value>]<CR>                         (BG95)
//! AT+QSSLCFG=<SSL_contextID>,<SSL_connectID>,"<key>"[,<value>]<CR>     (BC660K-GL)
//! ```
//!
//! The BG95 names files that were uploaded; the BC660K-GL asks for the certificate itself.

use super::{
    Modem,
    collect::{Collect, Collecting, End},
    files::file_name,
    line::{Answer, Form, Reply},
    params::{Params, Refused},
};
use crate::config::Family;

/// The settings of one SSL context.
#[derive(Clone, Debug)]
pub(super) struct SslContext {
    /// CA certificate, client certificate and client key: names of files.
    names: [Option<String>; 3],
    /// `<seclevel>`: 0 verifies nobody, 1 the server, 2 server and client.
    level: i64,
    version: i64,
    suites: i64,
    ignore_time: bool,
}

impl Default for SslContext {
    fn default() -> Self {
        Self {
            names: [None, None, None],
            level: 0,
            version: 4,
            suites: 0xFFFF,
            ignore_time: true,
        }
    }
}

/// What a TLS connection is made with.
#[cfg_attr(not(feature = "tls"), expect(dead_code, reason = "nothing reads it"))]
#[derive(Clone, Default)]
pub(super) struct Credentials {
    pub(super) level: i64,
    /// CA certificate, client certificate and client key, in PEM.
    pub(super) pem: [Option<Vec<u8>>; 3],
}

/// A certificate or key that is being typed in.
#[derive(Debug)]
pub(super) struct Certificate(usize);

impl Modem {
    pub(super) fn qsslcfg(&mut self, form: Form) -> Answer {
        let bc660k = self.family == Family::Bc660k;
        let mut params = match form {
            Form::Test => {
                self.qsslcfg_test();
                return Ok(Reply::Ok);
            }
            Form::Write(params) => params,
            Form::Read | Form::Execute => return Err(Refused::Parameter),
        };
        let (index, key) = match bc660k {
            true => {
                let index = params.integer(0, 0)?;
                params.integer(0, 0)?;
                (index, params.text(1, 16)?)
            }
            false => {
                let key = params.text(1, 16)?;
                (params.integer(0, 5)?, key)
            }
        };
        let index = usize::try_from(index).map_err(|_| Refused::Parameter)?;
        let key = key.to_ascii_lowercase();
        let name = NAMES.iter().position(|name| *name == key);
        if let (true, Some(slot)) = (bc660k, name) {
            params.end()?;
            return Ok(Reply::Prompt(Collecting {
                what: Collect::Certificate(Certificate(slot)),
                end: End::CtrlZ { most: PEM_MAX },
                echo: self.front.echo,
                patience: None,
                last: self.now,
                data: Vec::new(),
            }));
        }
        let context = self.ssl.get_mut(index).ok_or(Refused::Parameter)?;
        if params.is_empty() {
            let value = context.show(&key)?;
            self.info(match bc660k {
                true => format!("+QSSLCFG: {index},0,\"{key}\",{value}"),
                false => format!("+QSSLCFG: \"{key}\",{index},{value}"),
            });
            return Ok(Reply::Ok);
        }
        let mut changed = context.clone();
        changed.set(&key, &mut params)?;
        params.end()?;
        *context = changed;
        Ok(Reply::Ok)
    }

    pub(super) fn finish_certificate(&mut self, certificate: Certificate, data: Vec<u8>) -> Answer {
        let Certificate(slot) = certificate;
        let name = NAMES.get(slot).ok_or(Refused::Parameter)?;
        self.info(format!("+QSSLCFG: 0,0,\"{name}\",{}", data.len()));
        self.certificates[slot] = Some(data);
        Ok(Reply::Ok)
    }

    /// What a client whose SSL context is this connects with.
    pub(super) fn credentials(&self, context: i64) -> Credentials {
        let context = usize::try_from(context)
            .ok()
            .and_then(|index| self.ssl.get(index));
        let Some(context) = context else {
            return Credentials::default();
        };
        let file = |name: &Option<String>| self.files.get(name.as_deref()?).cloned();
        Credentials {
            level: context.level,
            pem: match self.family {
                Family::Bg95 => context.names.each_ref().map(file),
                Family::Bc660k => self.certificates.clone(),
            },
        }
    }

    fn qsslcfg_test(&mut self) {
        for (key, values) in [
            ("sslversion", "(0-4)"),
            ("ciphersuite", "<ciphersuites>"),
            ("cacert", "<cacertpath>"),
            ("clientcert", "<clientcertpath>"),
            ("clientkey", "<clientkeypath>"),
            ("seclevel", "(0-2)"),
            ("ignorelocaltime", "(0,1)"),
        ] {
            self.info(match self.family {
                Family::Bg95 => format!("+QSSLCFG: \"{key}\",(0-5),{values}"),
                Family::Bc660k if NAMES.contains(&key) => format!("+QSSLCFG: (0),(0),\"{key}\""),
                Family::Bc660k => format!("+QSSLCFG: (0),(0),\"{key}\",{values}"),
            });
        }
    }
}

impl SslContext {
    fn show(&self, key: &str) -> Result<String, Refused> {
        Ok(match key {
            "sslversion" => self.version.to_string(),
            "ciphersuite" => format!("0X{:04X}", self.suites),
            "seclevel" => self.level.to_string(),
            "ignorelocaltime" => u8::from(self.ignore_time).to_string(),
            _ => {
                let slot = NAMES.iter().position(|name| *name == key);
                let name = &self.names[slot.ok_or(Refused::Parameter)?];
                format!("\"{}\"", name.as_deref().unwrap_or_default())
            }
        })
    }

    fn set(&mut self, key: &str, params: &mut Params) -> Result<(), Refused> {
        match key {
            "sslversion" => self.version = params.integer(0, 4)?,
            "ciphersuite" => self.suites = params.hexadecimal(0xFFFF)?,
            "seclevel" => self.level = params.integer(0, 2)?,
            "ignorelocaltime" => self.ignore_time = params.integer(0, 1)? == 1,
            _ => {
                let slot = NAMES.iter().position(|name| *name == key);
                self.names[slot.ok_or(Refused::Parameter)?] = Some(file_name(params)?);
            }
        }
        Ok(())
    }
}

/// The settings that are certificates or keys.
const NAMES: [&str; 3] = ["cacert", "clientcert", "clientkey"];

/// The longest certificate that is taken; the note states no limit.
const PEM_MAX: usize = 4096;
