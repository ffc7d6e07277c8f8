//! Plays a case, and holds it against the model.

use std::{future::Future, pin::pin, task::Poll, time::Duration};

use embassy_futures::join::join;
use embassy_time::{Duration as Time, Timer, with_timeout};
use quectel_modem_sim::{
    Behaviour, Config, Module, VirtualPort,
    clock::{Virtual, block_on, now},
    local::{LocalServer, Message},
};
use quectel_mqtt::{
    BC660K_GL, BG95, Cause, ClientIndex, ConnectOptions, Error, PdpContext, PublishForm,
    ReceiveMode, SleepMode, UsageError,
    asynch::Modem,
    command::SignalQuery,
    engine::Buffers,
    mqtt::{Publication, QoS, Session, TopicFilter},
};

use crate::{
    harm::{KINDS, harm},
    plan::{Fault, Setting, Step, What},
    rules::Model,
    support::{hesitant::Hesitant, simulated::modem_and_server},
};

const CLIENT: ClientIndex = ClientIndex::ZERO;

/// No single call takes longer than this: the longest is an open without an answer, with the wait for
/// a modem that does not answer before and behind it.
const LONGEST_CALL: Time = Time::from_secs(400);

type Driver<'buf> = Modem<'buf, Hesitant<VirtualPort>>;
type Failed = Error<embedded_io_async::ErrorKind>;

pub(crate) fn play(setting: Setting, steps: &[Step]) {
    let _time = Virtual::start();
    let module = match setting.is_bc660k {
        true => Module::Bc660k,
        false => Module::Bg95,
    };
    let (port, server) = modem_and_server(Config {
        module,
        seed: setting.seed,
        ..Config::default()
    });
    let mut rx = [0; 256];
    let mut tx = [0; 1024];
    let mut inbox = vec![
        0;
        if setting.has_small_inbox {
            200
        } else {
            16 * 1024
        }
    ];
    let buffers = Buffers {
        rx: &mut rx,
        tx: &mut tx,
        inbox: &mut inbox,
    };
    let dialect = match setting.is_bc660k {
        true => &BC660K_GL,
        false => &BG95,
    };
    let hesitant = Hesitant::new(port.clone(), 64);
    let heard = hesitant.heard();
    let mut case = Case {
        setting,
        modem: Modem::new(dialect, hesitant, buffers),
        model: Model::default(),
        port,
        server,
    };
    block_on(async {
        for step in steps {
            case.step(step).await;
        }
        case.end().await;
    });
    case.take_events();
    case.model.check_line(&heard.borrow());
}

struct Case<'buf> {
    setting: Setting,
    modem: Driver<'buf>,
    model: Model,
    port: VirtualPort,
    server: LocalServer,
}

