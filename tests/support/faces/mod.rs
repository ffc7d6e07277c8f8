//! Transcripts through the shells: async, blocking, and the runner with its handles.

mod asynchronous;
mod blocking;
mod handles;

use std::{collections::VecDeque, time::Duration};

use embassy_time::Timer;
use quectel_modem_sim::{
    ScriptedPort,
    clock::{Virtual, block_on},
};
use quectel_mqtt::{
    Dialect,
    engine::{Buffers, Engine, Event, Operation},
};

use super::{
    shown::{show_event, show_result},
    steps::Step,
    text::{escape, unescape, words},
    transcript::Transcript,
    verbs::{Started, start},
};
pub(crate) use asynchronous::Asynchronous;
pub(crate) use blocking::Blocking;
pub(crate) use handles::Handles;

/// What a shell has brought.
#[derive(Debug, Default)]
pub(crate) struct Brought {
    results: VecDeque<String>,
    events: VecDeque<String>,
    /// Why calls were refused.
    refused: VecDeque<String>,
}

/// A shell that plays a transcript.
pub(crate) trait Face: Sized {
    /// Whether it gives events out in the order of the engine, and whenever the application likes.
    const IS_ORDERED: bool;

    fn new(dialect: &'static Dialect, port: ScriptedPort, buffers: Buffers<'static>) -> Self;

    fn call(&mut self, verb: &str, words: &[String], brought: &mut Brought);

    fn abandon(&mut self, verb: &str);

    /// Runs until it waits for bytes or time. Events are taken unless they are held.
    fn settle(&mut self, is_held: bool, brought: &mut Brought);

    /// Takes one event, if there is one.
    fn take_event(&mut self) -> Option<String>;

    /// Time passes.
    fn wait(&mut self, time: Duration, is_held: bool, brought: &mut Brought);

    fn statistics(&self) -> String;
}

/// Plays a transcript through a shell, and panics with place and reason where it does something else.
pub(crate) fn play<F: Face>(transcript: &Transcript, chunk: Option<usize>) {
    let _time = Virtual::start();
    let (dialect, sizes, steps) = transcript.setting();
    let line = ScriptedPort::new();
    line.set_chunk(chunk);
    let [rx, tx, inbox] = sizes.map(|size| &mut *vec![0; size].leak());
    let mut play = Play {
        face: F::new(dialect, line.clone(), Buffers { rx, tx, inbox }),
        line,
        sent: VecDeque::new(),
        brought: Brought::default(),
        is_held: false,
        is_asleep: false,
        place: String::new(),
    };
    for step in steps {
        play.place = format!("{} in pieces of {chunk:?}", step.place);
        play.step(step);
    }
    play.place.push_str(", and then the end");
    play.assert_quiet();
}

struct Play<F> {
    face: F,
    line: ScriptedPort,
    /// What the driver has sent, and no step has expected yet.
    sent: VecDeque<u8>,
    brought: Brought,
    is_held: bool,
    /// Nobody looks at the line before more has come.
    is_asleep: bool,
    place: String,
}

