//! Command lines by V.250: from the text behind `AT` to single commands in one of four forms.

use std::time::Duration;

use super::{
    Modem,
    params::{Params, Refused},
    qmtpub::Publish,
};
use crate::behaviour::Delays;

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
    /// The payload comes next.
    Prompt(Publish),
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
            let (single, more) = split(rest);
            let answer = self.single(single);
            rest = more.trim_ascii_start();
            match answer {
                Ok(Reply::Ok) if !rest.is_empty() => {}
                answer => break answer,
            }
        };
        match answer {
            Ok(Reply::Ok) => self.final_result(b"OK"),
            Ok(Reply::Operation) => self.operation_ok(),
            Ok(Reply::Prompt(publish)) => self.prompt(publish),
            Ok(Reply::Cme(number, text)) => self.cme_error(number, text),
            Err(Refused) => self.final_result(b"ERROR"),
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
                let (name, form) = extended(command)?;
                self.extended(&name, form)
            }
            Some(letter) => {
                let parameter = command[1..].trim_ascii();
                self.basic(letter.to_ascii_uppercase(), parameter)
            }
        }
    }

    fn prompt(&mut self, publish: Publish) {
        if let Some(line) = self.behaviour.before_prompt.pop_front() {
            self.line(&line);
        }
        match self.behaviour.drop_prompts {
            0 => self.output.raw(b"\r\n> "),
            _ => self.behaviour.drop_prompts -= 1,
        }
        self.front.collect(publish);
    }

    fn cme_error(&mut self, number: u16, text: &str) {
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
    let name = String::from_utf8(name).map_err(|_| Refused)?;
    let form = match tail {
        b"" => Form::Execute,
        b"?" => Form::Read,
        b"=?" => Form::Test,
        [b'=', params @ ..] => Form::Write(Params::parse(params)?),
        _ => return Err(Refused),
    };
    Ok((name, form))
}