impl Case<'_> {
    async fn step(&mut self, step: &Step) {
        if matches!(
            step.fault,
            Some((_, Fault::DropPrompt | Fault::LateAnswer(_)))
        ) {
            self.model.has_lost_prompts = true;
        }
        let (port, server) = (self.port.clone(), self.server.clone());
        let fault = async {
            if let Some((milliseconds, fault)) = step.fault {
                Timer::after_millis(milliseconds).await;
                harm(fault, &port, &server).await;
            }
        };
        join(self.act(step), fault).await;
        self.take_events();
    }

    fn take_events(&mut self) {
        while let Some(event) = self.modem.take_event() {
            self.model.event(&event);
        }
    }

    async fn act(&mut self, step: &Step) {
        let polls = step.polls;
        let topics = [(TopicFilter::new("down/#").unwrap(), QoS::ExactlyOnce)];
        let modem = &mut self.modem;
        match step.what {
            What::Initialize => drop(call(polls, modem.initialize()).await),
            What::Connect => {
                let options = options(self.setting);
                let mut client = modem.client(CLIENT);
                call(polls, client.connect(&options)).await;
            }
            What::Subscribe => {
                call(polls, modem.client(CLIENT).subscribe(&topics)).await;
            }
            What::Unsubscribe => {
                let filters = [TopicFilter::new("other").unwrap()];
                call(polls, modem.client(CLIENT).unsubscribe(&filters)).await;
            }
            What::Publish(qos, form, len) => self.publish(qos, form, len, polls).await,
            What::Start(qos, len) => self.start(qos, len, polls).await,
            What::Fetch(place) => {
                self.model.may_be_out_of_order |= place.is_some();
                call(polls, modem.client(CLIENT).fetch(place)).await;
            }
            What::Disconnect => drop(call(polls, modem.client(CLIENT).disconnect()).await),
            What::Close => drop(call(polls, modem.client(CLIENT).close()).await),
            What::Request => {
                let request = async { modem.request(&SignalQuery).await.map(drop) };
                call(polls, request).await;
            }
            What::Raw => drop(call(polls, async { modem.raw("ATI").await.map(drop) }).await),
            What::Register => {
                let wait = Time::from_secs(10);
                call(polls, modem.wait_registered(wait)).await;
            }
            What::Activate => {
                let context = PdpContext::new("internet").unwrap();
                call(polls, modem.activate(&context)).await;
            }
            What::Sleep => drop(call(polls, modem.sleep(SleepMode::Deep)).await),
            What::Listen(milliseconds) => {
                if let Ok(event) =
                    with_timeout(Time::from_millis(milliseconds), modem.next_event()).await
                {
                    self.model.event(&event.unwrap());
                }
            }
            What::Nap(milliseconds) => Timer::after_millis(milliseconds).await,
            What::Serve(qos, count) => {
                for _ in 0..count {
                    self.serve(qos);
                }
            }
        }
    }

    fn serve(&mut self, qos: u8) {
        let number = self.model.served.len();
        let mut payload = format!("down {number};").into_bytes();
        payload.extend_from_slice(&filler(number));
        self.model.served.push((qos, payload.clone()));
        self.server
            .publish(Message::new(format!("down/{qos}"), payload, qos));
    }

    async fn publish(&mut self, qos: u8, form: u8, len: usize, polls: Option<usize>) {
        let number = self.add(qos, len);
        let payload = self.model.published[number].3.clone();
        let message = Publication::new("up", &payload).unwrap().qos(level(qos));
        let form = [
            PublishForm::Automatic,
            PublishForm::FixedLength,
            PublishForm::Terminated,
            PublishForm::Inline,
        ][usize::from(form)];
        let mut client = self.modem.client(CLIENT);
        let result = call(polls, client.publish_as(&message, form)).await;
        match result {
            Some(Ok(())) => self.model.published[number].1 = true,
            // Refused: nothing was sent.
            Some(Err(Error::Usage(_))) => self.model.published[number].0 = 0,
            _ => {}
        }
        self.model.check_server(&self.server);
    }

    async fn start(&mut self, qos: u8, len: usize, polls: Option<usize>) {
        // There are places for eight operations, and results that nobody takes are lost.
        if self.model.started.len() >= 5 {
            return;
        }
        let number = self.add(qos, len);
        let payload = self.model.published[number].3.clone();
        let message = Publication::new("up", &payload).unwrap().qos(level(qos));
        let mut client = self.modem.client(CLIENT);
        match call(polls, client.start_publish(&message)).await {
            Some(Ok(operation)) => self.model.started.push((operation, number)),
            _ => self.model.published[number].0 = 0,
        }
    }

    fn add(&mut self, qos: u8, len: usize) -> usize {
        let number = self.model.published.len();
        let mut payload = format!("up {number};").into_bytes();
        payload.extend(filler(number).iter().cycle().take(len));
        self.model.published.push((1, false, qos, payload));
        number
    }

    /// No more goes wrong: all must work again.
    async fn end(&mut self) {
        self.port
            .with_modem(|modem, _| *modem.behaviour_mut() = Behaviour::default());
        for kind in KINDS {
            self.server.withhold(kind, 0);
        }
        self.server.set_latency(Duration::from_millis(50));
        self.server.refuse_connections(None);
        self.server.resume();
        // What was started ends, whatever becomes of it.
        let end = now() + Duration::from_secs(400);
        while !self.model.started.is_empty() {
            assert!(now() < end, "{:?} never ended", self.model.started);
            self.listen(1000).await;
        }
        // A late CONNECT of a connection that is given up can close the newest one at the server.
        let end = now() + Duration::from_secs(60);
        loop {
            self.reconnect().await;
            self.listen(5000).await;
            if self.modem.engine().is_connected(CLIENT) {
                break;
            }
            assert!(now() < end, "no connection lasts");
        }
        assert_eq!(self.server.connected_clients(), ["meter-0815"]);
        self.serve(1);
        let newest = self.model.served.len() - 1;
        let end = now() + Duration::from_secs(60);
        while !self.model.delivered.contains_key(&newest) {
            assert!(now() < end, "the last message never came");
            self.listen(1000).await;
        }
        let number = self.add(2, 10);
        let payload = self.model.published[number].3.clone();
        let message = Publication::new("up", &payload).unwrap();
        let message = message.qos(QoS::ExactlyOnce);
        let mut client = self.modem.client(CLIENT);
        client.publish(&message).await.unwrap();
        self.model.published[number].1 = true;
        self.model.check_server(&self.server);
        assert!(!self.port.with_modem(|modem, _| modem.is_in_data_mode()));
        self.modem.client(CLIENT).disconnect().await.unwrap();
        Timer::after_millis(200).await;
        assert!(!self.modem.engine().is_connected(CLIENT));
        assert!(self.server.connected_clients().is_empty());
    }

    async fn listen(&mut self, milliseconds: u64) {
        let timeout = Time::from_millis(milliseconds);
        if let Ok(event) = with_timeout(timeout, self.modem.next_event()).await {
            self.model.event(&event.unwrap());
        }
    }

    /// Closes, connects and subscribes, as often as two minutes allow.
    async fn reconnect(&mut self) {
        let end = now() + Duration::from_secs(120);
        let topics = [(TopicFilter::new("down/#").unwrap(), QoS::ExactlyOnce)];
        let options = options(self.setting);
        loop {
            let mut client = self.modem.client(CLIENT);
            let closed: Result<(), Failed> = client.close().await;
            let connected = client.connect(&options).await;
            let is_done = connected.is_ok() && client.subscribe(&topics).await.is_ok();
            self.take_events();
            if is_done {
                return;
            }
            assert!(now() < end, "no connection: {closed:?}, {connected:?}");
            Timer::after_secs(1).await;
        }
    }
}

