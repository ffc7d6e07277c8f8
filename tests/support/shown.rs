//! Results and events as transcripts write them.

use std::fmt::Write as _;

use quectel_mqtt::{
    Failure,
    engine::{Completion, Engine, Event},
};

use super::{text::escape, verbs::Started};

pub(crate) fn show_result(
    engine: &Engine<'_>,
    Started { verb, answer, .. }: Started,
    result: Result<Completion, Failure>,
) -> String {
    match result {
        Ok(Completion::Done) => {
            let answer = answer.map(|answer| answer(engine));
            format!("{verb} {}", answer.as_deref().unwrap_or("ok"))
        }
        Ok(Completion::Registered(registration)) => format!("{verb} {registration}"),
        Ok(Completion::Subscribed(granted)) => {
            format!("{verb} {:?}", granted.iter().collect::<Vec<_>>())
        }
        Ok(_) => format!("{verb} ok"),
        Err(failure) => format!("{verb} failed: {failure}"),
    }
}

pub(crate) fn show_event(event: &Event<'_>) -> String {
    let mut shown = String::new();
    match event {
        Event::Message(message) => write!(
            shown,
            "message {} {} {} {}",
            message.client.get(),
            message.packet_id,
            escape(message.topic),
            escape(message.payload)
        ),
        Event::MessageLost(lost) => write!(
            shown,
            "lost {} {} bytes, {:?}, count {}",
            lost.client
                .map_or_else(|| "-".into(), |client| client.get().to_string()),
            lost.payload_len,
            lost.reason,
            lost.count
        ),
        Event::Disconnected { client, status, .. } => {
            write!(shown, "disconnected {} {status}", client.get())
        }
        Event::Restarted => write!(shown, "restarted"),
        Event::Unsolicited(line) => write!(shown, "line {}", escape(line)),
        event => write!(shown, "{event:?}"),
    }
    .unwrap();
    shown
}
