//! Information responses: what a modem answers to a query or a test command.

use quectel_mqtt::{
    Command, Dialect, Domain,
    at::Line,
    command::{
        ConnectionState, RegistrationQuery, Request, Response, ResultUrc, SignalQuery, SimQuery,
        StoredQuery,
    },
};

use super::record::{Kind, Record, values};

/// The record of an information response that the dialect knows.
pub(super) fn record(dialect: &Dialect, line: &[u8], parsed: &Line<'_>) -> Option<Record> {
    let Line::Response { name, parameters } = *parsed else {
        return None;
    };
    if !is_known(dialect, name) {
        return None;
    }
    let record = Record::of_line(Kind::Info, line);
    let rest = parameters.rest().trim_ascii();
    if rest.starts_with(b"(") || rest.windows(2).any(|window| window == b",(") {
        return Some(record.meaning("what the command takes"));
    }
    let mut values = values(line);
    let client = match name {
        b"+QMTOPEN" | b"+QMTCONN" | b"+QMTRECV" => {
            values.first().and_then(|client| client.as_u64())
        }
        _ => None,
    };
    if client.is_some() {
        values.remove(0);
    }
    // Anything else is a piece of a message.
    if name == b"+QMTRECV" && values.iter().filter(|value| value.is_u64()).count() != 5 {
        return None;
    }
    Some(Record {
        client: client.and_then(|client| client.try_into().ok()),
        meaning: meaning(dialect, name, line),
        values: Some(values),
        ..record
    })
}

/// Whether what looks like the result of AT+QMTCONN is a state, as AT+QMTCONN? answers: there is no
/// result 3 or 4.
pub(super) fn is_state(result: &ResultUrc) -> bool {
    let has_more = result.values.first().is_some();
    result.command == Command::Connect && matches!(result.result, 3 | 4) && !has_more
}

fn is_known(dialect: &Dialect, name: &[u8]) -> bool {
    let has_name = |command: &Command| !name.is_empty() && command.name().as_bytes() == name;
    dialect.commands.iter().any(has_name) || matches!(name, b"+QMTCFG" | b"+CFUN")
}

fn meaning(dialect: &Dialect, name: &[u8], line: &[u8]) -> Option<String> {
    let response = Response::new(line);
    let registration = |domain| {
        let registration = RegistrationQuery { domain }.read(dialect, response)?;
        Some(registration.to_string())
    };
    match name {
        b"+CSQ" => {
            let signal = SignalQuery.read(dialect, response)?;
            Some(
                signal
                    .dbm
                    .map_or_else(|| "no signal".into(), |dbm| format!("{dbm} dBm")),
            )
        }
        b"+CPIN" => SimQuery
            .read(dialect, response)
            .map(|state| state.to_string()),
        b"+CEREG" => registration(Domain::Lte),
        b"+CGREG" => registration(Domain::Packet),
        b"+CREG" => registration(Domain::Circuit),
        b"+QMTCONN" => {
            let mut parameters = response.parameters("+QMTCONN").next()?;
            parameters.skip();
            Some(state(parameters.byte()?.into()))
        }
        b"+QMTRECV" => {
            let stored = StoredQuery.read(dialect, response)?;
            let (_, places) = stored.iter().next()?;
            let taken = places.iter().filter(|is_taken| **is_taken).count();
            Some(format!("messages stored: {taken}"))
        }
        _ => None,
    }
}

fn state(state: ConnectionState) -> String {
    match state {
        ConnectionState::Initializing => "open, not connected".into(),
        ConnectionState::Connecting => "connecting".into(),
        ConnectionState::Connected => "connected".into(),
        ConnectionState::Disconnecting => "disconnecting".into(),
        ConnectionState::Unknown(number) => format!("unknown state {number}"),
    }
}
