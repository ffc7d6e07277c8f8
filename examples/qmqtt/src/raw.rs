//! `qmqtt at`.

use std::{
    cell::RefCell,
    io::{self, Write},
    rc::Rc,
};

use qmqtt::trace::{Direction, Entry, Trace, redacted};

use crate::{
    cli::{At, Connection},
    failure::{Failed, Step},
    session,
    stop::Stop,
};

pub(crate) async fn run(
    connection: &Connection,
    arguments: &At,
    stop: &mut Stop,
) -> Result<u8, Failed> {
    let dialect = connection.dialect();
    let command = &arguments.command;
    check(command)?;

    // The driver keeps URCs to itself that concern nobody. Here, somebody wants to see them.
    let seen = Rc::new(RefCell::new(Vec::new()));
    let show = connection.trace;
    let tap = Rc::clone(&seen);
    let trace = Trace::new(connection.password.as_deref(), move |entry| {
        if show {
            let line = format!("{} {}\n", entry.direction.arrow(), entry.text);
            print(io::stderr(), line.as_bytes());
        }
        tap.borrow_mut().push(entry);
    });

    let mut modem = session::open(connection, dialect, Some(trace)).await?;
    let result = tokio::select! {
        biased;
        () = stop.requested() => return Ok(0),
        result = modem.raw(command) => result,
    };
    let response = result.as_deref().unwrap_or_default();
    print(io::stdout(), response);
    let password = connection.password.as_deref().map(str::as_bytes);
    let answers = response
        .split(|byte| *byte == b'\n')
        .map(|line| redacted(line, password));
    for line in unsolicited(&seen.borrow(), answers.collect()) {
        print(io::stderr(), format!("{line}\n").as_bytes());
    }
    match result {
        Ok(_) => Ok(0),
        Err(error) => Err(Failed::of(Step::At, error)),
    }
}

fn check(command: &str) -> Result<(), Failed> {
    if let Some(byte) = command.bytes().find(u8::is_ascii_control) {
        let cause = format_args!("the command holds a control character ({byte:#04x})");
        return Err(Failed::at(Step::At, cause));
    }
    match command.as_bytes() {
        [b'A' | b'a', b'T' | b't', ..] => Ok(()),
        _ => Err(Failed::at(Step::At, "a command begins with AT")),
    }
}

/// What the modem said that is neither echo nor answer.
fn unsolicited(seen: &[Entry], mut answers: Vec<String>) -> Vec<&str> {
    let is_echo = |text: &str| {
        let mut sent = seen.iter().filter(|it| it.direction == Direction::Sent);
        sent.any(|it| it.text == text)
    };
    seen.iter()
        .filter(|entry| entry.direction == Direction::Received)
        .map(|entry| entry.text.as_str())
        .filter(|text| {
            let Some(index) = answers.iter().position(|answer| answer == text) else {
                return true;
            };
            answers.remove(index);
            false
        })
        .filter(|text| !is_final(text) && !text.starts_with(PROBE_ANSWER) && !is_echo(text))
        .collect()
}

fn is_final(text: &str) -> bool {
    matches!(text, "OK" | "ERROR")
        || text.starts_with("+CME ERROR")
        || text.starts_with("+CMS ERROR")
}

/// Who has closed the other end does not want it.
fn print(mut to: impl Write, bytes: &[u8]) {
    let _ = to.write_all(bytes).and_then(|()| to.flush());
}

/// The driver asks AT+CMEE? to find out whether the modem is there.
const PROBE_ANSWER: &str = "+CMEE:";

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(direction: Direction, text: &str) -> Entry {
        Entry {
            direction,
            text: text.into(),
            payload_len: None,
        }
    }

    #[test]
    fn what_is_neither_echo_nor_answer_is_unsolicited() {
        let sent = |text| entry(Direction::Sent, text);
        let received = |text| entry(Direction::Received, text);
        let seen = [
            sent("AT+CMEE?"),
            received("+QMTSTAT: 0,1"),
            received("AT+CMEE?"),
            received("+CMEE: 1"),
            received("OK"),
            sent("AT+CSQ"),
            received("AT+CSQ"),
            received("+CSQ: 20,99"),
            received("+QIURC: \"pdpdeact\",1"),
            received("+CSQ: 20,99"),
            received("OK"),
        ];
        let expected = ["+QMTSTAT: 0,1", "+QIURC: \"pdpdeact\",1", "+CSQ: 20,99"];
        assert_eq!(unsolicited(&seen, vec!["+CSQ: 20,99".into()]), expected);
    }

    #[test]
    fn only_a_command_in_one_line_is_sent() {
        assert!(check("AT+CSQ").is_ok() && check("ati").is_ok());
        for command in [
            "", "A", "CSQ", "AT\r", "AT\nAT", "AT\x1A", "AT\x1B", "AT\x7F", "\0AT",
        ] {
            assert!(check(command).is_err(), "{command:?}");
        }
    }
}
