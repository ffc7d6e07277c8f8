//! A modem that says yes to everything at once, and keeps what was sent to it.

use quectel_mqtt::{
    Dialect, Failure, Instant,
    engine::{Action, Buffers, Completion, Engine, Operation},
};

/// What an engine has sent, command by command, each with the data that followed its prompt.
#[derive(Debug, Default)]
pub(crate) struct Obliging {
    pub(crate) lines: Vec<Vec<u8>>,
    pub(crate) data: Vec<Vec<u8>>,
    /// The answer that follows the data, and whether Ctrl+Z ends that in a write of its own.
    pending: Option<(String, bool)>,
}

/// An engine with room for everything, for the rest of the test.
pub(crate) fn engine(dialect: &'static Dialect) -> Engine<'static> {
    engine_with(dialect, [512, 8192, 512])
}

/// An engine with so many bytes for `rx`, `tx` and `inbox`, for the rest of the test.
pub(crate) fn engine_with(dialect: &'static Dialect, sizes: [usize; 3]) -> Engine<'static> {
    let [rx, tx, inbox] = sizes.map(|size| Vec::leak(vec![0; size]));
    Engine::new(dialect, Buffers { rx, tx, inbox })
}

impl Obliging {
    /// Answers until the operation has ended. `has_prompt`: whether data follows a publish.
    pub(crate) fn run(
        &mut self,
        engine: &mut Engine<'_>,
        operation: Operation,
        has_prompt: bool,
    ) -> Result<Completion, Failure> {
        for _ in 0..10_000 {
            match engine.poll(Instant::from_millis(0)) {
                Action::Transmit { .. } => {
                    let bytes = engine.transmit_buffer().to_vec();
                    engine.transmitted(bytes.len());
                    let answer = self.answer(&bytes, has_prompt, engine.dialect());
                    let free = engine.receive_buffer();
                    free[..answer.len()].copy_from_slice(answer.as_bytes());
                    engine.received(answer.len());
                }
                Action::Deliver => {
                    if let Some(result) = engine.take_result(operation) {
                        return result;
                    }
                }
                Action::Receive { .. } => panic!("no answer to {:?}", self.lines.last()),
            }
        }
        panic!("the engine never comes to rest");
    }

    /// Whether data is to follow.
    pub(crate) const fn is_in_data_mode(&self) -> bool {
        self.pending.is_some()
    }

    /// What it says to these bytes: a command line, or the data that it waits for.
    pub(crate) fn answer(&mut self, bytes: &[u8], has_prompt: bool, dialect: &Dialect) -> String {
        if let Some((answer, is_ended)) = self.pending.take() {
            if is_ended && bytes != [0x1A] {
                self.pending = Some((answer, is_ended));
                return String::new();
            }
            self.data.push(bytes.to_vec());
            return answer;
        }
        // What is given to be sent at once is a line, whatever stands in it.
        let text = String::from_utf8_lossy(bytes).into_owned();
        self.lines.push(bytes.to_vec());
        let (name, parameters) = text
            .split_once('=')
            .unwrap_or_else(|| (text.trim_end(), ""));
        let mut numbers = parameters.split([',', '\r']);
        let client = numbers.next().unwrap_or_default();
        let id = numbers.next().unwrap_or_default();
        let ok = "\r\nOK\r\n".to_owned();
        match name {
            "AT+CMEE?" => format!("\r\n+CMEE: 1\r\n{ok}"),
            "AT+CGMM" => format!("\r\n{}\r\n{ok}", dialect.models[0]),
            "AT+QMTOPEN" | "AT+QMTCLOSE" | "AT+QMTDISC" => {
                format!("{ok}\r\n{}: {client},0\r\n", &name[2..])
            }
            "AT+QMTCONN" => format!("{ok}\r\n+QMTCONN: {client},0,0\r\n"),
            "AT+QMTSUB" | "AT+QMTUNS" => format!("{ok}\r\n{}: {client},{id},0,0\r\n", &name[2..]),
            "AT+QFUPL" => {
                self.pending = Some((ok, false));
                "\r\nCONNECT\r\n".into()
            }
            // A certificate of the BC660K-GL.
            "AT+QSSLCFG" if text.ends_with("cert\"\r") || text.ends_with("key\"\r") => {
                self.pending = Some((ok, true));
                "\r\n> ".into()
            }
            "AT+QMTPUB" | "AT+QMTPUBEX" => {
                let answer = format!("{ok}\r\n+QMTPUB: {client},{id},0\r\n");
                if !has_prompt {
                    return answer;
                }
                self.pending = Some((answer, false));
                "\r\n> ".into()
            }
            _ => ok,
        }
    }
}
