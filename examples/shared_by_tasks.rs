//! Many tasks share one modem through handles: two publish, a third receives commands, and a fourth
//! watches what happens to the modem.
//!
//! `cargo run --example shared_by_tasks --features bg95,runner`

use embassy_futures::{
    join::join,
    select::{Either, select, select4},
};
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_time::{Duration, Ticker, Timer};
use embedded_io_async::{Read, Write};
use quectel_modem_sim::{
    Config, VirtualPort,
    clock::{Virtual, block_on},
    local::{LocalServer, Message},
};
use quectel_mqtt::{
    BG95, ClientIndex, ConnectOptions,
    engine::Buffers,
    mqtt::{Publication, QoS, TopicFilter},
    runner::{Ended, Error, Handle, Messages, Missed, Notice, Shared},
};

const CLIENT: ClientIndex = ClientIndex::ZERO;

/// Bytes for commands until they are read.
const WAITING: usize = 256;

/// For tasks on one executor; `CriticalSectionRawMutex` elsewhere.
type Mutex = NoopRawMutex;

/// On the chip, `rx` and `tx` are the halves of the UART, and `Shared` may stand in a `StaticCell`.
async fn firmware<R: Read, W: Write<Error = R::Error>>(rx: R, tx: W) -> Result<(), Error<Ended>> {
    let (mut line_in, mut line_out, mut inbox) = ([0; 128], [0; 384], [0; 512]);
    let buffers = Buffers {
        rx: &mut line_in,
        tx: &mut line_out,
        inbox: &mut inbox,
    };
    let mut commands = [0; WAITING];
    let mut shared = Shared::<Mutex>::new(&BG95, buffers);
    let (mut runner, modem) = shared.split(rx, tx);
    // With Embassy, a task of its own awaits `runner.run()`.
    match select(runner.run(), application(modem, &mut commands)).await {
        Either::First(error) => {
            println!("The UART has failed: {error:?}");
            Err(Error::Io(Ended))
        }
        Either::Second(result) => result,
    }
}

async fn application<'a>(
    modem: Handle<'a, Mutex>,
    memory: &'a mut [u8],
) -> Result<(), Error<Ended>> {
    let client = modem.client(CLIENT);
    let options = ConnectOptions::new("broker.example", "meter-0815")?;
    client.connect(&options).await?;
    // Listen first, then subscribe: so no message comes too early.
    let filter = TopicFilter::new("meter/0815/do")?;
    let commands = client.messages(filter, memory)?;
    client.subscribe(&[(filter, QoS::AtLeastOnce)]).await?;
    println!("Connected.");

    // With Embassy, each is spawned with a copy of the handle.
    let power = publish(modem, "meter/0815/power", "230 W", Duration::from_secs(10));
    let warmth = publish(modem, "meter/0815/warmth", "21 C", Duration::from_secs(15));
    let tasks = select4(obey(commands), watch(modem), power, warmth).await;
    println!("The first task has ended: {tasks:?}");
    client.disconnect().await
}

async fn publish(
    modem: Handle<'_, Mutex>,
    topic: &str,
    reading: &str,
    every: Duration,
) -> Result<(), Error<Ended>> {
    let mut ticker = Ticker::every(every);
    loop {
        ticker.next().await;
        let message = Publication::new(topic, reading.as_bytes())?.qos(QoS::AtLeastOnce);
        match modem.client(CLIENT).publish(&message).await {
            Ok(()) => println!("Published to {topic}: {reading}"),
            Err(error) => println!("Not published to {topic}: {error}"),
        }
    }
}

async fn obey(mut commands: Messages<'_, Mutex>) -> Result<(), Missed> {
    // No smaller than the memory in which they wait: so each fits.
    let mut copy = [0; WAITING];
    loop {
        match commands.next(&mut copy).await {
            Ok(command) if command.payload == b"off" => return Ok(()),
            Ok(command) => println!("What is that? {command:?}"),
            Err(Missed::Ended) => return Err(Missed::Ended),
            Err(missed) => println!("Missed: {missed}"),
        }
    }
}

/// Connecting again when that is lost would be this task's work, too.
async fn watch(modem: Handle<'_, Mutex>) -> Result<(), Error<Ended>> {
    let mut notices = modem.notices();
    loop {
        match notices.next().await {
            // From then on it is there at once, so this must not go round.
            Notice::Ended => return Err(Error::Io(Ended)),
            notice => println!("Notice: {notice:?}"),
        }
    }
}

/// The host's part: a simulated modem and a server, in time that does not wait.
pub(crate) fn run(server: &LocalServer) -> Result<(), Error<Ended>> {
    let _time = Virtual::start();
    let uart = VirtualPort::new(Config::default(), server.network());
    let elsewhere = async {
        Timer::after_secs(61).await;
        server.publish(Message::new("meter/0815/do", "off", 1));
    };
    block_on(async { join(firmware(uart.clone(), uart), elsewhere).await.0 })
}

fn main() -> Result<(), Error<Ended>> {
    run(&LocalServer::new())
}
