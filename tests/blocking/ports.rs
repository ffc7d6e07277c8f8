//! Ports that end, fail, take nothing, or can't tell whether they take something.

use std::{cell::Cell, rc::Rc};

use embedded_io::{ErrorKind, ErrorType, Read, ReadReady, Write, WriteReady};
use quectel_modem_sim::ScriptedPort;
use quectel_mqtt::{UsageError, blocking::AlwaysWritable, engine::Event};

use super::*;

/// A call of a port.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Call {
    Read,
    ReadReady,
    Write,
    WriteReady,
}

/// What it does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Turn {
    Ends,
    Fails,
}

/// A simulated modem behind a port one of whose calls ends or fails, as long as that is told.
struct Told {
    port: VirtualPort,
    told: Rc<Cell<Option<(Call, Turn)>>>,
    /// So many times more, that call does what it should.
    spared: Rc<Cell<u32>>,
}

impl Told {
    /// What this call brings in place of what it would.
    fn turn(&self, call: Call) -> Result<Option<usize>, ErrorKind> {
        let Some((_, turn)) = self.told.get().filter(|(told, _)| *told == call) else {
            return Ok(None);
        };
        if let Some(spared) = self.spared.get().checked_sub(1) {
            self.spared.set(spared);
            return Ok(None);
        }
        match turn {
            Turn::Ends => Ok(Some(0)),
            Turn::Fails => Err(ErrorKind::BrokenPipe),
        }
    }
}

impl ErrorType for Told {
    type Error = ErrorKind;
}

impl Read for Told {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        match self.turn(Call::Read)? {
            Some(n) => Ok(n),
            None => self.port.read(buffer),
        }
    }
}

impl ReadReady for Told {
    fn read_ready(&mut self) -> Result<bool, ErrorKind> {
        self.turn(Call::ReadReady)?;
        // An end, or an error, is there to be read.
        let is_told = self.told.get().is_some_and(|(call, _)| call == Call::Read);
        Ok(is_told || self.port.read_ready()?)
    }
}

impl Write for Told {
    fn write(&mut self, buffer: &[u8]) -> Result<usize, ErrorKind> {
        match self.turn(Call::Write)? {
            Some(n) => Ok(n),
            // In pieces, so that it may fail in the middle.
            None => self.port.write(&buffer[..buffer.len().min(8)]),
        }
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        self.port.flush()
    }
}

impl WriteReady for Told {
    fn write_ready(&mut self) -> Result<bool, ErrorKind> {
        self.turn(Call::WriteReady)?;
        self.port.write_ready()
    }
}

const BROKEN: Error<ErrorKind> = Error::Io(ErrorKind::BrokenPipe);

const FAULTS: [(Call, Turn, Error<ErrorKind>); 6] = [
    (Call::Read, Turn::Ends, Error::Eof),
    (Call::Read, Turn::Fails, BROKEN),
    (Call::ReadReady, Turn::Fails, BROKEN),
    (Call::Write, Turn::Ends, Error::Eof),
    (Call::Write, Turn::Fails, BROKEN),
    (Call::WriteReady, Turn::Fails, BROKEN),
];

#[test]
fn a_port_that_ends_or_fails_is_reported_by_every_call_and_works_again_when_it_can() {
    for (call, turn, expected) in FAULTS {
        let _time = Virtual::start();
        let (port, server) = simulated();
        let told = Rc::new(Cell::new(None));
        let port = Told {
            port,
            told: Rc::clone(&told),
            spared: Rc::default(),
        };
        let mut memory = Memory::new();
        let mut modem = connected(port, &mut memory);
        let place = format!("{call:?} {turn:?}");
        told.set(Some((call, turn)));
        for _ in 0..3 {
            let broken = modem.client(CLIENT).publish(&at_least_once(b"lost"));
            assert_eq!(broken, Err(expected), "{place}");
            assert_eq!(modem.initialize(), Err(expected), "{place}");
            let begun = modem.client(CLIENT).start_publish(&hello());
            assert_eq!(begun.map(drop), Err(expected), "{place}");
        }
        if !matches!(call, Call::Write | Call::WriteReady) {
            assert_eq!(modem.next_event(10), Err(expected), "{place}");
            assert_eq!(modem.service(now()), Err(expected), "{place}");
        }
        assert_eq!(
            millis(),
            200,
            "{place}: the time of the connect, and no more"
        );
        told.set(None);
        modem.client(CLIENT).publish(&at_least_once(b"x")).unwrap();
        assert_eq!(server.messages().last().unwrap().payload, b"x", "{place}");
        // Nobody waits for those that were begun before.
        assert_eq!(modem.next_event(30_000), Ok(None), "{place}");
    }
}

