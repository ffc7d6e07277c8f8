//! `qmqtt sub`.

use std::{fmt::Write, io, time::Duration};

use quectel_mqtt::{
    ClientIndex, Parameter,
    engine::{Event, LossReason, Message, MessageLost},
    mqtt::{GrantedQos, QoS, TopicFilter},
};
use serde::Serialize;
use tokio::time::sleep;

use crate::{
    cli::{Connection, Sub},
    failure::{Failed, Step},
    output::Output,
    session::{Modem, Session, check, check_length, warn},
    stop::Stop,
};

pub(crate) async fn run(
    connection: &Connection,
    arguments: &Sub,
    stop: &mut Stop,
) -> Result<u8, Failed> {
    let session = Session::new(connection)?;
    let mut topics = Vec::new();
    for filter in &arguments.filters {
        let limit = session.dialect.topic_limit;
        check_length(Step::Subscribe, Parameter::TopicFilter, filter, limit)?;
        let filter =
            TopicFilter::new(filter).map_err(|error| Failed::value(Step::Subscribe, error))?;
        topics.push((filter, arguments.qos()));
    }
    let client = session.client;
    let work = async |modem: &mut Modem| {
        subscribe(modem, client, &topics).await?;
        let result = receive(modem, client, arguments).await;
        report_rest(modem);
        result
    };
    session.run(stop, work).await
}

async fn subscribe(
    modem: &mut Modem,
    client: ClientIndex,
    topics: &[(TopicFilter<'_>, QoS)],
) -> Result<(), Failed> {
    for topics in topics.chunks(MAX_TOPICS) {
        let granted = modem.client(client).subscribe(topics).await;
        let granted = granted.map_err(|error| Failed::of(Step::Subscribe, error))?;
        for ((filter, _), granted) in topics.iter().zip(granted.iter()) {
            let filter = filter.as_str();
            let refused = match granted {
                GrantedQos::Granted(_) => continue,
                GrantedQos::Refused => format!("the server refused the filter '{filter}'"),
                GrantedQos::Unknown(code) => {
                    format!("the server answered {code} to the filter '{filter}'")
                }
            };
            return Err(Failed::at(Step::Subscribe, refused));
        }
    }
    Ok(())
}

async fn receive(modem: &mut Modem, client: ClientIndex, arguments: &Sub) -> Result<u8, Failed> {
    let mut output = Output::stdout().map_err(output_failed)?;
    let mut left = arguments.count;
    let until = async {
        match arguments.wait {
            Some(seconds) => sleep(Duration::from_secs(seconds.into())).await,
            None => std::future::pending().await,
        }
    };
    tokio::pin!(until);
    while left != Some(0) {
        let event = tokio::select! {
            event = modem.next_event() => event,
            () = &mut until => {
                finish(output).await?;
                return Ok(TIMED_OUT);
            }
            error = output.failed() => return quiet_if_broken(Err(error)).map(|()| 0),
        };
        let event = event.map_err(|error| Failed::of(Step::Receive, error))?;
        match event {
            Event::Message(message) if message.client == client => {
                output.write(record(&message, arguments));
                left = left.map(|left| left - 1);
            }
            Event::MessageLost(lost) => report(lost),
            event => {
                if let Err(failed) = check(Step::Receive, client, &event) {
                    finish(output).await?;
                    return Err(failed);
                }
            }
        }
    }
    finish(output).await?;
    Ok(0)
}

async fn finish(output: Output) -> Result<(), Failed> {
    quiet_if_broken(output.finish().await)
}

/// Who reads the output may end when it has enough.
fn quiet_if_broken(result: io::Result<()>) -> Result<(), Failed> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.map_err(output_failed),
    }
}

fn output_failed(error: io::Error) -> Failed {
    Failed::at(Step::Receive, format_args!("standard output: {error}"))
}

/// A message as it is printed, with its line feed.
fn record(message: &Message<'_>, arguments: &Sub) -> Vec<u8> {
    let mut record = Vec::new();
    if arguments.json {
        let object = Json::of(message);
        // Numbers and strings: there is nothing to go wrong.
        record = serde_json::to_vec(&object).unwrap_or_default();
    } else {
        if arguments.verbose {
            record.extend_from_slice(message.topic);
            record.push(b' ');
        }
        record.extend_from_slice(message.payload);
    }
    record.push(b'\n');
    record
}

