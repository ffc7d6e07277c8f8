/// Quality of service (MQTT 3.1.1, chapter 4.3).
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum QoS {
    /// Sent once, never acknowledged: may be lost.
    #[default]
    AtMostOnce = 0,
    /// Acknowledged: arrives, possibly more than once.
    AtLeastOnce = 1,
    /// Acknowledged in two steps: arrives once.
    ExactlyOnce = 2,
}

/// What the server granted to one topic filter of a subscribe (MQTT 3.1.1, chapter 3.9.3).
///
/// It can be lower than what was asked for.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum GrantedQos {
    /// Messages come with this quality of service at most.
    Granted(QoS),
    /// The server refused the filter (return code 128). Known from the specification and the
    /// notes; never seen in a log of a real modem.
    Refused,
    /// A number without a meaning in MQTT 3.1.1, as the modem reported it.
    Unknown(u8),
}

impl From<u8> for GrantedQos {
    fn from(code: u8) -> Self {
        match code {
            0 => Self::Granted(QoS::AtMostOnce),
            1 => Self::Granted(QoS::AtLeastOnce),
            2 => Self::Granted(QoS::ExactlyOnce),
            128 => Self::Refused,
            code => Self::Unknown(code),
        }
    }
}
