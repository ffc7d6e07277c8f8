//! Transcripts that something breaks into: the modem restarts, a connection or the network is lost, after
//! any byte of the modem's or of the driver's. From there on it is another dialogue, with a modem that
//! answers.

use std::{
    collections::{HashSet, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
};

use quectel_mqtt::{ClientIndex, Instant};

use super::{
    answering::Answering,
    begun::Begun,
    steps::Step,
    text::unescape,
    transcript::{Chunks, Player, Transcript},
};

/// Where it happens.
#[derive(Clone, Copy, Debug)]
enum Cut {
    /// So many bytes of the modem's have come.
    Received(usize),
    /// The port has taken so many bytes of the driver's.
    Sent(usize),
}

/// What happens.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Interruption {
    /// The modem restarts. The first piece of what it says tells; the others say nothing new, and
    /// only the BG95 family has them.
    Restart(&'static [&'static str]),
    /// The modem says that the connection of this client is closed, with this code.
    LinkLost { client: u8, code: u8 },
    /// The network takes the PDP context back; with it the connection of client 0, or not.
    ContextLost { with_status: bool },
}

/// What it came to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Outcome {
    /// It can't happen there.
    Impossible,
    /// It was seen at once, and so long after it, in milliseconds, all worked again.
    Seen(u64),
    /// What the modem said was taken for the rest of a payload.
    Hidden(u64),
    /// The restart belongs to a start of the modem that was known.
    SameStart(u64),
}

/// The beginnings of transcripts that have been tried.
pub(crate) type Tried = HashSet<u64>;

impl Transcript {
    /// After each byte of the modem's, and each byte of the driver's: plays it up to there, lets one of
    /// these happen, in turn, and requires what the driver promises for that. Beginnings that were tried
    /// before, with another transcript that begins alike, are left out.
    pub(crate) fn play_interrupted(
        &self,
        interruptions: &[Interruption],
        tried: &mut Tried,
        mut note: impl FnMut(Outcome),
    ) {
        self.with_player(Chunks::Whole, |_, steps| {
            let first = self.steps.len() - steps.len();
            let mut said: Vec<Vec<u8>> = Vec::new();
            let mut beginning = DefaultHasher::new();
            let (mut received, mut sent, mut is_limited) = (0, 0, false);
            for (index, step) in self.steps.iter().enumerate() {
                let bytes = match step.keyword.as_str() {
                    "<" | ">" => unescape(&step.rest),
                    _ => Vec::new(),
                };
                step.keyword.hash(&mut beginning);
                for (at, byte) in bytes.iter().enumerate() {
                    byte.hash(&mut beginning);
                    let is_heard = step.keyword == "<";
                    let cut = match is_heard {
                        true => Cut::Received(received + at + 1),
                        false => Cut::Sent(sent + at + 1),
                    };
                    // A transcript that says itself how much the port takes is let alone.
                    if !tried.insert(beginning.finish()) || (!is_heard && is_limited) {
                        continue;
                    }
                    let interruption = interruptions[tried.len() % interruptions.len()];
                    let heard: &[u8] = if is_heard { &bytes[..=at] } else { &[] };
                    let place = format!("{}, {cut:?}, {interruption:?}", step.place);
                    let outcome = self.with_player(Chunks::Whole, |player, _| {
                        player.place.clone_from(&place);
                        let mut begun = player.play_up_to(
                            &self.steps[first..index],
                            &said[first..],
                            cut,
                            heard,
                        );
                        match interruption {
                            Interruption::Restart(pieces) => player.restart(&mut begun, pieces),
                            Interruption::LinkLost { client, code } => {
                                player.lose_link(&mut begun, client, code)
                            }
                            Interruption::ContextLost { with_status } => {
                                player.lose_context(&begun, with_status)
                            }
                        }
                    });
                    note(outcome);
                }
                match step.keyword.as_str() {
                    "<" => received += bytes.len(),
                    ">" => sent += bytes.len(),
                    keyword => {
                        is_limited |= keyword == "takes";
                        step.rest.hash(&mut beginning);
                    }
                }
                said.push(bytes);
            }
        });
    }
}

