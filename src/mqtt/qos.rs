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

impl QoS {
    /// The quality of service with this number, 0–2.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::AtMostOnce),
            1 => Some(Self::AtLeastOnce),
            2 => Some(Self::ExactlyOnce),
            _ => None,
        }
    }
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
        match (QoS::from_number(code), code) {
            (Some(qos), _) => Self::Granted(qos),
            (None, 128) => Self::Refused,
            (None, code) => Self::Unknown(code),
        }
    }
}
