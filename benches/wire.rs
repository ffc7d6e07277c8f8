//! How much gets through the serial line: `cargo bench --bench wire --features bg95,bc660k`
//!
//! The simulated modem holds its line to a baud rate, in virtual time, so that every run gives the
//! same figures. The limit of the line is what its speed allows for the bytes that must follow each
//! other: the command, its prompt up to the `>`, the payload, its OK up to the CR. The result of a publish
//! comes while the next command goes out.

use std::{cell::Cell, time::Duration};

use critical_section as _;
use embedded_io_async::{ErrorKind, ErrorType, Read, Write};
use quectel_modem_sim::{
    Config, Module, VirtualPort,
    clock::{self, Virtual, block_on},
    local::LocalServer,
};
use quectel_mqtt::{
    BC660K_GL, BG95, ClientIndex, ConnectOptions, Dialect,
    asynch::{Error, Modem},
    engine::{Buffers, Completion, Event},
    mqtt::{Publication, QoS},
};

/// A line to a server: everything but what is published.
#[derive(Clone, Copy)]
struct Wire {
    module: Module,
    dialect: &'static Dialect,
    baud: u32,
    round_trip: Duration,
}

/// When the next message goes out.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Pace {
    /// As soon as the dialect allows, whatever has come of those before.
    Pipelined,
    /// When the result of the one before is there.
    OneAtATime,
}

/// What got through.
#[derive(Clone, Copy)]
struct Throughput {
    messages_per_second: f64,
    /// In percent of what the line allows.
    share: f64,
}

fn main() {
    println!(
        "{MESSAGES} messages of {PAYLOAD} bytes: messages a second, and share of the line's limit"
    );
    println!("modem        baud  round trip          QoS 0  QoS 1 one by one   QoS 1 pipelined");
    for (module, dialect) in [(Module::Bg95, &BG95), (Module::Bc660k, &BC660K_GL)] {
        for baud in [115_200, 921_600] {
            for round_trip in [0, 100, 500].map(Duration::from_millis) {
                let wire = Wire {
                    module,
                    dialect,
                    baud,
                    round_trip,
                };
                wire.print_row();
            }
        }
    }
}

impl Wire {
    fn print_row(self) {
        let round_trip = self.round_trip.as_millis();
        let name = self.dialect.name;
        print!("{name:10}{:7}{round_trip:9} ms", self.baud);
        self.measure(QoS::AtMostOnce, Pace::Pipelined).print();
        let one_at_a_time = self.measure(QoS::AtLeastOnce, Pace::OneAtATime);
        one_at_a_time.print();
        if self.dialect.publishes_in_flight > 1 {
            let pipelined = self.measure(QoS::AtLeastOnce, Pace::Pipelined);
            pipelined.print();
            let times = pipelined.messages_per_second / one_at_a_time.messages_per_second;
            print!("  {times:.2} times");
        }
        println!();
    }

    fn measure(self, qos: QoS, pace: Pace) -> Throughput {
        let _time = Virtual::start();
        let server = LocalServer::new();
        server.set_latency(self.round_trip / 2);
        let mut config = Config {
            module: self.module,
            ..Config::default()
        };
        config.behaviour.line_speed = Some(self.baud);
        let port = VirtualPort::new(config, server.network());
        let written = Cell::new(0);
        let tap = Tap {
            port: port.clone(),
            written: &written,
        };
        let taken = block_on(self.publish(tap, qos, pace)).expect("nothing fails here");
        // Those of QoS 0 are still on their way.
        clock::sleep(self.round_trip);
        port.with_modem(|_, _| ());
        assert_eq!(server.messages().len(), MESSAGES);
        let in_sequence = written.get() + MESSAGES * PROMPT_AND_OK.len();
        let least = (in_sequence * BITS_PER_BYTE) as f64 / f64::from(self.baud);
        Throughput {
            messages_per_second: MESSAGES as f64 / taken.as_secs_f64(),
            share: 100.0 * least / taken.as_secs_f64(),
        }
    }

    /// How long it takes to publish all messages, from the first call to the last result.
    async fn publish(
        self,
        port: Tap<'_>,
        qos: QoS,
        pace: Pace,
    ) -> Result<Duration, Error<ErrorKind>> {
        let written = port.written;
        let (mut rx, mut tx, mut inbox) = ([0; 128], [0; 1024], [0; 512]);
        let buffers = Buffers {
            rx: &mut rx,
            tx: &mut tx,
            inbox: &mut inbox,
        };
        let mut modem = Modem::new(self.dialect, port, buffers);
        modem.initialize().await?;
        let options = ConnectOptions::new("broker.example", "meter-0815")?;
        modem.client(CLIENT).connect(&options).await?;
        let payload = [b'x'; PAYLOAD];
        let publication = Publication::new("meter/0815/state", &payload)?.qos(qos);
        written.set(0);
        let start = clock::now();
        let mut under_way = 0;
        for _ in 0..MESSAGES {
            let mut client = modem.client(CLIENT);
            match pace {
                Pace::OneAtATime => client.publish(&publication).await?,
                Pace::Pipelined => {
                    let _ = client.start_publish(&publication).await?;
                    under_way += 1;
                }
            }
            while let Some(event) = modem.take_event() {
                under_way -= completed(&event);
            }
        }
        while under_way > 0 {
            under_way -= completed(&modem.next_event().await?);
        }
        Ok(clock::now() - start)
    }
}

impl Throughput {
    fn print(self) {
        print!("{:9.1} {:5.1} %", self.messages_per_second, self.share);
    }
}

/// How many operations this says that they are done.
fn completed(event: &Event<'_>) -> usize {
    match event {
        Event::Completed { result, .. } => {
            assert_eq!(*result, Ok(Completion::Done));
            1
        }
        event => panic!("unexpected: {event:?}"),
    }
}

/// The modem's port; counts what the driver writes.
struct Tap<'a> {
    port: VirtualPort,
    written: &'a Cell<usize>,
}

impl ErrorType for Tap<'_> {
    type Error = ErrorKind;
}

impl Read for Tap<'_> {
    async fn read(&mut self, bytes: &mut [u8]) -> Result<usize, ErrorKind> {
        Read::read(&mut self.port, bytes).await
    }
}

impl Write for Tap<'_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        let n = Write::write(&mut self.port, bytes).await?;
        self.written.set(self.written.get() + n);
        Ok(n)
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        Write::flush(&mut self.port).await
    }
}

const CLIENT: ClientIndex = ClientIndex::ZERO;
const MESSAGES: usize = 200;
const PAYLOAD: usize = 512;
const PROMPT_AND_OK: &[u8] = b"\r\n>\r\nOK\r";
/// Start bit, eight of data, stop bit.
const BITS_PER_BYTE: usize = 10;
