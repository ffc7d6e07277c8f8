//! The async shell against the simulated modem and a server in memory: what is published comes
//! back byte for byte, however the line behaves.

#![cfg(all(feature = "bg95", feature = "bc660k"))]

mod support;

use quectel_modem_sim::{
    Behaviour, Chunk, Config, Module,
    clock::{Virtual, block_on},
    local::{Message, PacketKind},
};
use quectel_mqtt::{
    BC660K_GL, BG95, ClientIndex, Dialect,
    asynch::Modem,
    engine::Event,
    mqtt::{GrantedQos, Publication, QoS, Retain, TopicFilter},
};
use support::simulated::{Memory, connected, connected_as, modem_and_server, options};

type Port = quectel_modem_sim::VirtualPort;

/// What has broken drivers: quotes, line ends, lines that look like answers, all bytes, the limits.
fn payloads(longest: usize) -> Vec<Vec<u8>> {
    vec![
        b"21.5".to_vec(),
        br#"{"a":"b","c":[1,2]}"#.to_vec(),
        br#""quoted""#.to_vec(),
        b"x\r\nOK\r\n+QMTSTAT: 0,1\r\n> ".to_vec(),
        b"\",5,\"\r\n+QMTRECV: 0,0,\"t\",3,\"abc\"\r\nERROR\r\n".to_vec(),
        (0..=255).collect(),
        vec![0x1A, 0x1B, 0x00],
        b" > ".to_vec(),
        vec![b'"'; 64],
        vec![],
        vec![b'x'; longest],
    ]
}

/// Publishes every payload with every QoS and expects it back, and that the server has the same.
async fn round_trip(modem: &mut Modem<'_, Port>, payloads: &[Vec<u8>]) -> usize {
    let mut count = 0;
    let mut client = modem.client(ClientIndex::ZERO);
    let filter = TopicFilter::new("field/#").unwrap();
    let granted = client
        .subscribe(&[(filter, QoS::ExactlyOnce)])
        .await
        .unwrap();
    assert_eq!(granted.first(), Some(GrantedQos::Granted(QoS::ExactlyOnce)));
    for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
        for payload in payloads {
            let message = Publication::new("field/7", payload).unwrap().qos(qos);
            let mut client = modem.client(ClientIndex::ZERO);
            client.publish(&message).await.unwrap();
            loop {
                match modem.next_event().await.unwrap() {
                    Event::Message(message) => {
                        assert_eq!(message.topic_name(), Some("field/7"));
                        assert_eq!(message.payload, *payload, "{qos:?}");
                        assert_eq!(message.packet_id == 0, qos == QoS::AtMostOnce);
                        break;
                    }
                    Event::Unsolicited(_) => {}
                    event => panic!("{event:?}"),
                }
            }
            count += 1;
        }
    }
    count
}

/// In both dialects: the largest payload is 4096 bytes (BG95 note, chapter 3.2.8), or 1460 (BC660K note,
/// chapter 3.3.8).
fn assert_round_trip(config: &Config) {
    for (dialect, module, longest) in [
        (&BG95, Module::Bg95, 4096),
        (&BC660K_GL, Module::Bc660k, 1460),
    ] {
        let config = config.clone();
        assert_round_trip_in(dialect, Config { module, ..config }, &payloads(longest));
    }
}

fn assert_round_trip_in(dialect: &'static Dialect, config: Config, payloads: &[Vec<u8>]) {
    let _time = Virtual::start();
    let (port, server) = modem_and_server(config);
    block_on(async {
        let mut memory = Memory::new();
        let mut modem = connected_as(dialect, &options(), port.clone(), &mut memory).await;
        let count = round_trip(&mut modem, payloads).await;
        let sent: Vec<Vec<u8>> = server.messages().into_iter().map(|it| it.payload).collect();
        assert_eq!(sent.len(), count);
        assert_eq!(&sent[..payloads.len()], payloads);
        modem.client(ClientIndex::ZERO).disconnect().await.unwrap();
        // The server has said goodbye properly, so it publishes no will.
        embassy_time::Timer::after_secs(1).await;
        assert!(server.connected_clients().is_empty());
        let (last, _) = *server.packets().last().unwrap();
        assert_eq!(last, PacketKind::Disconnect);
    });
}

