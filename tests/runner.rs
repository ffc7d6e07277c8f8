//! The runner and its handles: many tasks, one modem.

#![cfg(all(feature = "bg95", feature = "bc660k", feature = "runner"))]

mod support;

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    pin::pin,
    rc::Rc,
    task::Poll,
    time::Duration,
};

use critical_section as _;
use embassy_futures::{
    join::{join, join_array},
    poll_once,
    select::{Either, select},
};
use embassy_sync::blocking_mutex::raw::{CriticalSectionRawMutex, NoopRawMutex};
use embassy_time::{Instant, Timer, with_timeout};
use embedded_io_async::{ErrorKind, Read, Write};
use quectel_modem_sim::{
    Config, Module, ScriptedPort, VirtualPort,
    clock::{Virtual, block_on},
    local::{LocalServer, Message},
};
use quectel_mqtt::{
    BC660K_GL, BG95, Cause, ClientIndex, Dialect, UsageError,
    command::{ConnectionStateQuery, SignalQuery},
    mqtt::{Publication, QoS, TopicFilter},
    runner::{Client, Ended, Error, Handle, Missed, Notice, Runner, Shared},
};
use support::{
    dropped::drop_after,
    simulated::{Memory, modem_and_server, options},
};

type Mutex = NoopRawMutex;

const CLIENT: ClientIndex = ClientIndex::ZERO;

