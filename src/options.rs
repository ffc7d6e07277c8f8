//! What a client needs to know to connect.

#[cfg(doc)]
use crate::usage::UsageError;
#[cfg(feature = "bg95")]
use crate::{command::check_context_id, engine::STORAGE};
use crate::{
    command::{AliAuth, DataFormat, ReceiveMode, Setting, SettingKey, check_tls_context},
    dialect::Dialect,
    engine::Storage,
    mqtt::{Password, Session, Text, Version, Will},
    value::{Parameter, ValueError, out_of_range},
};

/// Where and how a client connects.
///
/// Every setting here is written to the modem at every connect, also when it is at its default:
/// a will or a kept session left by an earlier life of the firmware does not leak in. The one
/// exception is [`ali_auth`](Self::ali_auth), which no command can unset.
///
/// Ranges are checked here; lengths, which differ between the modems, by
/// [`Engine::connect`](crate::engine::Engine::connect). In bytes:
///
/// | | BG95 family | BC660K-GL |
/// |---|---|---|
/// | host | 1–100 | 1–100 |
/// | client identifier | 0–256 | 0–128 |
/// | user name, password | 0–512 each | 0–256 each |
/// | topic of the will | 1–255 | 1–256 |
/// | message of the will | 0–255 | 1–256 |
/// | the three parts of `ali_auth` | 1–64 each | 1–64 each |
///
/// ```
/// use quectel_mqtt::{ConnectOptions, mqtt::Will};
///
/// let options = ConnectOptions::new("mqtt.example.com", "meter-0815")?
///     .credentials("meter", "secret")?
///     .keep_alive(300)?
///     .will(Will::new("meter/0815/state", "lost")?);
/// # Ok::<(), quectel_mqtt::ValueError>(())
/// ```
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug)]
pub struct ConnectOptions<'a> {
    pub(crate) host: Text<'a>,
    pub(crate) port: u16,
    pub(crate) client_id: Text<'a>,
    pub(crate) user_name: Option<Text<'a>>,
    pub(crate) password: Option<Password<'a>>,
    pub(crate) will: Option<Will<'a>>,
    pub(crate) ali_auth: Option<AliAuth<'a>>,
    pub(crate) settings: Settings,
    /// For [`ReceiveMode::Stored`].
    pub(crate) storage: Option<&'static Storage>,
}

/// The settings of QMTCFG that are numbers.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Settings {
    pub(crate) version: Version,
    pub(crate) session: Session,
    pub(crate) keep_alive: u16,
    /// The wait for an acknowledgement in seconds, and the number of retries; `None`: the dialect's.
    pub(crate) retransmission: Option<(u8, u8)>,
    pub(crate) reports_retransmissions: bool,
    pub(crate) tls: Option<u8>,
    pub(crate) pdp_context: u8,
    pub(crate) receive: ReceiveMode,
    pub(crate) send_format: DataFormat,
    pub(crate) receive_format: DataFormat,
}

impl Settings {
    pub(crate) const DEFAULT: Self = Self {
        version: Version::V3_1_1,
        session: Session::Clean,
        keep_alive: 120,
        retransmission: None,
        reports_retransmissions: false,
        tls: None,
        pdp_context: 1,
        receive: ReceiveMode::Direct,
        send_format: DataFormat::Text,
        receive_format: DataFormat::Text,
    };

    /// The wait for an acknowledgement in seconds, and the number of retries.
    pub(crate) fn retransmission(&self, dialect: &Dialect) -> (u8, u8) {
        let default = (dialect.packet_timeout, dialect.retries);
        self.retransmission.unwrap_or(default)
    }

    /// The setting of this key; those with text are not here.
    pub(crate) fn setting(&self, dialect: &Dialect, key: SettingKey) -> Setting<'static> {
        match key {
            SettingKey::Version => Setting::Version(self.version),
            SettingKey::PdpContext => Setting::PdpContext(self.pdp_context),
            SettingKey::Ssl => Setting::Ssl(self.tls),
            SettingKey::KeepAlive => Setting::KeepAlive(self.keep_alive),
            SettingKey::Session => Setting::Session(self.session),
            SettingKey::Timeout => {
                let (packet_timeout, retries) = self.retransmission(dialect);
                Setting::Timeout {
                    packet_timeout,
                    retries,
                    is_reported: self.reports_retransmissions,
                }
            }
            SettingKey::Will => Setting::Will(None),
            SettingKey::ReceiveMode => Setting::ReceiveMode(self.receive, true),
            SettingKey::ShowLength => Setting::ShowLength(true),
            SettingKey::DataEcho => Setting::DataEcho(false),
            SettingKey::DataFormat => Setting::DataFormat {
                send: self.send_format,
                receive: self.receive_format,
            },
            SettingKey::AliAuth => Setting::AliAuth(None),
        }
    }
}