fn with(behaviour: Behaviour) -> Config {
    Config {
        behaviour,
        ..Config::default()
    }
}

#[test]
fn every_payload_comes_back_byte_for_byte() {
    assert_round_trip(&Config::default());
}

#[test]
fn every_payload_comes_back_when_bytes_come_one_at_a_time() {
    assert_round_trip(&with(Behaviour {
        chunk: Chunk::AtMost(1),
        ..Behaviour::default()
    }));
}

#[test]
fn every_payload_comes_back_with_echo_left_on() {
    for chunk in [Chunk::All, Chunk::AtMost(1), Chunk::Random(7)] {
        assert_round_trip(&with(Behaviour {
            keep_echo: true,
            chunk,
            ..Behaviour::default()
        }));
    }
}

#[test]
fn every_payload_comes_back_in_random_chunks() {
    for seed in 1..=10 {
        let config = with(Behaviour {
            chunk: Chunk::Random(40),
            ..Behaviour::default()
        });
        assert_round_trip(&Config { seed, ..config });
    }
}

#[test]
fn two_filters_in_one_subscribe_get_a_grant_each() {
    let _time = Virtual::start();
    let (port, server) = modem_and_server(Config::default());
    server.deny_filter("secret/#");
    server.limit_qos(1);
    block_on(async {
        let mut memory = Memory::new();
        let mut modem = connected(&port, &mut memory).await;
        let mut client = modem.client(ClientIndex::ZERO);
        let topics = ["open/#", "secret/#"].map(|filter| TopicFilter::new(filter).unwrap());
        let asked = topics.map(|filter| (filter, QoS::ExactlyOnce));
        let granted = client.subscribe(&asked).await.unwrap();
        assert!(
            granted
                .iter()
                .eq([GrantedQos::Granted(QoS::AtLeastOnce), GrantedQos::Refused])
        );
        client.unsubscribe(&topics[..1]).await.unwrap();
        server.publish(Message::new("open/1", b"nobody listens".to_vec(), 1));
        server.publish(Message::new("other", b"nor here".to_vec(), 1));
        let hello = Publication::new("hello", b"there").unwrap();
        modem
            .client(ClientIndex::ZERO)
            .publish(&hello)
            .await
            .unwrap();
        assert!(!modem.engine().has_event());
    });
}

#[test]
fn a_retained_message_stays_on_the_server_until_an_empty_one_removes_it() {
    let _time = Virtual::start();
    let (port, server) = modem_and_server(Config::default());
    block_on(async {
        let mut memory = Memory::new();
        let mut modem = connected(&port, &mut memory).await;
        let mut client = modem.client(ClientIndex::ZERO);
        for (payload, is_kept) in [(&b"kept"[..], true), (b"", false)] {
            let message = Publication::new("state", payload).unwrap();
            let message = message.qos(QoS::AtLeastOnce).retain(Retain::Keep);
            client.publish(&message).await.unwrap();
            let retained = server.retained("state").map(|message| message.payload);
            assert_eq!(retained, is_kept.then(|| payload.to_vec()));
        }
    });
}

#[test]
fn all_six_clients_work_side_by_side() {
    let _time = Virtual::start();
    let (port, server) = modem_and_server(Config::default());
    block_on(async {
        let mut memory = Memory::new();
        let mut modem = Modem::new(&BG95, port.clone(), memory.buffers());
        let ids = ["id-0", "id-1", "id-2", "id-3", "id-4", "id-5"];
        let filter = TopicFilter::new("all").unwrap();
        for (index, id) in ids.iter().enumerate() {
            let mut client = modem.client(ClientIndex::new(index as u8).unwrap());
            let options = quectel_mqtt::ConnectOptions::new("broker.example", id).unwrap();
            client.connect(&options).await.unwrap();
            client
                .subscribe(&[(filter, QoS::AtMostOnce)])
                .await
                .unwrap();
        }
        assert_eq!(server.connected_clients(), ids);
        server.publish(Message::new("all", b"hi".to_vec(), 0));
        let mut seen = Vec::new();
        while seen.len() < ids.len() {
            if let Event::Message(message) = modem.next_event().await.unwrap() {
                assert_eq!(message.payload, b"hi");
                seen.push(message.client.get());
            }
        }
        seen.sort_unstable();
        assert_eq!(seen, [0, 1, 2, 3, 4, 5]);
    });
}
