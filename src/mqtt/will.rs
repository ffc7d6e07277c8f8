use super::{QoS, Retain, Text, TopicName};
use crate::value::{Parameter, ValueError};

/// The message that the server publishes when the client is lost (MQTT 3.1.1, chapter 3.1.2.5).
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Will<'a> {
    pub(crate) topic: TopicName<'a>,
    pub(crate) message: Text<'a>,
    pub(crate) qos: QoS,
    pub(crate) retain: Retain,
}

impl<'a> Will<'a> {
    /// A will of QoS 0 that is not retained.
    ///
    /// The message travels in a quoted parameter, so it is text without `"` and control
    /// characters; the modem has no other way to set it. The BC660K-GL takes no empty one.
    ///
    /// # Errors
    /// [`ValueError`] when the topic is no topic name, or the message can't be sent.
    pub fn new(topic: &'a str, message: &'a str) -> Result<Self, ValueError> {
        Ok(Self {
            topic: TopicName::named(Parameter::WillTopic, topic)?,
            message: Text::new(Parameter::WillMessage, message)?,
            qos: QoS::AtMostOnce,
            retain: Retain::Discard,
        })
    }

    /// The same will with this quality of service.
    #[must_use]
    pub const fn qos(mut self, qos: QoS) -> Self {
        self.qos = qos;
        self
    }

    /// The same will, retained or not.
    #[must_use]
    pub const fn retain(mut self, retain: Retain) -> Self {
        self.retain = retain;
        self
    }
}
