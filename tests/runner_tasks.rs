//! The runner and its handles, where each task has a waker of its own.

#![cfg(all(feature = "bg95", feature = "bc660k", feature = "runner"))]

mod support;

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    pin::pin,
    task::Poll,
    time::Duration,
};

use critical_section as _;
use embassy_futures::select::{Either, select};
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_time::{Timer, with_timeout};
use embedded_io_async::{ErrorKind, Read, Write};
use quectel_modem_sim::{Chunk, Config, Module, VirtualPort, clock::Virtual, local::Message};
use quectel_mqtt::{
    BC660K_GL, BG95, Cause, ClientIndex, PublishForm, UsageError,
    command::SignalQuery,
    mqtt::{Publication, QoS, TopicFilter},
    runner::{Ended, Error, Missed, Notice, Shared},
};
use support::{
    simulated::{Memory, modem_and_server, options},
    tasks::{Random, Tasks},
};

type Mutex = NoopRawMutex;

const CLIENT: ClientIndex = ClientIndex::ZERO;

fn filter(text: &'static str) -> TopicFilter<'static> {
    TopicFilter::new(text).unwrap()
}

fn qos1<'a>(topic: &'a str, payload: &'a [u8]) -> Publication<'a> {
    let message = Publication::new(topic, payload).unwrap();
    message.qos(QoS::AtLeastOnce)
}

/// Polls the future up to `polls` times, when it is woken, then drops it.
async fn drop_after<F: Future>(polls: usize, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

#[test]
fn as_many_listen_as_like_and_none_keeps_the_others_awake() {
    let _time = Virtual::start();
    let (port, server) = modem_and_server(Config::default());
    let mut memory = Memory::new();
    let mut shared = Shared::<Mutex>::new(&BG95, memory.buffers());
    let (mut runner, handle) = shared.split(port.clone(), port);
    let stop = Cell::new(false);
    let mut tasks = Tasks::default();
    tasks.spawn("runner", async {
        let stopped = async {
            while !stop.get() {
                Timer::after_millis(1).await;
            }
        };
        select(runner.run(), stopped).await;
    });
    for number in 0..12 {
        let mut notices = handle.notices();
        tasks.spawn(format!("listener {number}"), async move {
            let notice = notices.next().await;
            assert!(matches!(notice, Notice::Disconnected { .. }), "{notice:?}");
        });
    }
    tasks.spawn("application", async {
        handle.client(CLIENT).connect(&options()).await.unwrap();
        Timer::after_secs(1).await;
        server.drop_links();
        Timer::after_secs(1).await;
        stop.set(true);
    });
    println!("{:?}", tasks.run(0));
}

#[test]
fn a_task_that_reads_on_after_the_end_lets_the_others_begin_again() {
    let _time = Virtual::start();
    let (port, server) = modem_and_server(Config::default());
    let mut memory = Memory::new();
    let mut shared = Shared::<Mutex>::new(&BG95, memory.buffers());
    let (mut runner, handle) = shared.split(port.clone(), port);
    let got = RefCell::new(Vec::new());
    let mut tasks = Tasks::default();
    let done = Cell::new(false);
    tasks.spawn("runner", async {
        let run = with_timeout(embassy_time::Duration::from_secs(1), runner.run());
        assert!(run.await.is_err());
        Timer::after_secs(1).await;
        let run = with_timeout(embassy_time::Duration::from_secs(60), runner.run());
        assert!(run.await.is_err());
        done.set(true);
    });
    tasks.spawn("reader", async {
        let client = handle.client(CLIENT);
        let mut messages = client.messages(filter("t"), vec![0; 64].leak()).unwrap();
        let mut memory = [0; 64];
        let mut ends = 0;
        loop {
            match messages.next(&mut memory).await {
                Ok(message) => got.borrow_mut().push(message.payload.to_vec()),
                Err(Missed::Ended) => ends += 1,
                Err(missed) => panic!("{missed}"),
            }
            assert!(ends < 100, "it spins");
            if ends == 2 {
                break;
            }
        }
    });
    tasks.spawn("listener", async {
        let mut notices = handle.notices();
        for ends in 0.. {
            assert!(ends < 100, "it spins");
            if notices.next().await == Notice::Ended && done.get() {
                break;
            }
        }
    });
    tasks.spawn("application", async {
        Timer::after_secs(3).await;
        handle.client(CLIENT).connect(&options()).await.unwrap();
        let topics = [(filter("t"), QoS::AtLeastOnce)];
        handle.client(CLIENT).subscribe(&topics).await.unwrap();
        server.publish(Message::new("t", b"x".to_vec(), 1));
    });
    tasks.run(0);
    assert_eq!(got.into_inner(), [b"x"]);
}

/// A port whose write takes a few bytes after a while, and none when it is dropped before.
#[derive(Clone)]
struct Slow {
    port: VirtualPort,
    most: usize,
    pause: embassy_time::Duration,
}

impl embedded_io_async::ErrorType for Slow {
    type Error = ErrorKind;
}

impl Read for Slow {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        let n = buffer.len().min(self.most);
        self.port.read(&mut buffer[..n]).await
    }
}

impl Write for Slow {
    async fn write(&mut self, buffer: &[u8]) -> Result<usize, ErrorKind> {
        Timer::after(self.pause).await;
        let n = buffer.len().min(self.most);
        self.port.write(&buffer[..n]).await
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

fn payload(task: usize, number: usize, len: usize) -> Vec<u8> {
    let mut payload = format!("{task} {number} {len} ").into_bytes();
    payload.extend((0..len).map(|at| b'a' + ((at * 7 + task + number) % 26) as u8));
    payload
}

/// Which task's it is, and which of those; and that it is whole.
fn parse(bytes: &[u8]) -> (usize, usize) {
    let text = std::str::from_utf8(bytes).unwrap();
    let mut parts = text.split(' ');
    let mut number = || {
        parts
            .next()
            .unwrap()
            .parse::<usize>()
            .unwrap_or_else(|_| panic!("{text}"))
    };
    let (task, index, len) = (number(), number(), number());
    assert_eq!(text, String::from_utf8(payload(task, index, len)).unwrap());
    (task, index)
}

#[test]
fn a_run_that_ends_within_a_write_damages_no_message() {
    for form in [
        PublishForm::Terminated,
        PublishForm::Automatic,
        PublishForm::Inline,
    ] {
        for after in (0..400).step_by(9) {
            let _time = Virtual::start();
            let (port, server) = modem_and_server(Config::default());
            let slow = Slow {
                port: port.clone(),
                most: 1,
                pause: embassy_time::Duration::from_millis(1),
            };
            let mut memory = Memory::new();
            let mut shared = Shared::<Mutex>::new(&BG95, memory.buffers());
            let (mut runner, handle) = shared.split(slow.clone(), slow);
            let (ends, done) = (Cell::new(false), Cell::new(false));
            let until = async |flag: &Cell<bool>, pause| {
                while !flag.get() {
                    Timer::after_millis(pause).await;
                }
            };
            let mut tasks = Tasks::default();
            tasks.spawn("runner", async {
                select(runner.run(), async {
                    until(&ends, 1).await;
                    Timer::after_millis(after).await;
                })
                .await;
                select(runner.run(), until(&done, 1_000)).await;
            });
            tasks.spawn("application", async {
                let client = handle.client(CLIENT);
                client.connect(&options()).await.unwrap();
                ends.set(true);
                let whole = payload(0, 0, 200);
                let _ = client.publish_as(&qos1("t", &whole), form).await;
                Timer::after_secs(1).await;
                match client.connect(&options()).await {
                    Ok(()) | Err(Error::Usage(UsageError::AlreadyConnected)) => {}
                    Err(error) => panic!("{form:?} {after}: {error}"),
                }
                let next = client.publish(&qos1("t", &payload(0, 1, 1))).await;
                let _ = next;
                Timer::after_secs(100).await;
                let last = client.publish(&qos1("t", &payload(0, 2, 1))).await;
                last.unwrap_or_else(|error| panic!("{form:?} {after}: {error}"));
                done.set(true);
            });
            tasks.run(after);
            let mut before = None;
            for message in server.messages() {
                assert_eq!(message.topic, "t", "{form:?} {after}");
                let (_, number) = parse(&message.payload);
                assert!(before < Some(number));
                before = Some(number);
            }
        }
    }
}

#[test]
fn many_tasks_with_cancellation() {
    let from = std::env::var("SEED").map_or(0, |it| it.parse().unwrap());
    for seed in from..from + 10 {
        stress(seed);
    }
}

fn stress(seed: u64) {
    const TASKS: usize = 12;
    const EACH: usize = 25;
    println!("seed {seed}");
    let _time = Virtual::start();
    let is_bc = seed % 3 == 2;
    let module = if is_bc { Module::Bc660k } else { Module::Bg95 };
    let (port, server) = modem_and_server(Config {
        module,
        ..Config::default()
    });
    let mut random = Random::new(seed);
    port.with_modem(|modem, _| {
        let behaviour = modem.behaviour_mut();
        behaviour.chunk = Chunk::Random(1 + random.below(64));
        behaviour.extra_blank_lines = random.below(3) as u8;
        behaviour.line_speed = seed.is_multiple_of(2).then_some(115_200);
        behaviour.delays.generic = Duration::from_millis(random.below(30) as u64);
        behaviour.delays.publish = Duration::from_millis(random.below(30) as u64);
        behaviour.delays.payload = Duration::from_millis(random.below(30) as u64);
    });
    let slow = Slow {
        port: port.clone(),
        most: [1, 3, 64, 1000][random.below(4)],
        pause: embassy_time::Duration::from_micros([1, 80, 500][random.below(3)]),
    };
    let mut memory = Memory::new();
    let mut rx = vec![0; [64, 65, 100, 512][random.below(4)]];
    let mut buffers = memory.buffers();
    buffers.rx = &mut rx;
    let dialect = if is_bc { &BC660K_GL } else { &BG95 };
    let mut shared = Shared::<Mutex>::new(dialect, buffers);
    let (mut runner, handle) = shared.split(slow.clone(), slow);
    let left = Cell::new(TASKS);
    let is_connected = Cell::new(false);
    let sure = RefCell::new(Vec::new());
    let received = RefCell::new(Vec::new());
    let missed = Cell::new(0);
    let mut tasks = Tasks::default();
    tasks.spawn("runner", async {
        let done = async {
            while left.get() > 0 {
                Timer::after_millis(20).await;
            }
            Timer::after_secs(3).await;
        };
        match select(runner.run(), done).await {
            Either::First(error) => panic!("{error}"),
            Either::Second(()) => {}
        }
    });
    tasks.spawn("connect", async {
        handle.client(CLIENT).connect(&options()).await.unwrap();
        let topics = [(filter("#"), QoS::AtLeastOnce)];
        handle.client(CLIENT).subscribe(&topics).await.unwrap();
        is_connected.set(true);
    });
    let mut stream = handle
        .client(CLIENT)
        .messages(filter("#"), vec![0; 100_000].leak())
        .unwrap();
    let (received, missed, sure, left, is_connected) =
        (&received, &missed, &sure, &left, &is_connected);
    tasks.spawn("reader", async move {
        let mut memory = [0; 1000];
        loop {
            match stream.next(&mut memory).await {
                Ok(message) => received.borrow_mut().push(parse(message.payload)),
                Err(Missed::Ended) => break,
                Err(Missed::Lost { count }) => missed.set(missed.get() + count),
                Err(other) => panic!("{other}"),
            }
        }
    });
    tasks.spawn("notices", async move {
        let mut notices = handle.notices();
        loop {
            match notices.next().await {
                Notice::Ended => break,
                Notice::MessageLost(_) => missed.set(missed.get() + 1),
                other => println!("{other:?}"),
            }
        }
    });
    for task in 0..TASKS {
        let mut random = Random::new(seed * 1000 + task as u64);
        tasks.spawn(format!("task {task}"), async move {
            while !is_connected.get() {
                Timer::after_millis(20).await;
            }
            let client = handle.client(CLIENT);
            let mut flying = Vec::new();
            for number in 0..EACH {
                let whole = payload(task, number, random.below(300));
                let message = qos1("t", &whole);
                let form = [PublishForm::Automatic, PublishForm::Terminated][random.below(2)];
                match random.below(8) {
                    0 => {
                        client.publish_as(&message, form).await.unwrap();
                        sure.borrow_mut().push((task, number));
                    }
                    1 => {
                        if let Some(done) =
                            drop_after(random.below(12), client.publish_as(&message, form)).await
                        {
                            done.unwrap();
                            sure.borrow_mut().push((task, number));
                        }
                    }
                    2 => {
                        let time = embassy_time::Duration::from_millis(random.below(200) as u64);
                        if let Ok(done) = with_timeout(time, client.publish(&message)).await {
                            done.unwrap();
                            sure.borrow_mut().push((task, number));
                        }
                    }
                    3 => {
                        let mut memory = [0; 64];
                        handle.request(&SignalQuery, &mut memory).await.unwrap();
                    }
                    4 => {
                        let mut memory = [0; 64];
                        let request = handle.request(&SignalQuery, &mut memory);
                        if let Some(done) = drop_after(random.below(12), request).await {
                            done.unwrap();
                        }
                    }
                    5 => {
                        let mut memory = [0; 3];
                        let error = handle.raw("AT+CGMI", &mut memory).await.unwrap_err();
                        let Error::Failed(failure) = error else {
                            panic!("{error}")
                        };
                        assert_eq!(failure.cause, Cause::AnswerTooLong);
                    }
                    6 => {
                        let begun = client.start_publish(&message).await.unwrap();
                        flying.push((number, begun));
                        if random.below(2) == 0 {
                            flying.clear();
                        }
                    }
                    _ => {
                        for (number, mut begun) in flying.drain(..) {
                            match begun.result().await {
                                Ok(()) => sure.borrow_mut().push((task, number)),
                                Err(Error::Failed(failure)) => {
                                    assert_eq!(failure.cause, Cause::Untaken);
                                }
                                Err(error) => panic!("{error}"),
                            }
                        }
                    }
                }
                if random.below(3) == 0 {
                    Timer::after_millis(random.below(100) as u64).await;
                }
            }
            left.set(left.get() - 1);
        });
    }
    let polls = tasks.run(seed);
    let end = embassy_time::Instant::now();
    println!("{end} {polls:?}");
    assert!(!port.with_modem(|modem, _| modem.is_in_data_mode()));
    let arrived: Vec<_> = server
        .messages()
        .iter()
        .map(|it| parse(&it.payload))
        .collect();
    for task in 0..TASKS {
        let own: Vec<_> = arrived.iter().filter(|it| it.0 == task).collect();
        assert!(own.is_sorted_by(|a, b| a.1 < b.1), "{own:?}");
    }
    for one in sure.borrow().iter() {
        assert!(arrived.contains(one), "{one:?} is lost");
    }
    let received = received.borrow();
    assert_eq!(
        received.len() + missed.get() as usize,
        arrived.len(),
        "received"
    );
    if missed.get() == 0 {
        assert_eq!(*received, arrived);
    }
    assert!(sure.borrow().len() > 20);
}

#[test]
fn none_of_many_tasks_waits_for_ever() {
    let _time = Virtual::start();
    let (port, server) = modem_and_server(Config {
        module: Module::Bc660k,
        ..Config::default()
    });
    let mut memory = Memory::new();
    let mut shared = Shared::<Mutex>::new(&BC660K_GL, memory.buffers());
    let (mut runner, handle) = shared.split(port.clone(), port);
    let mut tasks = Tasks::default();
    let done = Cell::new(false);
    tasks.spawn("runner", async {
        let stop = async {
            Timer::after_secs(120).await;
            done.set(true);
            Timer::after_secs(20).await;
        };
        select(runner.run(), stop).await;
    });
    tasks.spawn("connect", async {
        handle.client(CLIENT).connect(&options()).await.unwrap();
    });
    for task in 0..20 {
        let done = &done;
        tasks.spawn(task, async move {
            Timer::after_secs(3).await;
            let client = handle.client(CLIENT);
            while !done.get() {
                client
                    .publish(&qos1("t", &payload(task, 0, 1)))
                    .await
                    .unwrap();
            }
        });
    }
    println!("{:?}", tasks.run(7));
    let mut counts = [0; 20];
    for message in server.messages() {
        counts[parse(&message.payload).0] += 1;
    }
    println!("{counts:?}");
    let most = counts.iter().max().unwrap();
    assert!(counts.iter().all(|it| it * 4 >= *most));
}

#[test]
fn all_that_wait_end_with_a_run_also_where_another_follows_at_once() {
    let _time = Virtual::start();
    let (port, server) = modem_and_server(Config::default());
    let mut memory = Memory::new();
    let mut shared = Shared::<Mutex>::new(&BG95, memory.buffers());
    let (mut runner, handle) = shared.split(port.clone(), port);
    let (is_connected, ended) = (Cell::new(false), Cell::new(0));
    let mut tasks = Tasks::default();
    tasks.spawn("runner", async {
        for seconds in [10, 100] {
            let time = embassy_time::Duration::from_secs(seconds);
            assert!(with_timeout(time, runner.run()).await.is_err());
        }
    });
    tasks.spawn("connect", async {
        handle.client(CLIENT).connect(&options()).await.unwrap();
        server.pause();
        is_connected.set(true);
    });
    for task in 0..16 {
        let (is_connected, ended) = (&is_connected, &ended);
        tasks.spawn(task, async move {
            while !is_connected.get() {
                Timer::after_millis(20).await;
            }
            let result = handle.client(CLIENT).publish(&qos1("t", b"x")).await;
            assert_eq!(result, Err(Error::Io(Ended)), "{task}");
            ended.set(ended.get() + 1);
        });
    }
    tasks.run(1);
    assert_eq!(ended.get(), 16);
}

#[test]
fn nothing_is_damaged_where_runs_end_and_the_modem_restarts() {
    let from = std::env::var("SEED").map_or(0, |it| it.parse().unwrap());
    for seed in from..from + 5 {
        let _time = Virtual::start();
        let (port, server) = modem_and_server(Config::default());
        let mut random = Random::new(seed);
        port.with_modem(|modem, _| {
            let behaviour = modem.behaviour_mut();
            behaviour.chunk = Chunk::Random(1 + random.below(64));
            behaviour.line_speed = (seed % 2 == 0).then_some(115_200);
        });
        let mut memory = Memory::new();
        let mut shared = Shared::<Mutex>::new(&BG95, memory.buffers());
        let slow = Slow {
            port: port.clone(),
            most: [1, 64][random.below(2)],
            pause: embassy_time::Duration::from_micros(200),
        };
        let (mut runner, handle) = shared.split(slow.clone(), slow);
        let left = Cell::new(8);
        let oks = RefCell::new(Vec::new());
        let oks = &oks;
        let mut tasks = Tasks::default();
        let mut tr = Random::new(seed + 77);
        let (left, server, port) = (&left, &server, &port);
        tasks.spawn("runner", async move {
            while left.get() > 0 {
                let time = embassy_time::Duration::from_millis(200 + tr.below(9000) as u64);
                select(with_timeout(time, runner.run()), async {
                    while left.get() > 0 {
                        Timer::after_millis(50).await
                    }
                })
                .await;
                if tr.below(2) == 0 {
                    Timer::after_millis(tr.below(500) as u64).await;
                }
            }
        });
        tasks.spawn("chaos", async move {
            let mut random = Random::new(seed + 5);
            while left.get() > 0 {
                Timer::after_millis(random.below(8000) as u64).await;
                match random.below(4) {
                    0 => port.with_modem(|modem, now| modem.restart(now)),
                    1 => server.drop_links(),
                    2 => port.with_modem(|modem, _| modem.behaviour_mut().lose_answers += 1),
                    _ => port.with_modem(|modem, _| modem.behaviour_mut().drop_prompts += 1),
                }
            }
        });
        for task in 0..8 {
            let mut random = Random::new(seed * 1000 + task as u64);
            tasks.spawn(format!("task {task}"), async move {
                let client = handle.client(CLIENT);
                for number in 0..40 {
                    let whole = payload(task, number, random.below(300));
                    let form = [
                        PublishForm::Automatic,
                        PublishForm::Terminated,
                        PublishForm::Inline,
                    ][random.below(3)];
                    let result = match random.below(4) {
                        0 => client.connect(&options()).await,
                        1 => {
                            let mut m = [0; 64];
                            match handle.request(&SignalQuery, &mut m).await {
                                Ok(s) => {
                                    assert!(s.dbm.is_some());
                                    Ok(())
                                }
                                Err(e) => Err(e),
                            }
                        }
                        _ => {
                            let r = client.publish_as(&qos1("t", &whole), form).await;
                            if r.is_ok() {
                                oks.borrow_mut().push((task, number));
                            }
                            r
                        }
                    };
                    match result {
                        Ok(()) => {}
                        Err(Error::Usage(_) | Error::Failed(_) | Error::Io(Ended)) => {
                            Timer::after_millis(random.below(300) as u64).await
                        }
                        Err(e) => panic!("{e}"),
                    }
                }
                left.set(left.get() - 1);
            });
        }
        tasks.run(seed);
        let arrived: Vec<_> = server
            .messages()
            .iter()
            .map(|it| parse(&it.payload))
            .collect();
        for task in 0..8 {
            let own: Vec<_> = arrived.iter().filter(|it| it.0 == task).collect();
            assert!(own.is_sorted_by(|a, b| a.1 < b.1), "seed {seed}: {own:?}");
        }
        for one in oks.borrow().iter() {
            assert!(arrived.contains(one), "seed {seed}: {one:?} is lost");
        }
        println!(
            "seed {seed}: {} arrived, {} are known to",
            arrived.len(),
            oks.borrow().len()
        );
    }
}
