//! Every kind of payload, in both directions, byte for byte.

use quectel_modem_sim::Module;

use crate::{
    modem::{Line, Modem},
    mosquitto::{Mosquitto, printed},
};

/// A message on its way.
#[derive(Clone, Debug)]
struct Case {
    module: Module,
    line: Line,
    options: &'static [&'static str],
    /// A command that the options bring with them.
    sign: &'static str,
    payload: Vec<u8>,
    qos: u8,
    is_retained: bool,
}

impl Case {
    fn new(line: Line, payload: impl AsRef<[u8]>) -> Self {
        Self {
            module: Module::Bg95,
            line,
            options: &[],
            sign: "AT+QMTCONN=0,",
            payload: payload.as_ref().to_vec(),
            qos: 0,
            is_retained: false,
        }
    }

    /// On this module, and with these options of `qmqtt`; when they hold, the modem gets a command
    /// that begins so.
    fn on(self, module: Module, options: &'static [&'static str], sign: &'static str) -> Self {
        Self {
            module,
            options,
            sign,
            ..self
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
        let modem = Modem::start_as(self.module, self.line);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &self.payload).unwrap();
        let qos = self.qos.to_string();
        let mut arguments = self.options.to_vec();
        arguments.extend(["pub", "-t", TOPIC, "-q", &qos]);
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
        let modem = Modem::start_as(self.module, self.line);
        let qos = self.qos.to_string();
        let mut options = vec!["-q", &qos];
        if self.is_retained {
            options.push("-r");
        }
        let publish = || server.publish(TOPIC, &self.payload, &options);
        let sub = [
            "-i", ID, "sub", "-t", TOPIC, "-q", &qos, "-C", "1", "-W", "60",
        ];
        let arguments = [self.options, &sub].concat();
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
        assert!(modem.has_got(self.sign), "{:#?}", modem.commands());
    }
}

/// The same bytes, so that a difference can be read.
fn shown(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

fn all_byte_values() -> Vec<u8> {
    (0..=u8::MAX).collect()
}

fn bytes(count: u32) -> Vec<u8> {
    // No period of a power of two: a piece that is lost or doubled shows.
    (0..count).map(|index| (index % 251) as u8).collect()
}

macro_rules! round_trips {
    ($module:ident, $new:expr, { $($name:ident: |$case:ident| $message:expr;)* }) => {
        mod $module {
            use super::*;

            $(mod $name {
                use super::*;

                fn case() -> Case {
                    let $case = $new;
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
        $(round_trips!($module, |payload: &[u8]| Case::new($line, payload), {
            plain_text: |message| message(b"hello, world");
            json: |message| message(br#"{"a":"b","c":[1,2]}"#);
            quotes_at_both_ends: |message| message(br#""quoted""#);
            what_looks_like_answers: |message| message(b"x\r\nOK\r\n+QMTSTAT: 0,1\r\n> ");
            all_byte_values: |message| message(&all_byte_values());
            empty: |message| message(b"");
            bytes_4096: |message| message(&bytes(4096));
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

// BC660K note, chapter 3.3.8: up to 1460 bytes as they are, up to 730 as digits.
macro_rules! bc660k_round_trips {
    ($($module:ident: $line:expr, $format:literal, $sign:literal, $most:ident: $count:literal;)*) => {
        $(round_trips!(
            $module,
            |payload: &[u8]| {
                let options = &["--data-format", $format];
                Case::new($line, payload).on(Module::Bc660k, options, $sign)
            },
            {
                empty: |message| message(b"");
                one_byte: |message| message(b"x");
                ctrl_z: |message| message(b"\x1A");
                what_looks_like_answers: |message| message(b"x\r\nOK\r\n+QMTSTAT: 0,1\r\n> ");
                all_byte_values: |message| message(&all_byte_values());
                $most: |message| message(&bytes($count));
                qos_1: |message| message(b"at least once").qos(1);
                qos_2: |message| message(b"exactly once").qos(2);
                retained: |message| message(b"for later").qos(1).retained();
            }
        );)*
    };
}

bc660k_round_trips! {
    bc660k_text: Line::Plain, "text", "AT+QMTCFG=\"dataformat\",0,0,0", bytes_1460: 1460;
    bc660k_hex: Line::Plain, "hex", "AT+QMTCFG=\"dataformat\",0,1,1", bytes_730: 730;
    bc660k_text_with_echo: Line::Echo, "text", "AT+QMTCFG=\"dataformat\",0,0,0", bytes_1460: 1460;
    bc660k_hex_byte_by_byte: Line::ByteByByte, "hex", "AT+QMTCFG=\"dataformat\",0,1,1", bytes_730: 730;
}

macro_rules! stored_round_trips {
    ($($module:ident: $line:expr;)*) => {
        $(round_trips!(
            $module,
            |payload: &[u8]| {
                let options = &["--receive", "stored"];
                Case::new($line, payload).on(Module::Bg95, options, "AT+QMTRECV=0,")
            },
            {
                plain_text: |message| message(b"hello, world");
                what_looks_like_answers: |message| message(b"x\r\nOK\r\n+QMTSTAT: 0,1\r\n> ");
                all_byte_values: |message| message(&all_byte_values());
                empty: |message| message(b"");
                bytes_4096: |message| message(&bytes(4096));
                qos_2: |message| message(b"exactly once").qos(2);
                retained: |message| message(b"for later").qos(1).retained();
            }
        );)*
    };
}

stored_round_trips! {
    stored: Line::Plain;
    stored_with_echo: Line::Echo;
}

const TOPIC: &str = "room/7/message";
const ID: &str = "listener";
