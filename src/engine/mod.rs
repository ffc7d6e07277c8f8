//! The sans-I/O engine: decides what to send and what the modem's bytes mean.
//!
//! It does no input or output, looks at no clock, allocates nothing and never blocks. Its
//! methods are of six kinds:
//!
//! - **Getters** read: [`is_connected`](Engine::is_connected), [`statistics`](Engine::statistics) …
//! - **Verbs** say what the application wants: [`initialize`](Engine::initialize),
//!   [`wait_registered`](Engine::wait_registered), [`activate`](Engine::activate),
//!   [`configure_tls`](Engine::configure_tls), [`connect`](Engine::connect),
//!   [`subscribe`](Engine::subscribe), [`unsubscribe`](Engine::unsubscribe),
//!   [`publish`](Engine::publish), [`disconnect`](Engine::disconnect), [`close`](Engine::close),
//!   [`request`](Engine::request) … They check state, limits and room, queue bytes, and return an
//!   [`Operation`], or a [`UsageError`](crate::UsageError) with nothing changed.
//! - **Line in**: read from the UART into [`receive_buffer`](Engine::receive_buffer), then say how
//!   many bytes came with [`received`](Engine::received). You may do so at any time, also while
//!   bytes go out.
//! - **Line out**: write [`transmit_buffer`](Engine::transmit_buffer) to the UART, then say how many
//!   bytes it took with [`transmitted`](Engine::transmitted).
//! - **Progress**: [`poll`](Engine::poll), with the time.
//! - **Delivery**: [`take_event`](Engine::take_event), [`take_result`](Engine::take_result),
//!   [`answer_to`](Engine::answer_to); [`abandon`](Engine::abandon) says that nobody will take one.
//!
//! > **After every verb, `received` and `transmitted`, call `poll` until it returns
//! > [`Action::Receive`]; and call it again at the time that this action names.**
//!
//! That time may be the present moment: a deadline is reached, and what it waits for may stand in the
//! UART. Then read what is there without waiting, and poll.
//!
//! > **While a verb is [`Busy`](crate::UsageError::Busy), poll, call the verb, and perform the
//! > action of this last poll, not of one before; then try again.**
//!
//! The verb comes behind the poll, since that may be what frees the line: the action can then be to
//! wait for bytes that never come. It comes before the action is performed, for the same reason; and
//! an action of an earlier poll knows neither the bytes nor the deadlines that have come since. Only
//! an action that names the present moment is performed before the verb: who does nothing else but
//! try would never look at the line.
//!
//! ```
//! use quectel_mqtt::{BG95, ClientIndex, ConnectOptions};
//! use quectel_mqtt::engine::{Action, Buffers, Engine, Event};
//! # use quectel_mqtt::_mock::{Clock, Uart};
//!
//! # fn example(uart: &mut Uart, clock: &Clock) -> Result<(), quectel_mqtt::UsageError> {
//! let (mut rx, mut tx, mut inbox) = ([0; 128], [0; 384], [0; 512]);
//! let buffers = Buffers { rx: &mut rx, tx: &mut tx, inbox: &mut inbox };
//! let mut engine = Engine::new(&BG95, buffers);
//!
//! let options = ConnectOptions::new("mqtt.example.com", "meter-0815")?;
//! let connect = engine.connect(ClientIndex::ZERO, &options)?;
//! loop {
//!     match engine.poll(clock.now()) {
//!         Action::Transmit { .. } => {
//!             let n = uart.write(engine.transmit_buffer());
//!             engine.transmitted(n);
//!         }
//!         Action::Deliver => {
//!             if let Some(result) = engine.take_result(connect) {
//!                 break; // connected, or the reason why not
//!             }
//!             while let Some(event) = engine.take_event() { /* … */ }
//!         }
//!         Action::Receive { until } => {
//!             let n = uart.read(engine.receive_buffer(), until);
//!             engine.received(n);
//!         }
//!     }
//! }
//! # Ok(())
//! # }
//! # example(&mut Uart, &Clock::default()).unwrap();
//! ```
//!
//! # What it promises
//!
//! - Every operation ends: with its result, or with a [`Failure`](crate::Failure) after a time that
//!   follows from the settings.
//! - A message never stands in the way of an answer, and an answer is never taken for that of
//!   another command: after a command that timed out, the modem must show that it is in step again.
//!   (The modem gives the result of a QoS 0 publish no identifier. The oldest one that was sent
//!   takes it; after one that timed out, that can be the one before.)
//! - A payload can't be mistaken for a line, nor a line for a prompt. (When a prompt is lost on the line,
//!   nobody can know whether the modem waits for the payload: [`PublishForm`](crate::PublishForm) says
//!   what is done then.)
//! - What it loses, it counts and reports.

