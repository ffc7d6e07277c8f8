//! A small obliging modem: it takes every command of the two dialects, and refuses what its state
//! forbids. Written from the application notes for the fuzz targets; it has no faults and no clock.

mod text;

use std::collections::VecDeque;

use quectel_mqtt::Dialect;

use text::{bytes_of, fields, message_line, payload, push, say};

/// The modem, with the server behind it.
#[derive(Debug)]
pub(crate) struct Modem {
    is_bc660k: bool,
    model: &'static str,
    is_echo_on: bool,
    mode: Mode,
    line: Vec<u8>,
    clients: [Client; 6],
    /// The command lines, without their CR, a character for a byte.
    pub(crate) commands: Vec<String>,
    /// What has come to the server.
    pub(crate) published: Vec<Published>,
    /// The messages that have gone out on the line, with their payload.
    pub(crate) sent: Vec<Message>,
    /// Lines that were no commands, and data that was cancelled.
    pub(crate) strays: usize,
}

/// A message that has come to the server.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Published {
    pub(crate) topic: Vec<u8>,
    pub(crate) payload: Vec<u8>,
    pub(crate) qos: u8,
    pub(crate) is_retained: bool,
}

/// A message from the server.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Message {
    pub(crate) client: u8,
    pub(crate) packet_id: u32,
    pub(crate) topic: String,
    pub(crate) payload: Vec<u8>,
}

/// Something that the modem sends in one piece.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) kind: Kind,
    pub(crate) bytes: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Echo,
    Information,
    Prompt,
    Ok,
    Error,
    Result,
    /// It must come as it is: nothing tells a damaged message from another one.
    Message,
}

#[derive(Debug, Default)]
struct Client {
    is_open: bool,
    is_connected: bool,
    sends_hex: bool,
    receives_hex: bool,
    stores: bool,
    stored: [Option<Message>; 5],
}

#[derive(Debug)]
enum Mode {
    Command,
    /// Takes data: so many bytes more, or up to Ctrl+Z.
    Data {
        left: Option<usize>,
        bytes: Vec<u8>,
        purpose: Purpose,
    },
}

#[derive(Clone, Debug)]
enum Purpose {
    Publish {
        client: usize,
        id: String,
        is_hex: bool,
        message: Published,
    },
    File,
    Certificate(String),
}

impl Modem {
    pub(crate) fn new(dialect: &Dialect) -> Self {
        Self {
            is_bc660k: dialect.client_count == 5,
            model: dialect.models[0],
            is_echo_on: true,
            mode: Mode::Command,
            line: Vec::new(),
            clients: Default::default(),
            commands: Vec::new(),
            published: Vec::new(),
            sent: Vec::new(),
            strays: 0,
        }
    }

    /// Takes a byte from the driver, and answers.
    pub(crate) fn feed(&mut self, byte: u8) -> VecDeque<Answer> {
        let mut answers = VecDeque::new();
        if self.is_echo_on {
            push(&mut answers, Kind::Echo, vec![byte]);
        }
        let Mode::Data { left, bytes, .. } = &mut self.mode else {
            match byte {
                b'\r' => self.take_line(&mut answers),
                // Keys that mean nothing between commands.
                0x1A | 0x1B => {}
                byte => self.line.push(byte),
            }
            return answers;
        };
        let is_over = match (&mut *left, byte) {
            (Some(left), byte) => {
                bytes.push(byte);
                *left -= 1;
                *left == 0
            }
            (None, 0x1A) => true,
            (None, 0x1B) => {
                self.mode = Mode::Command;
                self.strays += 1;
                say(&mut answers, Kind::Ok, "OK");
                return answers;
            }
            (None, byte) => {
                bytes.push(byte);
                false
            }
        };
        if is_over {
            self.take_data(&mut answers);
        }
        answers
    }

    /// The server sends a message. `None` when it can't.
    pub(crate) fn deliver(&mut self, message: &Message) -> Option<Answer> {
        let client = &mut self.clients[usize::from(message.client)];
        if !client.is_connected {
            return None;
        }
        let mut answers = VecDeque::new();
        if client.stores {
            let place = client.stored.iter().position(Option::is_none)?;
            client.stored[place] = Some(message.clone());
            let line = format!("+QMTRECV: {},{place}", message.client);
            say(&mut answers, Kind::Message, &line);
        } else {
            let line = message_line(message, client.receives_hex);
            push(&mut answers, Kind::Message, line);
            self.sent.push(message.clone());
        }
        answers.pop_front()
    }

