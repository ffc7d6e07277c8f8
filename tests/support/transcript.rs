//! Dialogues as text files, and their player.
//!
//! A transcript is a list of steps, one a line:
//!
//! ```text
//! # a comment
//! include FILE [TEXT]          the steps of another transcript, with TEXT in place of `{}`; of the part
//!                              that is written for a BC660K-GL, if there is one and it is the modem
//! dialect NAME                 BG95 (default) or BC660K-GL; before all steps
//! buffers RX TX INBOX          sizes; before all steps (default 512 1024 8192)
//! call VERB ARGUMENTS          the application asks for something
//! abandon VERB                 nobody waits for the last call of this verb any more
//! refused TEXT                 … and the last call was refused with these words
//! > BYTES                      the driver must send exactly these bytes next
//! < BYTES                      the modem sends these bytes
//! wait MILLISECONDS            time passes
//! asleep MILLISECONDS          time passes, and nobody polls; what comes next was there already
//! events held                  the application takes no events from now on; `events taken` ends that,
//!                              `event` takes one
//! takes N                      the port takes N more bytes, then none; `takes all` ends that
//! = VERB RESULT                the operation must have ended so
//! ! EVENT                      this event must have come
//! counted COUNTER: N           so much of it was counted (`Statistics`)
//! quiet                        nothing else must have come, and nothing is being sent
//! ```
//!
//! `BYTES` are text with the escapes `\r \n \t \\ \xNN`. What is never mentioned must not happen:
//! a result, an event or a byte that no step expects fails the play.

use std::{collections::VecDeque, path::Path};

use quectel_mqtt::{
    BG95, Dialect, Instant,
    engine::{Action, Buffers, Engine},
};

use super::{
    shown::{show_event, show_result},
    steps::{Step, load},
    text::{escape, unescape, words},
    verbs::{Started, dialect_named, start},
};

/// How the bytes of the modem are cut into reads, and those of the driver into writes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Chunks {
    /// As much as there is.
    Whole,
    /// One by one.
    Single,
    /// Pieces of 1 to 16 bytes, from this seed.
    Random(u64),
}

/// A transcript read from its file.
pub(crate) struct Transcript {
    pub(crate) steps: Vec<Step>,
}

impl Transcript {
    pub(crate) fn load(path: &Path) -> Self {
        let steps = load(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self { steps }
    }

    /// All of tests/transcripts, each with the name of its file. Files that begin with `_` are parts of
    /// others.
    pub(crate) fn load_all() -> Vec<(String, Self)> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
        let entries = std::fs::read_dir(folder).unwrap();
        let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let named = files.iter().map(|path| {
            let name = path.file_name().unwrap().to_string_lossy();
            (name.into_owned(), path)
        });
        named
            .filter(|(name, _)| name.ends_with(".txt") && !name.starts_with('_'))
            .map(|(name, path)| (name, Self::load(path)))
            .collect()
    }

    /// How many steps there are.
    pub(crate) fn len(&self) -> usize {
        self.steps.len()
    }

    /// The dialect and the sizes of the buffers that the first steps say, and the other steps.
    pub(super) fn setting(&self) -> (&'static Dialect, [usize; 3], &[Step]) {
        let (mut dialect, mut sizes) = (&BG95, [512, 1024, 8192]);
        let mut steps = &self.steps[..];
        while let Some((first, rest)) = steps.split_first() {
            match first.keyword.as_str() {
                "dialect" => dialect = dialect_named(&first.rest),
                "buffers" => {
                    let numbers = first.rest.split(' ').map(|n| n.parse().expect("a size"));
                    sizes = numbers.collect::<Vec<_>>().try_into().expect("three sizes");
                }
                _ => break,
            }
            steps = rest;
        }
        (dialect, sizes, steps)
    }

    /// Plays it, and panics with place and reason where the driver does something else.
    pub(crate) fn play(&self, chunks: Chunks) {
        self.with_player(chunks, |player, steps| {
            for step in steps {
                player.place = format!("{} ({chunks:?})", step.place);
                player.play(&step.keyword, &step.rest);
            }
            player.place.push_str(", and then the end");
            player.play("quiet", "");
        });
    }

