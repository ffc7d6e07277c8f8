//! The port in process, and virtual time.

use std::{sync::Arc, task::Wake, time::Duration};

use embassy_time::{Instant, TimeoutError, Timer, with_timeout};
use embedded_io_async::{Read, Write};
use quectel_modem_sim::{
    Chunk, Config, VirtualPort,
    clock::{self, Virtual},
    local::{LocalServer, Message},
};

fn port() -> (VirtualPort, LocalServer) {
    let server = LocalServer::new();
    (
        VirtualPort::new(Config::default(), server.network()),
        server,
    )
}

/// Reads until the output ends with this.
async fn read_until(port: &mut VirtualPort, end: &str) -> String {
    let mut seen = Vec::new();
    while !seen.ends_with(end.as_bytes()) {
        let mut buffer = [0; 64];
        let count = port.read(&mut buffer).await.unwrap();
        assert!(count > 0);
        seen.extend_from_slice(&buffer[..count]);
    }
    String::from_utf8(seen).unwrap()
}

async fn command(port: &mut VirtualPort, command: &str, end: &str) -> String {
    let line = format!("{command}\r");
    assert_eq!(port.write(line.as_bytes()).await, Ok(line.len()));
    read_until(port, end).await
}

#[test]
fn an_hour_of_virtual_time_passes_at_once() {
    let _time = Virtual::start();
    assert_eq!(clock::now(), Duration::ZERO);
    clock::block_on(async {
        Timer::after_secs(3600).await;
        assert_eq!(Instant::now().as_secs(), 3600);
    });
    clock::sleep(Duration::from_millis(1));
    assert_eq!(clock::now(), Duration::from_millis(3_600_001));
}

#[test]
#[should_panic(expected = "deadlock in virtual time")]
fn waiting_for_nothing_is_a_deadlock() {
    let _time = Virtual::start();
    clock::block_on(std::future::pending::<()>());
}

#[test]
fn without_virtual_time_the_clock_is_real() {
    assert!(!Virtual::is_running());
    let before = clock::now();
    clock::block_on(Timer::after_millis(20));
    assert!(clock::now() >= before + Duration::from_millis(20));
}

#[test]
fn virtual_time_ends_with_its_guard() {
    drop(Virtual::start());
    assert!(!Virtual::is_running());
    let _again = Virtual::start();
}

#[test]
fn answers_come_at_their_virtual_time() {
    let _time = Virtual::start();
    let (mut port, server) = port();
    server.set_latency(Duration::from_millis(400));
    clock::block_on(async {
        command(&mut port, "ATE0", "\r\nOK\r\n").await;
        command(&mut port, "AT+QMTCFG=\"version\",0,4", "OK\r\n").await;
        let open = "AT+QMTOPEN=0,\"h\",1883";
        command(&mut port, open, "+QMTOPEN: 0,0\r\n").await;
        assert_eq!(clock::now(), Duration::from_millis(800));
        command(&mut port, "AT+QMTCONN=0,\"id\"", "+QMTCONN: 0,0,0\r\n").await;
        assert_eq!(clock::now(), Duration::from_millis(1600));
    });
}

#[test]
fn a_dropped_read_loses_nothing() {
    let _time = Virtual::start();
    let (mut port, _) = port();
    port.with_modem(|modem, _| {
        modem.behaviour_mut().chunk = Chunk::AtMost(1);
        modem.behaviour_mut().delays.generic = Duration::from_secs(5);
    });
    clock::block_on(async {
        port.write(b"AT\r").await.unwrap();
        assert_eq!(read_until(&mut port, "\r").await, "AT\r");
        for _ in 0..4 {
            let mut buffer = [0; 8];
            let read = with_timeout(embassy_time::Duration::from_secs(1), port.read(&mut buffer));
            assert_eq!(read.await, Err(TimeoutError));
        }
        assert_eq!(read_until(&mut port, "OK\r\n").await, "\r\nOK\r\n");
        assert_eq!(clock::now(), Duration::from_secs(5));
    });
}

#[test]
fn what_happens_behind_the_port_wakes_the_reader() {
    let _time = Virtual::start();
    let (mut port, server) = port();
    clock::block_on(async {
        command(&mut port, "AT+QMTOPEN=0,\"h\",1883", "+QMTOPEN: 0,0\r\n").await;
        command(&mut port, "AT+QMTCONN=0,\"id\"", "+QMTCONN: 0,0,0\r\n").await;
        command(&mut port, "AT+QMTSUB=0,1,\"t\",0", "+QMTSUB: 0,1,0,0\r\n").await;
    });
    let handle = port.clone();
    let act = async {
        Timer::after_secs(1).await;
        server.publish(Message::new("t", "hi", 0));
        Timer::after_secs(1).await;
        handle.with_modem(|modem, now| modem.restart(now));
    };
    let read = async {
        assert_eq!(
            read_until(&mut port, "\"\r\n").await,
            "\r\n+QMTRECV: 0,0,\"t\",\"hi\"\r\n"
        );
        assert_eq!(clock::now(), Duration::from_secs(1));
        read_until(&mut port, "APP RDY\r\n").await;
        assert_eq!(clock::now(), Duration::from_secs(2));
    };
    clock::block_on(both(act, read));
}

