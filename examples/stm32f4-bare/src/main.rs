//! A meter on a NUCLEO-F446RE with a modem of the BG95 family, as one loop: no executor, and no
//! time driver. See the README for the wiring.

#![no_std]
#![no_main]

mod board;
mod ticks;
mod uart;

use core::convert::Infallible;

use cortex_m_rt::entry;
use defmt::{info, unwrap, warn};
use defmt_rtt as _;
use meter::{Backoff, Certificate, Command, Settings};
use panic_probe as _;
use quectel_mqtt::{
    BG95, ClientIndex, Status, ValueError,
    blocking::{self, Modem},
    engine::{Buffers, Event},
    mqtt::{GrantedQos, Publication, QoS},
};

use crate::{
    board::Board,
    ticks::{Ticks, millis},
    uart::Uart,
};

const SETTINGS: Settings<'_> = Settings::YOURS;
const CLIENT: ClientIndex = ClientIndex::ZERO;

/// Long enough to switch a modem on, and to switch one off.
const PRESS: u32 = 800;

/// For a network to be found. The first time, and abroad, that takes minutes.
const LONGEST_SEARCH: u32 = 300_000;

type Error = blocking::Error<Infallible>;

/// How a connection, or the attempt to make one, has ended.
#[derive(defmt::Format)]
enum Ending {
    Failed(Error),
    Disconnected(Status),
    Restarted,
    ContextLost,
    NotGranted,
}

impl From<Error> for Ending {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<ValueError> for Ending {
    fn from(error: ValueError) -> Self {
        Self::Failed(error.into())
    }
}

#[entry]
fn main() -> ! {
    let (uart, ticks, board) = unwrap!(board::start());
    let certificate = unwrap!(Certificate::new(&SETTINGS));
    let (mut rx, mut tx, mut inbox) = ([0; 128], [0; 384], [0; 512]);
    let buffers = Buffers {
        rx: &mut rx,
        tx: &mut tx,
        inbox: &mut inbox,
    };
    let mut meter = Meter {
        modem: Modem::new(&BG95, uart, ticks, buffers),
        certificate: &certificate,
        has_certificate: false,
        interval: 60,
        backoff: Backoff::new(),
        board,
    };
    loop {
        let ending = meter.attempt();
        let pause = meter.backoff.pause();
        warn!("{}; again in {} s", ending, pause);
        meter.wait(pause * 1_000);
    }
}

struct Meter<'a> {
    modem: Modem<'a, Uart, Ticks>,
    certificate: &'a Certificate<'a>,
    /// The modem has the certificate, so far as this life of the firmware knows.
    has_certificate: bool,
    /// In seconds.
    interval: u32,
    backoff: Backoff,
    board: Board,
}

impl Meter<'_> {
    /// From a modem in any state to the end of its connection.
    fn attempt(&mut self) -> Ending {
        if let Err(error) = self.wake() {
            self.backoff.failed();
            return error.into();
        }
        let Err(ending) = self.session();
        self.backoff.failed();
        if self.backoff.wants_power_cycle() {
            // It answers, so it is on, and this switches it off. The next attempt finds it silent,
            // and switches it on.
            self.press_power_key();
        }
        ending
    }

    /// Makes sure that the modem is on. Nothing but its answer, for which this waits 20 s, tells
    /// that it is: so the key is pressed when there is none.
    fn wake(&mut self) -> Result<(), Error> {
        if self.modem.initialize().is_ok() {
            return Ok(());
        }
        self.press_power_key();
        self.modem.initialize()
    }

    fn session(&mut self) -> Result<Infallible, Ending> {
        if self.modem.engine().is_connected(CLIENT) {
            // As after a publish that failed: what the modem thinks may be wrong.
            self.modem.client(CLIENT).close()?;
        }
        // What has come before this connection does not concern it.
        while self.modem.take_event().is_some() {}
        self.connect()?;
        info!("connected");
        self.publish()?;
        self.backoff.succeeded();
        self.serve()
    }

    fn connect(&mut self) -> Result<(), Ending> {
        for command in SETTINGS.preparation {
            match self.modem.raw(command) {
                Err(Error::Failed(failure)) => warn!("not prepared: {}", failure),
                result => drop(result?),
            }
        }
        let registration = self.modem.wait_registered(LONGEST_SEARCH)?;
        info!("{}", registration);
        self.modem.activate(&SETTINGS.pdp_context()?)?;
        // Also where the certificate is stored: the modem forgets the rest when it restarts.
        if self.has_certificate {
            self.modem.configure_tls(&self.certificate.stored)?;
        } else {
            self.modem.configure_tls(&self.certificate.upload)?;
            self.has_certificate = true;
        }
        let mut client = self.modem.client(CLIENT);
        client.connect(&SETTINGS.connect_options()?)?;
        let filter = SETTINGS.command_filter()?;
        let granted = client.subscribe(&[(filter, QoS::AtLeastOnce)])?;
        match granted.first() {
            Some(GrantedQos::Refused) => Err(Ending::NotGranted),
            _ => Ok(()),
        }
    }

    /// Publishes and obeys until the connection ends.
    fn serve(&mut self) -> Result<Infallible, Ending> {
        let mut last = millis();
        loop {
            let due = last + u64::from(self.interval) * 1_000;
            let rest = due.saturating_sub(millis());
            // A day at the most.
            match self.modem.next_event(rest as u32)? {
                None => {
                    last = due;
                    self.publish()?;
                }
                Some(Event::Message(message)) => match Command::from_payload(message.payload) {
                    Ok(command) => {
                        info!("{}", command);
                        match command {
                            Command::Interval(seconds) => self.interval = seconds,
                            Command::Light(light) => self.board.switch(light),
                        }
                    }
                    Err(unknown) => warn!("{}", unknown),
                },
                Some(Event::Disconnected { status, .. }) => {
                    return Err(Ending::Disconnected(status));
                }
                Some(Event::Restarted) => return Err(Ending::Restarted),
                Some(Event::ContextLost { .. }) => return Err(Ending::ContextLost),
                Some(event) => info!("{}", event),
            }
        }
    }

    fn publish(&mut self) -> Result<(), Error> {
        let temperature = self.board.measure();
        let payload = temperature.to_json();
        let message = Publication::new(SETTINGS.readings, payload.as_bytes())?;
        let message = message.qos(QoS::AtLeastOnce);
        self.modem.client(CLIENT).publish(&message)?;
        info!("published {}", temperature);
        Ok(())
    }

    fn press_power_key(&mut self) {
        self.board.press_power_key();
        self.wait(PRESS);
        self.board.release_power_key();
        // It may be another modem, or one whose memory was erased.
        self.has_certificate = false;
        info!("the power key was pressed");
    }

    /// Serves the modem for so many milliseconds.
    fn wait(&mut self, millis: u32) {
        // It ends early only where the UART fails, which this one never does.
        let _ = self.modem.drive(millis);
    }
}
