//! The settings of one client that `AT+QMTCFG` makes.

use std::time::Duration;

use crate::config::Family;

/// What `AT+QMTCFG` has set for one client. The defaults are the application note's.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// The protocol level: 3 is MQTT 3.1, 4 is MQTT 3.1.1.
    pub(super) version: i64,
    /// `<cid>`
    pub(super) pdp: i64,
    /// `<SSL_enable>`
    pub(super) ssl: bool,
    /// `<ctx_index>`, or `<SSL_contextID>`
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
    /// `<msg_rcv_mode>`: messages wait until they are read.
    pub(super) store: bool,
    /// `<msg_len_enable>`, or `<show_flag>`
    pub(super) show_length: bool,
    /// `<product_key>`, `<device_name>`, `<device_secret>`
    pub(super) aliauth: Option<[String; 3]>,
    /// `<echo_mode>`
    pub(super) data_echo: bool,
    /// `<send_format>`
    pub(super) hex_send: bool,
    /// `<recv_format>`
    pub(super) hex_receive: bool,
}

impl Settings {
    /// The defaults of a family's application note.
    pub(super) fn new(family: Family) -> Self {
        let (packet_timeout, retries) = match family {
            Family::Bg95 => (Duration::from_secs(5), 3),
            Family::Bc660k => (Duration::from_secs(30), 0),
        };
        Self {
            version: 3,
            pdp: 1,
            ssl: false,
            ssl_context: None,
            keep_alive: 120,
            clean_session: true,
            packet_timeout,
            retries,
            timeout_notice: false,
            will: None,
            store: false,
            show_length: false,
            aliauth: None,
            data_echo: false,
            hex_send: false,
            hex_receive: false,
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