#[derive(Serialize)]
struct Json<'a> {
    client: u8,
    packet_id: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    topic_hex: Option<String>,
    payload_hex: String,
}

impl<'a> Json<'a> {
    fn of(message: &Message<'a>) -> Self {
        let topic = message.topic_name();
        Self {
            client: message.client.get(),
            packet_id: message.packet_id,
            topic,
            topic_hex: topic.is_none().then(|| hex(message.topic)),
            payload_hex: hex(message.payload),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The driver gives out messages first, so a loss may still be untold at the end.
fn report_rest(modem: &mut Modem) {
    while let Some(event) = modem.take_event() {
        match event {
            Event::MessageLost(lost) => report(lost),
            event => warn(&event),
        }
    }
}

fn report(lost: MessageLost) {
    let reason = match lost.reason {
        LossReason::InboxFull { needed } => {
            format!("there was no room for it ({needed} bytes needed)")
        }
        LossReason::ReceiveBufferTooSmall => "its topic is too long".into(),
        LossReason::Incomplete => "the modem stopped in the middle of it".into(),
        LossReason::Garbled => "the modem's line is garbled".into(),
        LossReason::NotFetched => {
            "the modem had stored it, and the connection ended before it was fetched".into()
        }
        _ => "for an unknown reason".into(),
    };
    let MessageLost {
        payload_len, count, ..
    } = lost;
    let line = match count {
        1 => format!("receive: a message of {payload_len} bytes is lost: {reason}\n"),
        _ => format!(
            "receive: {count} messages are lost, the last one of {payload_len} bytes: {reason}\n"
        ),
    };
    // Where standard error is closed, nobody wants to know.
    let _ = io::Write::write_all(&mut io::stderr(), line.as_bytes());
}

/// One AT+QMTSUB takes so many.
const MAX_TOPICS: usize = quectel_mqtt::command::MAX_TOPICS;

/// As mosquitto_sub's, when -W runs out.
const TIMED_OUT: u8 = 27;

#[cfg(test)]
mod tests {
    use super::*;

    fn message<'a>(topic: &'a [u8], payload: &'a [u8]) -> Message<'a> {
        Message {
            client: ClientIndex::ZERO,
            packet_id: 7,
            topic,
            payload,
        }
    }

    fn printed(message: &Message<'_>, verbose: bool, json: bool) -> Vec<u8> {
        #[derive(clap::Parser)]
        struct Line {
            #[command(flatten)]
            sub: Sub,
        }
        let Line { mut sub } = clap::Parser::parse_from(["sub", "-t", "a"]);
        sub.verbose = verbose;
        sub.json = json;
        record(message, &sub)
    }

    #[test]
    fn a_payload_is_printed_raw_with_a_line_feed() {
        let message = message(b"a/b", b"x\r\n\0\xFF");
        assert_eq!(printed(&message, false, false), b"x\r\n\0\xFF\n");
        assert_eq!(printed(&message, true, false), b"a/b x\r\n\0\xFF\n");
    }

    #[test]
    fn json_is_one_object_a_line() {
        let json = |topic, payload| {
            let record = printed(&message(topic, payload), true, true);
            String::from_utf8(record).unwrap()
        };
        assert_eq!(
            json(b"a/b", b"\x00\xABz"),
            "{\"client\":0,\"packet_id\":7,\"topic\":\"a/b\",\"payload_hex\":\"00ab7a\"}\n"
        );
        assert_eq!(
            json("a\\b\n\"ä".as_bytes(), b""),
            "{\"client\":0,\"packet_id\":7,\"topic\":\"a\\\\b\\n\\\"ä\",\"payload_hex\":\"\"}\n"
        );
        assert_eq!(
            json(b"a\xFF", b"1"),
            "{\"client\":0,\"packet_id\":7,\"topic_hex\":\"61ff\",\"payload_hex\":\"31\"}\n"
        );
    }
}
