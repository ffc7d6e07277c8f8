//! A future may be dropped at any of its polls: nothing is sent twice or damaged, the modem is not
//! left in data mode, and the next call works.

#![cfg(all(feature = "bg95", feature = "bc660k"))]

mod support;

use quectel_modem_sim::{
    Config, Module, VirtualPort,
    clock::{Virtual, block_on},
    local::{LocalServer, PacketKind},
};
use quectel_mqtt::{
    BC660K_GL, BG95, ClientIndex, ConnectOptions, Dialect, Error, PdpContext, PemFile, PublishForm,
    ReceiveMode, SleepMode, TlsOptions, UsageError,
    asynch::Modem,
    command::SignalQuery,
    engine::Event,
    mqtt::{Publication, QoS, TopicFilter},
};
use support::{
    dropped::drop_after,
    hesitant::Hesitant,
    simulated::{Memory, modem_and_server, options},
};

type Driver<'buf> = Modem<'buf, Hesitant<VirtualPort>>;

const CLIENT: ClientIndex = ClientIndex::ZERO;

/// A certificate for the lifetime of the program.
const PEM: &[u8] = &[b'C'; 1500];

/// Runs `operation`, dropped after 0, 1, 2 … polls until it comes to its end, each time with a new
/// modem whose client is connected, and then requires what must always hold. In both dialects.
fn assert_safe(
    name: &str,
    is_connected: bool,
    operation: impl AsyncFn(&mut Driver<'_>, usize) -> bool,
    check: impl Fn(&LocalServer, bool),
) {
    assert_safe_on(&BG95, name, is_connected, &operation, &check);
    assert_safe_on(&BC660K_GL, name, is_connected, &operation, &check);
}

fn assert_safe_on(
    dialect: &'static Dialect,
    name: &str,
    is_connected: bool,
    operation: &impl AsyncFn(&mut Driver<'_>, usize) -> bool,
    check: &impl Fn(&LocalServer, bool),
) {
    let name = &format!("{name} on {}", dialect.name);
    let module = match dialect.name {
        "BG95" => Module::Bg95,
        _ => Module::Bc660k,
    };
    for polls in 0..10_000 {
        let _time = Virtual::start();
        let (port, server) = modem_and_server(Config {
            module,
            ..Config::default()
        });
        let is_complete = block_on(async {
            let mut memory = Memory::new();
            let hesitant = Hesitant::new(port.clone(), 64);
            let mut modem = Modem::new(dialect, hesitant, memory.buffers());
            if is_connected {
                modem.client(CLIENT).connect(&options()).await.unwrap();
            }
            let is_complete = operation(&mut modem, polls).await;
            match modem.client(CLIENT).connect(&options()).await {
                Ok(()) | Err(Error::Usage(UsageError::AlreadyConnected)) => {}
                Err(error) => panic!("{name}, poll {polls}: {error}"),
            }
            let next = Publication::new("next", b"complete").unwrap();
            let next = next.qos(QoS::AtLeastOnce);
            modem.client(CLIENT).publish(&next).await.unwrap();
            assert!(!port.with_modem(|modem, _| modem.is_in_data_mode()));
            let messages = server.messages();
            assert_eq!(messages.last().unwrap().payload, b"complete");
            check(&server, is_complete);
            is_complete
        });
        if is_complete {
            println!("{name}: {} points of cancellation held", polls + 1);
            return;
        }
    }
    panic!("{name} never came to its end");
}

fn assert_nothing_else_published(server: &LocalServer, _: bool) {
    assert_eq!(server.messages().len(), 1);
}

#[test]
fn a_publish_dropped_at_any_poll_is_sent_whole_or_not_at_all() {
    for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
        let payload = [b'A'; 600];
        let publish = async |modem: &mut Driver<'_>, polls| {
            let message = Publication::new("dropped", &payload).unwrap().qos(qos);
            let mut client = modem.client(CLIENT);
            let result = drop_after(polls, client.publish(&message)).await;
            assert!(result.is_none_or(|result| result == Ok(())));
            result.is_some()
        };
        assert_safe("publish", true, publish, |server, is_complete| {
            let messages = server.messages();
            let before = &messages[..messages.len() - 1];
            assert!(before.len() <= 1, "sent twice");
            assert!(before.iter().all(|it| it.payload == payload), "damaged");
            assert!(!is_complete || before.len() == 1);
        });
    }
}