#[test]
fn two_ports_share_a_server() {
    let _time = Virtual::start();
    let server = LocalServer::new();
    server.set_latency(Duration::from_millis(50));
    let mut first = VirtualPort::new(Config::default(), server.network());
    let mut second = VirtualPort::new(Config::default(), server.network());
    let sender = async {
        command(&mut first, "AT+QMTOPEN=0,\"h\",1883", "+QMTOPEN: 0,0\r\n").await;
        command(&mut first, "AT+QMTCONN=0,\"a\"", "+QMTCONN: 0,0,0\r\n").await;
        Timer::after_secs(1).await;
        let publish = "AT+QMTPUBEX=0,1,1,0,\"t\",\"hi\"";
        command(&mut first, publish, "+QMTPUB: 0,1,0\r\n").await;
    };
    let receiver = async {
        command(&mut second, "AT+QMTOPEN=0,\"h\",1883", "+QMTOPEN: 0,0\r\n").await;
        command(&mut second, "AT+QMTCONN=0,\"b\"", "+QMTCONN: 0,0,0\r\n").await;
        command(&mut second, "AT+QMTSUB=0,1,\"t\",0", "+QMTSUB: 0,1,0,0\r\n").await;
        read_until(&mut second, "\"hi\"\r\n").await;
        clock::now()
    };
    let ((), received) = clock::block_on(both(sender, receiver));
    // Open and connect take two round trips, then a second, then there and on.
    assert_eq!(received, Duration::from_millis(1300));
}

#[test]
fn the_blocking_traits_work_in_virtual_time() {
    use embedded_io::{Read, ReadReady, Write};

    let _time = Virtual::start();
    let (mut port, _) = port();
    port.with_modem(|modem, _| modem.behaviour_mut().delays.generic = Duration::from_secs(3));
    Write::write_all(&mut port, b"AT\r").unwrap();
    let mut buffer = [0; 64];
    assert_eq!(Read::read(&mut port, &mut buffer), Ok(3));
    assert!(!port.read_ready().unwrap());
    let count = Read::read(&mut port, &mut buffer).unwrap();
    assert_eq!(&buffer[..count], b"\r\nOK\r\n");
    assert_eq!(clock::now(), Duration::from_secs(3));
    assert_eq!(
        Read::read(&mut port, &mut buffer),
        Err(embedded_io::ErrorKind::TimedOut)
    );
}

/// Runs two futures side by side.
async fn both<A: Future, B: Future>(first: A, second: B) -> (A::Output, B::Output) {
    let mut first = std::pin::pin!(first);
    let mut second = std::pin::pin!(second);
    let (mut one, mut two) = (None, None);
    std::future::poll_fn(move |context| {
        use std::task::Poll;
        if one.is_none()
            && let Poll::Ready(output) = first.as_mut().poll(context)
        {
            one = Some(output);
        }
        if two.is_none()
            && let Poll::Ready(output) = second.as_mut().poll(context)
        {
            two = Some(output);
        }
        match (one.take(), two.take()) {
            (Some(first), Some(second)) => Poll::Ready((first, second)),
            (first, second) => {
                one = first;
                two = second;
                Poll::Pending
            }
        }
    })
    .await
}

#[test]
fn real_timers_of_several_tasks_all_fire() {
    struct Flag(std::sync::mpsc::Sender<u8>, u8);
    impl Wake for Flag {
        fn wake(self: Arc<Self>) {
            let _ = self.0.send(self.1);
        }
    }
    let (sender, receiver) = std::sync::mpsc::channel();
    for (number, delay) in [(2, 40), (1, 20), (0, 0)] {
        let waker = Arc::new(Flag(sender.clone(), number)).into();
        clock::wake_at(clock::now() + Duration::from_millis(delay), &waker);
    }
    let mut order: Vec<u8> = (0..3)
        .map(|_| receiver.recv_timeout(Duration::from_secs(60)).unwrap())
        .collect();
    order.sort_unstable();
    assert_eq!(order, [0, 1, 2]);
}
