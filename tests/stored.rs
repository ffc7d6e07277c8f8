//! Messages that the modem stores (BG95 note, chapter 3.2.10): what it has taken from the server comes to
//! the application, in order and once, however slowly that reads; the rest stays with the server.

#![cfg(all(feature = "bg95", feature = "bc660k"))]

mod support;

use quectel_modem_sim::{
    Behaviour, Chunk, Config, VirtualPort,
    clock::{Virtual, block_on},
    local::{LocalServer, Message, PacketKind},
};
use quectel_mqtt::{
    BG95, ClientIndex, ReceiveMode,
    asynch::Modem,
    engine::{Buffers, Event},
    mqtt::{Publication, QoS, TopicFilter},
};
use support::simulated::{modem_and_server, options};

/// The modem has as many places.
const PLACES: usize = 5;

/// A record of the inbox: 12 bytes, the topic, the payload.
const RECORD: usize = 12 + "field/7".len() + "message 000".len();

fn payload(number: usize) -> Vec<u8> {
    format!("message {number:03}").into_bytes()
}

async fn subscribed<'buf>(port: VirtualPort, buffers: Buffers<'buf>) -> Modem<'buf, VirtualPort> {
    let mut modem = Modem::new(&BG95, port, buffers);
    let mut client = modem.client(ClientIndex::ZERO);
    let options = options().receive(ReceiveMode::Stored);
    client.connect(&options).await.unwrap();
    let topics = [(TopicFilter::new("field/#").unwrap(), QoS::ExactlyOnce)];
    client.subscribe(&topics).await.unwrap();
    modem
}

fn acknowledged(server: &LocalServer, kind: PacketKind) -> usize {
    let packets = server.packets();
    packets.iter().filter(|(one, _)| *one == kind).count()
}

/// Sends `count` messages at once, and reads them with naps of the application in between.
fn assert_all_arrive_in_order(config: Config, count: usize, qos: u8) {
    let _time = Virtual::start();
    let (port, server) = modem_and_server(config);
    let (mut rx, mut tx, mut inbox) = ([0; 256], [0; 512], [0; 2 * RECORD]);
    block_on(async {
        let buffers = Buffers {
            rx: &mut rx,
            tx: &mut tx,
            inbox: &mut inbox,
        };
        let mut modem = subscribed(port, buffers).await;
        for number in 0..count {
            server.publish(Message::new("field/7", payload(number), qos));
        }
        let kind = match qos {
            1 => PacketKind::PubAck,
            _ => PacketKind::PubRec,
        };
        for number in 0..count {
            // Asleep, so that nobody listens to the modem; sometimes for longer than it takes to fill
            // all of its places.
            nap_before(number).await;
            // It does something else in between, while messages come in.
            for _ in 0..number % 4 {
                assert!(modem.raw("ATI").await.unwrap().starts_with(b"Quectel"));
            }
            // What it has acknowledged is what was read, what it stores, and what is in the inbox.
            let most = number + PLACES + 2;
            assert!(acknowledged(&server, kind) <= most, "message {number}");
            match modem.next_event().await.unwrap() {
                Event::Message(message) => {
                    assert_eq!(message.payload, payload(number));
                    assert_eq!(message.topic, b"field/7");
                }
                event => panic!("{event:?} in place of message {number}"),
            }
        }
        // Nothing comes twice, and nothing is left.
        let nothing = embassy_time::with_timeout(SECOND * 60, modem.next_event()).await;
        assert!(nothing.is_err());
        assert_eq!(acknowledged(&server, kind), count);
        assert_eq!(modem.engine().statistics().messages_lost, 0);
    });
}

const SECOND: embassy_time::Duration = embassy_time::Duration::from_secs(1);

async fn nap_before(number: usize) {
    let nap = match number % 10 {
        0 => SECOND * 30,
        1..5 => SECOND / 10,
        _ => return,
    };
    embassy_time::Timer::after(nap).await;
}

#[test]
fn two_hundred_messages_arrive_in_order_though_the_application_sleeps() {
    for qos in [1, 2] {
        assert_all_arrive_in_order(Config::default(), 200, qos);
    }
}

#[test]
fn they_arrive_in_order_when_bytes_come_in_pieces() {
    for (chunk, seed) in [
        (Chunk::AtMost(1), 0),
        (Chunk::Random(9), 1),
        (Chunk::Random(40), 2),
    ] {
        let behaviour = Behaviour {
            chunk,
            ..Behaviour::default()
        };
        let config = Config::default();
        assert_all_arrive_in_order(
            Config {
                behaviour,
                seed,
                ..config
            },
            200,
            1,
        );
    }
}

#[test]
fn what_finds_no_place_stays_with_the_server_until_the_application_reads() {
    let _time = Virtual::start();
    let (port, server) = modem_and_server(Config::default());
    let (mut rx, mut tx, mut inbox) = ([0; 256], [0; 512], [0; 2 * RECORD]);
    block_on(async {
        let buffers = Buffers {
            rx: &mut rx,
            tx: &mut tx,
            inbox: &mut inbox,
        };
        let mut modem = subscribed(port.clone(), buffers).await;
        for number in 0..20 {
            server.publish(Message::new("field/7", payload(number), 1));
        }
        // Nobody listens to the modem: its places fill, and no more is acknowledged.
        for _ in 0..100 {
            embassy_time::Timer::after(SECOND).await;
            port.with_modem(|modem, now| modem.poll(now));
        }
        assert_eq!(acknowledged(&server, PacketKind::PubAck), PLACES);
        // The driver listens, and the application takes nothing but the raw command's answer.
        let _ = modem.raw("ATI").await.unwrap();
        for _ in 0..10 {
            let _ = modem.raw("ATI").await.unwrap();
            embassy_time::Timer::after(SECOND).await;
        }
        // One lies in the inbox: how long the next is, the driver can't know.
        assert_eq!(acknowledged(&server, PacketKind::PubAck), PLACES + 1);
        for number in 0..20 {
            match modem.next_event().await.unwrap() {
                Event::Message(message) => assert_eq!(message.payload, payload(number)),
                event => panic!("{event:?}"),
            }
        }
    });
}

#[test]
fn stored_messages_and_publishes_share_the_line() {
    let _time = Virtual::start();
    let (port, server) = modem_and_server(Config::default());
    let (mut rx, mut tx, mut inbox) = ([0; 256], [0; 512], [0; 2 * RECORD]);
    block_on(async {
        let buffers = Buffers {
            rx: &mut rx,
            tx: &mut tx,
            inbox: &mut inbox,
        };
        let mut modem = subscribed(port, buffers).await;
        for number in 0..50 {
            server.publish(Message::new("field/7", payload(number), 1));
            let message = Publication::new("other", b"up").unwrap();
            let message = message.qos(QoS::AtLeastOnce);
            let mut client = modem.client(ClientIndex::ZERO);
            client.publish(&message).await.unwrap();
            if let Event::Message(message) = modem.next_event().await.unwrap() {
                assert_eq!(message.payload, payload(number));
            } else {
                panic!("another event");
            }
        }
        assert_eq!(acknowledged(&server, PacketKind::PubAck), 50);
        assert_eq!(server.messages().len(), 50);
    });
}