/// Awaits a call of the driver, or polls it so often and drops it. It must end in time, and not with
/// an error that is the driver's own or the port's.
async fn call<T>(
    polls: Option<usize>,
    call: impl Future<Output = Result<T, Failed>>,
) -> Option<Result<T, Failed>> {
    let mut left = polls.unwrap_or(usize::MAX);
    let mut call = pin!(call);
    let counted = std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        call.as_mut().poll(context).map(Some)
    });
    let result = with_timeout(LONGEST_CALL, counted).await;
    let result = result.unwrap_or_else(|_| panic!("a call without an end"));
    match &result {
        Some(Err(Error::Failed(failure))) => assert_ne!(failure.cause, Cause::Bug),
        Some(Err(error)) => assert!(
            matches!(
                error,
                Error::Usage(
                    UsageError::AlreadyConnected
                        | UsageError::NotConnected
                        | UsageError::NotSupported { .. }
                        | UsageError::LineBlocked
                        | UsageError::Value(_)
                )
            ),
            "{error:?}"
        ),
        _ => {}
    }
    result
}

fn options(setting: Setting) -> ConnectOptions<'static> {
    let options = ConnectOptions::new("broker.example", "meter-0815").unwrap();
    let options = options.keep_alive(60).unwrap().session(Session::Kept);
    match setting.is_stored {
        true => options.receive(ReceiveMode::Stored),
        false => options,
    }
}

/// What has broken drivers, in some payloads; text in the others.
fn filler(number: usize) -> Vec<u8> {
    let traps: [&[u8]; 6] = [
        b"plain text",
        b"\r\nOK\r\n+QMTSTAT: 0,1\r\n> ",
        b"\",5,\"\r\n+QMTRECV: 0,0,\"t\",3,\"abc\"\r\n",
        b"\x1A\x1B\x00\xFF",
        b"\"quoted\"",
        b"AT+QMTCLOSE=0\r",
    ];
    traps[number % traps.len()].to_vec()
}

fn level(qos: u8) -> QoS {
    match qos {
        0 => QoS::AtMostOnce,
        1 => QoS::AtLeastOnce,
        _ => QoS::ExactlyOnce,
    }
}