    /// A player with the dialect and the buffers that the first steps say, and the other steps.
    pub(super) fn with_player<T>(
        &self,
        chunks: Chunks,
        play: impl FnOnce(&mut Player<'_>, &[Step]) -> T,
    ) -> T {
        let (dialect, sizes, steps) = self.setting();
        let (mut rx, mut tx, mut inbox) = (vec![0; sizes[0]], vec![0; sizes[1]], vec![0; sizes[2]]);
        let buffers = Buffers {
            rx: &mut rx,
            tx: &mut tx,
            inbox: &mut inbox,
        };
        play(
            &mut Player::new(Engine::new(dialect, buffers), chunks),
            steps,
        )
    }
}

pub(super) struct Player<'buf> {
    pub(super) engine: Engine<'buf>,
    chunks: Chunks,
    seed: u64,
    pub(super) now: u64,
    pub(super) place: String,
    pub(super) started: Vec<Started>,
    pub(super) refusal: Option<String>,
    pub(super) sent: Vec<u8>,
    /// How many bytes the port takes.
    pub(super) takes: usize,
    pub(super) results: VecDeque<String>,
    pub(super) events: VecDeque<String>,
    holds_events: bool,
    /// It has not read from the line since it slept.
    is_asleep: bool,
}

impl<'buf> Player<'buf> {
    fn new(engine: Engine<'buf>, chunks: Chunks) -> Self {
        let seed = match chunks {
            Chunks::Random(seed) => seed,
            _ => 0,
        };
        Self {
            engine,
            chunks,
            seed,
            // Close to where 32 bits of milliseconds wrap around.
            now: u64::from(u32::MAX) - 5_437,
            place: String::new(),
            started: Vec::new(),
            refusal: None,
            sent: Vec::new(),
            takes: usize::MAX,
            results: VecDeque::new(),
            events: VecDeque::new(),
            holds_events: false,
            is_asleep: false,
        }
    }

    pub(super) fn play(&mut self, keyword: &str, rest: &str) {
        if keyword != "refused"
            && let Some(refusal) = self.refusal.take()
        {
            panic!("{}: the call before was refused: {refusal}", self.place);
        }
        match keyword {
            "call" => self.call(rest),
            "abandon" => {
                let last = self.started.iter().rposition(|it| it.verb == rest);
                let started = self.started.remove(last.expect("a call of this verb"));
                self.engine.abandon(started.operation);
                self.settle();
            }
            "refused" => assert_eq!(self.refusal.take().as_deref(), Some(rest), "{}", self.place),
            ">" => {
                let expected = unescape(rest);
                let len = expected.len().min(self.sent.len());
                let sent: Vec<u8> = self.sent.drain(..len).collect();
                assert_eq!(escape(&sent), escape(&expected), "{}: sent", self.place);
            }
            "<" => self.feed(&unescape(rest)),
            "events" => {
                self.holds_events = rest == "held";
                if !self.holds_events {
                    self.take_events(usize::MAX);
                }
                self.settle();
            }
            "event" => {
                self.take_events(1);
                self.settle();
            }
            "takes" => {
                self.takes = rest.parse().unwrap_or(usize::MAX);
                self.settle();
            }
            "asleep" => {
                self.now += rest.parse::<u64>().expect("milliseconds");
                self.is_asleep = true;
            }
            "wait" => self.wait(rest.parse().expect("milliseconds")),
            "=" => assert_eq!(
                self.results.pop_front().as_deref(),
                Some(rest),
                "{}",
                self.place
            ),
            "!" => assert_eq!(
                self.events.pop_front().as_deref(),
                Some(rest),
                "{}",
                self.place
            ),
            "counted" => {
                let shown = format!("{:?}", self.engine.statistics());
                let mut counters = shown.split(['{', ',', '}']).map(str::trim);
                assert!(counters.any(|it| it == rest), "{}: {shown}", self.place);
            }
            "quiet" => {
                assert_eq!(escape(&self.sent), "", "{}: sent besides", self.place);
                assert!(
                    self.results.is_empty(),
                    "{}: {:?}",
                    self.place,
                    self.results
                );
                assert!(self.events.is_empty(), "{}: {:?}", self.place, self.events);
            }
            keyword => panic!("{}: unknown step {keyword}", self.place),
        }
    }

