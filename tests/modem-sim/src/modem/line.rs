//! Command lines by V.250: from the text behind `AT` to single commands in one of four forms.

use std::time::Duration;

use super::{
    Modem,
    collect::Collecting,
    params::{Params, Refused},
};
use crate::{behaviour::Delays, config::Family};

/// The form of an extended command.
#[derive(Debug)]
pub(super) enum Form {
    /// `AT+NAME=?`
    Test,
    /// `AT+NAME?`
    Read,
    /// `AT+NAME=…`
    Write(Params),
    /// `AT+NAME`
    Execute,
}

/// How a command was answered.
#[derive(Debug)]
pub(super) enum Reply {
    /// It is done.
    Ok,
    /// It is under way: `OK` now, a result later.
    Operation,
    /// Data come next.
    Prompt(Collecting),
    /// `+CME ERROR` with this number and text, in the form that `AT+CMEE` asks for.
    Cme(u16, &'static str),
}

/// What a command's function returns; a refusal is answered with `ERROR`.
pub(super) type Answer = Result<Reply, Refused>;

impl Modem {
    /// Carries out a command line, given without its `AT`.
    ///
    /// The commands of a line are carried out in turn until one fails; one final result code
    /// answers them all.
    pub(super) fn execute(&mut self, line: &[u8]) {
        self.front.executing = true;
        let mut rest = line.trim_ascii();
        let answer = loop {
            let (single, more) = match self.takes_the_whole_line(rest) {
                true => (rest, &[][..]),
                false => split(rest),
            };
            let answer = self.single(single);
            rest = more.trim_ascii_start();
            match answer {
                Ok(Reply::Ok) if !rest.is_empty() => {}
                answer => break (single, answer),
            }
        };
        let (command, answer) = answer;
        match answer {
            Ok(Reply::Ok) => self.final_result(b"OK"),
            Ok(Reply::Operation) => self.operation_ok(),
            Ok(Reply::Prompt(collecting)) => self.prompt(collecting),
            Ok(Reply::Cme(number, text)) => self.cme_error(number, text),
            Err(refused) => self.refuse(&String::from_utf8_lossy(command), refused),
        }
        self.front.executing = false;
        if std::mem::take(&mut self.front.restart) {
            self.restart(self.now);
        } else if std::mem::take(&mut self.front.power_down) {
            self.power_down(self.now);
        }
    }

    /// Sends an information response.
    pub(super) fn info(&mut self, text: impl AsRef<[u8]>) {
        self.line(text.as_ref());
    }

    fn single(&mut self, command: &[u8]) -> Answer {
        match command.first() {
            None => Ok(Reply::Ok),
            Some(b'+') => {
                let (name, form) = match self.takes_the_whole_line(command) {
                    // "<msg>" may hold quotes: its length says where it ends.
                    true => {
                        let params = &command[PUBLISH.len()..];
                        let form = match params {
                            b"?" => Form::Test,
                            _ => Form::Write(Params::parse_with_tail(params, 6)?),
                        };
                        ("+QMTPUB".into(), form)
                    }
                    false => extended(command)?,
                };
                self.extended(&name, form)
            }
            Some(letter) => {
                let parameter = command[1..].trim_ascii();
                self.basic(letter.to_ascii_uppercase(), parameter)
            }
        }
    }

    /// Whether the command's last parameter is a message without escapes.
    fn takes_the_whole_line(&self, command: &[u8]) -> bool {
        self.family == Family::Bc660k
            && command
                .get(..PUBLISH.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(PUBLISH))
    }

    fn prompt(&mut self, collecting: Collecting) {
        if let Some(line) = self.behaviour.before_prompt.pop_front() {
            self.line(&line);
        }
        match self.behaviour.drop_prompts {
            0 => self.output.raw(collecting.prompt()),
            _ => self.behaviour.drop_prompts -= 1,
        }
        self.front.collect(collecting);
    }

    /// Answers a command that is refused.
    pub(super) fn refuse(&mut self, command: &str, refused: Refused) {
        let is_mqtt = command
            .get(..4)
            .is_some_and(|start| start.eq_ignore_ascii_case("+QMT"));
        match refused.mqtt_error() {
            Some((number, text)) if is_mqtt && self.family == Family::Bc660k => {
                self.cme_error(number, text);
            }
            _ => self.final_result(b"ERROR"),
        }
    }

    pub(super) fn cme_error(&mut self, number: u16, text: &str) {
        let line = match self.front.error_format {
            0 => "ERROR".into(),
            1 => format!("+CME ERROR: {number}"),
            _ => format!("+CME ERROR: {text}"),
        };
        self.final_result(line.as_bytes());
    }
}

/// How long a command takes until its first answer.
pub(super) fn delay(line: &[u8], delays: &Delays) -> Duration {
    let line = line.trim_ascii().to_ascii_uppercase();
    if !line.starts_with(b"+QMT") {
        return delays.generic;
    }
    match line.split(|byte| *byte == b'=').next().unwrap_or_default() {
        _ if line.ends_with(b"?") => delays.config,
        b"+QMTOPEN" | b"+QMTCLOSE" => delays.open,
        b"+QMTCONN" | b"+QMTDISC" => delays.connect,
        b"+QMTSUB" | b"+QMTUNS" => delays.subscribe,
        b"+QMTPUB" | b"+QMTPUBEX" => delays.publish,
        _ => delays.config,
    }
}

/// Splits the first command off a line.
///
/// An extended command ends at a semicolon outside strings, a basic one before the next letter.
fn split(line: &[u8]) -> (&[u8], &[u8]) {
    if line.first() != Some(&b'+') {
        let ends = |byte: &u8| byte.is_ascii_alphabetic() || matches!(byte, b'+' | b'&');
        // The ampersand belongs to the letter behind it.
        let skipped = 1 + usize::from(line.first() == Some(&b'&'));
        let end = line
            .iter()
            .skip(skipped)
            .position(ends)
            .map_or(line.len(), |offset| offset + skipped);
        return line.split_at(end);
    }
    let mut quoted = false;
    for (index, byte) in line.iter().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b';' if !quoted => return (&line[..index], &line[index + 1..]),
            _ => {}
        }
    }
    (line, &[])
}

/// Finds name and form of an extended command.
fn extended(command: &[u8]) -> Result<(String, Form), Refused> {
    let end = command
        .iter()
        .position(|byte| matches!(byte, b'=' | b'?'))
        .unwrap_or(command.len());
    let (name, tail) = command.split_at(end);
    let name = name.trim_ascii_end().to_ascii_uppercase();
    let name = String::from_utf8(name).map_err(|_| Refused::Parameter)?;
    let form = match tail {
        b"" => Form::Execute,
        b"?" => Form::Read,
        b"=?" => Form::Test,
        [b'=', params @ ..] => Form::Write(Params::parse(params)?),
        _ => return Err(Refused::Parameter),
    };
    Ok((name, form))
}

/// The write form of the command whose message has no escapes.
const PUBLISH: &[u8] = b"+QMTPUB=";
