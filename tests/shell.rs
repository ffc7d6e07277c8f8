//! The async shell over a port that ends, fails, or takes nothing; and what it gives back.

#![cfg(all(feature = "bg95", feature = "bc660k"))]

mod support;

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    future::pending,
    rc::Rc,
};

use embassy_time::{Duration, Instant, Timer, with_timeout};
use embedded_io_async::{ErrorKind, ErrorType, Read, Write};
use quectel_modem_sim::{
    ScriptedPort, VirtualPort,
    clock::{Virtual, block_on},
};
use quectel_mqtt::{
    BG95, Cause, ClientIndex, ConnectOptions, Parameter, Problem, UsageError, ValueError,
    asynch::{Error, Modem},
    engine::Event,
    mqtt::{Publication, QoS},
};
use support::simulated::{Memory, connected_as, modem_and_server, options};

const CLIENT: ClientIndex = ClientIndex::ZERO;

/// What a call of the port does, which otherwise waits.
#[derive(Clone, Copy, Debug)]
enum Turn {
    Ends,
    Fails,
}

/// A port that reads or writes as it is told.
#[derive(Debug, Default)]
struct Told {
    read: Option<Turn>,
    write: Option<Turn>,
}

impl ErrorType for Told {
    type Error = ErrorKind;
}

impl Read for Told {
    async fn read(&mut self, _: &mut [u8]) -> Result<usize, ErrorKind> {
        turn(self.read).await
    }
}

impl Write for Told {
    async fn write(&mut self, buffer: &[u8]) -> Result<usize, ErrorKind> {
        match self.write {
            None => Ok(buffer.len()),
            told => turn(told).await,
        }
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

async fn turn(told: Option<Turn>) -> Result<usize, ErrorKind> {
    match told {
        Some(Turn::Ends) => Ok(0),
        Some(Turn::Fails) => Err(ErrorKind::BrokenPipe),
        None => pending().await,
    }
}

#[test]
fn a_port_that_ends_or_fails_is_reported_as_such() {
    let ends = Some(Turn::Ends);
    let fails = Some(Turn::Fails);
    for (read, write, expected) in [
        (ends, None, Error::Eof),
        (None, ends, Error::Eof),
        (fails, None, Error::Io(ErrorKind::BrokenPipe)),
        (None, fails, Error::Io(ErrorKind::BrokenPipe)),
    ] {
        let _time = Virtual::start();
        let mut memory = Memory::new();
        let mut modem = Modem::new(&BG95, Told { read, write }, memory.buffers());
        let result = block_on(modem.initialize());
        assert_eq!(result, Err(expected), "read {read:?}, write {write:?}");
    }
}

#[test]
fn a_port_that_fails_ends_what_drives_the_modem() {
    let _time = Virtual::start();
    let mut memory = Memory::new();
    let fails = Told {
        read: Some(Turn::Fails),
        write: None,
    };
    let mut modem = Modem::new(&BG95, fails, memory.buffers());
    let driven = block_on(modem.drive(pending::<()>()));
    assert_eq!(driven, Err(Error::Io(ErrorKind::BrokenPipe)));
}

#[test]
fn the_port_comes_back_and_works_with_another_driver() {
    let _time = Virtual::start();
    let (port, server) = modem_and_server(Default::default());
    block_on(async {
        let mut memory = Memory::new();
        let mut modem = Modem::new(&BG95, port, memory.buffers());
        modem.initialize().await.unwrap();
        let port = modem.into_port();
        let mut memory = Memory::new();
        let mut modem = Modem::new(&BG95, port, memory.buffers());
        modem.client(CLIENT).connect(&options()).await.unwrap();
        let hello = Publication::new("t", b"hello").unwrap();
        modem
            .client(CLIENT)
            .publish(&hello.qos(QoS::AtLeastOnce))
            .await
            .unwrap();
    });
    assert_eq!(server.messages()[0].payload, b"hello");
}

#[test]
fn a_value_that_is_refused_passes_through_with_a_question_mark() {
    fn refused() -> Result<(), Error<ErrorKind>> {
        ConnectOptions::new("host", "id")?.port(0)?;
        Ok(())
    }
    let Err(Error::Usage(UsageError::Value(ValueError { parameter, problem }))) = refused() else {
        panic!("not refused as a value");
    };
    assert_eq!(parameter, Parameter::Port);
    assert!(matches!(problem, Problem::OutOfRange { value: 0, .. }));
}

#[test]
fn any_command_gives_the_lines_of_its_answer() {
    let _time = Virtual::start();
    let (port, _server) = modem_and_server(Default::default());
    block_on(async {
        let mut memory = Memory::new();
        let mut modem = connected_as(&BG95, &options(), port, &mut memory).await;
        assert_eq!(modem.raw("AT+QMTCONN?").await, Ok(&b"+QMTCONN: 0,3\n"[..]));
    });
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
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        self.port.read(buffer).await
    }
}

impl Write for Held {
    async fn write(&mut self, buffer: &[u8]) -> Result<usize, ErrorKind> {
        let len = buffer.len().min(self.takes.get());
        if len == 0 {
            return pending().await;
        }
        self.takes.set(self.takes.get() - len);
        self.port.write(&buffer[..len]).await
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        self.port.flush().await
    }
}

// Or the rest of a payload, which stands in the UART, would be taken for lines.
#[test]
fn refused_calls_look_at_the_line_before_a_deadline_counts() {
    let _time = Virtual::start();
    let line = Rc::new(RefCell::new(VecDeque::new()));
    let feed = |bytes: &[u8]| line.borrow_mut().extend(bytes);
    block_on(async {
        let mut memory = Memory::new();
        let mut modem = Modem::new(&BG95, Fed(Rc::clone(&line)), memory.buffers());
        feed(b"\r\n+QMTRECV: 0,1,\"t\",14,\"half, ");
        with_timeout(Duration::from_secs(1), modem.next_event())
            .await
            .unwrap_err();
        feed(b"\r\nRDY\r\n!\"\r\n");
        // Nothing has come for longer than a message may pause, as far as anybody has looked.
        Timer::after_secs(10).await;
        let message = Publication::new("t", b"x").unwrap();
        for _ in 0..100 {
            let refused = modem.client(CLIENT).publish(&message).await;
            assert_eq!(refused, Err(Error::Usage(UsageError::NotConnected)));
        }
        let Ok(Event::Message(message)) = modem.next_event().await else {
            panic!("the message is lost");
        };
        assert_eq!(message.payload, b"half, \r\nRDY\r\n!");
    });
}

/// A port that brings what it is fed.
struct Fed(Rc<RefCell<VecDeque<u8>>>);

impl ErrorType for Fed {
    type Error = ErrorKind;
}

impl Read for Fed {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        let len = self.0.borrow().len().min(buffer.len());
        if len == 0 {
            return pending().await;
        }
        for (place, byte) in buffer.iter_mut().zip(self.0.borrow_mut().drain(..len)) {
            *place = byte;
        }
        Ok(len)
    }
}

