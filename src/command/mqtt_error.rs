use crate::at::CmeError;

/// The `<err>` of a +CME ERROR that is about MQTT (BC660K note, chapter 4, table 2). Known from the
/// note alone.
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum MqttError {
    /// 8503.
    #[error("MQTT link layer error (8503)")]
    LinkLayer,
    /// 8504.
    #[error("illegal MQTT packet (8504)")]
    IllegalPacket,
    /// 8505.
    #[error("illegal character (8505)")]
    IllegalCharacter,
    /// 8506.
    #[error("illegal UTF-8 (8506)")]
    IllegalUtf8,
    /// 8507.
    #[error("invalid parameter (8507)")]
    InvalidParameter,
    /// 8508: the data is longer than what is left of the modem's transmission buffer.
    #[error("data longer than the room in the modem's transmission buffer (8508)")]
    DataTooLong,
    /// 8509.
    #[error("the modem's MQTT buffer is full (8509)")]
    BufferOverflow,
    /// 8510.
    #[error("the modem is out of memory (8510)")]
    OutOfMemory,
    /// 8511.
    #[error("memory error of the modem (8511)")]
    Memory,
    /// 8600: the note calls it unknown.
    #[error("unknown MQTT error (8600)")]
    Unknown,
}

impl MqttError {
    /// What the number of a +CME ERROR says about MQTT; `None` when it is about something else.
    #[must_use]
    pub const fn from_cme(error: CmeError) -> Option<Self> {
        let CmeError::Code(code) = error else {
            return None;
        };
        Some(match code {
            8503 => Self::LinkLayer,
            8504 => Self::IllegalPacket,
            8505 => Self::IllegalCharacter,
            8506 => Self::IllegalUtf8,
            8507 => Self::InvalidParameter,
            8508 => Self::DataTooLong,
            8509 => Self::BufferOverflow,
            8510 => Self::OutOfMemory,
            8511 => Self::Memory,
            8600 => Self::Unknown,
            _ => return None,
        })
    }
}