    /// The server closes the connection of a client.
    pub(crate) fn lose_link(&mut self, client: u8) -> Option<Answer> {
        let state = &mut self.clients[usize::from(client)];
        if !state.is_open {
            return None;
        }
        *state = Client::default();
        let mut answers = VecDeque::new();
        let line = format!("+QMTSTAT: {client},1");
        say(&mut answers, Kind::Result, &line);
        answers.pop_front()
    }

    /// The modem starts anew.
    pub(crate) fn restart(&mut self) -> Answer {
        self.clients = Default::default();
        self.is_echo_on = true;
        self.mode = Mode::Command;
        self.line.clear();
        Answer {
            kind: Kind::Result,
            bytes: b"\r\nRDY\r\n".to_vec(),
        }
    }

    fn take_line(&mut self, answers: &mut VecDeque<Answer>) {
        let line = std::mem::take(&mut self.line);
        let line: String = line.into_iter().map(char::from).collect();
        if !line.starts_with("AT") {
            self.strays += 1;
            return;
        }
        self.commands.push(line.clone());
        let outcome = self.command(&line[2..], answers);
        match outcome {
            Outcome::Ok(result) => {
                say(answers, Kind::Ok, "OK");
                if let Some(result) = result {
                    say(answers, Kind::Result, &result);
                }
            }
            Outcome::Error => say(answers, Kind::Error, "ERROR"),
            Outcome::Data(left, purpose) => {
                let prompt = match purpose {
                    Purpose::File => "\r\nCONNECT\r\n",
                    _ => "\r\n> ",
                };
                push(answers, Kind::Prompt, prompt.into());
                self.mode = Mode::Data {
                    left,
                    bytes: Vec::new(),
                    purpose,
                };
            }
        }
    }

    fn command(&mut self, command: &str, answers: &mut VecDeque<Answer>) -> Outcome {
        let (name, parameters) = command.split_once('=').unwrap_or((command, ""));
        let fields = fields(parameters);
        let index = match name {
            "+QMTCFG" => 1,
            _ => 0,
        };
        let number = |at: usize| fields.get(at).and_then(|it| it.parse::<usize>().ok());
        let client = number(index).unwrap_or(0).min(5);
        let state = &mut self.clients[client];
        let result = |rest: &str| Outcome::Ok(Some(format!("{name}: {client},{rest}")));
        match name {
            "E0" => self.is_echo_on = false,
            "+CMEE?" => say(answers, Kind::Information, "+CMEE: 1"),
            "+CGMM" => say(answers, Kind::Information, self.model),
            "+CPIN?" => say(answers, Kind::Information, "+CPIN: READY"),
            "+CEREG?" => say(answers, Kind::Information, "+CEREG: 0,1"),
            "+QFUPL" => {
                let len = number(1).filter(|len| *len > 0);
                return len.map_or(Outcome::Error, |len| {
                    Outcome::Data(Some(len), Purpose::File)
                });
            }
            "+QSSLCFG" if self.is_bc660k && fields.len() == 3 => {
                return Outcome::Data(None, Purpose::Certificate(parameters.into()));
            }
            "+QMTCFG" if state.is_open => return Outcome::Error,
            "+QMTCFG" if fields.len() > 2 => {
                let value = |at: usize| number(at) == Some(1);
                match fields[0] {
                    "\"dataformat\"" => {
                        (state.sends_hex, state.receives_hex) = (value(2), value(3))
                    }
                    "\"recv/mode\"" => state.stores = value(2),
                    _ => {}
                }
            }
            "+QMTOPEN" if state.is_open => return result("2"),
            "+QMTOPEN" => {
                state.is_open = true;
                return result("0");
            }
            "+QMTCLOSE" | "+QMTDISC" if state.is_open => {
                *state = Client::default();
                return result("0");
            }
            "+QMTCONN" if state.is_open && !state.is_connected => {
                state.is_connected = true;
                return result("0,0");
            }
            "+QMTSUB" | "+QMTUNS" if state.is_connected => {
                // A line that was given up half way, and the next command behind it.
                let Some(id) = fields.get(1) else {
                    return Outcome::Error;
                };
                return result(&format!("{id},0,1"));
            }
            "+QMTPUB" | "+QMTPUBEX" if state.is_connected => {
                return self.publish(client, parameters).unwrap_or(Outcome::Error);
            }
            "+QMTRECV" if state.is_connected => {
                let is_asked = |place: &usize| number(1).is_none_or(|one| one == *place);
                for place in (0..5).filter(is_asked) {
                    if let Some(message) = state.stored[place].take() {
                        push(answers, Kind::Message, message_line(&message, false));
                        self.sent.push(message);
                    }
                }
            }
            "+QMTRECV?" => {
                for (client, state) in self.clients.iter().enumerate() {
                    let places: Vec<String> = (state.stored.iter())
                        .map(|place| u8::from(place.is_some()).to_string())
                        .collect();
                    let line = format!("+QMTRECV: {client},{}", places.join(","));
                    if state.is_connected {
                        say(answers, Kind::Information, &line);
                    }
                }
            }
            "+QMTCLOSE" | "+QMTDISC" | "+QMTCONN" | "+QMTSUB" | "+QMTUNS" | "+QMTPUB"
            | "+QMTPUBEX" | "+QMTRECV" => return Outcome::Error,
            _ => {}
        }
        Outcome::Ok(None)
    }

