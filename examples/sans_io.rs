//! The engine without a shell: its loop, over a UART and a clock of one's own.
//!
//! For firmware whose I/O is neither embedded-io nor embedded-io-async. It publishes a reading, and
//! waits until the server has sent it back.
//!
//! `cargo run --example sans_io --features bg95`

use std::time::Duration;

use embedded_io::{ErrorKind, Read, ReadReady, Write};
use quectel_modem_sim::{
    Config, VirtualPort,
    clock::{self, Virtual},
    local::LocalServer,
};
use quectel_mqtt::{
    BG95, ClientIndex, ConnectOptions, Error, Instant, UsageError,
    engine::{Action, Buffers, Completion, Engine, Event, Operation},
    mqtt::{Publication, QoS, TopicFilter},
};

/// All that the engine needs. Yours has the chip's UART, and a timer.
struct Board {
    uart: VirtualPort,
}

impl Board {
    /// On the chip: the milliseconds that a timer has counted.
    fn now(&self) -> Instant {
        Instant::from_millis(clock::now().as_millis() as u64)
    }

    /// Says how many bytes the UART has taken. None is fine, when it is `until`.
    fn write(&mut self, bytes: &[u8], _until: Option<Instant>) -> Result<usize, ErrorKind> {
        // The simulated one takes them all, at once.
        self.uart.write(bytes)
    }

    /// Waits for bytes, and says how many came. None is fine, at any time.
    fn read(&mut self, room: &mut [u8], until: Option<Instant>) -> Result<usize, ErrorKind> {
        let until = until.unwrap_or_else(|| self.now().after(1_000));
        while !self.uart.read_ready()? {
            if until.is_reached(self.now()) {
                return Ok(0);
            }
            // On the chip: sleep until the next interrupt.
            clock::sleep(Duration::from_millis(1));
        }
        self.uart.read(room)
    }
}

struct Modem<'buf> {
    engine: Engine<'buf>,
    board: Board,
}

impl<'buf> Modem<'buf> {
    /// The loop's body: the engine says what to do, and is told what came of it.
    fn perform(&mut self, action: Action) -> Result<(), Error<ErrorKind>> {
        let Self { engine, board } = self;
        match action {
            Action::Transmit { until } => {
                let written = board.write(engine.transmit_buffer(), until);
                engine.transmitted(written.map_err(Error::Io)?);
            }
            Action::Receive { until } => {
                let read = board.read(engine.receive_buffer(), until);
                engine.received(read.map_err(Error::Io)?);
            }
            // A result or an event, which those take who wait for it.
            Action::Deliver => {}
        }
        Ok(())
    }

    /// Begins an operation as soon as the line is free, and goes round until it ends.
    fn run(
        &mut self,
        verb: impl Fn(&mut Engine<'buf>) -> Result<Operation, UsageError>,
    ) -> Result<Completion, Error<ErrorKind>> {
        let operation = loop {
            let action = self.engine.poll(self.board.now());
            match verb(&mut self.engine) {
                Err(UsageError::Busy) => self.perform(action)?,
                begun => break begun?,
            }
        };
        loop {
            let action = self.engine.poll(self.board.now());
            if let Some(result) = self.engine.take_result(operation) {
                return Ok(result?);
            }
            self.perform(action)?;
        }
    }
}

fn firmware(board: Board) -> Result<(), Error<ErrorKind>> {
    let (mut rx, mut tx, mut inbox) = ([0; 128], [0; 384], [0; 512]);
    let engine = Engine::new(
        &BG95,
        Buffers {
            rx: &mut rx,
            tx: &mut tx,
            inbox: &mut inbox,
        },
    );
    let mut modem = Modem { engine, board };
    let client = ClientIndex::ZERO;
    modem.run(Engine::initialize)?;
    println!("The modem answers.");

    let options = ConnectOptions::new("broker.example", "meter-0815")?;
    modem.run(|engine| engine.connect(client, &options))?;
    let topics = [(TopicFilter::new("meter/0815/#")?, QoS::AtLeastOnce)];
    modem.run(|engine| engine.subscribe(client, &topics))?;
    println!("It is connected, and has subscribed.");

    let reading = Publication::new("meter/0815/power", b"230 W")?.qos(QoS::AtLeastOnce);
    modem.run(|engine| engine.publish(client, &reading))?;
    println!("The server has acknowledged the reading.");

    loop {
        let action = modem.engine.poll(modem.board.now());
        match modem.engine.take_event() {
            Some(Event::Message(message)) => {
                let payload = String::from_utf8_lossy(message.payload);
                println!("The server has sent it back: {payload}");
                break;
            }
            Some(event) => println!("Unexpected: {event:?}"),
            None => modem.perform(action)?,
        }
    }
    modem.run(|engine| engine.disconnect(client)).map(drop)
}

/// The host's part: a simulated modem and a server, in time that does not wait.
pub(crate) fn run(server: &LocalServer) -> Result<(), Error<ErrorKind>> {
    let _time = Virtual::start();
    let uart = VirtualPort::new(Config::default(), server.network());
    firmware(Board { uart })
}

fn main() -> Result<(), Error<ErrorKind>> {
    run(&LocalServer::new())
}
