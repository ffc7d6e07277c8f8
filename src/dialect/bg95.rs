use super::Dialect;

/// BG95 series (application note 1.2, chapter 3.2).
pub const BG95: Dialect = Dialect {
    name: "BG95",
    client_count: 6,
    host_name_limit: 100,
    client_id_limit: 256,
    user_name_limit: 512,
    password_limit: 512,
    topic_limit: 255,
    will_topic_limit: 255,
    will_message_limit: 255,
    payload_limit: 4096,
    publishes_in_flight: 5,
    // "Determined by network": two minutes of TCP's own patience, and the name look-up before.
    open_timeout: 150_000,
    version_base: 3,
};

/// BG77 (same note, same command set).
pub const BG77: Dialect = Dialect {
    name: "BG77",
    ..BG95
};

/// BG600L-M3 (same note, same command set).
pub const BG600L: Dialect = Dialect {
    name: "BG600L",
    ..BG95
};