    /// `<client>,<id>,<qos>,<retain>,"<topic>"[,<length>][,"<message>"]`
    fn publish(&mut self, client: usize, parameters: &str) -> Option<Outcome> {
        let (numbers, rest) = parameters.split_once('"')?;
        let (topic, rest) = rest.split_once('"')?;
        let numbers: Vec<&str> = numbers.split(',').collect();
        let id = (*numbers.get(1)?).to_owned();
        let mut message = Published {
            topic: bytes_of(topic),
            payload: Vec::new(),
            qos: numbers.get(2)?.parse().ok()?,
            is_retained: *numbers.get(3)? == "1",
        };
        let is_hex = self.clients[client].sends_hex;
        let (length, inline) = match rest.split_once('"') {
            None => (rest, None),
            Some((length, inline)) => (length, Some(inline.strip_suffix('"')?)),
        };
        let length: Option<usize> = length.trim_matches(',').parse().ok();
        let Some(inline) = inline else {
            if length == Some(0) {
                return None;
            }
            let left = length.map(|length| length << u8::from(is_hex));
            let purpose = Purpose::Publish {
                client,
                id,
                is_hex,
                message,
            };
            return Some(Outcome::Data(left, purpose));
        };
        message.payload = payload(&bytes_of(inline), is_hex)?;
        if length.is_some_and(|length| length != message.payload.len()) {
            return None;
        }
        self.published.push(message);
        Some(Outcome::Ok(Some(format!("+QMTPUB: {client},{id},0"))))
    }

    fn take_data(&mut self, answers: &mut VecDeque<Answer>) {
        let Mode::Data { bytes, purpose, .. } = std::mem::replace(&mut self.mode, Mode::Command)
        else {
            return;
        };
        let mut result = None;
        match purpose {
            Purpose::File => {
                let sum = bytes.chunks(2).fold(0, |sum, pair| {
                    sum ^ (u16::from(pair[0]) << 8 | u16::from(*pair.get(1).unwrap_or(&0)))
                });
                let line = format!("+QFUPL: {},{sum:x}", bytes.len());
                say(answers, Kind::Information, &line);
            }
            Purpose::Certificate(key) => {
                let line = format!("+QSSLCFG: {key},{}", bytes.len());
                say(answers, Kind::Information, &line);
            }
            Purpose::Publish {
                client,
                id,
                is_hex,
                mut message,
            } => {
                // The link can be lost meanwhile.
                let is_connected = self.clients[client].is_connected;
                let payload = payload(&bytes, is_hex).filter(|_| is_connected);
                let Some(payload) = payload else {
                    say(answers, Kind::Error, "ERROR");
                    return;
                };
                message.payload = payload;
                self.published.push(message);
                result = Some(format!("+QMTPUB: {client},{id},0"));
            }
        }
        say(answers, Kind::Ok, "OK");
        if let Some(result) = result {
            say(answers, Kind::Result, &result);
        }
    }
}

enum Outcome {
    /// OK, and then a result URC.
    Ok(Option<String>),
    Error,
    Data(Option<usize>, Purpose),
}
