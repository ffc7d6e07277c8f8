//! Firmware that is asked a hundred questions over MQTT, and answers each, however often its modem
//! restarts.
//!
//! The modem acknowledges a message to the server before the firmware has it, so one that it holds
//! when it restarts is gone; a QoS does not help, nor does a session that the server keeps. What
//! helps is an answer of the application: the questions that have none are asked again, as soon as
//! the firmware says that it is back. An answer whose fate a restart has left unknown is published
//! once more.

#![no_std]
#![no_main]

mod interrupts;
mod ram;
mod semihosting;
mod time_driver;
mod uart;
mod work;

#[cfg(all(feature = "bg95", feature = "bc660k"))]
compile_error!("one dialect: with `--features bc660k` comes `--no-default-features`");

use core::convert::Infallible;

use cortex_m::{Peripherals, peripheral::SYST};
use embassy_executor::Spawner;
use embassy_time::{Duration, TimeoutError, Timer, with_timeout};
use qemu_messages::{MODEM, QUESTIONS_FILTER, READY, Report, WINDOW};
#[cfg(feature = "bc660k")]
use quectel_mqtt::BC660K_GL as DIALECT;
#[cfg(feature = "bg95")]
use quectel_mqtt::BG95 as DIALECT;
use quectel_mqtt::{
    ClientIndex, ConnectOptions, PdpContext, UsageError,
    asynch::{Error, Modem},
    engine::{Buffers, Event},
    mqtt::{Publication, QoS, TopicFilter},
};
use static_cell::ConstStaticCell;

use self::{semihosting::println, uart::Uart, work::Work};

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    // The lab makes such a modem.
    println!("{MODEM}{MODULE}");
    time_driver::start(take_systick());
    let memory = MEMORY.take();
    let buffers = Buffers {
        rx: &mut memory.rx,
        tx: &mut memory.tx,
        inbox: &mut memory.inbox,
    };
    let mut modem = Modem::new(&DIALECT, Uart::start(), buffers);
    let result = all_sessions(&mut modem, &mut memory.work).await;
    if let Err(error) = &result {
        println!("{error}");
    }

    let report = Report {
        restarts: modem.engine().statistics().restarts,
        overruns: uart::overruns(),
        ..memory.work.report
    };
    println!("{report}");
    let (statics, stack) = (ram::statics(), ram::deepest_stack());
    println!("RAM: {statics} bytes of statics, {stack} of stack");
    semihosting::exit(result.is_ok());
}

/// Until every question has its answer.
async fn all_sessions(
    modem: &mut Modem<'_, Uart>,
    work: &mut Work,
) -> Result<(), Error<Infallible>> {
    loop {
        match session(modem, work).await {
            Ok(()) if work.is_done() => return modem.client(CLIENT).disconnect().await,
            Ok(()) => println!("the connection is lost"),
            // The modem, the network or the server: that may be better next time.
            Err(Error::Failed(failure)) => println!("{failure}"),
            // The connection was lost just before the call.
            Err(Error::Usage(UsageError::NotConnected)) => println!("not connected"),
            // The UART, or a call that can never succeed.
            Err(error) => return Err(error),
        }
        modem.drive(Timer::after_secs(1)).await?;
    }
}

/// From a modem in any state until the work is done, or the connection lost.
async fn session(modem: &mut Modem<'_, Uart>, work: &mut Work) -> Result<(), Error<Infallible>> {
    modem.initialize().await?;
    // A call has failed and left it so, or the modem has restarted unseen.
    if modem.engine().is_connected(CLIENT) {
        modem.client(CLIENT).close().await?;
    }
    modem.wait_registered(Duration::from_secs(60)).await?;
    modem.activate(&PdpContext::new("iot.example")?).await?;
    let options = ConnectOptions::new("broker.example", "firmware")?;
    let questions = TopicFilter::new(QUESTIONS_FILTER)?;
    let mut client = modem.client(CLIENT);
    client.connect(&options).await?;
    client.subscribe(&[(questions, QoS::AtLeastOnce)]).await?;
    println!("connected");
    work.connected();

    let mut is_ready = false;
    loop {
        if let Some(answer) = work.answer()? {
            modem.client(CLIENT).publish(&answer).await?;
            work.answered();
        }
        if work.is_done() {
            return Ok(());
        }
        // First the questions that came before a restart: the others need their room.
        if !is_ready && !modem.engine().has_event() {
            let ready = Publication::new(READY, b"")?.qos(QoS::AtLeastOnce);
            modem.client(CLIENT).publish(&ready).await?;
            is_ready = true;
        }
        match with_timeout(SILENCE, modem.next_event()).await {
            Ok(event) => match event? {
                Event::Message(message) => work.take(&message),
                Event::MessageLost(lost) => work.report.lost += lost.count,
                Event::Disconnected { .. } | Event::Restarted => return Ok(()),
                _ => {}
            },
            // There is always a question; if none comes, the modem may have restarted unseen.
            Err(TimeoutError) => return Ok(()),
        }
    }
}

/// The memory of the driver and of the application.
struct Memory {
    rx: [u8; RX],
    tx: [u8; TX],
    inbox: [u8; INBOX],
    work: Work,
}

static MEMORY: ConstStaticCell<Memory> = ConstStaticCell::new(Memory {
    rx: [0; RX],
    tx: [0; TX],
    inbox: [0; INBOX],
    work: Work::new(),
});

fn take_systick() -> SYST {
    // SAFETY: nobody else has it.
    unsafe { Peripherals::steal() }.SYST
}

const CLIENT: ClientIndex = ClientIndex::ZERO;

const PAYLOAD_LIMIT: usize = DIALECT.payload_limit as usize;
const RX: usize = 128;
/// A publish: the payload, the topic, and the 40 bytes around them.
const TX: usize = PAYLOAD_LIMIT + 64;
/// As many questions as may come at once, each with its topic and 12 bytes.
const INBOX: usize = WINDOW as usize * (PAYLOAD_LIMIT + 32);

/// As `modem-sim` names the modem.
const MODULE: &str = if cfg!(feature = "bg95") {
    "bg95"
} else {
    "bc660k"
};

/// How long to wait for a question.
const SILENCE: Duration = Duration::from_secs(10);