impl<F: Face> Play<F> {
    fn step(&mut self, Step { keyword, rest, .. }: &Step) {
        match keyword.as_str() {
            "call" => {
                let mut words = words(rest).into_iter();
                let verb = words.next().expect("a verb");
                let words: Vec<String> = words.collect();
                self.face.call(&verb, &words, &mut self.brought);
                self.settle();
            }
            "abandon" => {
                self.face.abandon(rest);
                self.settle();
            }
            "refused" => {
                let refusal = self.brought.refused.pop_front();
                assert_eq!(refusal.as_ref(), Some(rest), "{}", self.place);
            }
            ">" => {
                let expected = unescape(rest);
                let len = expected.len().min(self.sent.len());
                let sent: Vec<u8> = self.sent.drain(..len).collect();
                assert_eq!(escape(&sent), escape(&expected), "{}: sent", self.place);
            }
            "<" => {
                self.is_asleep = false;
                self.line.bring(&unescape(rest));
                self.settle();
                assert_eq!(self.line.unread(), 0, "{}: not read", self.place);
            }
            "events" => {
                self.is_held = rest == "held";
                self.settle();
            }
            "event" => {
                self.brought.events.extend(self.face.take_event());
                self.settle();
            }
            "takes" => {
                self.line.set_takes(rest.parse().ok());
                self.settle();
            }
            "asleep" => {
                self.is_asleep = true;
                Virtual::advance(milliseconds(rest));
            }
            "wait" => {
                let time = milliseconds(rest);
                self.face.wait(time, self.is_held, &mut self.brought);
                self.settle();
            }
            "=" => {
                let result = self.brought.results.pop_front();
                assert_eq!(result.as_ref(), Some(rest), "{}", self.place);
            }
            "!" if F::IS_ORDERED => {
                let event = self.brought.events.pop_front();
                assert_eq!(event.as_ref(), Some(rest), "{}", self.place);
            }
            "!" if rest.starts_with("line ") => {}
            "!" => {
                let place = self.brought.events.iter().position(|event| event == rest);
                let place = place.unwrap_or_else(|| {
                    panic!("{}: no {rest} in {:?}", self.place, self.brought.events)
                });
                // Messages of one client come in their order, and so do losses …
                let kind = |event: &str| {
                    let words = if event.starts_with("message ") { 2 } else { 1 };
                    event
                        .split(' ')
                        .take(words)
                        .map(str::to_owned)
                        .collect::<Vec<_>>()
                };
                let mut before = self.brought.events.range(..place);
                let is_overtaken = before.any(|event| kind(event) == kind(rest));
                assert!(!is_overtaken, "{}: order", self.place);
                self.brought.events.remove(place);
            }
            "counted" => {
                let shown = self.face.statistics();
                let mut counters = shown.split(['{', ',', '}']).map(str::trim);
                assert!(counters.any(|it| it == rest), "{}: {shown}", self.place);
            }
            "quiet" => self.assert_quiet(),
            keyword => panic!("{}: unknown step {keyword}", self.place),
        }
    }

    fn settle(&mut self) {
        if self.is_asleep {
            return;
        }
        self.face.settle(self.is_held, &mut self.brought);
        self.sent.extend(self.line.take_written());
    }

    fn assert_quiet(&self) {
        let Brought {
            results,
            events,
            refused,
        } = &self.brought;
        let sent: Vec<u8> = self.sent.iter().copied().collect();
        assert_eq!(escape(&sent), "", "{}: sent besides", self.place);
        assert!(results.is_empty(), "{}: {results:?}", self.place);
        assert!(events.is_empty(), "{}: {events:?}", self.place);
        assert!(refused.is_empty(), "{}: {refused:?}", self.place);
    }
}

fn milliseconds(text: &str) -> Duration {
    Duration::from_millis(text.parse().expect("milliseconds"))
}

/// What a shell has begun, by the engine's verbs.
#[derive(Default)]
struct Begun(Vec<Started>);

impl Begun {
    fn call(
        &mut self,
        engine: &mut Engine<'_>,
        verb: &str,
        words: &[String],
        brought: &mut Brought,
    ) {
        match start(engine, verb, words) {
            Ok(started) => self.0.push(started),
            Err(refusal) => brought.refused.push_back(refusal),
        }
    }

    fn remove(&mut self, verb: &str) -> Operation {
        let last = self.0.iter().rposition(|it| it.verb == verb);
        self.0.remove(last.expect("a call of this verb")).operation
    }

    /// Takes what there is.
    fn take(&mut self, engine: &mut Engine<'_>, is_held: bool, brought: &mut Brought) {
        let mut index = 0;
        while index < self.0.len() {
            let Some(result) = engine.take_result(self.0[index].operation) else {
                index += 1;
                continue;
            };
            let started = self.0.remove(index);
            brought
                .results
                .push_back(show_result(engine, started, result));
        }
        while !is_held && let Some(event) = engine.take_event() {
            brought.events.push_back(show_event(&event));
        }
    }
}

/// Ends when it was polled so often, in a task that does other things between.
async fn turns(count: usize) {
    for _ in 0..count {
        embassy_futures::yield_now().await;
    }
}

/// As many as it takes to bring one thing that is there from the port to the application.
const TURNS: usize = 200;

async fn after(time: Duration) {
    Timer::after_millis(time.as_millis() as u64).await;
}

fn show(event: Option<Event<'_>>) -> Option<String> {
    event.as_ref().map(show_event)
}
