//! What differs between the modem families, one documented field per difference.

#[cfg(feature = "bg95")]
mod bg95;

#[cfg(feature = "bg95")]
pub use bg95::{BG77, BG95, BG600L};

use crate::mqtt::Version;

/// The limits and habits of a modem family.
///
/// A dialect is a value: the constants of this module, each behind the cargo feature of its
/// name. Sources are the family's application note and, where it is silent, `# Limits` below.
///
/// # Limits
/// The BG95 note states no limit for the topics of QMTSUB, QMTUNS and QMTPUB; 255 bytes are
/// taken, as for the topic of the will.
#[derive(Debug)]
pub struct Dialect {
    /// The family's name, for messages to people.
    pub name: &'static str,
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
    /// Longest message of a will, in bytes.
    pub will_message_limit: u16,
    /// Longest payload of a publish, in bytes.
    pub payload_limit: u16,
    /// How many publishes of one client may wait for their result at the same time.
    pub publishes_in_flight: u8,
    /// How long QMTOPEN may take to report its result, in milliseconds.
    pub open_timeout: u32,
    /// `<vsn>` of QMTCFG "version" for MQTT 3.1; MQTT 3.1.1 is the number after it.
    pub(crate) version_base: u8,
}

impl Dialect {
    pub(crate) const fn version_code(&self, version: Version) -> u8 {
        match version {
            Version::V3_1 => self.version_base,
            Version::V3_1_1 => self.version_base.wrapping_add(1),
        }
    }
}

/// The largest [`Dialect::client_count`].
pub(crate) const MAX_CLIENTS: usize = 6;
