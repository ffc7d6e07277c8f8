//! An application that wants all its messages to arrive: it connects, publishes until it knows that
//! the server has it, takes what comes, and begins again when the connection is gone.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use embassy_time::{Duration, Timer, with_timeout};
use quectel_modem_sim::local::LocalServer;
use quectel_mqtt::{
    ClientIndex, ConnectOptions, Error, PublishForm, ReceiveMode, UsageError,
    asynch::Modem,
    command::SignalQuery,
    engine::{Event, Operation},
    mqtt::{Publication, QoS, Session, TopicFilter},
};

use crate::{
    Fault, Options,
    ledger::{Ledger, Outcome, topic},
    outcome::{Failed, count, handle, level, outcome},
    payload::Direction,
    random::Random,
    tap::Tap,
};

/// What the application and the world know of each other.
#[derive(Debug, Default)]
pub(crate) struct Flags {
    /// The server has a session that keeps messages.
    pub(crate) is_subscribed_once: Cell<bool>,
    /// The session is being made anew: the server must hold nothing, and nothing may break.
    pub(crate) is_renewing: Cell<bool>,
    pub(crate) has_published_all: Cell<bool>,
    /// No more faults.
    pub(crate) is_calm: Cell<bool>,
    /// The application is to be busy with other things for a while.
    pub(crate) is_asleep: Cell<bool>,
}

pub(crate) struct Application<'buf> {
    pub(crate) options: Options,
    pub(crate) modem: Modem<'buf, Tap>,
    pub(crate) server: LocalServer,
    pub(crate) ledger: Rc<RefCell<Ledger>>,
    pub(crate) flags: Rc<Flags>,
    pub(crate) random: Random,
    /// Messages whose publish was begun, and whose result comes as an event.
    pub(crate) started: Vec<(Operation, u32)>,
    /// Messages to publish again.
    pub(crate) again: Vec<u32>,
    /// Publishes in a row that failed.
    pub(crate) failures: u32,
    /// Publishes since the session was made.
    pub(crate) since_renewal: u32,
}

