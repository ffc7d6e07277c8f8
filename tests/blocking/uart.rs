//! A UART with two short FIFOs, one of which overflows when nobody reads it.

use std::{cell::Cell, collections::VecDeque, rc::Rc};

use embedded_io::{ErrorKind, ErrorType, Read, ReadReady, Write, WriteReady};
use quectel_modem_sim::local::Message;
use quectel_mqtt::{
    engine::Event,
    mqtt::{Publication, QoS, TopicFilter},
};

use super::*;

const BAUD: u32 = 115_200;
const FIFO: usize = 16;
const BYTE_TIME: Duration = Duration::from_nanos(10 * 1_000_000_000 / BAUD as u64);

struct Uart {
    line: VirtualPort,
    coming: VecDeque<u8>,
    /// When each of the bytes that have not gone out will have.
    going: VecDeque<Duration>,
    lost: Rc<Cell<usize>>,
}

impl Uart {
    /// What has happened on the wires.
    fn pass(&mut self) {
        for byte in self.line.read_now(usize::MAX) {
            if self.coming.len() < FIFO {
                self.coming.push_back(byte);
            } else {
                self.lost.set(self.lost.get() + 1);
            }
        }
        while self.going.front().is_some_and(|at| *at <= clock::now()) {
            self.going.pop_front();
        }
    }
}

impl ErrorType for Uart {
    type Error = ErrorKind;
}

impl Read for Uart {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        self.pass();
        let n = buffer.len().min(self.coming.len());
        assert!(n > 0, "read, though there is nothing");
        for (place, byte) in buffer.iter_mut().zip(self.coming.drain(..n)) {
            *place = byte;
        }
        Ok(n)
    }
}

impl ReadReady for Uart {
    fn read_ready(&mut self) -> Result<bool, ErrorKind> {
        self.pass();
        Ok(!self.coming.is_empty())
    }
}

impl Write for Uart {
    fn write(&mut self, buffer: &[u8]) -> Result<usize, ErrorKind> {
        self.pass();
        let n = buffer.len().min(FIFO - self.going.len());
        assert!(n > 0, "written to, though it is full");
        for byte in &buffer[..n] {
            let last = self.going.back().copied().unwrap_or_default();
            self.going.push_back(last.max(clock::now()) + BYTE_TIME);
            self.line.write(&[*byte])?;
        }
        Ok(n)
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

impl WriteReady for Uart {
    fn write_ready(&mut self) -> Result<bool, ErrorKind> {
        self.pass();
        Ok(self.going.len() < FIFO)
    }
}

/// A look at it takes half of the time of a FIFO, so every one counts.
fn slow_clock() -> Instant {
    Virtual::advance(BYTE_TIME * (FIFO as u32 / 2));
    now()
}

#[test]
fn nothing_is_lost_of_what_comes_while_a_long_payload_goes_out() {
    let _time = Virtual::start();
    let mut config = Config::default();
    config.behaviour.line_speed = Some(BAUD);
    // Some firmware lets them through.
    config.behaviour.hold_urcs_in_data_mode = false;
    let (line, server) = modem_and_server(config);
    let lost = Rc::default();
    let uart = Uart {
        line,
        coming: VecDeque::new(),
        going: VecDeque::new(),
        lost: Rc::clone(&lost),
    };
    let mut memory = Memory::new();
    let mut modem = Modem::new(&BG95, uart, slow_clock, memory.buffers());
    let mut client = modem.client(CLIENT);
    client.connect(&options()).unwrap();
    let filter = TopicFilter::new("in/#").unwrap();
    client.subscribe(&[(filter, QoS::AtMostOnce)]).unwrap();
    let payload: Vec<u8> = (0..4096u32).map(|n| n.to_be_bytes()[3]).collect();
    let come = [b'm'; 1000];
    for _ in 0..3 {
        server.publish(Message::new("in/1", come, 0));
    }
    let begun = clock::now();
    let out = Publication::new("out", &payload).unwrap();
    client.publish(&out.qos(QoS::AtLeastOnce)).unwrap();
    // They came while it went out.
    let took = clock::now() - begun;
    assert!(took < BYTE_TIME * (4096 + 3 * 1000), "{took:?}");
    for _ in 0..3 {
        let Some(Event::Message(message)) = modem.take_event() else {
            panic!("a message is lost");
        };
        assert_eq!(message.payload, come);
    }
    assert_eq!(lost.get(), 0, "bytes lost in the UART");
    assert_eq!(server.messages()[0].payload, payload);
}
