use super::{Dialect, Inline};
use crate::name::{
    Command,
    ContextCommands::Quectel,
    Domain,
    SettingKey::{
        AliAuth, KeepAlive, PdpContext, ReceiveMode, Session, Ssl, Timeout, Version, Will,
    },
};

/// BG95 series (application note 1.2, chapter 3.2).
pub const BG95: Dialect = Dialect {
    name: "BG95",
    models: &["BG95"],
    client_count: 6,
    host_name_limit: 100,
    client_id_limit: 256,
    user_name_limit: 512,
    password_limit: 512,
    topic_limit: 255,
    will_topic_limit: 255,
    will_message_least: 0,
    will_message_limit: 255,
    ali_auth_limit: 64,
    payload_limit: 4096,
    hex_payload_limit: 0,
    inline_payload_limit: 560,
    publishes_in_flight: 5,
    // "Determined by network": two minutes of TCP's own patience, and the name look-up before.
    open_timeout: 150_000,
    // Not stated.
    data_mode_timeout: u32::MAX,
    packet_timeout: 5,
    retries: 3,
    tls_context_limit: 5,
    domains: &[Domain::Lte, Domain::Packet],
    commands: &[
        Command::Attention,
        Command::Echo,
        Command::ErrorFormat,
        Command::Manufacturer,
        Command::Model,
        Command::Revision,
        Command::Sim,
        Command::Signal,
        Command::Registration(Domain::Lte),
        Command::Registration(Domain::Packet),
        Command::Registration(Domain::Circuit),
        Command::DefineContext(Quectel),
        Command::ActivateContext(Quectel),
        Command::DeactivateContext(Quectel),
        Command::Upload,
        Command::ListFiles,
        Command::DeleteFile,
        Command::ConfigureTls,
        Command::Open,
        Command::Close,
        Command::Connect,
        Command::Disconnect,
        Command::Subscribe,
        Command::Unsubscribe,
        Command::Publish,
        Command::PublishInline,
        Command::Receive,
    ],
    settings: &[
        Version,
        PdpContext,
        Ssl,
        KeepAlive,
        Session,
        Timeout,
        Will,
        ReceiveMode,
        AliAuth,
    ],
    version_base: 3,
    names_settings: true,
    has_tls_connect_id: false,
    inline: Inline::Extended,
    context_commands: Quectel,
    sleeps: false,
};

/// BG77 (same note, same command set).
pub const BG77: Dialect = Dialect {
    name: "BG77",
    models: &["BG77"],
    ..BG95
};

/// BG600L-M3 (same note, same command set).
pub const BG600L: Dialect = Dialect {
    name: "BG600L",
    models: &["BG600L"],
    ..BG95
};