fn filter(text: &'static str) -> TopicFilter<'static> {
    TopicFilter::new(text).unwrap()
}

/// What the application does while the runner runs, up to its end.
fn run_with<T>(
    dialect: &'static Dialect,
    port: impl Read<Error = ErrorKind> + Write + Clone,
    application: impl AsyncFnOnce(Handle<'_, Mutex>) -> T,
) -> T {
    let mut memory = Memory::new();
    let mut shared = Shared::new(dialect, memory.buffers());
    let (mut runner, handle) = shared.split(port.clone(), port);
    match block_on(select(runner.run(), application(handle))) {
        Either::First(error) => panic!("the runner has ended: {error}"),
        Either::Second(output) => output,
    }
}

async fn connect(handle: Handle<'_, Mutex>) {
    handle.client(CLIENT).connect(&options()).await.unwrap();
}

fn qos1<'a>(topic: &'a str, payload: &'a [u8]) -> Publication<'a> {
    let message = Publication::new(topic, payload).unwrap();
    message.qos(QoS::AtLeastOnce)
}

/// Publishes so many messages, two in flight, in their order.
async fn publish_many(client: Client<'_, Mutex>, topic: &str, count: u32) {
    let mut before = None;
    for number in 0..count {
        let payload = number.to_string();
        let next = client
            .start_publish(&qos1(topic, payload.as_bytes()))
            .await
            .unwrap();
        if let Some(mut before) = before.replace(next) {
            before.result().await.unwrap();
        }
    }
    before.unwrap().result().await.unwrap();
}

#[test]
fn four_tasks_publish_and_a_fifth_receives_and_the_round_trips_overlap() {
    const EACH: u32 = 1_000;
    let topics = ["load/0", "load/1", "load/2", "load/3"];
    let far_away = || {
        let (port, server) = modem_and_server(Config::default());
        server.set_latency(Duration::from_millis(150));
        (port, server)
    };

    let _time = Virtual::start();
    let (port, server) = far_away();
    let mut memory = vec![0; 64 * 1024];
    let memory: &'static mut [u8] = memory.split_off(0).leak();
    let received = run_with(&BG95, port, async |handle| {
        connect(handle).await;
        let client = handle.client(CLIENT);
        let mut load = client.messages(filter("load/#"), memory).unwrap();
        client
            .subscribe(&[(filter("load/#"), QoS::AtLeastOnce)])
            .await
            .unwrap();
        let receive = async {
            let mut received = [0; 4];
            for _ in 0..4 * EACH {
                let mut memory = [0; 64];
                let message = load.next(&mut memory).await.unwrap();
                let task = topics
                    .iter()
                    .position(|it| it.as_bytes() == message.topic)
                    .unwrap();
                // In the order of each task.
                assert_eq!(message.payload, received[task].to_string().as_bytes());
                received[task] += 1;
            }
            received
        };
        let publish = join_array(topics.map(|topic| publish_many(client, topic, EACH)));
        join(publish, receive).await.1
    });
    assert_eq!(received, [EACH; 4]);
    assert_eq!(server.messages().len(), 4 * EACH as usize);
    for topic in topics {
        let messages = server.messages().into_iter().filter(|it| it.topic == topic);
        assert!(
            messages
                .zip(0..)
                .all(|(it, number)| it.payload == number.to_string().as_bytes())
        );
    }
    let together = Instant::now();

    drop(_time);
    let _time = Virtual::start();
    let (port, _server) = far_away();
    run_with(&BG95, port, async |handle| {
        connect(handle).await;
        for number in 0..4 * EACH {
            let payload = number.to_string();
            let message = qos1("load/0", payload.as_bytes());
            handle.client(CLIENT).publish(&message).await.unwrap();
        }
    });
    let one_by_one = Instant::now();
    let ratio = one_by_one.as_millis() as f64 / together.as_millis() as f64;
    println!("together {together} ticks, one by one {one_by_one}: {ratio:.2} times");
    assert!(ratio >= 4.5, "{ratio}");
}

// A BC660K-GL takes one publish after the other: nobody waits for ever while others go on.
#[test]
fn tasks_take_turns_where_one_publish_is_in_flight() {
    let _time = Virtual::start();
    let (port, server) = modem_and_server(Config {
        module: Module::Bc660k,
        ..Config::default()
    });
    run_with(&BC660K_GL, port, async |handle| {
        connect(handle).await;
        let client = handle.client(CLIENT);
        let publish = async |topic: &'static str| {
            for _ in 0..20 {
                client.publish(&qos1(topic, b"x")).await.unwrap();
            }
        };
        // More than can wait in turn.
        let topics = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
        join_array(topics.map(publish)).await;
    });
    let topics: Vec<_> = server.messages().into_iter().map(|it| it.topic).collect();
    assert_eq!(topics.len(), 12 * 20);
    // In each tenth of them, most tasks have had their turn.
    for tenth in topics.chunks(24) {
        let mut some = tenth.to_vec();
        some.sort();
        some.dedup();
        assert!(some.len() >= 8, "{tenth:?}");
    }
}

#[test]
fn results_of_qos_0_go_to_those_who_wait_for_them() {
    let _time = Virtual::start();
    let (port, server) = modem_and_server(Config::default());
    run_with(&BG95, port, async |handle| {
        connect(handle).await;
        let client = handle.client(CLIENT);
        let done = RefCell::new(Vec::new());
        let publish = async |payload: &'static [u8]| {
            let message = Publication::new("t", payload).unwrap();
            client.publish(&message).await.unwrap();
            done.borrow_mut().push(payload);
        };
        let payloads: [&'static [u8]; 6] = [b"0", b"1", b"2", b"3", b"4", b"5"];
        join_array(payloads.map(publish)).await;
        assert_eq!(done.take(), payloads);
        // Sent is not arrived.
        Timer::after_secs(1).await;
    });
    assert_eq!(server.messages().len(), 6);
}

#[test]
fn each_stream_has_its_own_messages_and_a_slow_one_delays_nobody() {
    let _time = Virtual::start();
    let (port, server) = modem_and_server(Config::default());
    let (few, many, wide) = (
        vec![0; 40].leak(),
        vec![0; 4096].leak(),
        vec![0; 4096].leak(),
    );
    run_with(&BG95, port, async |handle| {
        connect(handle).await;
        let client = handle.client(CLIENT);
        let mut slow = client.messages(filter("a/+"), few).unwrap();
        let mut quick = client.messages(filter("a/b"), many).unwrap();
        let mut all = client.messages(filter("#"), wide).unwrap();
        let mut notices = handle.notices();
        client
            .subscribe(&[(filter("#"), QoS::AtLeastOnce)])
            .await
            .unwrap();
        let mut memory = [0; 64];
        for number in 0..20_u8 {
            server.publish(Message::new("a/b", vec![number], 1));
            let message = quick.next(&mut memory).await.unwrap();
            assert_eq!(
                (message.topic, message.payload),
                (&b"a/b"[..], &[number][..])
            );
            // Answers come all the while.
            client.publish(&qos1("elsewhere", b"x")).await.unwrap();
        }
        // Two fit: 12 bytes, topic and payload of each.
        assert_eq!(
            slow.next(&mut memory).await,
            Err(Missed::Lost { count: 18 })
        );
        for number in 0..2 {
            assert_eq!(slow.next(&mut memory).await.unwrap().payload, [number]);
        }
        for number in 0..20 {
            let message = all.next(&mut memory).await.unwrap();
            assert_eq!(message.payload, [number]);
            assert_eq!(all.next(&mut memory).await.unwrap().topic, b"elsewhere");
        }
        // Nobody but `all` wants the others, and then nobody does.
        drop(all);
        server.publish(Message::new("c", b"nobody's".to_vec(), 0));
        let Notice::Unclaimed {
            client,
            payload_len,
            ..
        } = notices.next().await
        else {
            panic!("no notice");
        };
        assert_eq!((client, payload_len), (CLIENT, 8));
    });
}

#[test]
fn a_message_that_does_not_fit_costs_itself_alone() {
    let _time = Virtual::start();
    let (port, server) = modem_and_server(Config::default());
    let queue = vec![0; 256].leak();
    run_with(&BG95, port, async |handle| {
        connect(handle).await;
        let client = handle.client(CLIENT);
        let mut messages = client.messages(filter("t"), queue).unwrap();
        client
            .subscribe(&[(filter("t"), QoS::AtLeastOnce)])
            .await
            .unwrap();
        server.publish(Message::new("t", b"0123456789".to_vec(), 1));
        server.publish(Message::new("t", b"012345678".to_vec(), 1));
        let mut small = [0; 10];
        let missed = messages.next(&mut small).await;
        assert_eq!(missed, Err(Missed::TooSmall { needed: 11 }));
        let mut memory = [0; 10];
        assert_eq!(
            messages.next(&mut memory).await.unwrap().payload,
            b"012345678"
        );
    });
}

#[test]
fn as_many_listen_as_can_and_a_place_comes_back() {
    let _time = Virtual::start();
    let (port, _server) = modem_and_server(Config::default());
    let queues: Vec<_> = (0..10).map(|_| &mut *vec![0; 8].leak()).collect();
    run_with(&BG95, port, async |handle| {
        let client = handle.client(CLIENT);
        let streams = queues
            .into_iter()
            .map(|queue| client.messages(filter("#"), queue));
        let streams: Vec<_> = streams.collect();
        assert_eq!(streams.iter().filter(|it| it.is_ok()).count(), 8);
        assert!(matches!(streams[8], Err(UsageError::TooManyListeners)));
        drop(streams);
        client.messages(filter("#"), vec![0; 8].leak()).unwrap();
    });
}

#[test]
fn answers_go_to_those_who_ask() {
    let _time = Virtual::start();
    let (port, _server) = modem_and_server(Config::default());
    run_with(&BG95, port, async |handle| {
        connect(handle).await;
        let signal = async || {
            for _ in 0..50 {
                let mut memory = [0; 64];
                let signal = handle.request(&SignalQuery, &mut memory).await.unwrap();
                assert!(signal.dbm.is_some());
            }
        };
        let states = async || {
            for _ in 0..50 {
                let mut memory = [0; 64];
                let states = handle
                    .request(&ConnectionStateQuery, &mut memory)
                    .await
                    .unwrap();
                assert_eq!(states.iter().count(), 1);
                let mut memory = [0; 64];
                let lines = handle.raw("AT+QMTCONN?", &mut memory).await;
                assert_eq!(lines, Ok(&b"+QMTCONN: 0,3\n"[..]));
            }
        };
        let publish = async || {
            for _ in 0..50 {
                handle
                    .client(CLIENT)
                    .publish(&qos1("t", b"x"))
                    .await
                    .unwrap();
            }
        };
        join(join(signal(), states()), join(publish(), publish())).await;
        let mut memory = [0; 4];
        let refused = handle.raw("AT+QMTCONN?", &mut memory).await;
        let Err(Error::Failed(failure)) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(failure.cause, Cause::AnswerTooLong);
        // The answer that had no room stands in nobody's way.
        handle
            .client(CLIENT)
            .publish(&qos1("t", b"x"))
            .await
            .unwrap();
    });
}

/// Everything that can wait, begun and waiting.
async fn wait_for_everything(handle: Handle<'_, Mutex>) -> Vec<String> {
    let client = handle.client(CLIENT);
    let mut memory = [0; 64];
    let mut messages = client.messages(filter("#"), vec![0; 64].leak()).unwrap();
    let mut notices = handle.notices();
    let ends = RefCell::new(Vec::new());
    let end = |what: &str, ended: String| ends.borrow_mut().push(format!("{what}: {ended}"));
    let publish = async || {
        let error = client.publish(&qos1("t", b"x")).await.unwrap_err();
        end("publish", error.to_string());
    };
    // The places in flight, the line, the turns, and one that asks again.
    let publishes = join_array([(); 5 + 1 + 8 + 1].map(|()| publish()));
    let others = async {
        let message = messages.next(&mut memory).await.unwrap_err();
        end("message", message.to_string());
        // That was told once.
        assert!(poll_once(messages.next(&mut memory)).is_pending());
    };
    let notice = async {
        let notice = notices.next().await;
        end("notice", format!("{notice:?}"));
        assert!(poll_once(notices.next()).is_pending());
    };
    join(publishes, join(others, notice)).await;
    ends.into_inner()
}

fn assert_all_ended(ends: &[String]) {
    let publish = "publish: transport: the runner has ended";
    let count = |what: &str| ends.iter().filter(|it| *it == what).count();
    assert_eq!(count(publish), 15, "{ends:?}");
    assert_eq!(count("message: the runner has ended"), 1, "{ends:?}");
    assert_eq!(count("notice: Ended"), 1, "{ends:?}");
}

#[test]
fn when_the_port_fails_all_that_wait_end() {
    let _time = Virtual::start();
    let mut memory = Memory::new();
    let mut shared = Shared::<Mutex>::new(&BG95, memory.buffers());
    let (simulated, server) = modem_and_server(Config::default());
    let ends = Rc::new(Cell::new(false));
    let port = Ending {
        port: simulated,
        ends: Rc::clone(&ends),
    };
    let (mut runner, handle) = shared.split(port.clone(), port);
    let application = async {
        connect(handle).await;
        // Nobody answers.
        server.pause();
        let fail = async {
            Timer::after_millis(20).await;
            ends.set(true);
            server.resume();
        };
        join(wait_for_everything(handle), fail).await.0
    };
    let (error, ended) = block_on(join(runner.run(), application));
    assert_eq!(error, Error::Io(ErrorKind::BrokenPipe));
    assert_all_ended(&ended);
    // What is asked for now ends at once; and another run serves as the first.
    let refused = block_on(handle.initialize());
    assert_eq!(refused, Err(Error::Io(Ended)));
    let late = handle
        .client(CLIENT)
        .messages(filter("#"), vec![0; 64].leak());
    let missed = block_on(late.unwrap().next(&mut [])).unwrap_err();
    assert_eq!(missed, Missed::Ended);
    assert_eq!(block_on(handle.notices().next()), Notice::Ended);
    ends.set(false);
    let again = async {
        Timer::after_millis(1).await;
        let client = handle.client(CLIENT);
        match client.connect(&options()).await {
            Ok(()) | Err(Error::Usage(UsageError::AlreadyConnected)) => {}
            Err(error) => panic!("{error}"),
        }
        client.publish(&qos1("t", b"again")).await
    };
    match block_on(select(runner.run(), again)) {
        Either::First(error) => panic!("{error}"),
        Either::Second(published) => published.unwrap(),
    }
}

#[test]
fn when_the_runner_is_dropped_all_that_wait_end() {
    let _time = Virtual::start();
    let mut memory = Memory::new();
    let mut shared = Shared::<Mutex>::new(&BG95, memory.buffers());
    let (port, server) = modem_and_server(Config::default());
    let (mut runner, handle) = shared.split(port.clone(), port);
    let ended = block_on(async {
        let mut waiting = pin!(async {
            connect(handle).await;
            server.pause();
            wait_for_everything(handle).await
        });
        // The future of `run` is dropped in the middle.
        let run = with_timeout(embassy_time::Duration::from_millis(900), runner.run());
        match select(run, waiting.as_mut()).await {
            Either::First(error) => assert!(error.is_err()),
            Either::Second(_) => panic!("nothing waits"),
        }
        waiting.await
    });
    assert_all_ended(&ended);

    // And the runner itself, before it was ever awaited.
    let mut memory = Memory::new();
    let mut shared = Shared::<Mutex>::new(&BG95, memory.buffers());
    let (port, _server) = modem_and_server(Config::default());
    let (runner, handle): (Runner<'_, _, _, VirtualPort>, _) = shared.split(port.clone(), port);
    let ended = block_on(async {
        let drop = async {
            Timer::after_millis(20).await;
            drop(runner);
        };
        join(wait_for_everything_unconnected(handle), drop).await.0
    });
    assert_eq!(ended, Err(Error::Io(Ended)));
}

async fn wait_for_everything_unconnected(handle: Handle<'_, Mutex>) -> Result<(), Error<Ended>> {
    handle.initialize().await
}

/// A port that fails when it is told so.
#[derive(Clone)]
struct Ending {
    port: VirtualPort,
    ends: Rc<Cell<bool>>,
}

impl embedded_io_async::ErrorType for Ending {
    type Error = ErrorKind;
}

impl Read for Ending {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        let ends = Rc::clone(&self.ends);
        let mut read = pin!(self.port.read(buffer));
        let mut timer = pin!(Timer::after_millis(5));
        poll_fn(|context| {
            if ends.get() {
                return Poll::Ready(Err(ErrorKind::BrokenPipe));
            }
            if timer.as_mut().poll(context).is_ready() {
                timer.set(Timer::after_millis(5));
                context.waker().wake_by_ref();
            }
            read.as_mut().poll(context)
        })
        .await
    }
}

impl Write for Ending {
    async fn write(&mut self, buffer: &[u8]) -> Result<usize, ErrorKind> {
        self.port.write(buffer).await
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        self.port.flush().await
    }
}

/// Plays the beginning of a dialogue whose answers come late, so that deadlines run out while it
/// reads.
async fn slow_dialogue(line: ScriptedPort) -> u32 {
    let mut brought = 0;
    let mut seen = Vec::new();
    for _ in 0..200 {
        seen.extend(line.take_written());
        while let Some(end) = seen.iter().position(|byte| *byte == b'\r') {
            let command: Vec<u8> = seen.drain(..=end).collect();
            let answer: &[u8] = match command.as_slice() {
                b"AT+CMEE?\r" => b"\r\n+CMEE: 1\r\n\r\nOK\r\n",
                b"AT+CGMM\r" => b"\r\nBG95-M3\r\n\r\nOK\r\n",
                _ => b"\r\nOK\r\n",
            };
            // Longer than a probe waits.
            line.bring_after(Duration::from_millis(1_500), answer);
            brought += answer.len() as u32;
        }
        Timer::after_millis(100).await;
    }
    brought
}

// embassy-nrf's UARTE without a buffer loses what comes into a read that is dropped.
#[test]
fn no_read_is_ever_dropped() {
    let _time = Virtual::start();
    let line = ScriptedPort::new();
    line.punish_drops(4);
    let dialogue = slow_dialogue(line.clone());
    run_with(&BG95, line, async |handle| {
        let (initialized, brought) = join(handle.initialize(), dialogue).await;
        initialized.unwrap();
        assert_eq!(handle.statistics().bytes_in, brought);
        // Deadlines have run out while it read.
        assert!(handle.statistics().stale_answers > 0);
    });
}

// The counterpart: the async shell says that it needs an UART with a buffer.
#[test]
fn the_async_shell_drops_reads() {
    let _time = Virtual::start();
    let line = ScriptedPort::new();
    line.punish_drops(4);
    let dialogue = slow_dialogue(line.clone());
    let mut memory = Memory::new();
    let mut modem = quectel_mqtt::asynch::Modem::new(&BG95, line, memory.buffers());
    let (_, brought) = block_on(join(modem.initialize(), dialogue));
    assert!(modem.engine().statistics().bytes_in < brought);
}

#[test]
fn a_result_that_nobody_takes_in_time_is_told_as_such() {
    let _time = Virtual::start();
    let (port, _server) = modem_and_server(Config::default());
    run_with(&BG95, port, async |handle| {
        connect(handle).await;
        let client = handle.client(CLIENT);
        let mut begun = Vec::new();
        for number in 0..10_u8 {
            begun.push(client.start_publish(&qos1("t", &[number])).await.unwrap());
        }
        Timer::after_secs(5).await;
        // Eight are kept.
        for (number, publishing) in begun.iter_mut().enumerate() {
            match publishing.result().await {
                Ok(()) => assert!(number >= 2, "{number}"),
                Err(Error::Failed(failure)) => {
                    assert!(number < 2, "{number}");
                    assert_eq!(failure.cause, Cause::Untaken);
                }
                Err(error) => panic!("{error}"),
            }
        }
    });
}

#[test]
fn everyone_hears_what_happens_to_the_modem() {
    let _time = Virtual::start();
    let (port, server) = modem_and_server(Config::default());
    run_with(&BG95, port.clone(), async |handle| {
        let (mut one, mut other) = (handle.notices(), handle.notices());
        connect(handle).await;
        assert!(handle.client(CLIENT).is_connected());
        server.drop_links();
        for listener in [&mut one, &mut other] {
            let notice = listener.next().await;
            assert!(
                matches!(notice, Notice::Disconnected { client: CLIENT, .. }),
                "{notice:?}"
            );
        }
        assert!(!handle.client(CLIENT).is_connected());
        port.with_modem(|modem, now| modem.restart(now));
        assert_eq!(one.next().await, Notice::Restarted);
        // Whoever listens slowly is told how much it has missed.
        for _ in 0..20 {
            connect(handle).await;
            server.drop_links();
            let notice = one.next().await;
            assert!(matches!(notice, Notice::Disconnected { .. }), "{notice:?}");
        }
        assert_eq!(other.next().await, Notice::Missed(13));
    });
}

fn assert_safe(operation: impl AsyncFn(Handle<'_, Mutex>)) {
    for polls in 0..10_000 {
        let _time = Virtual::start();
        let (port, server) = modem_and_server(Config::default());
        let is_complete = run_with(&BG95, port.clone(), async |handle| {
            connect(handle).await;
            let is_complete = drop_after(polls, operation(handle)).await.is_some();
            match handle.client(CLIENT).connect(&options()).await {
                Ok(()) | Err(Error::Usage(UsageError::AlreadyConnected)) => {}
                Err(error) => panic!("poll {polls}: {error}"),
            }
            let next = qos1("next", b"complete");
            handle.client(CLIENT).publish(&next).await.unwrap();
            is_complete
        });
        assert!(!port.with_modem(|modem, _| modem.is_in_data_mode()));
        let messages = server.messages();
        assert_eq!(messages.last().unwrap().payload, b"complete");
        let dropped = messages.iter().filter(|it| it.topic == "dropped");
        let payloads: Vec<_> = dropped.map(|it| it.payload.clone()).collect();
        assert!(
            payloads.is_empty() || payloads == [vec![b'A'; 300]],
            "{payloads:?}"
        );
        if is_complete {
            println!("{} points of cancellation held", polls + 1);
            return;
        }
    }
    panic!("it never came to its end");
}

#[test]
fn what_is_dropped_at_any_poll_leaves_the_line_to_others() {
    assert_safe(async |handle| {
        let client = handle.client(CLIENT);
        client
            .publish(&qos1("dropped", &[b'A'; 300]))
            .await
            .unwrap();
    });
    assert_safe(async |handle| {
        let client = handle.client(CLIENT);
        let topics = [(filter("a"), QoS::AtLeastOnce)];
        client.subscribe(&topics).await.unwrap();
    });
    assert_safe(async |handle| {
        let mut memory = [0; 64];
        handle.request(&SignalQuery, &mut memory).await.unwrap();
    });
    assert_safe(async |handle| {
        handle.client(CLIENT).disconnect().await.unwrap();
        connect(handle).await;
    });
}

// What an executor with interrupts needs; nothing borrowed need be `'static`.
#[test]
fn the_handles_go_to_other_threads_with_a_mutex_that_allows_it() {
    fn is_send_and_sync<T: Send + Sync>(_: &T) {}
    let mut memory = Memory::new();
    let mut shared = Shared::<CriticalSectionRawMutex>::new(&BG95, memory.buffers());
    let line = ScriptedPort::new();
    let (_runner, handle) = shared.split(line.clone(), line);
    is_send_and_sync(&handle);
    is_send_and_sync(&handle.client(CLIENT));
}

#[test]
fn the_line_takes_nothing_and_then_again() {
    let _time = Virtual::start();
    let line = ScriptedPort::new();
    line.set_takes(Some(0));
    run_with(&BG95, line.clone(), async |handle| {
        let before = Instant::now();
        let Err(Error::Failed(failure)) = handle.initialize().await else {
            panic!("a modem that is never asked answers");
        };
        assert_eq!(failure.cause, Cause::Timeout);
        // A probe that could not be sent counts for as many as its time would have been for.
        assert!(before.elapsed().as_secs() <= 60, "{:?}", before.elapsed());
        line.set_takes(None);
        let dialogue = slow_dialogue(line.clone());
        let (initialized, _) = join(handle.initialize(), dialogue).await;
        initialized.unwrap();
    });
}

#[test]
fn a_server_is_not_needed_to_look_at_the_statistics() {
    let server = LocalServer::new();
    let _time = Virtual::start();
    let port = VirtualPort::new(Config::default(), server.network());
    run_with(&BG95, port, async |handle| {
        handle.initialize().await.unwrap();
        assert!(handle.statistics().lines > 0);
    });
}

#[test]
fn a_half_that_ends_ends_the_run_and_both_come_back() {
    let _time = Virtual::start();
    let ended = ScriptedPort::new();
    ended.end();
    for (rx, tx) in [
        (ended.clone(), ScriptedPort::new()),
        (ScriptedPort::new(), ended),
    ] {
        let mut memory = Memory::new();
        let mut shared = Shared::<Mutex>::new(&BG95, memory.buffers());
        let (mut runner, handle) = shared.split(rx, tx);
        let (error, initialized) = block_on(join(runner.run(), handle.initialize()));
        assert_eq!(error, Error::Eof);
        assert_eq!(initialized, Err(Error::Io(Ended)));
        let (_rx, _tx) = runner.release();
    }
}

#[test]
fn a_context_that_is_lost_is_told_and_a_result_again_and_again() {
    let _time = Virtual::start();
    let (port, _server) = modem_and_server(Config::default());
    run_with(&BG95, port.clone(), async |handle| {
        let mut notices = handle.notices();
        connect(handle).await;
        let mut publishing = (handle.client(CLIENT))
            .start_publish(&qos1("t", b"x"))
            .await
            .unwrap();
        for _ in 0..3 {
            publishing.result().await.unwrap();
        }
        port.with_modem(|modem, now| modem.lose_pdp(now, 1));
        let notice = notices.next().await;
        assert!(
            matches!(notice, Notice::ContextLost { context: 1, .. }),
            "{notice:?}"
        );
    });
}

// Payloads are the application's, and go to no log.
#[test]
fn debug_forms_show_no_bytes() {
    let _time = Virtual::start();
    let mut memory = Memory::new();
    let mut queue = [b'x'; 8];
    let mut shared = Shared::<Mutex>::new(&BG95, memory.buffers());
    assert_eq!(format!("{shared:?}"), "Shared { .. }");
    let (runner, handle) = shared.split((), ());
    let same = handle;
    let client = same.client(CLIENT);
    let messages = client.messages(filter("#"), &mut queue).unwrap();
    let shown = format!(
        "{runner:?} {handle:?} {client:?} {messages:?} {:?}",
        handle.notices()
    );
    for expected in ["Runner {", "Handle {", "Client(", "Messages {", "Notices {"] {
        assert!(shown.contains(expected), "{shown}");
    }
    assert!(!shown.contains("120"), "{shown}");
}
