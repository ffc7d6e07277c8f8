//! The verbs of the engine, called with words.

use quectel_mqtt::{
    ClientIndex, ConnectOptions, UsageError,
    engine::{Engine, Operation},
    mqtt::{Publication, QoS, Retain, Session, TopicFilter, Version, Will},
};

use super::text::unescape;

/// Calls a verb with `name=value` arguments.
pub(crate) fn start(
    engine: &mut Engine<'_>,
    verb: &str,
    words: &[String],
) -> Result<Operation, String> {
    let value = |name: &str| {
        words
            .iter()
            .find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
    };
    let values = |name: &'static str| {
        words
            .iter()
            .filter_map(move |word| word.strip_prefix(name)?.strip_prefix('='))
    };
    let usage = |error: UsageError| error.to_string();
    let checked = |error: quectel_mqtt::ValueError| error.to_string();
    let number = |name: &str| value(name).map(|text| text.parse::<u16>().expect("a number"));
    let client = ClientIndex::new(number("client").unwrap_or(0) as u8).map_err(checked)?;
    let qos = |code: &str| match code {
        "0" => QoS::AtMostOnce,
        "1" => QoS::AtLeastOnce,
        "2" => QoS::ExactlyOnce,
        code => panic!("QoS {code}"),
    };
    let retain = match value("retain") {
        Some("1") => Retain::Keep,
        _ => Retain::Discard,
    };
    match verb {
        "initialize" => engine.initialize().map_err(usage),
        "connect" => {
            let host = value("host").unwrap_or("mqtt.example.com");
            let id = value("id").unwrap_or("meter-0815");
            let mut options = ConnectOptions::new(host, id).map_err(checked)?;
            if let Some(port) = number("port") {
                options = options.port(port).map_err(checked)?;
            }
            if let Some(user) = value("user") {
                options = match value("password") {
                    Some(password) => options.credentials(user, password),
                    None => options.user_name(user),
                }
                .map_err(checked)?;
            }
            if let Some(seconds) = number("keepalive") {
                options = options.keep_alive(seconds).map_err(checked)?;
            }
            if let Some(seconds) = number("timeout") {
                let retries = number("retries").unwrap_or(3);
                options = options
                    .retransmission(seconds as u8, retries as u8)
                    .map_err(checked)?;
            }
            if value("session") == Some("kept") {
                options = options.session(Session::Kept);
            }
            if value("version") == Some("3.1") {
                options = options.version(Version::V3_1);
            }
            if let Some(topic) = value("will") {
                let will = Will::new(topic, value("message").unwrap_or("")).map_err(checked)?;
                options = options.will(will.qos(qos(value("qos").unwrap_or("0"))).retain(retain));
            }
            engine.connect(client, &options).map_err(usage)
        }
        "subscribe" => {
            let codes: Vec<QoS> = values("qos").map(qos).collect();
            let topics: Vec<_> = values("topic")
                .zip(codes)
                .map(|(topic, qos)| Ok((TopicFilter::new(topic).map_err(checked)?, qos)))
                .collect::<Result<_, String>>()?;
            engine.subscribe(client, &topics).map_err(usage)
        }
        "unsubscribe" => {
            let topics: Vec<_> = values("topic")
                .map(|topic| TopicFilter::new(topic).map_err(checked))
                .collect::<Result<_, String>>()?;
            engine.unsubscribe(client, &topics).map_err(usage)
        }
        "publish" => {
            let payload = match number("length") {
                Some(length) => vec![b'x'; length.into()],
                None => unescape(value("payload").unwrap_or("")),
            };
            let topic = String::from_utf8(unescape(value("topic").unwrap_or("t"))).unwrap();
            let message = Publication::new(&topic, &payload).map_err(checked)?;
            let message = message.qos(qos(value("qos").unwrap_or("0"))).retain(retain);
            engine.publish(client, &message).map_err(usage)
        }
        "disconnect" => engine.disconnect(client).map_err(usage),
        "close" => engine.close(client).map_err(usage),
        "raw" => {
            let command = unescape(value("command").unwrap_or(""));
            engine
                .raw(std::str::from_utf8(&command).unwrap())
                .map_err(usage)
        }
        verb => panic!("unknown verb {verb}"),
    }
}
