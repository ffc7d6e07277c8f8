//! What was sent, what came, and what must not be.

use std::{collections::BTreeMap, time::Duration};

use quectel_modem_sim::{clock, local::Message};
use quectel_mqtt::engine::{LossReason, MessageLost};

use crate::{
    Fault, Options,
    payload::{self, Direction},
};

/// A message of the driver.
#[derive(Clone, Debug, Default)]
struct Up {
    qos: u8,
    /// Publishes of it that were begun, but for those that were refused before anything was sent.
    attempts: u32,
    /// Those of them that certainly did not reach the server.
    refused: u32,
    /// How often its payload went to the modem.
    on_line: u32,
    at_server: u32,
    is_acknowledged: bool,
}

/// A message of the server.
#[derive(Clone, Debug)]
struct Down {
    qos: u8,
    published: Duration,
    /// How often its payload came from the modem, whole.
    on_line: u32,
    delivered: u32,
}

/// How an attempt to publish has ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    /// The server has it.
    Acknowledged,
    /// Nothing was sent.
    NotBegun,
    /// The server does not have it.
    Refused,
    /// Nobody knows.
    Unknown,
}

/// The books.
#[derive(Debug)]
pub(crate) struct Ledger {
    options: Options,
    up: Vec<Up>,
    down: Vec<Down>,
    /// The number of the last message that came for the first time, for each QoS.
    newest: [Option<u32>; 3],
    /// Messages that came for the first time.
    settled_down: u64,
    pub(crate) lost: BTreeMap<&'static str, u64>,
    /// How many payloads came over the line, and how many to the application.
    on_line: u64,
    delivered: u64,
    /// How many are known to be missing, and since when it has been another number.
    missing: i64,
    missing_since: Option<Duration>,
    pub(crate) operations: BTreeMap<(&'static str, String), u64>,
    pub(crate) faults: BTreeMap<String, u64>,
    pub(crate) restarts: u64,
    last_restart: Option<Duration>,
    pub(crate) qos1_repeated: [u64; 2],
    pub(crate) qos2_repeated: [u64; 2],
    /// Payloads that are made of the driver's probes.
    pub(crate) filled: u64,
    pub(crate) reconnects: u64,
    lost_at: Option<Duration>,
    pub(crate) longest_recovery: Duration,
    pub(crate) problems: Vec<String>,
    progress: Duration,
}

impl Ledger {
    pub(crate) fn new(options: Options) -> Self {
        Self {
            options,
            up: Vec::new(),
            down: Vec::new(),
            newest: [None; 3],
            settled_down: 0,
            lost: BTreeMap::new(),
            on_line: 0,
            delivered: 0,
            missing: 0,
            missing_since: None,
            operations: BTreeMap::new(),
            faults: BTreeMap::new(),
            restarts: 0,
            last_restart: None,
            qos1_repeated: [0; 2],
            qos2_repeated: [0; 2],
            filled: 0,
            reconnects: 0,
            lost_at: None,
            longest_recovery: Duration::ZERO,
            problems: Vec::new(),
            progress: Duration::ZERO,
        }
    }

    /// A new message of the driver.
    pub(crate) fn add_up(&mut self, qos: u8) -> u32 {
        self.up.push(Up {
            qos,
            ..Up::default()
        });
        self.up.len() as u32 - 1
    }

    /// A new message of the server.
    pub(crate) fn add_down(&mut self, qos: u8) -> u32 {
        self.down.push(Down {
            qos,
            published: clock::now(),
            on_line: 0,
            delivered: 0,
        });
        self.down.len() as u32 - 1
    }

    pub(crate) fn qos_up(&self, number: u32) -> u8 {
        self.up[number as usize].qos
    }

    pub(crate) fn payload(&self, direction: Direction, number: u32) -> Vec<u8> {
        payload::compose(direction, number, self.options.seed, LONGEST)
    }

    pub(crate) fn attempt(&mut self, number: u32) {
        self.up[number as usize].attempts += 1;
    }

    /// An attempt has ended; what the server has got by now is in the books.
    pub(crate) fn outcome(&mut self, number: u32, outcome: Outcome) {
        let one = &mut self.up[number as usize];
        match outcome {
            Outcome::NotBegun => one.attempts -= 1,
            Outcome::Refused => one.refused += 1,
            Outcome::Unknown => {}
            Outcome::Acknowledged => {
                one.is_acknowledged = true;
                self.progress = clock::now();
                if one.at_server == 0 {
                    self.problem(format!(
                        "message {number} is acknowledged, and the server does not have it"
                    ));
                }
            }
        }
    }

