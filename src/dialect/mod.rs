//! What differs between the modem families, one documented field per difference.

#[cfg(feature = "bc660k")]
mod bc660k;
#[cfg(feature = "bg95")]
mod bg95;

#[cfg(feature = "bc660k")]
pub use bc660k::BC660K_GL;
#[cfg(feature = "bg95")]
pub use bg95::{BG77, BG95, BG600L};

use crate::{
    mqtt::Version,
    name::{Command, ContextCommands, Domain, SettingKey},
};

/// The limits and habits of a modem family.
///
/// A dialect is a value: the constants of this module, each behind the cargo feature of its
/// name. Sources are the family's application note and, where it is silent, `# Limits` below.
///
/// # Limits
/// The BG95 note states no limit for the topics of QMTSUB, QMTUNS and QMTPUB; 255 bytes are
/// taken, as for the topic of the will. Nor does it for the fields of `aliauth`; 64 bytes are taken,
/// as on the BC660K-GL.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Debug)]
pub struct Dialect {
    /// The family's name, for messages to people.
    pub name: &'static str,
    /// How the names of its models begin, as AT+CGMM gives them.
    pub models: &'static [&'static str],
    /// Number of client indices; they count from 0.
    pub client_count: u8,
    /// Longest host name, in bytes.
    pub host_name_limit: u16,
    /// Longest client identifier, in bytes.
    pub client_id_limit: u16,
    /// Longest user name, in bytes.
    pub user_name_limit: u16,
    /// Longest password, in bytes.
    pub password_limit: u16,
    /// Longest topic name or topic filter, in bytes.
    pub topic_limit: u16,
    /// Longest topic of a will, in bytes.
    pub will_topic_limit: u16,
    /// Shortest message of a will, in bytes.
    pub will_message_least: u16,
    /// Longest message of a will, in bytes.
    pub will_message_limit: u16,
    /// Longest field of `aliauth`, in bytes.
    pub ali_auth_limit: u16,
    /// Longest payload of a publish, in bytes.
    pub payload_limit: u16,
    /// Longest payload of a publish that goes out as hexadecimal digits, in bytes.
    pub hex_payload_limit: u16,
    /// Longest payload in a command line, in bytes.
    pub inline_payload_limit: u16,
    /// How many publishes of one client may wait for their result at the same time.
    pub publishes_in_flight: u8,
    /// How long QMTOPEN may take to report its result, in milliseconds.
    pub open_timeout: u32,
    /// After so long without a byte, the modem leaves data mode by itself, in milliseconds; as far as
    /// is known.
    pub(crate) data_mode_timeout: u32,
    /// The modem's own wait for an acknowledgement, in seconds.
    pub packet_timeout: u8,
    /// How often the modem itself sends a packet again.
    pub retries: u8,
    /// The largest number of a TLS context.
    pub tls_context_limit: u8,
    /// The networks that it can connect through.
    pub domains: &'static [Domain],
    /// The commands that it knows, beside AT+QMTCFG.
    pub commands: &'static [Command],
    /// The settings of AT+QMTCFG that it knows, in the order in which a connect writes them.
    pub settings: &'static [SettingKey],
    /// `<vsn>` of QMTCFG "version" for MQTT 3.1; MQTT 3.1.1 is the number after it.
    pub(crate) version_base: u8,
    /// Whether the answer to a query of QMTCFG begins with the key.
    pub(crate) names_settings: bool,
    /// Whether QMTCFG "ssl" takes a connect identifier behind the context, and QSSLCFG both before
    /// its key.
    pub(crate) has_tls_connect_id: bool,
    /// The command for a payload in the command line.
    pub(crate) inline: Inline,
    /// The commands for PDP contexts.
    pub(crate) context_commands: ContextCommands,
    /// Whether it sleeps unless AT+QSCLK forbids it.
    pub(crate) sleeps: bool,
}

/// How a payload goes into the command line.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Inline {
    /// AT+QMTPUBEX, without its length.
    #[cfg_attr(not(feature = "bg95"), expect(dead_code))]
    Extended,
    /// AT+QMTPUB, behind its length.
    #[cfg_attr(not(feature = "bc660k"), expect(dead_code))]
    Publish,
}

impl Dialect {
    /// Whether it knows this command, or this setting.
    #[must_use]
    pub fn supports(&self, command: Command) -> bool {
        match command {
            Command::Raw => true,
            Command::Configure(key) => self.settings.contains(&key),
            command => self.commands.contains(&command),
        }
    }

    /// The dialect itself. Where no other is enabled, the compiler knows by this what it is, and leaves
    /// out what is done for others.
    pub(crate) const fn known(&'static self) -> &'static Self {
        match ONLY {
            Some(only) => only,
            None => self,
        }
    }

    pub(crate) const fn version_code(&self, version: Version) -> u8 {
        match version {
            Version::V3_1 => self.version_base,
            Version::V3_1_1 => self.version_base.wrapping_add(1),
        }
    }

    /// Whether it can write payloads in digits.
    pub(crate) const fn has_digits(&self) -> bool {
        self.hex_payload_limit > 0
    }

    /// The setting that a connect writes after this one; the first, after none.
    pub(crate) fn setting_after(&self, key: Option<SettingKey>) -> Option<SettingKey> {
        let Some(key) = key else {
            return self.settings.first().copied();
        };
        let mut rest = self.settings.iter().skip_while(|one| **one != key);
        rest.next();
        rest.next().copied()
    }
}

/// The largest [`Dialect::client_count`].
pub(crate) const MAX_CLIENTS: usize = 6;

/// The only dialect that is enabled.
const ONLY: Option<&Dialect> = match () {
    #[cfg(all(
        feature = "bg95",
        not(any(feature = "bg77", feature = "bg600l", feature = "bc660k"))
    ))]
    () => Some(&BG95),
    #[cfg(all(feature = "bc660k", not(feature = "bg95")))]
    () => Some(&BC660K_GL),
    #[cfg(not(any(
        all(
            feature = "bg95",
            not(any(feature = "bg77", feature = "bg600l", feature = "bc660k"))
        ),
        all(feature = "bc660k", not(feature = "bg95"))
    )))]
    () => None,
};