    fn call(&mut self, call: &str) {
        let mut words = words(call).into_iter();
        let verb = words.next().expect("a verb");
        let words: Vec<String> = words.collect();
        match start(&mut self.engine, &verb, &words) {
            Ok(started) => self.started.push(started),
            Err(refusal) => self.refusal = Some(refusal),
        }
        self.settle();
    }

    pub(super) fn feed(&mut self, mut bytes: &[u8]) {
        self.settle();
        while !bytes.is_empty() {
            let cut = self.chunk(bytes.len());
            let free = self.engine.receive_buffer();
            assert!(!free.is_empty(), "{}: no room to receive", self.place);
            let n = cut.min(free.len());
            free[..n].copy_from_slice(&bytes[..n]);
            self.engine.received(n);
            bytes = &bytes[n..];
            self.is_asleep &= !bytes.is_empty();
            self.settle();
        }
    }

    pub(super) fn wait(&mut self, milliseconds: u64) {
        let end = self.now + milliseconds;
        // As a shell does: it is back at the time that the engine names.
        while let Some(until) = self.settle() {
            let wait = u64::from(until.millis_from(Instant::from_millis(self.now)));
            if self.now + wait > end {
                break;
            }
            self.now += wait;
        }
        self.now = end;
        self.settle();
    }

    /// Polls until the engine waits for bytes, and says until when.
    pub(super) fn settle(&mut self) -> Option<Instant> {
        for _ in 0..100_000 {
            match self.engine.poll(Instant::from_millis(self.now)) {
                Action::Transmit { until } if self.takes == 0 => return until,
                Action::Transmit { .. } => {
                    let len = self.engine.transmit_buffer().len();
                    assert!(len > 0, "{}: asked to send nothing", self.place);
                    let n = self.chunk(len).min(self.takes);
                    if self.takes != usize::MAX {
                        self.takes -= n;
                    }
                    self.sent
                        .extend_from_slice(&self.engine.transmit_buffer()[..n]);
                    self.engine.transmitted(n);
                }
                Action::Deliver => self.deliver(),
                Action::Receive { until } if self.is_asleep => return until,
                // There is nothing, and it is to be back at once.
                Action::Receive { until: Some(until) }
                    if until == Instant::from_millis(self.now) => {}
                Action::Receive { until } => return until,
            }
        }
        panic!("{}: the engine never comes to rest", self.place);
    }

    fn deliver(&mut self) {
        let mut index = 0;
        while index < self.started.len() {
            let Some(result) = self.engine.take_result(self.started[index].operation) else {
                index += 1;
                continue;
            };
            let started = self.started.remove(index);
            self.results
                .push_back(show_result(&self.engine, started, result));
        }
        if !self.holds_events {
            self.take_events(usize::MAX);
        }
    }

    fn take_events(&mut self, most: usize) {
        for _ in 0..most {
            let has_event = self.engine.has_event();
            let Some(event) = self.engine.take_event() else {
                assert!(!has_event, "an event that is not there");
                break;
            };
            assert!(has_event, "{event:?} is not announced");
            self.events.push_back(show_event(&event));
        }
    }

    /// How many of `len` bytes go over at once.
    fn chunk(&mut self, len: usize) -> usize {
        match self.chunks {
            Chunks::Whole => len,
            Chunks::Single => 1,
            Chunks::Random(_) => {
                self.seed = self
                    .seed
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                ((self.seed >> 33) as usize % 16 + 1).min(len)
            }
        }
    }
}
