//! Messages of all kinds.

use quectel_mqtt::mqtt::QoS;

/// A message to send, and what is special about it.
pub(crate) struct Message {
    pub(crate) words: &'static str,
    pub(crate) payload: Vec<u8>,
    pub(crate) qos: QoS,
}

impl Message {
    fn new(words: &'static str, payload: impl Into<Vec<u8>>, qos: QoS) -> Self {
        Self {
            words,
            payload: payload.into(),
            qos,
        }
    }
}

/// All that come back at once.
pub(crate) fn all() -> Vec<Message> {
    vec![
        Message::new("a text, sent once (QoS 0)", "hello, world", QoS::AtMostOnce),
        Message::new(
            "a text that the server acknowledges (QoS 1)",
            "hello, certainly",
            QoS::AtLeastOnce,
        ),
        Message::new(
            "a text that arrives exactly once (QoS 2)",
            "hello, once",
            QoS::ExactlyOnce,
        ),
        Message::new(
            "JSON, full of quotes",
            br#"{"a":"b","c":[1,2]}"#,
            QoS::AtLeastOnce,
        ),
        Message::new(
            "a text that begins and ends with a quote",
            br#""quoted""#,
            QoS::AtMostOnce,
        ),
        Message::new(
            "a text that looks like answers of the modem",
            b"x\r\nOK\r\n+QMTSTAT: 0,1\r\n> ",
            QoS::AtLeastOnce,
        ),
        Message::new(
            "a text that looks like the end of one message and another one",
            b"end\"\r\n\r\n+QMTRECV: 0,0,\"topic\",2,\"no\"\r\n",
            QoS::AtMostOnce,
        ),
        Message::new("letters of the world", "Grüße, 世界 😀", QoS::ExactlyOnce),
        Message::new(
            "binary data: all 256 values that a byte can have",
            (0..=u8::MAX).collect::<Vec<_>>(),
            QoS::AtLeastOnce,
        ),
        Message::new("an empty message", [], QoS::AtMostOnce),
        Message::new(
            "4096 bytes, the most that the modem takes",
            (0..4096_u32)
                .map(|index| (index % 251) as u8)
                .collect::<Vec<_>>(),
            QoS::ExactlyOnce,
        ),
    ]
}

/// The message that the server keeps.
pub(crate) fn retained() -> Message {
    Message::new(
        "a message for those who come later: the server keeps it (retained)",
        "here before you",
        QoS::AtLeastOnce,
    )
}
