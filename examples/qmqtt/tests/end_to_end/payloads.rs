//! Every kind of payload, in both directions, byte for byte.

use crate::{
    modem::{Line, Modem},
    mosquitto::{Mosquitto, printed},
};

/// A message on its way.
#[derive(Clone, Debug)]
struct Case {
    line: Line,
    payload: Vec<u8>,
    qos: u8,
    is_retained: bool,
}

impl Case {
    fn new(line: Line, payload: impl AsRef<[u8]>) -> Self {
        Self {
            line,
            payload: payload.as_ref().to_vec(),
            qos: 0,
            is_retained: false,
        }
    }

    fn qos(self, qos: u8) -> Self {
        Self { qos, ..self }
    }

    fn retained(self) -> Self {
        Self {
            is_retained: true,
            ..self
        }
    }

    /// `qmqtt pub` → modem → server → mosquitto_sub.
    fn assert_published(&self) {
        let Some(server) = Mosquitto::start() else {
            return;
        };
        let modem = Modem::start(self.line);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &self.payload).unwrap();
        let qos = self.qos.to_string();
        let mut arguments = vec!["pub", "-t", TOPIC, "-q", &qos];
        match self.payload.is_empty() {
            true => arguments.push("-n"),
            false => arguments.extend(["-f", file.path().to_str().unwrap()]),
        }
        if self.is_retained {
            arguments.push("-r");
        }
        let publish = || modem.run_qmqtt(server.port, &arguments).assert_success();

        // Who subscribes later gets what is retained, and marked as such.
        let subscriber = if self.is_retained {
            publish();
            server.subscribe(TOPIC, 1)
        } else {
            let subscriber = server.subscribe(TOPIC, 1);
            publish();
            subscriber
        };
        let ended = subscriber.end();
        ended.assert_success();
        let expected = printed(TOPIC, self.qos, self.is_retained, &self.payload);
        assert_eq!(shown(&ended.stdout), shown(&expected));
    }

    /// mosquitto_pub → server → modem → `qmqtt sub`.
    fn assert_received(&self) {
        let Some(server) = Mosquitto::start() else {
            return;
        };
        let modem = Modem::start(self.line);
        let qos = self.qos.to_string();
        let mut options = vec!["-q", &qos];
        if self.is_retained {
            options.push("-r");
        }
        let publish = || server.publish(TOPIC, &self.payload, &options);
        let arguments = [
            "-i", ID, "sub", "-t", TOPIC, "-q", &qos, "-C", "1", "-W", "60",
        ];
        let subscribe = || modem.qmqtt(server.port, &arguments);

        let subscriber = if self.is_retained {
            publish();
            subscribe()
        } else {
            let subscriber = subscribe();
            server.wait_for_subscription_of(ID);
            publish();
            subscriber
        };
        let ended = subscriber.end();
        ended.assert_success();
        let expected = [&self.payload[..], b"\n"].concat();
        assert_eq!(shown(&ended.stdout), shown(&expected));
        assert_eq!(ended.stderr, "");
    }
}

/// The same bytes, so that a difference can be read.
fn shown(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

fn all_byte_values() -> Vec<u8> {
    (0..=u8::MAX).collect()
}

fn bytes_4096() -> Vec<u8> {
    // No period of a power of two: a piece that is lost or doubled shows.
    (0..4096_u32).map(|index| (index % 251) as u8).collect()
}

macro_rules! round_trips {
    ($module:ident, $line:expr, { $($name:ident: |$case:ident| $message:expr;)* }) => {
        mod $module {
            use super::*;

            $(mod $name {
                use super::*;

                fn case() -> Case {
                    let $case = |payload: &[u8]| Case::new($line, payload);
                    $message
                }

                #[test]
                fn published() {
                    case().assert_published();
                }

                #[test]
                fn received() {
                    case().assert_received();
                }
            })*
        }
    };
    ($($module:ident: $line:expr;)*) => {
        $(round_trips!($module, $line, {
            plain_text: |message| message(b"hello, world");
            json: |message| message(br#"{"a":"b","c":[1,2]}"#);
            quotes_at_both_ends: |message| message(br#""quoted""#);
            what_looks_like_answers: |message| message(b"x\r\nOK\r\n+QMTSTAT: 0,1\r\n> ");
            all_byte_values: |message| message(&all_byte_values());
            empty: |message| message(b"");
            bytes_4096: |message| message(&bytes_4096());
            qos_0: |message| message(b"at most once").qos(0);
            qos_1: |message| message(b"at least once").qos(1);
            qos_2: |message| message(b"exactly once").qos(2);
            retained: |message| message(b"for later").qos(1).retained();
        });)*
    };
}

round_trips! {
    plain_line: Line::Plain;
    byte_by_byte: Line::ByteByByte;
    with_echo: Line::Echo;
}

const TOPIC: &str = "room/7/message";
const ID: &str = "listener";