// `#[inline(never)]` stands where measuring has shown that one copy of a function takes less flash than many:
// `.ci/figures size`.

mod advance;
mod buffers;
mod checks;
mod client;
mod delivery;
mod echo;
mod event;
mod exchange;
mod expiry;
mod inbox;
mod network;
mod operations;
mod outbox;
mod receive;
mod reception;
mod script;
mod statistics;
mod steps;
mod stored;
mod timing;
mod tls;
mod verbs;

pub use buffers::Buffers;
pub use event::{Event, LossReason, Message, MessageLost};
#[cfg(feature = "runner")]
pub(crate) use inbox::{Header, Inbox as Queue};
#[cfg(feature = "runner")]
pub(crate) use operations::OPERATIONS;
pub use operations::{Completion, Operation};
pub use statistics::Statistics;

use crate::{
    at::{Framer, Ring},
    command::{ClientIndex, MESSAGE, SleepMode, TlsOptions},
    dialect::{Dialect, MAX_CLIENTS},
    mqtt::PacketId,
    options::Settings,
    time::Instant,
};
use client::Client;
use echo::Echoing;
use exchange::{Data, Exchange, Phase};
use inbox::Inbox;
use operations::{Kind, Operations, State};
use outbox::Outbox;
use reception::Digits;
use script::Script;
use statistics::{count, count_many};
#[cfg(feature = "bg95")]
pub(crate) use stored::STORAGE;
pub(crate) use stored::Storage;

/// What the caller has to do next.
#[must_use]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Action {
    /// Write [`Engine::transmit_buffer`] to the UART, or a part of it, say so with
    /// [`Engine::transmitted`], and poll again. You may read meanwhile, as for [`Action::Receive`].
    Transmit {
        /// Give up writing at this time, and poll. It may be the present moment: write what the UART
        /// takes at once, and poll.
        until: Option<Instant>,
    },
    /// Read from the UART into [`Engine::receive_buffer`], say so with [`Engine::received`], and
    /// poll again.
    Receive {
        /// Stop waiting for bytes at this time, and poll; `None`: wait as long as it takes. It may be the
        /// present moment: look once, and poll.
        until: Option<Instant>,
    },
    /// There is something new to take: see [`Engine::take_event`] and [`Engine::take_result`]. You
    /// may leave it there; this is said once, and the line goes on.
    Deliver,
}

impl Action {
    /// Whether a deadline is reached, and the line is only to be looked at.
    #[cfg(any(feature = "async", feature = "blocking", feature = "runner"))]
    pub(crate) fn is_look(self, now: Instant) -> bool {
        let (Self::Transmit { until } | Self::Receive { until }) = self else {
            return false;
        };
        until.is_some_and(|until| until.is_reached(now))
    }

    /// The same, without waiting.
    #[cfg(any(feature = "async", feature = "blocking"))]
    pub(crate) const fn at_once(self, now: Instant) -> Self {
        let until = Some(now);
        match self {
            Self::Transmit { .. } => Self::Transmit { until },
            Self::Receive { .. } => Self::Receive { until },
            Self::Deliver => Self::Deliver,
        }
    }
}