impl<'a> ConnectOptions<'a> {
    /// The server at `host` (a name or an IP address), port 1883, and the identifier by which it
    /// knows this client.
    ///
    /// The rest is at its default: no credentials, no will, no TLS, MQTT 3.1.1, a clean session, a
    /// keep alive of 120 s, and for a packet without acknowledgement what the modem has as its
    /// default (BG95 family: 3 retries at 5 s intervals; BC660K-GL: 30 s, no retry).
    ///
    /// # Errors
    /// [`ValueError`] when the host is empty, or one of the two holds `"` or a control character.
    pub fn new(host: &'a str, client_id: &'a str) -> Result<Self, ValueError> {
        Ok(Self {
            host: Text::non_empty(Parameter::HostName, host)?,
            port: 1883,
            client_id: Text::new(Parameter::ClientId, client_id)?,
            user_name: None,
            password: None,
            will: None,
            ali_auth: None,
            settings: Settings::DEFAULT,
            storage: None,
        })
    }

    /// The TCP port of the server, 1–65535.
    ///
    /// # Errors
    /// [`ValueError`] for port 0.
    pub const fn port(mut self, port: u16) -> Result<Self, ValueError> {
        if port == 0 {
            return Err(out_of_range(Parameter::Port, 0, 1, 65_535));
        }
        self.port = port;
        Ok(self)
    }

    /// User name and password.
    ///
    /// # Errors
    /// [`ValueError`] when one of them holds `"` or a control character.
    pub fn credentials(
        mut self,
        user_name: &'a str,
        password: &'a str,
    ) -> Result<Self, ValueError> {
        self.password = Some(Password::new(password)?);
        self.user_name(user_name)
    }

    /// A user name; without [`ConnectOptions::credentials`], no password goes with it.
    ///
    /// # Errors
    /// [`ValueError`] when it holds `"` or a control character.
    pub fn user_name(mut self, user_name: &'a str) -> Result<Self, ValueError> {
        self.user_name = Some(Text::new(Parameter::UserName, user_name)?);
        Ok(self)
    }

    /// The message that the server publishes when this client is lost.
    #[must_use]
    pub const fn will(mut self, will: Will<'a>) -> Self {
        self.will = Some(will);
        self
    }

    /// The version of MQTT.
    #[must_use]
    pub const fn version(mut self, version: Version) -> Self {
        self.settings.version = version;
        self
    }

    /// What the server keeps when the client leaves.
    #[must_use]
    pub const fn session(mut self, session: Session) -> Self {
        self.settings.session = session;
        self
    }

    /// The longest silence, in seconds, 0–3600; the modem pings the server before it is over.
    /// With 0 it never does, and the server does not notice a lost client.
    ///
    /// # Errors
    /// [`ValueError`] for a larger value.
    pub const fn keep_alive(mut self, seconds: u16) -> Result<Self, ValueError> {
        if seconds > 3600 {
            return Err(out_of_range(Parameter::KeepAlive, seconds as u32, 0, 3600));
        }
        self.settings.keep_alive = seconds;
        Ok(self)
    }

    /// How long the modem waits for the acknowledgement of a packet, 1–60 s, and how often it
    /// sends the packet again, 0–10 times. The deadlines of connect, subscribe, unsubscribe and
    /// publish follow from them.
    ///
    /// # Errors
    /// [`ValueError`] for a value outside of these ranges.
    pub const fn retransmission(mut self, seconds: u8, retries: u8) -> Result<Self, ValueError> {
        if seconds == 0 || seconds > 60 {
            return Err(out_of_range(
                Parameter::PacketTimeout,
                seconds as u32,
                1,
                60,
            ));
        }
        if retries > 10 {
            return Err(out_of_range(Parameter::Retries, retries as u32, 0, 10));
        }
        self.settings.retransmission = Some((seconds, retries));
        Ok(self)
    }

