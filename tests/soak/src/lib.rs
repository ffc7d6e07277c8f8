//! Many messages, and everything that can go wrong on the way.
//!
//! An application on the async shell of the driver talks through the simulated modem to an MQTT
//! server in memory, in virtual time, so that a day passes in seconds and the same arguments always
//! give the same run. Half of the messages go up, half come down, QoS 1 and 2 in turn, while
//! [`Fault`]s happen. Every message has a number and a checksum; a tap on the serial line
//! counts what has passed there, without parsing a line.
//!
//! # What must be true
//!
//! * A publish that succeeded is at the server.
//! * All messages are whole, and have the topic and the QoS that they were sent with.
//! * The driver sends a payload no more often than it was asked to publish it.
//! * What came whole from the modem is delivered or reported as lost: so many on the line, so many
//!   to the application, so many in `MessageLost`, and the sum is exact. Nothing is delivered that
//!   did not come from the modem.
//! * Messages of the same topic and QoS come in order, the first time.
//! * A message of QoS 2 is at the server once for each publish that succeeded or whose outcome is
//!   unknown, and no more often. It comes to the application once, but for a restart (below).
//! * Something moves within 30 minutes, and time passes: a driver that waits for nothing, or turns
//!   in circles, is found.
//! * When no more goes wrong, everything arrives, and driver and server agree on who is connected.
//!
//! # What can't be promised, and is counted apart
//!
//! * Outcomes `Timeout`, `Closed`, `Restarted` and `NotSent`, and futures that are dropped: nobody
//!   knows whether the server has the message. The application publishes again, as users of QoS 1
//!   do. As AT commands can't resume an exchange, that is a new message to the server, so that a
//!   message of QoS 2 may be there twice.
//! * After a restart the modem has forgotten which packet identifiers of QoS 2 it has received. The
//!   server sends what was not acknowledged or released again, and the modem takes it for new.
//! * The modem acknowledges a message before the driver has it. What it holds back when it restarts
//!   (or stores, in stored mode, when the connection ends) is lost between them; so a message that was
//!   never on the line is excused by a restart since it was published and, in stored mode, by what the
//!   driver reports as not fetched and by five places for each restart.
//! * An inbox that is full loses messages that the modem has acknowledged. The driver says how many.
//! * When a prompt is lost, or comes too late, the modem waits for the payload, and the driver can't
//!   know. It sends a payload that can be no command all the same; one that could be is cancelled, or,
//!   where Ctrl+Z can't end it, not sent, and a modem that waits for longer than a minute takes the
//!   driver's probes (`AT+CMEE?`) for it, and publishes them.
//! * The modem forgets its half of a QoS 2 exchange with the connection, the server keeps its own. When
//!   packet identifiers come round again, after 65,535, the server would take a new message for the
//!   old one: acknowledged, and lost. No driver can see that, so the application begins a clean session
//!   in good time, as others who keep a session for so long must.
//! * Noise comes between the modem's lines, not inside them: inside, it is another line, and the
//!   UART has no checksum. It has no `>`, which would be a prompt for a payload.

mod application;
mod faults;
mod ledger;
mod outcome;
mod payload;
mod random;
mod report;
mod tap;

use std::{cell::RefCell, rc::Rc, time::Duration};

use embassy_futures::select::{Either, select};
use quectel_modem_sim::{
    Config, VirtualPort,
    clock::{self, Virtual, block_on},
    local::LocalServer,
};
use quectel_mqtt::{asynch::Modem, engine::Buffers};

use self::{
    application::{Application, Flags},
    faults::{LATENCY, World},
    ledger::Ledger,
    random::Random,
    tap::Tap,
};
pub use self::{
    faults::{Dialect, Fault},
    report::Report,
};

/// What to do.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many messages, in both directions together.
    pub messages: u32,
    /// The seed of everything that is left to chance.
    pub seed: u64,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// Which module.
    pub module: Dialect,
    /// Whether the modem stores messages until they are fetched.
    pub stored: bool,
    /// Whether to write what passes on the serial line, and each fault, to standard error.
    pub trace: Option<Duration>,
}

impl Options {
    /// Whether what happens now is to be written to standard error.
    fn is_traced(&self) -> bool {
        self.trace.is_some_and(|from| clock::now() >= from)
    }
}

/// Plays it all, in virtual time of its own.
#[must_use]
pub fn run(options: &Options) -> Report {
    let _time = Virtual::start();
    let server = LocalServer::new();
    server.set_latency(LATENCY);
    let config = Config {
        module: options.module.module(),
        seed: options.seed,
        ..Config::default()
    };
    let port = VirtualPort::new(config, server.network());
    let ledger = Rc::new(RefCell::new(Ledger::new(options.clone())));
    let flags = Rc::new(Flags::default());
    let (mut rx, mut tx, mut inbox) = ([0; 256], [0; 2048], [0; 8192]);
    let buffers = Buffers {
        rx: &mut rx,
        tx: &mut tx,
        inbox: &mut inbox,
    };
    let tap = Tap::new(port.clone(), Rc::clone(&ledger), options.clone());
    let mut application = Application {
        options: options.clone(),
        modem: Modem::new(options.module.driver(), tap, buffers),
        server: server.clone(),
        ledger: Rc::clone(&ledger),
        flags: Rc::clone(&flags),
        random: Random::new(options.seed),
        started: Vec::new(),
        again: Vec::new(),
        failures: 0,
        since_renewal: 0,
    };
    let world = World {
        options: options.clone(),
        port,
        server,
        ledger: Rc::clone(&ledger),
        flags,
        random: Random::new(!options.seed),
    };
    let end = block_on(select(application.run(), world.run()));
    let statistics = application.modem.engine().statistics();
    let mut ledger = ledger.borrow_mut();
    if let Either::Second(()) = end {
        ledger.problem("nothing moves any more".into());
    }
    ledger.close();
    Report::new(&ledger, statistics)
}
