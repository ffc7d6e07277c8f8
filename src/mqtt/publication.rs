use super::{QoS, Retain, TopicName};
use crate::value::ValueError;

/// An application message to publish (MQTT 3.1.1, chapter 3.3). The payload is any bytes.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Publication<'a> {
    pub(crate) topic: TopicName<'a>,
    pub(crate) payload: &'a [u8],
    pub(crate) qos: QoS,
    pub(crate) retain: Retain,
}

impl<'a> Publication<'a> {
    /// A message of QoS 0 that is not retained.
    ///
    /// ```
    /// use quectel_mqtt::mqtt::{Publication, QoS};
    ///
    /// let reading = Publication::new("field/7/moisture", br#"{"percent":31}"#)?
    ///     .qos(QoS::AtLeastOnce);
    /// # Ok::<(), quectel_mqtt::ValueError>(())
    /// ```
    ///
    /// # Errors
    /// [`ValueError`] when `topic` is no topic name.
    pub fn new(topic: &'a str, payload: &'a [u8]) -> Result<Self, ValueError> {
        Ok(Self {
            topic: TopicName::new(topic)?,
            payload,
            qos: QoS::AtMostOnce,
            retain: Retain::Discard,
        })
    }

    /// The same message with this quality of service.
    #[must_use]
    pub const fn qos(mut self, qos: QoS) -> Self {
        self.qos = qos;
        self
    }

    /// The same message, retained or not.
    #[must_use]
    pub const fn retain(mut self, retain: Retain) -> Self {
        self.retain = retain;
        self
    }
}