impl Application<'_> {
    pub(crate) async fn run(&mut self) {
        while !self.is_done() {
            if self.take_events() {
                self.drop_connection().await;
            }
            if !self.is_connected() {
                self.reconnect(Session::Kept).await;
                continue;
            }
            if self.since_renewal >= RENEWAL {
                self.renew().await;
                continue;
            }
            self.act().await;
        }
        self.flags.is_calm.set(true);
        // What the server still holds comes with the next connection at the latest.
        self.come_to_rest().await;
        self.drop_connection().await;
        while !self.is_connected() {
            self.reconnect(Session::Kept).await;
        }
        self.come_to_rest().await;
        let is_known = !self.server.connected_clients().is_empty();
        if is_known != self.is_connected() {
            let mut ledger = self.ledger.borrow_mut();
            ledger.problem(format!("connected at the server: {is_known}"));
        }
    }

    fn is_done(&self) -> bool {
        self.sent_all() && self.again.is_empty() && self.started.is_empty()
    }

    fn sent_all(&self) -> bool {
        let sent = self.ledger.borrow().sent(Direction::Up);
        self.flags.has_published_all.get() && sent >= self.options.messages.div_ceil(2)
    }

    fn is_connected(&self) -> bool {
        self.modem.engine().is_connected(CLIENT)
    }

    async fn act(&mut self) {
        if self.flags.is_asleep.take() {
            Timer::after_secs(self.random.between(1, 6)).await;
        }
        match self.random.between(0, 100) {
            0..50 => self.publish().await,
            50..75 => self.start_publish().await,
            75..79 => self.ask().await,
            79..81 => {
                self.subscribe().await;
            }
            81..85 if self.options.faults.contains(&Fault::Cancel) => {
                let patience = Duration::from_millis(self.random.between(0, 300));
                self.give_up_publish(patience).await;
            }
            _ => {
                let patience = Duration::from_millis(self.random.between(1, 500));
                self.listen(patience).await;
            }
        }
        if self.failures >= 5 {
            // Connected, as far as anybody has said, and nothing goes through.
            self.drop_connection().await;
        }
    }

    /// Listens until nothing has come for a minute.
    async fn come_to_rest(&mut self) {
        let minute = Duration::from_secs(60);
        while let Ok(event) = with_timeout(minute, self.modem.next_event()).await {
            let arrived = self.server.take_messages();
            self.ledger.borrow_mut().at_server(arrived);
            handle(event, &self.ledger, &mut self.started, &mut self.again);
        }
        self.read_server();
    }

    async fn listen(&mut self, patience: Duration) {
        let event = with_timeout(patience, self.modem.next_event()).await;
        let Ok(event) = event else {
            return;
        };
        let arrived = self.server.take_messages();
        self.ledger.borrow_mut().at_server(arrived);
        let is_lost = matches!(event, Ok(Event::ContextLost { .. }));
        handle(event, &self.ledger, &mut self.started, &mut self.again);
        if is_lost {
            self.drop_connection().await;
        }
    }

    /// Takes what has come; returns whether the network behind it is gone.
    fn take_events(&mut self) -> bool {
        self.read_server();
        let mut is_context_lost = false;
        while let Some(event) = self.modem.take_event() {
            is_context_lost |= matches!(event, Event::ContextLost { .. });
            handle(Ok(event), &self.ledger, &mut self.started, &mut self.again);
        }
        self.ledger.borrow_mut().check_line(ON_ITS_WAY);
        is_context_lost
    }

    /// Enters what the server has got.
    fn read_server(&self) {
        let arrived = self.server.take_messages();
        self.ledger.borrow_mut().at_server(arrived);
    }

    async fn drop_connection(&mut self) {
        self.failures = 0;
        self.ledger.borrow_mut().disconnected();
        let result = self.modem.client(CLIENT).close().await;
        self.count("close", &result);
    }

    /// Connects and subscribes, with a pause after a failure.
    async fn reconnect(&mut self, session: Session) {
        self.ledger.borrow_mut().disconnected();
        self.failures = 0;
        let options = ConnectOptions::new("broker.example", ID)
            .and_then(|options| options.keep_alive(60))
            .map(|options| options.session(session).report_retransmissions());
        let Ok(mut options) = options else {
            return self.ledger.borrow_mut().problem("connect options".into());
        };
        if self.options.stored {
            options = options.receive(ReceiveMode::Stored);
        }
        let result = self.modem.client(CLIENT).connect(&options).await;
        self.count("connect", &result);
        if result.is_err() || !self.subscribe().await {
            Timer::after_secs(1).await;
            return;
        }
        if session == Session::Kept {
            self.flags.is_subscribed_once.set(true);
            self.ledger.borrow_mut().recovered();
        }
    }

    /// Returns whether the server has granted it; if not, the connection is closed.
    async fn subscribe(&mut self) -> bool {
        let Ok(filter) = TopicFilter::new("down/#") else {
            return false;
        };
        let topics = [(filter, QoS::ExactlyOnce)];
        let result = self.modem.client(CLIENT).subscribe(&topics).await;
        self.count("subscribe", &result);
        if result.is_err() {
            self.drop_connection().await;
        }
        result.is_ok()
    }

    async fn ask(&mut self) {
        let result = self.modem.request(&SignalQuery).await.map(drop);
        self.count("request", &result);
    }

    /// The message that comes next: one that may have been lost, or a new one.
    fn next_message(&mut self) -> Option<u32> {
        if !self.again.is_empty() {
            return Some(self.again.remove(0));
        }
        let mut ledger = self.ledger.borrow_mut();
        let sent = ledger.sent(Direction::Up);
        let qos = 1 + (sent % 2) as u8;
        (sent < self.options.messages.div_ceil(2)).then(|| ledger.add_up(qos))
    }

    async fn publish(&mut self) {
        let Some(number) = self.next_message() else {
            return self.listen(Duration::from_millis(200)).await;
        };
        let form = self.random.pick(&[
            PublishForm::Automatic,
            PublishForm::FixedLength,
            PublishForm::Terminated,
            PublishForm::Inline,
        ]);
        let mut result = self.publish_as(number, form, None).await;
        if let Some(Err(Error::Usage(UsageError::Value(_)))) = result {
            // Not every payload can go in every form.
            self.ledger.borrow_mut().outcome(number, Outcome::NotBegun);
            result = self.publish_as(number, PublishForm::Automatic, None).await;
        }
        if let Some(result) = result {
            self.count("publish", &result);
            self.failures = match &result {
                Ok(()) => 0,
                Err(_) => self.failures.saturating_add(1),
            };
            self.settle(number, outcome(&result));
        }
    }

    async fn give_up_publish(&mut self, patience: Duration) {
        let Some(number) = self.next_message() else {
            return;
        };
        let form = PublishForm::Automatic;
        match self.publish_as(number, form, Some(patience)).await {
            Some(result) => self.settle(number, outcome(&result)),
            None => {
                self.ledger.borrow_mut().count("publish", "dropped");
                self.settle(number, Outcome::Unknown);
            }
        }
    }

    async fn publish_as(
        &mut self,
        number: u32,
        form: PublishForm,
        patience: Option<Duration>,
    ) -> Option<Result<(), Failed>> {
        let (qos, payload) = self.prepare(number);
        let topic = topic(Direction::Up, qos);
        let message = Publication::new(&topic, &payload).ok()?.qos(level(qos));
        let mut client = self.modem.client(CLIENT);
        let publish = client.publish_as(&message, form);
        match patience {
            None => Some(publish.await),
            Some(patience) => with_timeout(patience, publish).await.ok(),
        }
    }

    async fn start_publish(&mut self) {
        if self.started.len() >= 5 {
            return self.listen(Duration::from_secs(1)).await;
        }
        let Some(number) = self.next_message() else {
            return self.listen(Duration::from_millis(200)).await;
        };
        let (qos, payload) = self.prepare(number);
        let topic = topic(Direction::Up, qos);
        let Ok(message) = Publication::new(&topic, &payload) else {
            return;
        };
        let message = message.qos(level(qos));
        match self.modem.client(CLIENT).start_publish(&message).await {
            Ok(operation) => self.started.push((operation, number)),
            Err(error) => {
                let result = Err(error);
                self.count("start_publish", &result);
                self.settle(number, outcome(&result));
            }
        }
    }

    fn prepare(&mut self, number: u32) -> (u8, Vec<u8>) {
        self.since_renewal += 1;
        let mut ledger = self.ledger.borrow_mut();
        ledger.attempt(number);
        (ledger.qos_up(number), ledger.payload(Direction::Up, number))
    }

    fn settle(&mut self, number: u32, outcome: Outcome) {
        self.read_server();
        self.ledger.borrow_mut().outcome(number, outcome);
        if outcome != Outcome::Acknowledged {
            self.again.push(number);
        }
    }

    /// Begins a new session; see the module's documentation for why.
    async fn renew(&mut self) {
        if !self.started.is_empty() {
            return self.listen(Duration::from_secs(1)).await;
        }
        self.flags.is_renewing.set(true);
        self.come_to_rest().await;
        for session in [Session::Clean, Session::Kept] {
            while self.is_connected() {
                let result = self.modem.client(CLIENT).disconnect().await;
                self.count("disconnect", &result);
            }
            while !self.is_connected() {
                self.reconnect(session).await;
            }
        }
        self.ledger.borrow_mut().count("session", "renewed");
        self.since_renewal = 0;
        self.flags.is_renewing.set(false);
    }

    fn count<T>(&self, operation: &'static str, result: &Result<T, Failed>) {
        count(&self.ledger, operation, result);
    }
}

const CLIENT: ClientIndex = ClientIndex::ZERO;

const ID: &str = "meter-0815";

/// A message that comes over the line is at the application after this time.
const ON_ITS_WAY: std::time::Duration = std::time::Duration::from_secs(60);

/// Publishes after which the session is made anew, before packet identifiers come again.
const RENEWAL: u32 = 40_000;