#[test]
fn a_write_that_fails_in_the_middle_of_a_publish_leaves_the_line_in_order() {
    let payload = [b'x'; 24];
    let pieces = b"AT+QMTPUB=0,1,1,0,\"t\",24\r".len().div_ceil(8) + payload.len() / 8;
    for (turn, error) in [(Turn::Ends, Error::Eof), (Turn::Fails, BROKEN)] {
        for at in 0..u32::try_from(pieces).unwrap() {
            let _time = Virtual::start();
            let (port, server) = simulated();
            let (told, spared) = (Rc::new(Cell::new(None)), Rc::new(Cell::new(at)));
            let port = Told {
                port,
                told: Rc::clone(&told),
                spared,
            };
            let mut memory = Memory::new();
            let mut modem = connected(port, &mut memory);
            told.set(Some((Call::Write, turn)));
            let broken = modem.client(CLIENT).publish(&at_least_once(&payload));
            assert_eq!(broken, Err(error), "{turn:?} at {at}");
            told.set(None);
            modem.client(CLIENT).publish(&at_least_once(b"y")).unwrap();
            let payloads: Vec<_> = server.messages().into_iter().map(|it| it.payload).collect();
            // What has not begun to go out is taken back.
            let expected = [&payload[..], b"y"];
            let expected = &expected[usize::from(at == 0)..];
            assert_eq!(payloads, expected, "{turn:?} at {at}");
        }
    }
}

/// A port that takes so many bytes more, and then none.
struct Held {
    port: VirtualPort,
    takes: Rc<Cell<usize>>,
}

impl ErrorType for Held {
    type Error = ErrorKind;
}

impl Read for Held {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        self.port.read(buffer)
    }
}

impl ReadReady for Held {
    fn read_ready(&mut self) -> Result<bool, ErrorKind> {
        self.port.read_ready()
    }
}

impl Write for Held {
    fn write(&mut self, buffer: &[u8]) -> Result<usize, ErrorKind> {
        let n = buffer.len().min(self.takes.get());
        assert!(n > 0, "written to, though it takes nothing");
        self.takes.set(self.takes.get() - n);
        self.port.write(&buffer[..n])
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        self.port.flush()
    }
}

impl WriteReady for Held {
    fn write_ready(&mut self) -> Result<bool, ErrorKind> {
        Ok(self.takes.get() > 0)
    }
}

#[test]
fn a_line_that_takes_bytes_again_is_found_by_the_next_call() {
    let _time = Virtual::start();
    let (port, server) = simulated();
    let takes = Rc::new(Cell::new(usize::MAX));
    let port = Held {
        port,
        takes: Rc::clone(&takes),
    };
    let mut memory = Memory::new();
    let mut modem = connected(port, &mut memory);
    let mut publish = |payload: &[u8]| {
        let begun = millis();
        let published = modem.client(CLIENT).publish(&at_least_once(payload));
        (published, millis() - begun)
    };
    // The command, and a part of the payload.
    takes.set(b"AT+QMTPUB=0,1,1,0,\"t\",10\r".len() + 4);
    let (failed, took) = publish(b"0123456789");
    assert_eq!(cause(failed), Some(Cause::Timeout));
    assert!((15_000..16_000).contains(&took), "{took} ms");
    for _ in 0..3 {
        let (refused, took) = publish(b"refused");
        assert_eq!(refused, Err(Error::Usage(UsageError::LineBlocked)));
        assert!(took <= 1, "{took} ms");
    }
    takes.set(usize::MAX);
    publish(b"taken").0.unwrap();
    let payloads: Vec<_> = server.messages().into_iter().map(|it| it.payload).collect();
    assert_eq!(payloads, [&b"0123456789"[..], b"taken"]);
}

