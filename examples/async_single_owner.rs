//! One async task owns the modem: it publishes a reading every minute, obeys commands, and connects
//! again when the connection is lost.
//!
//! `cargo run --example async_single_owner --features bg95`

use embassy_futures::join::join;
use embassy_time::{Duration, Instant, Timer};
use embedded_io_async::{ErrorKind, Read, Write};
use quectel_modem_sim::{
    Config, VirtualPort,
    clock::{Virtual, block_on},
    local::{LocalServer, Message},
};
use quectel_mqtt::{
    BG95, ClientIndex, ConnectOptions, PdpContext, UsageError,
    asynch::{Error, Modem},
    engine::{Buffers, Event},
    mqtt::{Publication, QoS, TopicFilter},
};

const CLIENT: ClientIndex = ClientIndex::ZERO;

enum Ending {
    SwitchedOff,
    Lost,
}

/// On the chip, `uart` is a driver that receives into a buffer by interrupt or DMA, and the HAL
/// brings the time driver.
async fn firmware<P: Read + Write>(uart: P) -> Result<(), Error<P::Error>> {
    let (mut rx, mut tx, mut inbox) = ([0; 128], [0; 384], [0; 512]);
    let buffers = Buffers {
        rx: &mut rx,
        tx: &mut tx,
        inbox: &mut inbox,
    };
    let mut modem = Modem::new(&BG95, uart, buffers);
    loop {
        match session(&mut modem).await {
            Ok(Ending::SwitchedOff) => return Ok(()),
            Ok(Ending::Lost) => {}
            // The modem, the network or the server: that may be better next time.
            Err(Error::Failed(failure)) => log(&failure.to_string()),
            // The connection was lost just before the call.
            Err(Error::Usage(UsageError::NotConnected)) => {}
            // The UART, or a call that can never succeed.
            Err(error) => return Err(error),
        }
        log("Again in 30 s.");
        modem.drive(Timer::after_secs(30)).await?;
    }
}

/// From a modem in any state to the end of its connection.
async fn session<P: Read + Write>(modem: &mut Modem<'_, P>) -> Result<Ending, Error<P::Error>> {
    modem.initialize().await?;
    modem.wait_registered(Duration::from_secs(180)).await?;
    modem.activate(&PdpContext::new("iot.example")?).await?;
    let options = ConnectOptions::new("broker.example", "meter-0815")?;
    let is_connected = modem.engine().is_connected(CLIENT);
    let mut client = modem.client(CLIENT);
    if is_connected {
        // What failed has left the connection as it was.
        client.close().await?;
    }
    client.connect(&options).await?;
    let commands = TopicFilter::new("meter/0815/do")?;
    client.subscribe(&[(commands, QoS::AtLeastOnce)]).await?;
    log("Connected.");
    loop {
        let reading = Publication::new("meter/0815/power", b"230 W")?.qos(QoS::AtLeastOnce);
        modem.client(CLIENT).publish(&reading).await?;
        log("Published a reading.");
        // The modem is served meanwhile; what comes waits in the buffers.
        modem.drive(Timer::after_secs(60)).await?;
        while let Some(event) = modem.take_event() {
            match event {
                Event::Message(message) if message.payload == b"off" => {
                    log("Switched off.");
                    modem.client(CLIENT).disconnect().await?;
                    return Ok(Ending::SwitchedOff);
                }
                Event::Message(message) => log(&format!("What is that? {message:?}")),
                Event::Disconnected { status, .. } => {
                    log(&format!("Disconnected: {status}."));
                    return Ok(Ending::Lost);
                }
                Event::Restarted => return Ok(Ending::Lost),
                _ => {}
            }
        }
    }
}

fn log(text: &str) {
    println!("{:>4} s  {text}", Instant::now().as_secs());
}

/// The host's part: a simulated modem and a server, in time that does not wait.
pub(crate) fn run(server: &LocalServer) -> Result<(), Error<ErrorKind>> {
    let _time = Virtual::start();
    let uart = VirtualPort::new(Config::default(), server.network());
    let elsewhere = async {
        Timer::after_secs(150).await;
        // As a server does that is started anew.
        server.drop_links();
        Timer::after_secs(150).await;
        server.publish(Message::new("meter/0815/do", "off", 1));
    };
    block_on(async { join(firmware(uart), elsewhere).await.0 })
}

fn main() -> Result<(), Error<ErrorKind>> {
    run(&LocalServer::new())
}