#[test]
fn a_start_publish_dropped_at_any_poll_sends_nothing_or_all() {
    let start = async |modem: &mut Driver<'_>, polls| {
        let message = Publication::new("started", b"whole").unwrap();
        let mut client = modem.client(CLIENT);
        match drop_after(polls, client.start_publish(&message)).await {
            None => false,
            Some(operation) => {
                let operation = operation.unwrap();
                let Event::Completed {
                    operation: ended,
                    result,
                } = modem.next_event().await.unwrap()
                else {
                    panic!("another event");
                };
                assert_eq!(ended, operation);
                assert!(result.is_ok());
                true
            }
        }
    };
    assert_safe("start_publish", true, start, |server, is_complete| {
        assert_eq!(server.messages().len(), 1 + usize::from(is_complete));
    });
}

#[test]
fn a_connect_dropped_at_any_poll_can_be_called_again() {
    let connect = async |modem: &mut Driver<'_>, polls| {
        let mut client = modem.client(CLIENT);
        let result = drop_after(polls, client.connect(&options())).await;
        assert!(result.is_none_or(|result| result == Ok(())));
        result.is_some()
    };
    assert_safe("connect", false, connect, assert_nothing_else_published);
}

#[test]
fn an_initialize_dropped_at_any_poll_leaves_the_modem_in_step() {
    let initialize = async |modem: &mut Driver<'_>, polls| {
        let result = drop_after(polls, modem.initialize()).await;
        assert!(result.is_none_or(|result| result == Ok(())));
        result.is_some()
    };
    assert_safe(
        "initialize",
        false,
        initialize,
        assert_nothing_else_published,
    );
}

#[test]
fn a_subscribe_or_unsubscribe_dropped_at_any_poll_leaves_the_modem_in_step() {
    let filter = TopicFilter::new("a").unwrap();
    let subscribe = async |modem: &mut Driver<'_>, polls| {
        let topics = [(filter, QoS::AtMostOnce)];
        let mut client = modem.client(CLIENT);
        drop_after(polls, client.subscribe(&topics)).await.is_some()
    };
    assert_safe("subscribe", true, subscribe, assert_nothing_else_published);
    let unsubscribe = async |modem: &mut Driver<'_>, polls| {
        let topics = [filter];
        let mut client = modem.client(CLIENT);
        drop_after(polls, client.unsubscribe(&topics))
            .await
            .is_some()
    };
    assert_safe(
        "unsubscribe",
        true,
        unsubscribe,
        assert_nothing_else_published,
    );
}

#[test]
fn a_disconnect_or_close_dropped_at_any_poll_goes_on_or_never_began() {
    let disconnect = async |modem: &mut Driver<'_>, polls| {
        let mut client = modem.client(CLIENT);
        drop_after(polls, client.disconnect()).await.is_some()
    };
    assert_safe("disconnect", true, disconnect, |server, is_complete| {
        let packets = server.packets();
        let goodbyes = packets
            .iter()
            .filter(|(kind, _)| *kind == PacketKind::Disconnect);
        let connects = server.connections().len();
        // Whoever connected again had said goodbye.
        assert_eq!(goodbyes.count() + 1, connects);
        assert!(!is_complete || connects == 2);
    });
    let close = async |modem: &mut Driver<'_>, polls| {
        let mut client = modem.client(CLIENT);
        drop_after(polls, client.close()).await.is_some()
    };
    assert_safe("close", true, close, assert_nothing_else_published);
}

#[test]
fn a_raw_command_or_next_event_dropped_at_any_poll_leaves_the_modem_in_step() {
    let raw = async |modem: &mut Driver<'_>, polls| {
        let result = drop_after(polls, modem.raw("ATI")).await;
        result.is_some_and(|response| response.unwrap().starts_with(b"Quectel"))
    };
    assert_safe("raw", true, raw, assert_nothing_else_published);
    let next_event = async |modem: &mut Driver<'_>, polls| {
        assert!(drop_after(polls, modem.next_event()).await.is_none());
        polls == 20
    };
    assert_safe(
        "next_event",
        true,
        next_event,
        assert_nothing_else_published,
    );
}

