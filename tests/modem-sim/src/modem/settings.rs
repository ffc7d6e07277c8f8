//! The settings of one client that `AT+QMTCFG` makes.

use std::time::Duration;

/// What `AT+QMTCFG` has set for one client. The defaults are the application note's.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// `<vsn>`: 3 is MQTT 3.1, 4 is MQTT 3.1.1.
    pub(super) version: i64,
    /// `<cid>`
    pub(super) pdp: i64,
    /// `<SSL_enable>`
    pub(super) ssl: bool,
    /// `<ctx_index>`
    pub(super) ssl_context: Option<i64>,
    /// `<keep_alive_time>`
    pub(super) keep_alive: u16,
    /// `<clean_session>`
    pub(super) clean_session: bool,
    /// `<pkt_timeout>`
    pub(super) packet_timeout: Duration,
    /// `<retry_times>`
    pub(super) retries: u32,
    /// `<timeout_notice>`
    pub(super) timeout_notice: bool,
    /// `<will_qos>` to `<will_message>`, where `<will_fg>` is 1.
    pub(super) will: Option<Will>,
    /// `<msg_len_enable>`
    pub(super) show_length: bool,
    /// `<product_key>`, `<device_name>`, `<device_secret>`
    pub(super) aliauth: Option<[String; 3]>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: 3,
            pdp: 1,
            ssl: false,
            ssl_context: None,
            keep_alive: 120,
            clean_session: true,
            packet_timeout: Duration::from_secs(5),
            retries: 3,
            timeout_notice: false,
            will: None,
            show_length: false,
            aliauth: None,
        }
    }
}

/// The will of a client.
#[derive(Clone, Debug)]
pub(super) struct Will {
    pub(super) qos: u8,
    pub(super) retain: bool,
    pub(super) topic: String,
    pub(super) message: String,
}
