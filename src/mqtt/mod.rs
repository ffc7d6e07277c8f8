//! The words of MQTT 3.1.1: quality of service, topics, will, return codes. Knows no AT command.

mod connack;
mod packet_id;
mod publication;
mod qos;
mod secret;
mod text;
mod topic;
mod will;

pub use connack::ConnectReturnCode;
pub use packet_id::PacketId;
pub use publication::Publication;
pub use qos::{GrantedQos, QoS};
pub use secret::Password;
pub use text::Text;
pub use topic::{TopicFilter, TopicName};
pub use will::Will;

/// The version of MQTT that the modem speaks to the server.
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Version {
    /// MQTT 3.1, the modem's own default.
    V3_1,
    /// MQTT 3.1.1, ours: several services accept nothing else.
    #[default]
    V3_1_1,
}

/// What the server keeps of a client when it leaves (MQTT 3.1.1, chapter 3.1.2.4).
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Session {
    /// Nothing: the session lasts as long as the network connection (clean session 1).
    #[default]
    Clean,
    /// The subscriptions, and the messages of QoS 1 and 2 that come meanwhile (clean session 0).
    Kept,
}

/// Whether the server keeps a message for those who subscribe later (MQTT 3.1.1, chapter 3.3.1.3).
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Retain {
    /// For those only who have subscribed when it comes.
    #[default]
    Discard,
    /// As the last message of its topic; a retained message without payload removes it.
    Keep,
}