impl Player<'_> {
    /// Plays these steps, in which the modem says what is `said`, then lets it say what is `heard`.
    fn play_up_to(&mut self, steps: &[Step], said: &[Vec<u8>], cut: Cut, heard: &[u8]) -> Begun {
        let mut begun = Begun {
            heard: Vec::new(),
            is_answer_owed: false,
            has_restarted: false,
        };
        if let Cut::Sent(at) = cut {
            self.takes = at;
        }
        for (step, said) in steps.iter().zip(said) {
            begun.look_at(&mut self.sent);
            match step.keyword.as_str() {
                "<" => {
                    begun.hear(said);
                    self.feed(said);
                }
                // The transcript alone makes sure of them.
                ">" | "=" | "!" | "quiet" | "refused" => {}
                keyword => self.play(keyword, &step.rest),
            }
            self.refusal = None;
        }
        begun.look_at(&mut self.sent);
        begun.hear(heard);
        self.feed(heard);
        self.play("events", "taken");
        begun.look_at(&mut self.sent);
        begun.has_restarted = self.count_events("restarted") > 0;
        self.results.clear();
        self.events.clear();
        begun
    }

    /// The modem restarts: all that is under way ends with that, and at once.
    fn restart(&mut self, begun: &mut Begun, pieces: &[&str]) -> Outcome {
        let place = self.place.clone();
        let goes_on = |verb: &str| verb == "initialize";
        self.feed_line_end(begun);
        let pending = self.started.iter().filter(|it| !goes_on(&it.verb)).count();
        // What the port has taken until now is lost with the modem that it was for.
        self.sent.clear();
        let mut is_seen = false;
        // The BC660K-GL says nothing behind the first.
        let count = if self.engine.dialect().name == "BG95" {
            pieces.len()
        } else {
            1
        };
        for (number, piece) in pieces[..count].iter().enumerate() {
            self.feed(piece.as_bytes());
            if is_seen || self.count_events("restarted") == 0 {
                continue;
            }
            is_seen = true;
            // The first can be the answer to AT+CFUN?, or the rest of a payload.
            let can_hide = pieces[0].contains("+CFUN") || begun.is_payload_owed();
            assert!(number == 0 || can_hide, "{place}");
            assert!(self.started.iter().all(|it| goes_on(&it.verb)), "{place}");
            let ended = self
                .results
                .iter()
                .filter(|it| !goes_on(it.split(' ').next().unwrap()));
            assert_eq!(ended.count(), pending, "{place}: {:?}", self.results);
            let is_cause = |result: &String| result.ends_with("the modem restarted");
            assert!(
                self.results.iter().all(is_cause),
                "{place}: {:?}",
                self.results
            );
            assert!(self.connected().is_empty(), "{place}");
        }
        // What was half sent is in nobody's way, and nobody reads it.
        self.takes = usize::MAX;
        let recovery = self.work_again(&mut Answering::started());
        assert!(self.started.is_empty(), "{place}: still under way");
        let count = self.count_events("restarted");
        if is_seen {
            assert_eq!(count, 1, "{place}: {:?}", self.events);
            return Outcome::Seen(recovery);
        }
        assert!(count <= 1, "{place}: {:?}", self.events);
        if begun.has_started() {
            return Outcome::SameStart(recovery);
        }
        assert!(begun.is_payload_owed(), "{place}: not seen");
        Outcome::Hidden(recovery)
    }

    /// The connection of a client is lost: what it has under way ends with that, and at once.
    fn lose_link(&mut self, begun: &mut Begun, client: u8, code: u8) -> Outcome {
        let lost = ClientIndex::new(client).unwrap();
        // A modem that has begun with a payload ends it.
        if begun.is_payload_owed() || (client > 0 && !self.engine.is_connected(lost)) {
            return Outcome::Impossible;
        }
        let place = self.place.clone();
        self.feed_line_end(begun);
        let (ours, others) = self.pending(lost);
        let before = self.connected();
        self.feed(format!("\r\n+QMTSTAT: {client},{code}\r\n").as_bytes());
        let after = self.connected();
        assert!(!self.engine.is_connected(lost), "{place}");
        let told = format!("disconnected {client} ");
        let is_told = |event: &&String| event.starts_with(&told);
        let count = self.events.iter().filter(is_told).count();
        if before.contains(&client) {
            assert_eq!(count, 1, "{place}: {:?}", self.events);
            let expected = format!("(status {code})");
            assert_eq!(self.results.len(), ours, "{place}: {:?}", self.results);
            let is_cause =
                |it: &String| it.contains("connection closed") && it.ends_with(&expected);
            assert!(
                self.results.iter().all(is_cause),
                "{place}: {:?}",
                self.results
            );
        } else {
            assert_eq!(count, 0, "{place}: {:?}", self.events);
        }
        let left: Vec<u8> = before.into_iter().filter(|it| *it != client).collect();
        assert_eq!(after, left, "{place}");
        assert_eq!(self.pending(lost).1, others, "{place}");
        self.finish_exchange(begun);
        let recovery = self.work_again(&mut Answering::running(client));
        let count = self.events.iter().filter(is_told).count();
        assert!(count <= 1, "{place}: {:?}", self.events);
        Outcome::Seen(recovery)
    }

    /// The network takes the PDP context back.
    fn lose_context(&mut self, begun: &Begun, with_status: bool) -> Outcome {
        if begun.is_payload_owed() {
            return Outcome::Impossible;
        }
        let place = self.place.clone();
        self.feed(b"\r\n+QIURC: \"pdpdeact\",1\r\n");
        let told = "ContextLost { context: 1 }";
        assert_eq!(self.count_events(told), 1, "{place}: {:?}", self.events);
        if with_status {
            self.feed(b"\r\n+QMTSTAT: 0,7\r\n");
            assert!(!self.engine.is_connected(ClientIndex::ZERO), "{place}");
        }
        self.finish_exchange(begun);
        let mut modem = Answering::running(0);
        modem.is_closed = with_status || !self.engine.is_connected(ClientIndex::ZERO);
        let recovery = self.work_again(&mut modem);
        assert_eq!(self.count_events(told), 1, "{place}: {:?}", self.events);
        Outcome::Seen(recovery)
    }

    /// Ends the line that the modem has broken off, as what it says next does. What is left of it can
    /// be news of its own.
    fn feed_line_end(&mut self, begun: &mut Begun) {
        if begun.is_line_broken() {
            self.feed(b"\r");
            begun.has_restarted |= self.count_events("restarted") > 0;
            self.results.clear();
            self.events.clear();
        }
    }

    fn count_events(&self, wanted: &str) -> usize {
        self.events.iter().filter(|event| *event == wanted).count()
    }

    /// How many packets of this client are under way, and how many operations that are not its own.
    fn pending(&self, client: ClientIndex) -> (usize, usize) {
        let is_packet = |verb: &str| matches!(verb, "publish" | "subscribe" | "unsubscribe");
        let ours = self.started.iter().filter(|it| it.client == client);
        let others = self.started.iter().filter(|it| it.client != client);
        (
            ours.filter(|it| is_packet(&it.verb)).count(),
            others.count(),
        )
    }

    fn connected(&self) -> Vec<u8> {
        let clients = (0..6).map(|client| ClientIndex::new(client).unwrap());
        let connected = clients.filter(|client| self.engine.is_connected(*client));
        connected.map(ClientIndex::get).collect()
    }

    /// The modem goes on, and refuses what it was asked.
    fn finish_exchange(&mut self, begun: &Begun) {
        self.takes = usize::MAX;
        self.settle();
        self.sent.clear();
        if begun.is_answer_owed {
            self.feed(b"\r\nERROR\r\n");
        }
    }

    /// Connects, subscribes and publishes as an application does that does not give up, and says how
    /// long it took.
    fn work_again(&mut self, modem: &mut Answering) -> u64 {
        const CALLS: [(&str, &str); 3] = [
            ("connect again", "connect host=h id=i"),
            ("subscribe again", "subscribe topic=again qos=1"),
            ("publish again", "publish topic=again payload=again qos=1"),
        ];
        let start = self.now;
        let mut stage = 0;
        // A driver and a modem that go on without end must not pass for a slow test.
        let mut turns = 0;
        while self.now - start < LONGEST_RECOVERY {
            turns += 1;
            assert!(turns < 20_000, "{}: {:?}", self.place, self.results);
            let until = self.settle();
            if !self.sent.is_empty() {
                let sent = std::mem::take(&mut self.sent);
                let answer = modem.answer(&sent, self.engine.dialect());
                self.feed(answer.as_bytes());
                continue;
            }
            let Some(&(name, call)) = CALLS.get(stage) else {
                return self.now - start;
            };
            if let Some(at) = self.results.iter().position(|it| it.starts_with(name)) {
                let has_failed = self.results.remove(at).unwrap().contains("failed");
                if has_failed && stage > 0 && self.engine.is_connected(ClientIndex::ZERO) {
                    // The modem has another opinion.
                    self.play("call", "close");
                    self.refusal = None;
                }
                stage = if has_failed { 0 } else { stage + 1 };
                continue;
            }
            if stage == 0 && self.engine.is_connected(ClientIndex::ZERO) {
                stage = 1;
                continue;
            }
            if !self.started.iter().any(|it| it.verb == name) {
                self.play("call", call);
                match self.refusal.take().as_deref() {
                    None => {
                        // It may have ended already.
                        let verb = call.split(' ').next().unwrap();
                        match self.started.last_mut() {
                            Some(last) if last.verb == verb => last.verb = name.into(),
                            _ => {}
                        }
                        continue;
                    }
                    Some("the client is not connected") => {
                        stage = 0;
                        continue;
                    }
                    Some(_) => {}
                }
            }
            let now = Instant::from_millis(self.now);
            self.now += until.map_or(1000, |until| {
                u64::from(until.millis_from(now)).clamp(1, 1000)
            });
        }
        panic!(
            "{}: {} after {LONGEST_RECOVERY} ms, results {:?}, events {:?}",
            self.place, stage, self.results, self.events
        );
    }
}

/// Longer than any deadline, and shorter than for ever.
const LONGEST_RECOVERY: u64 = 20 * 60 * 1000;