impl Write for Fed {
    async fn write(&mut self, buffer: &[u8]) -> Result<usize, ErrorKind> {
        Ok(buffer.len())
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

// Whoever publishes, and does nothing else, would otherwise be refused for ever.
#[test]
fn a_line_that_takes_bytes_again_is_found_by_the_next_call() {
    let _time = Virtual::start();
    let (port, server) = modem_and_server(Default::default());
    let takes = Rc::new(Cell::new(usize::MAX));
    let held = Held {
        port,
        takes: Rc::clone(&takes),
    };
    block_on(async {
        let mut memory = Memory::new();
        let mut modem = connected_as(&BG95, &options(), held, &mut memory).await;
        let mut publish = async |payload: &[u8]| {
            let message = Publication::new("t", payload).unwrap();
            let message = message.qos(QoS::AtLeastOnce);
            modem.client(CLIENT).publish(&message).await
        };
        // The command, and a part of the payload.
        takes.set(b"AT+QMTPUB=0,1,1,0,\"t\",10\r".len() + 4);
        let Err(Error::Failed(failure)) = publish(b"0123456789").await else {
            panic!("no failure");
        };
        assert_eq!(failure.cause, Cause::Timeout);
        for _ in 0..2 {
            let refused = Err(Error::Usage(UsageError::LineBlocked));
            assert_eq!(publish(b"refused").await, refused);
        }
        takes.set(usize::MAX);
        publish(b"taken").await.unwrap();
    });
    let payloads: Vec<_> = server.messages().into_iter().map(|it| it.payload).collect();
    assert_eq!(payloads, [&b"0123456789"[..], b"taken"]);
}

#[test]
fn the_modem_is_served_also_beside_what_never_waits() {
    let _time = Virtual::start();
    let line = ScriptedPort::new();
    line.bring(b"\r\nRDY\r\n");
    let mut memory = Memory::new();
    let mut modem = Modem::new(&BG95, line, memory.buffers());
    for number in 0..3 {
        assert_eq!(block_on(modem.drive(async { number })), Ok(number));
    }
    assert_eq!(modem.take_event(), Some(Event::Restarted));
}

/// A modem that takes nothing while what it says is not read, nor just after, as flow control has it
/// both ways.
#[derive(Debug)]
struct Stubborn {
    said: VecDeque<u8>,
    takes_from: Instant,
    line: Vec<u8>,
}

impl ErrorType for Stubborn {
    type Error = ErrorKind;
}

impl Read for Stubborn {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        let said = &mut self.said;
        if said.is_empty() {
            pending::<()>().await;
        }
        let n = said.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(said.drain(..n)) {
            *to = from;
        }
        self.takes_from = Instant::now() + Duration::from_millis(20);
        Ok(n)
    }
}

impl Write for Stubborn {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        if !self.said.is_empty() {
            pending::<()>().await;
        }
        Timer::at(self.takes_from).await;
        self.line.extend(bytes);
        if self.line.ends_with(b"\r") {
            let answer: &[u8] = match &self.line[..] {
                b"AT+CMEE?\r" => b"\r\n+CMEE: 1\r\n\r\nOK\r\n",
                b"AT+CGMM\r" => b"\r\nBG95-M3\r\n\r\nOK\r\n",
                _ => b"\r\nOK\r\n",
            };
            self.said.extend(answer);
            self.line.clear();
        }
        Ok(bytes.len())
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

#[test]
fn a_modem_that_takes_nothing_before_it_is_read_is_read() {
    let _clock = Virtual::start();
    let mut memory = Memory::new();
    let port = Stubborn {
        said: VecDeque::from(*b"\r\n+QIND: 1\r\n"),
        takes_from: Instant::MIN,
        line: Vec::new(),
    };
    let mut modem = Modem::new(&BG95, port, memory.buffers());
    block_on(modem.initialize()).unwrap();
    // A second of the write, and then the 20 ms before each of the commands.
    assert_eq!(Instant::now().as_millis(), 1_000 + 4 * 20);
}
