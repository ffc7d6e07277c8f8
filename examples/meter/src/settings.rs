use quectel_mqtt::{
    ConnectOptions, PdpContext, PemFile, TlsOptions, ValueError, mqtt::TopicFilter,
};

/// Where the meter connects, and under which names.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// The operator's access point; empty: the network chooses.
    pub access_point: &'a str,
    /// The server.
    pub host: &'a str,
    /// Its port for TLS.
    pub port: u16,
    /// The CA that the server's certificate must come from, in PEM.
    pub ca: &'a [u8],
    /// Unique for each device: a server drops the first of two with the same name.
    pub client_id: &'a str,
    /// The topic of the temperature.
    pub readings: &'a str,
    /// The topic of the commands.
    pub commands: &'a str,
    /// What to tell the modem first, after each of its starts. It goes on also where the modem
    /// refuses one.
    pub preparation: &'a [&'a str],
}

impl Settings<'static> {
    /// Change these before you flash: host, access point, client identifier, topics, and the CA in
    /// `ca.pem`, which is that of Let's Encrypt (ISRG Root X1).
    pub const YOURS: Self = Self {
        access_point: "iot.example",
        host: "broker.example",
        port: 8883,
        ca: include_bytes!("../ca.pem"),
        client_id: "meter-0815",
        readings: "meter/0815/temperature",
        commands: "meter/0815/do",
        // Flow control by RTS and CTS, which the BG95 family has off by default.
        preparation: &["AT+IFC=2,2"],
    };
}

impl<'a> Settings<'a> {
    /// The PDP context.
    ///
    /// # Errors
    /// [`ValueError`] for an access point that can't be one.
    pub fn pdp_context(&self) -> Result<PdpContext<'a>, ValueError> {
        PdpContext::new(self.access_point)
    }

    /// How to connect.
    ///
    /// # Errors
    /// [`ValueError`] for a host, port or client identifier that can't be one.
    pub fn connect_options(&self) -> Result<ConnectOptions<'a>, ValueError> {
        ConnectOptions::new(self.host, self.client_id)?
            .port(self.port)?
            .tls(0)
    }

    /// The filter for the commands.
    ///
    /// # Errors
    /// [`ValueError`] for what can't be one.
    pub fn command_filter(&self) -> Result<TopicFilter<'a>, ValueError> {
        TopicFilter::new(self.commands)
    }
}

/// What the modem is to know for TLS, in two forms: with the certificate, and without. The modem
/// keeps it, in a flash memory that wears out, so it is sent once, and then named.
#[derive(Clone, Copy, Debug)]
pub struct Certificate<'a> {
    /// With upload.
    pub upload: TlsOptions<'a>,
    /// The modem has it already.
    pub stored: TlsOptions<'a>,
}

impl<'a> Certificate<'a> {
    /// The CA of these settings.
    ///
    /// # Errors
    /// [`ValueError`] when it is empty.
    pub fn new(settings: &Settings<'a>) -> Result<Self, ValueError> {
        Ok(Self {
            upload: TlsOptions::new(PemFile::upload(FILE, settings.ca)?),
            stored: TlsOptions::new(PemFile::stored(FILE)?),
        })
    }
}

/// Its name in the modem, where files have names.
const FILE: &str = "ca.pem";