// Or the rest of a payload, which stands in the UART, would be taken for lines.
#[test]
fn refused_calls_look_at_the_line_before_a_deadline_counts() {
    let _time = Virtual::start();
    let line = ScriptedPort::new();
    let mut memory = Memory::new();
    let mut modem = Modem::new(&BG95, line.clone(), Ticks::default(), memory.buffers());
    line.bring(b"\r\n+QMTRECV: 0,1,\"t\",14,\"half, ");
    assert_eq!(modem.next_event(1000), Ok(None));
    line.bring(b"\r\nRDY\r\n!\"\r\n");
    // Nothing has come for longer than a message may pause, as far as anybody has looked.
    Virtual::advance(Duration::from_secs(10));
    for _ in 0..100 {
        let refused = modem.client(CLIENT).publish(&hello());
        assert_eq!(refused, Err(Error::Usage(UsageError::NotConnected)));
    }
    let Ok(Some(Event::Message(message))) = modem.next_event(1000) else {
        panic!("the message is lost");
    };
    assert_eq!(message.payload, b"half, \r\nRDY\r\n!");
}

#[test]
fn a_port_that_never_takes_a_byte_ends_every_call() {
    let _time = Virtual::start();
    let (port, _server) = simulated();
    let takes = Rc::new(Cell::new(0));
    let port = Held {
        port,
        takes: Rc::clone(&takes),
    };
    let mut memory = Memory::new();
    let mut modem = Modem::new(&BG95, port, Ticks::default(), memory.buffers());
    for _ in 0..2 {
        let mut begun = millis();
        // A probe that could not be sent counts for as many as its time would have been for.
        let mut assert_ended = |cause| {
            assert_eq!(cause, Some(Cause::Timeout));
            assert!(millis() - begun < 61_000, "{} ms", millis() - begun);
            begun = millis();
        };
        assert_ended(cause(modem.initialize()));
        assert_ended(cause(modem.client(CLIENT).connect(&options())));
        assert_ended(cause(modem.raw("AT").map(drop)));
        assert_eq!(modem.next_event(1000), Ok(None));
    }
    takes.set(usize::MAX);
    modem.client(CLIENT).connect(&options()).unwrap();
}

/// A port whose writes wait until all has gone out, as many drivers' do, and that can't tell.
struct Waits(VirtualPort);

impl ErrorType for Waits {
    type Error = ErrorKind;
}

impl Read for Waits {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        self.0.read(buffer)
    }
}

impl ReadReady for Waits {
    fn read_ready(&mut self) -> Result<bool, ErrorKind> {
        self.0.read_ready()
    }
}

impl Write for Waits {
    fn write(&mut self, buffer: &[u8]) -> Result<usize, ErrorKind> {
        for byte in buffer {
            // 9600 baud.
            Virtual::advance(Duration::from_micros(1042));
            self.0.write(&[*byte])?;
        }
        Ok(buffer.len())
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

#[test]
fn a_port_that_is_only_said_to_be_writable_may_wait_in_its_writes() {
    let _time = Virtual::start();
    let (port, server) = simulated();
    let mut memory = Memory::new();
    let mut modem = connected(AlwaysWritable(Waits(port)), &mut memory);
    let payload = [b'x'; 4096];
    let begun = millis();
    let mut client = modem.client(CLIENT);
    client.publish(&at_least_once(&payload)).unwrap();
    client.publish(&at_least_once(b"again")).unwrap();
    assert!(millis() - begun > 4000);
    assert_eq!(server.messages()[0].payload, payload);
    assert_eq!(modem.next_event(60_000), Ok(None));
}

// A driver that says WouldBlock as an error is none for the shell: it says so, and goes on.
#[test]
fn a_port_that_lies_about_being_writable_ends_the_call_and_not_the_modem() {
    let _time = Virtual::start();
    let (port, server) = simulated();
    let told = Rc::new(Cell::new(None));
    let port = Told {
        port,
        told: Rc::clone(&told),
        spared: Rc::default(),
    };
    let mut memory = Memory::new();
    let mut modem = connected(AlwaysWritable(port), &mut memory);
    // Its own answer is not asked for.
    told.set(Some((Call::WriteReady, Turn::Fails)));
    modem.client(CLIENT).publish(&at_least_once(b"a")).unwrap();
    told.set(Some((Call::Write, Turn::Fails)));
    let broken = modem.client(CLIENT).publish(&at_least_once(b"b"));
    assert_eq!(broken, Err(BROKEN));
    told.set(None);
    modem.client(CLIENT).publish(&at_least_once(b"c")).unwrap();
    let last = server.messages().pop().unwrap();
    assert_eq!(last.payload, b"c");
}