    pub(crate) fn up_on_line(&mut self, number: u32) {
        let Some(one) = self.up.get_mut(number as usize) else {
            return self.problem(format!("message {number} was sent, and nobody has asked"));
        };
        one.on_line += 1;
        if one.on_line > one.attempts {
            self.problem(format!("message {number} was sent more often than asked"));
        }
    }

    pub(crate) fn down_on_line(&mut self, number: u32) {
        if let Some(one) = self.down.get_mut(number as usize) {
            one.on_line += 1;
            self.on_line += 1;
        }
    }

    pub(crate) fn at_server(&mut self, arrived: Vec<Message>) {
        for message in arrived {
            if self.can_lose_prompts() && is_of_probes(&message.payload) {
                self.filled += 1;
                continue;
            }
            let number = payload::number(Direction::Up, &message.payload);
            let Some(number) = number.filter(|number| (*number as usize) < self.up.len()) else {
                self.problem(format!(
                    "damaged on the way to the server: {:?}",
                    message.payload.escape_ascii().to_string()
                ));
                continue;
            };
            let is_whole = self.payload(Direction::Up, number) == message.payload;
            let one = &mut self.up[number as usize];
            one.at_server += 1;
            if !is_whole || message.qos != one.qos || message.topic != topic(Direction::Up, one.qos)
            {
                self.problem(format!("message {number} is another at the server"));
            }
        }
    }

    fn can_lose_prompts(&self) -> bool {
        let is_cause = |fault: &Fault| matches!(fault, Fault::LostPrompt | Fault::LateAnswer);
        self.options.faults.iter().any(is_cause)
    }

    /// The application gets a message.
    pub(crate) fn deliver(&mut self, received: &[u8], payload: &[u8]) {
        let number = payload::number(Direction::Down, payload);
        let Some(number) = number.filter(|number| (*number as usize) < self.down.len()) else {
            return self.problem(format!(
                "damaged on the way to the driver: {:?}",
                payload.escape_ascii().to_string()
            ));
        };
        let is_whole = self.payload(Direction::Down, number) == payload;
        let one = &mut self.down[number as usize];
        let (now, qos) = (clock::now(), one.qos);
        let (earlier, published) = (one.delivered, one.published);
        one.delivered += 1;
        self.delivered += 1;
        let is_again = one.on_line > 1;
        let is_invented = one.delivered > one.on_line;
        if !is_whole || received != topic(Direction::Down, qos).as_bytes() {
            self.problem(format!("message {number} is another at the driver"));
        }
        if is_invented {
            self.problem(format!(
                "message {number} came from the driver, not from the modem"
            ));
        }
        if earlier == 0 {
            self.progress = now;
            self.settled_down += 1;
            let newest = &mut self.newest[usize::from(qos)];
            let before = newest.replace(number);
            // One that has been lost before comes again when its acknowledgement was lost, too.
            if before > Some(number) && !is_again {
                self.problem(format!("message {number} came behind {before:?}"));
            }
        } else if qos == 1 {
            self.qos1_repeated[Direction::Down as usize] += 1;
        } else {
            self.qos2_repeated[Direction::Down as usize] += 1;
            // The modem's list of packet identifiers that it has received is gone with a restart. When
            // that was, nobody knows better: the application may read long after the modem has.
            if self.last_restart.is_none_or(|restart| restart < published) {
                self.problem(format!(
                    "message {number} of QoS 2 came again, without a restart"
                ));
            }
        }
    }

    pub(crate) fn lost(&mut self, lost: MessageLost) {
        let reason = match lost.reason {
            LossReason::InboxFull { .. } => INBOX_FULL,
            LossReason::ReceiveBufferTooSmall => "the receive buffer was too small",
            LossReason::Garbled => "garbled",
            LossReason::Incomplete => INCOMPLETE,
            LossReason::NotFetched => NOT_FETCHED,
            _ => "another reason",
        };
        *self.lost.entry(reason).or_default() += u64::from(lost.count);
        self.progress = clock::now();
    }

    /// Whether each message that came over the line has been delivered or reported, up to one that is still
    /// on its way: that takes no longer than `patience`.
    pub(crate) fn check_line(&mut self, patience: Duration) {
        let without_payload = |reason: &str| reason == NOT_FETCHED || reason == INCOMPLETE;
        let lost = self
            .lost
            .iter()
            .filter(|(reason, _)| !without_payload(reason));
        let reported: u64 = lost.map(|(_, count)| count).sum();
        let (on_line, delivered) = (self.on_line, self.delivered);
        let missing = on_line as i64 - (delivered + reported) as i64;
        let now = clock::now();
        if missing == self.missing {
            self.missing_since = None;
        } else if now - *self.missing_since.get_or_insert(now) >= patience {
            self.missing = missing;
            self.problem(format!(
                "of {on_line} messages on the line, {delivered} were delivered and {reported} \
                 reported as lost"
            ));
        }
    }