/// Drives one modem with all its clients. See the [module](self) for its contract.
// In this order: what reaches the first fields, the small ones, takes half the bytes of flash.
#[derive(Debug)]
#[repr(C)]
pub struct Engine<'buf> {
    /// Whether the stored lines begin with one for the will.
    has_will: bool,
    /// Whether the stored lines have one for the name at Alibaba Cloud, behind the will.
    has_ali_auth: bool,
    /// What follows the command that a verb has composed.
    composed_data: Data,
    /// Whether the response to a request stays until its result is taken.
    keeps_responses: bool,
    /// Whether the modem is to be asked where messages are stored.
    is_table_due: bool,
    /// How often it may be asked yet.
    tables_left: u8,
    /// An operation has had the line: a stored message has it next, if there is one.
    is_fetch_next: bool,
    /// The client whose stored message was fetched last.
    fetched_last: u8,
    /// How the payload that comes in is written.
    digits: Digits,
    /// How the modem is to sleep while no client is open.
    sleep_mode: SleepMode,
    /// Whether the modem falls asleep when nothing is to be done.
    may_sleep: bool,
    /// Whether echo and error codes are as we want them.
    is_initialized: bool,
    /// Whether commands come back.
    echoing: Echoing,
    /// The payload of the exchange before may still come back.
    owes_echo: bool,
    /// Whether the next answer belongs to the next command for certain.
    is_in_step: bool,
    /// Probes answered by an OK without an information response.
    bare_answers: u8,
    /// Probes sent whose answer has not come.
    probes_owed: u8,
    /// The modem may wait for data that will not come: ESC goes out before the next probe.
    owes_escape: bool,
    /// A probe's information response has come: the next OK is its own.
    is_probe_answered: bool,
    /// Probes left before whoever waits for the line is told that nobody answers.
    probes_left: u8,
    is_other_model: bool,
    has_restarted: bool,
    /// How many polls more wait for that look.
    looks_left: u8,
    /// Somebody reads, since the last poll.
    has_looked: bool,
    /// Bytes have come since the last poll.
    has_received: bool,
    /// Bytes have gone out since the last poll.
    has_sent: bool,
    /// Something to deliver has come since the last [`Action::Deliver`].
    has_news: bool,
    /// The next exchange and the next deadline are to be found anew.
    has_changed: bool,
    exchange: Exchange,
    dialect: &'static Dialect,
    rx: Ring<'buf>,
    framer: Framer,
    now: Instant,
    next_deadline: Option<Instant>,
    outbox: Outbox<'buf>,
    reception: Option<Reception>,
    /// How long the answer to the request under way may take, in milliseconds.
    request_timeout: u32,
    /// The script under way, or the last one.
    script: Option<&'static Script>,
    /// When the script ends that pauses and begins again.
    script_until: Option<Instant>,
    /// How long that is from its first command, in milliseconds.
    script_timeout: u32,
    /// What serves stored messages, since somebody has asked for them.
    storage: Option<&'static Storage>,
    /// What the script sets a TLS context up with.
    tls: Option<&'buf TlsOptions<'buf>>,
    /// A modem that may sleep is awake until then.
    awake_until: Option<Instant>,
    /// When a modem that gave no answer is asked again, since it has messages.
    probe_again: Option<Instant>,
    last_packet_id: Option<PacketId>,
    /// The PDP contexts that were lost, and that nobody has been told of: a bit for each.
    lost_contexts: u32,
    /// Until then, lines of a starting modem belong to the start that is known.
    starting_until: Option<Instant>,
    /// A deadline was reached then, and the line is looked at first.
    looking_since: Option<Instant>,
    inbox: Inbox<'buf>,
    operations: Operations,
    clients: [Client; MAX_CLIENTS],
    /// The settings of the connect under way; there is one at a time.
    connecting: Settings,
    lost: Option<MessageLost>,
    statistics: Statistics,
}

