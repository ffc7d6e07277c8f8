//! Which module is simulated, and the limits its application note gives.

/// A Quectel module that the simulator can be.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Module {
    /// BG95 series.
    #[default]
    Bg95,
    /// BG77.
    Bg77,
    /// BG600L-M3.
    Bg600l,
    /// BC660K-GL.
    Bc660k,
}

impl Module {
    /// All modules.
    pub const ALL: [Self; 4] = [Self::Bg95, Self::Bg77, Self::Bg600l, Self::Bc660k];

    /// The module of this [name](Self::name).
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|module| module.name() == name)
    }

    /// The name used on the command line: `bg95`, `bg77`, `bg600l` or `bc660k`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bg95 => "bg95",
            Self::Bg77 => "bg77",
            Self::Bg600l => "bg600l",
            Self::Bc660k => "bc660k",
        }
    }

    /// What the module answers to `AT+CGMM`.
    pub const fn model(self) -> &'static str {
        match self {
            Self::Bg95 => "BG95-M3",
            Self::Bg77 => "BG77",
            Self::Bg600l => "BG600L-M3",
            Self::Bc660k => "BC660K-GL",
        }
    }

    /// What the module answers to `AT+CGMR`.
    pub const fn revision(self) -> &'static str {
        match self {
            Self::Bg95 => "BG95M3LAR02A04",
            Self::Bg77 => "BG77LAR02A04",
            Self::Bg600l => "BG600LM3LAR02A04",
            Self::Bc660k => "BC660KGLAAR01A05",
        }
    }

    /// The limits of the module's MQTT commands.
    pub const fn limits(self) -> Limits {
        match self {
            Self::Bg95 | Self::Bg77 | Self::Bg600l => Limits::BG95,
            Self::Bc660k => Limits::BC660K,
        }
    }

    /// Which of the two application notes the module follows.
    pub(crate) const fn family(self) -> Family {
        match self {
            Self::Bg95 | Self::Bg77 | Self::Bg600l => Family::Bg95,
            Self::Bc660k => Family::Bc660k,
        }
    }
}

/// The modules that share an application note.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Family {
    /// BG95 series, BG77, BG600L-M3.
    Bg95,
    /// BC660K-GL.
    Bc660k,
}

/// The limits of a module's MQTT commands, in bytes where nothing else is said.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// MQTT clients: the client index is below this.
    pub clients: usize,
    /// `<host_name>`.
    pub host: usize,
    /// `<clientID>`.
    pub client_id: usize,
    /// `<username>`.
    pub username: usize,
    /// `<password>`.
    pub password: usize,
    /// `<topic>` and `<will_topic>`.
    pub topic: usize,
    /// The shortest `<will_message>`.
    pub least_will_message: usize,
    /// `<will_message>`.
    pub will_message: usize,
    /// `<product_key>`, `<device_name>` and `<device_secret>` of `aliauth`.
    pub aliauth: usize,
    /// The smallest `<port>`.
    pub least_port: u16,
    /// The smallest `<msglen>` of `AT+QMTPUB`.
    pub least_payload: usize,
    /// The payload of `AT+QMTPUB`.
    pub payload: usize,
    /// The payload of `AT+QMTPUB` when it is written in hexadecimal digits.
    pub hex_payload: usize,
    /// The payload that stands in the command line: `<msg>` of `AT+QMTPUBEX`, or of `AT+QMTPUB`.
    pub inline_payload: usize,
    /// Publishes whose result is still to come.
    pub in_flight: usize,
    /// `<keep_alive_time>`, in seconds.
    pub keep_alive: i64,
    /// A command line, `AT` included and CR not.
    ///
    /// No application note states it; a line beyond it is answered with `ERROR`.
    pub command_line: usize,
}

impl Limits {
    /// The BG95 series, BG77 and BG600L-M3 (MQTT application note 1.2).
    pub const BG95: Self = Self {
        clients: 6,
        host: 100,
        client_id: 256,
        username: 512,
        password: 512,
        // Stated for the will only; the other topics are taken to be no longer.
        topic: 255,
        least_will_message: 0,
        will_message: 255,
        // Not stated.
        aliauth: 256,
        least_port: 0,
        least_payload: 1,
        payload: 4096,
        // There is no such form.
        hex_payload: 0,
        inline_payload: 560,
        in_flight: 5,
        keep_alive: 3600,
        command_line: 2048,
    };

    /// The BC660K-GL (its MQTT application note).
    pub const BC660K: Self = Self {
        clients: 5,
        host: 100,
        client_id: 128,
        username: 256,
        password: 256,
        topic: 256,
        least_will_message: 1,
        will_message: 256,
        aliauth: 64,
        least_port: 1,
        least_payload: 0,
        payload: 1460,
        hex_payload: 730,
        inline_payload: 1460,
        in_flight: 1,
        keep_alive: 3600,
        command_line: 2048,
    };
}

/// How a [`Modem`](crate::Modem) is set up.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The module that is simulated.
    pub module: Module,
    /// Deviations from the application note; none by default.
    pub behaviour: crate::Behaviour,
    /// Seed of everything that [`Behaviour`](crate::Behaviour) leaves to chance.
    pub seed: u64,
}