    /// Lets the modem tell when it sends a packet again. The deadline of the operation is moved then,
    /// and [`Statistics`](crate::engine::Statistics) counts it.
    #[must_use]
    pub const fn report_retransmissions(mut self) -> Self {
        self.settings.reports_retransmissions = true;
        self
    }

    /// Connects with TLS, through the TLS context of this number, which
    /// [`Engine::configure_tls`](crate::engine::Engine::configure_tls) has set up: 0–5 on the BG95
    /// family, 0 on the BC660K-GL. The usual port is 8883.
    ///
    /// # Errors
    /// [`ValueError`] when no dialect has it.
    pub const fn tls(mut self, context: u8) -> Result<Self, ValueError> {
        if let Err(error) = check_tls_context(context) {
            return Err(error);
        }
        self.settings.tls = Some(context);
        Ok(self)
    }

    /// The device's name at Alibaba Cloud, in place of user name and password. The modem keeps it
    /// until it restarts: a later connect of this client without it does not take it back.
    #[must_use]
    pub const fn ali_auth(mut self, device: AliAuth<'a>) -> Self {
        self.ali_auth = Some(device);
        self
    }

    /// The number of the PDP context to connect through, 1–16; 1 is the default.
    /// [`Engine::activate`](crate::engine::Engine::activate) makes sure that it is active. BG95 family
    /// only: other dialects refuse another than 1 with [`UsageError::NotSupported`].
    ///
    /// # Errors
    /// [`ValueError`] for another number.
    #[cfg(feature = "bg95")]
    pub const fn pdp_context(mut self, id: u8) -> Result<Self, ValueError> {
        if let Err(error) = check_context_id(id) {
            return Err(error);
        }
        self.settings.pdp_context = id;
        Ok(self)
    }

    /// Where messages wait until there is room for them. BG95 family only: other dialects refuse
    /// [`ReceiveMode::Stored`] with [`UsageError::NotSupported`].
    #[cfg(feature = "bg95")]
    #[must_use]
    pub const fn receive(mut self, mode: ReceiveMode) -> Self {
        self.settings.receive = mode;
        self.storage = match mode {
            ReceiveMode::Stored => Some(STORAGE),
            ReceiveMode::Direct => None,
        };
        self
    }

    /// How payloads are written on the line. BC660K-GL only: other dialects refuse
    /// [`DataFormat::Hex`] with [`UsageError::NotSupported`].
    ///
    /// The driver carries every payload either way. Digits take twice the time on the line, and halve
    /// the largest payload (730 bytes).
    #[cfg(feature = "bc660k")]
    #[must_use]
    pub const fn data_format(mut self, send: DataFormat, receive: DataFormat) -> Self {
        self.settings.send_format = send;
        self.settings.receive_format = receive;
        self
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;

    fn options() -> ConnectOptions<'static> {
        ConnectOptions::new("host", "id").unwrap()
    }

    // BG95 note, chapter 3.2.1; BC660K note, chapter 3.3.1: keep alive 0-3600, timeout 1-60, retries 0-10.
    #[test]
    fn numbers_are_accepted_up_to_their_bounds_and_refused_beyond() {
        assert!(options().port(1).is_ok() && options().port(65_535).is_ok());
        assert!(options().keep_alive(0).is_ok() && options().keep_alive(3600).is_ok());
        assert!(options().retransmission(1, 0).is_ok());
        assert!(options().retransmission(60, 10).is_ok());
        let problem = |result: Result<ConnectOptions<'_>, ValueError>| result.unwrap_err();
        let refused = [
            (problem(options().port(0)), Parameter::Port, 0, 1, 65_535),
            (
                problem(options().keep_alive(3601)),
                Parameter::KeepAlive,
                3601,
                0,
                3600,
            ),
            (
                problem(options().retransmission(0, 0)),
                Parameter::PacketTimeout,
                0,
                1,
                60,
            ),
            (
                problem(options().retransmission(61, 0)),
                Parameter::PacketTimeout,
                61,
                1,
                60,
            ),
            (
                problem(options().retransmission(1, 11)),
                Parameter::Retries,
                11,
                0,
                10,
            ),
        ];
        for (error, parameter, value, min, max) in refused {
            assert_eq!(error, out_of_range(parameter, value, min, max));
        }
    }

    #[test]
    fn debug_output_does_not_show_the_password() {
        let options = options().credentials("user", "hunter2").unwrap();
        let shown = std::format!("{options:?}");
        assert!(shown.contains("user") && shown.contains("***") && !shown.contains("hunter2"));
    }
}