/// The message whose payload is coming in.
#[derive(Clone, Copy, Debug)]
struct Reception {
    /// Whether it goes to the inbox.
    is_kept: bool,
    /// What is reported when it does not, or does not come whole; `None` for what is no message.
    loss: Option<MessageLost>,
    /// Whether it may take as long as it likes, if it does not pause.
    is_credible: bool,
    /// How many bytes of it have come that are no piece yet.
    waiting: usize,
    deadline: Instant,
}

impl<'buf> Engine<'buf> {
    /// An engine for a modem of this dialect, about which nothing is known yet.
    #[must_use]
    pub fn new(dialect: &'static Dialect, buffers: Buffers<'buf>) -> Self {
        Self {
            dialect,
            rx: Ring::new(buffers.rx),
            framer: Framer::new(MESSAGE),
            outbox: Outbox::new(buffers.tx),
            inbox: Inbox::new(buffers.inbox),
            reception: None,
            exchange: Exchange::IDLE,
            operations: Operations::new(),
            clients: [const { Client::NEW }; MAX_CLIENTS],
            connecting: Settings::DEFAULT,
            has_will: false,
            has_ali_auth: false,
            composed_data: Data::None,
            keeps_responses: false,
            request_timeout: 0,
            script: None,
            script_until: None,
            script_timeout: 0,
            storage: None,
            tls: None,
            is_table_due: false,
            tables_left: 0,
            is_fetch_next: false,
            fetched_last: 0,
            digits: Digits::None,
            sleep_mode: SleepMode::Deep,
            may_sleep: dialect.sleeps,
            awake_until: None,
            is_initialized: false,
            echoing: Echoing::Unknown,
            owes_echo: false,
            is_in_step: false,
            bare_answers: 0,
            probes_owed: 0,
            owes_escape: false,
            is_probe_answered: false,
            probes_left: 0,
            probe_again: None,
            last_packet_id: None,
            lost: None,
            lost_contexts: 0,
            is_other_model: false,
            has_restarted: false,
            starting_until: None,
            looking_since: None,
            looks_left: 0,
            has_looked: false,
            has_received: false,
            has_sent: false,
            has_news: false,
            statistics: Statistics::default(),
            now: Instant::from_millis(0),
            next_deadline: None,
            has_changed: false,
        }
    }

    /// Where to put bytes from the modem. After a poll it has room, unless the receive buffer has
    /// none at all.
    pub fn receive_buffer(&mut self) -> &mut [u8] {
        self.has_looked = true;
        self.rx.free()
    }

    /// Says that `n` bytes from the modem were put into [`Engine::receive_buffer`].
    pub fn received(&mut self, n: usize) {
        // No more than there was room for.
        let n = self.rx.commit(n);
        count_many(&mut self.statistics.bytes_in, n);
        self.has_received |= n > 0;
    }

    /// The bytes to write to the modem next.
    #[must_use]
    pub fn transmit_buffer(&self) -> &[u8] {
        self.outbox.pending()
    }

    /// Says that the first `n` bytes of [`Engine::transmit_buffer`] were written.
    pub fn transmitted(&mut self, n: usize) {
        count_many(
            &mut self.statistics.bytes_out,
            n.min(self.outbox.pending().len()),
        );
        self.outbox.sent(n);
        self.has_sent |= n > 0;
    }

    /// Whether the client is connected, as far as the modem has told.
    #[must_use]
    pub fn is_connected(&self, client: ClientIndex) -> bool {
        client::is_connected(&self.clients, client)
    }

    /// What has been counted.
    #[must_use]
    pub const fn statistics(&self) -> Statistics {
        self.statistics
    }

    /// The dialect that it speaks.
    #[must_use]
    pub const fn dialect(&self) -> &'static Dialect {
        self.dialect.known()
    }
}