    pub(crate) fn count(&mut self, operation: &'static str, outcome: impl ToString) {
        let key = (operation, outcome.to_string());
        *self.operations.entry(key).or_default() += 1;
    }

    pub(crate) fn restarted(&mut self) {
        self.restarts += 1;
        self.last_restart = Some(clock::now());
    }

    pub(crate) fn disconnected(&mut self) {
        self.lost_at.get_or_insert_with(clock::now);
    }

    pub(crate) fn recovered(&mut self) {
        if let Some(since) = self.lost_at.take() {
            self.reconnects += 1;
            let took = clock::now() - since;
            self.longest_recovery = self.longest_recovery.max(took);
        }
    }

    pub(crate) fn problem(&mut self, text: String) {
        let now = clock::now();
        self.problems.push(format!("at {now:?}: {text}"));
    }

    /// Whether nothing has come of anything for so long that nothing ever will.
    pub(crate) fn is_stuck(&self) -> bool {
        clock::now().saturating_sub(self.progress) > PATIENCE
    }

    pub(crate) fn sent(&self, direction: Direction) -> u32 {
        match direction {
            Direction::Up => self.up.len() as u32,
            Direction::Down => self.down.len() as u32,
        }
    }

    /// How many messages of the server are on their way.
    pub(crate) fn backlog(&self) -> u64 {
        let settled = self.settled_down + self.lost.values().sum::<u64>();
        (self.down.len() as u64).saturating_sub(settled)
    }

    pub(crate) fn arrived(&self, direction: Direction) -> usize {
        match direction {
            Direction::Up => self.up.iter().filter(|one| one.at_server > 0).count(),
            Direction::Down => self.down.iter().filter(|one| one.delivered > 0).count(),
        }
    }

    /// Messages of the server that never came out of the modem; see the crate's documentation.
    pub(crate) fn lost_by_modem(&self) -> u64 {
        let is_lost = |one: &&Down| one.delivered == 0 && one.on_line == 0;
        self.down.iter().filter(is_lost).count() as u64
    }

    /// What can be said only when all is over.
    pub(crate) fn close(&mut self) {
        for number in 0..self.up.len() {
            let one = self.up[number].clone();
            if !one.is_acknowledged {
                self.problem(format!("message {number} was never acknowledged"));
            }
            let repeated = u64::from(one.at_server.saturating_sub(1));
            match one.qos {
                1 => self.qos1_repeated[Direction::Up as usize] += repeated,
                _ => self.qos2_repeated[Direction::Up as usize] += repeated,
            }
            if one.qos == 2 && one.at_server > one.attempts - one.refused {
                self.problem(format!(
                    "message {number} of QoS 2 is at the server too often"
                ));
            }
        }
        self.close_down();
    }

    fn close_down(&mut self) {
        self.check_line(Duration::ZERO);
        if self.options.stored {
            let reported = self.lost.get(NOT_FETCHED).copied().unwrap_or_default();
            let (lost, most) = (self.lost_by_modem(), reported + PLACES * self.restarts);
            if lost > most {
                self.problem(format!(
                    "{lost} messages were not fetched, and {most} explained"
                ));
            }
            return;
        }
        for number in 0..self.down.len() {
            let one = &self.down[number];
            let is_restart_to_blame = self
                .last_restart
                .is_some_and(|restart| restart >= one.published);
            if one.delivered == 0 && one.on_line == 0 && !is_restart_to_blame {
                self.problem(format!(
                    "message {number} was never seen, without a restart"
                ));
            }
        }
    }
}

/// Whether this is the command by which the driver asks whether the modem is in step, over and over.
fn is_of_probes(payload: &[u8]) -> bool {
    let probes = b"AT+CMEE?\r".iter().cycle();
    !payload.is_empty() && payload.iter().eq(probes.take(payload.len()))
}

pub(crate) fn topic(direction: Direction, qos: u8) -> String {
    match direction {
        Direction::Up => format!("up/{qos}"),
        Direction::Down => format!("down/{qos}"),
    }
}

/// Nothing that works takes longer than this.
const PATIENCE: Duration = Duration::from_secs(30 * 60);

/// The longest payload, its checksum not counted.
const LONGEST: u64 = 400;

/// Messages that the modem stores for a client.
const PLACES: u64 = 5;

const INBOX_FULL: &str = "the inbox was full";
const NOT_FETCHED: &str = "not fetched";
const INCOMPLETE: &str = "incomplete";