#[test]
fn a_publish_in_any_form_dropped_at_any_poll_is_sent_whole_or_not_at_all() {
    for form in [PublishForm::Terminated, PublishForm::Inline] {
        let payload = [b'A'; 500];
        let publish = async |modem: &mut Driver<'_>, polls| {
            let message = Publication::new("dropped", &payload).unwrap();
            let message = message.qos(QoS::AtLeastOnce);
            let mut client = modem.client(CLIENT);
            let result = drop_after(polls, client.publish_as(&message, form)).await;
            assert!(result.is_none_or(|result| result == Ok(())));
            result.is_some()
        };
        let name = format!("publish {form:?}");
        assert_safe(&name, true, publish, |server, is_complete| {
            let messages = server.messages();
            let before = &messages[..messages.len() - 1];
            assert!(before.len() <= 1, "sent twice");
            assert!(before.iter().all(|it| it.payload == payload), "damaged");
            assert!(!is_complete || before.len() == 1);
        });
    }
}

#[test]
fn what_stands_before_mqtt_dropped_at_any_poll_leaves_the_modem_in_step() {
    let register = async |modem: &mut Driver<'_>, polls| {
        let wait = modem.wait_registered(embassy_time::Duration::from_secs(60));
        let result = drop_after(polls, wait).await;
        result.is_some_and(|result| result.unwrap().is_registered())
    };
    assert_safe(
        "wait_registered",
        false,
        register,
        assert_nothing_else_published,
    );
    let activate = async |modem: &mut Driver<'_>, polls| {
        let context = PdpContext::new("internet").unwrap();
        let result = drop_after(polls, modem.activate(&context)).await;
        assert!(result.is_none_or(|result| result == Ok(())));
        result.is_some()
    };
    assert_safe("activate", false, activate, assert_nothing_else_published);
    let request = async |modem: &mut Driver<'_>, polls| {
        let result = drop_after(polls, modem.request(&SignalQuery)).await;
        result.is_some_and(|signal| signal.unwrap().dbm == Some(-73))
    };
    assert_safe("request", true, request, assert_nothing_else_published);
}

#[test]
fn a_set_up_of_tls_dropped_at_any_poll_leaves_no_modem_in_data_mode() {
    let configure = async |modem: &mut Driver<'_>, polls| {
        let file = |name| PemFile::upload(name, PEM).unwrap();
        let options = TlsOptions::new(file("ca")).client(file("client"), file("key"));
        // The driver's buffers are local to the test, and so must its options be.
        let options: &'static TlsOptions<'static> = Box::leak(Box::new(options));
        let result = drop_after(polls, modem.configure_tls(options)).await;
        assert!(result.is_none_or(|result| result == Ok(())));
        result.is_some()
    };
    assert_safe(
        "configure_tls",
        false,
        configure,
        assert_nothing_else_published,
    );
}

#[test]
fn a_sleep_dropped_at_any_poll_leaves_a_modem_that_wakes() {
    let sleep = async |modem: &mut Driver<'_>, polls| {
        let result = drop_after(polls, modem.sleep(SleepMode::Deep)).await;
        assert!(result.is_none_or(|result| result == Ok(())));
        result.is_some()
    };
    assert_safe_on(
        &BC660K_GL,
        "sleep",
        true,
        &sleep,
        &assert_nothing_else_published,
    );
}

#[test]
fn a_fetch_dropped_at_any_poll_loses_no_stored_message() {
    let fetch = async |modem: &mut Driver<'_>, polls| {
        let mut client = modem.client(CLIENT);
        let options = ConnectOptions::new("broker.example", "meter-0815").unwrap();
        client
            .connect(&options.receive(ReceiveMode::Stored))
            .await
            .unwrap();
        let topics = [(TopicFilter::new("stored").unwrap(), QoS::AtLeastOnce)];
        client.subscribe(&topics).await.unwrap();
        let message = Publication::new("stored", b"kept").unwrap();
        client.publish(&message).await.unwrap();
        let is_complete = drop_after(polls, client.fetch(None)).await.is_some();
        loop {
            if let Event::Message(message) = modem.next_event().await.unwrap() {
                assert_eq!(message.payload, b"kept");
                return is_complete;
            }
        }
    };
    assert_safe_on(&BG95, "fetch", false, &fetch, &|server, _| {
        assert_eq!(server.messages().len(), 2);
    });
}
