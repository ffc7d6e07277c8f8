//! A future may be dropped at any of its polls: nothing is sent twice or damaged, the modem is not
//! left in data mode, and the next call works.

mod support;

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use quectel_modem_sim::{
    Config,
    clock::{Virtual, block_on},
};
use quectel_mqtt::{
    ClientIndex,
    mqtt::{Publication, QoS, TopicFilter},
};
use support::simulated::{Memory, connected, modem_and_server, options};

/// Polls the future up to `polls` times, with time for what it waits for in between, then drops it.
/// Returns whether it came to its end.
async fn drop_after<F: Future>(polls: usize, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    for _ in 0..polls {
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
        embassy_time::Timer::after_millis(7).await;
    }
    None
}

/// More than any of these operations takes.
const MANY: usize = 10_000;

#[test]
fn a_publish_dropped_at_any_poll_is_sent_whole_or_not_at_all() {
    let mut drops = 0;
    for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
        for polls in 0..MANY {
            let _time = Virtual::start();
            let (port, server) = modem_and_server(Config::default());
            let is_complete = block_on(async {
                let mut memory = Memory::new();
                let mut modem = connected(&port, &mut memory).await;
                let mut client = modem.client(ClientIndex::ZERO);
                let dropped = vec![b'A'; 600];
                let message = Publication::new("dropped", &dropped).unwrap().qos(qos);
                let result = drop_after(polls, client.publish(&message)).await;
                let next = Publication::new("next", b"complete").unwrap();
                client.publish(&next.qos(QoS::AtLeastOnce)).await.unwrap();
                assert!(!port.with_modem(|modem, _| modem.is_in_data_mode()));
                let messages = server.messages();
                let (last, before) = messages.split_last().unwrap();
                assert_eq!(last.payload, b"complete");
                assert!(before.len() <= 1, "sent twice, poll {polls}");
                assert!(before.iter().all(|it| it.payload == dropped), "damaged");
                if let Some(result) = &result {
                    assert_eq!(*result, Ok(()));
                    assert_eq!(before.len(), 1);
                }
                result.is_some()
            });
            drops += 1;
            if is_complete {
                break;
            }
            assert!(polls + 1 < MANY);
        }
    }
    println!("{drops} points of cancellation held");
}

#[test]
fn a_connect_dropped_at_any_poll_can_be_called_again() {
    let mut drops = 0;
    for polls in 0..MANY {
        let _time = Virtual::start();
        let (port, server) = modem_and_server(Config::default());
        let is_complete = block_on(async {
            let mut memory = Memory::new();
            let buffers = memory.buffers();
            let mut modem =
                quectel_mqtt::asynch::Modem::new(&quectel_mqtt::BG95, port.clone(), buffers);
            let mut client = modem.client(ClientIndex::ZERO);
            let result = drop_after(polls, client.connect(&options())).await;
            if result.is_none() {
                client.connect(&options()).await.unwrap();
            }
            let next = Publication::new("next", b"complete").unwrap();
            client.publish(&next.qos(QoS::AtLeastOnce)).await.unwrap();
            assert_eq!(server.messages().len(), 1);
            result.is_some()
        });
        drops += 1;
        if is_complete {
            println!("{drops} points of cancellation held");
            return;
        }
    }
    panic!("connect never came to its end");
}

#[test]
fn a_subscribe_or_disconnect_dropped_at_any_poll_leaves_the_modem_in_step() {
    let mut drops = 0;
    for disconnects in [false, true] {
        for polls in 0..MANY {
            let _time = Virtual::start();
            let (port, server) = modem_and_server(Config::default());
            let is_complete = block_on(async {
                let mut memory = Memory::new();
                let mut modem = connected(&port, &mut memory).await;
                let mut client = modem.client(ClientIndex::ZERO);
                let filter = TopicFilter::new("a").unwrap();
                let topics = [(filter, QoS::AtMostOnce)];
                let is_complete = if disconnects {
                    drop_after(polls, client.disconnect()).await.is_some()
                } else {
                    drop_after(polls, client.subscribe(&topics)).await.is_some()
                };
                // A disconnect that has begun goes on; one that has not leaves the client as it was.
                match client.connect(&options()).await {
                    Ok(()) => {}
                    Err(error) => {
                        assert_eq!(error, quectel_mqtt::UsageError::AlreadyConnected.into())
                    }
                }
                let next = Publication::new("next", b"complete").unwrap();
                client.publish(&next.qos(QoS::AtLeastOnce)).await.unwrap();
                assert_eq!(server.messages().len(), 1);
                is_complete
            });
            drops += 1;
            if is_complete {
                break;
            }
            assert!(polls + 1 < MANY);
        }
    }
    println!("{drops} points of cancellation held");
}
