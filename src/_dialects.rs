//! What one dialect lacks is no item of the crate when only the other is on: the examples here compile
//! with the feature of their dialect, and must not without it.
//!
//! ```text
//! cargo test --doc --features bg95 _dialects
//! cargo test --doc --features bc660k _dialects
//! ```

macro_rules! only_with {
    ($feature:tt: $($name:ident $code:literal)*) => {
        $(
            #[cfg_attr(feature = $feature, doc = "```")]
            #[cfg_attr(not(feature = $feature), doc = "```compile_fail")]
            #[doc = $code]
            #[doc = "```"]
            struct $name;
        )*
    };
}

only_with! { "bg95":
    Dialects "use quectel_mqtt::{BG77, BG95, BG600L};"
    PdpContext "let _ = quectel_mqtt::ConnectOptions::pdp_context;"
    Receive "let _ = quectel_mqtt::ConnectOptions::receive;"
    Credentials "let _ = quectel_mqtt::PdpContext::credentials;"
    TlsVersion "let _ = quectel_mqtt::TlsOptions::version;"
    CipherSuites "let _ = quectel_mqtt::TlsOptions::cipher_suites;"
    Validity "let _ = quectel_mqtt::TlsOptions::validity;"
    Fetch "let _ = quectel_mqtt::engine::Engine::fetch;"
    FetchAsync "use embedded_io_async::{Read, Write};
use quectel_mqtt::asynch::Client;
async fn fetch<P: Read + Write>(client: &mut Client<'_, '_, P>) {
    let _ = client.fetch(None).await;
}"
    StoredQuery "use quectel_mqtt::command::StoredQuery;"
    StoredMessages "use quectel_mqtt::command::StoredMessages;"
    FileQuery "use quectel_mqtt::command::FileQuery;"
    Files "use quectel_mqtt::command::Files;"
    DeleteFile "use quectel_mqtt::command::DeleteFile;"
}

only_with! { "bc660k":
    Dialect "use quectel_mqtt::BC660K_GL;"
    DataFormat "let _ = quectel_mqtt::ConnectOptions::data_format;"
    Sleep "let _ = quectel_mqtt::engine::Engine::sleep;"
    SleepAsync "use embedded_io_async::{Read, Write};
use quectel_mqtt::{SleepMode, asynch::Modem};
async fn sleep<P: Read + Write>(modem: &mut Modem<'_, P>) {
    let _ = modem.sleep(SleepMode::Awake).await;
}"
    SleepQuery "use quectel_mqtt::command::SleepQuery;"
}
