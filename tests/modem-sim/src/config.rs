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
}

impl Module {
    /// All modules.
    pub const ALL: [Self; 3] = [Self::Bg95, Self::Bg77, Self::Bg600l];

    /// The module of this [name](Self::name).
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|module| module.name() == name)
    }

    /// The name used on the command line: `bg95`, `bg77` or `bg600l`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bg95 => "bg95",
            Self::Bg77 => "bg77",
            Self::Bg600l => "bg600l",
        }
    }

    /// What the module answers to `AT+CGMM`.
    pub const fn model(self) -> &'static str {
        match self {
            Self::Bg95 => "BG95-M3",
            Self::Bg77 => "BG77",
            Self::Bg600l => "BG600L-M3",
        }
    }

    /// What the module answers to `AT+CGMR`.
    pub const fn revision(self) -> &'static str {
        match self {
            Self::Bg95 => "BG95M3LAR02A04",
            Self::Bg77 => "BG77LAR02A04",
            Self::Bg600l => "BG600LM3LAR02A04",
        }
    }

    /// The limits of the module's MQTT commands.
    pub const fn limits(self) -> Limits {
        match self {
            Self::Bg95 | Self::Bg77 | Self::Bg600l => Limits::BG95,
        }
    }
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
    /// `<will_message>`.
    pub will_message: usize,
    /// The payload of `AT+QMTPUB`.
    pub payload: usize,
    /// `<msg>` of `AT+QMTPUBEX`.
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
        will_message: 255,
        payload: 4096,
        inline_payload: 560,
        in_flight: 5,
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
