use core::convert::Infallible;

use embassy_futures::select::{Either3, select3};
use embassy_sync::blocking_mutex::raw::RawMutex;
use embassy_time::{Duration, Ticker, Timer, with_timeout};
use quectel_mqtt::{
    ClientIndex, UsageError,
    mqtt::{GrantedQos, Publication, QoS},
    runner::{Client, Ended, Error, Handle, Messages, Missed, Notice, Notices},
};

use crate::{Backoff, Board, Certificate, Command, Ending, News, Settings};

/// The meter: one task. Another awaits the [`Runner`](quectel_mqtt::runner::Runner).
#[derive(Debug)]
pub struct Meter<'a, M: RawMutex, B> {
    modem: Handle<'a, M>,
    commands: Messages<'a, M>,
    settings: Settings<'a>,
    certificate: &'a Certificate<'a>,
    /// The modem has the certificate, so far as this life of the firmware knows.
    has_certificate: bool,
    interval: Duration,
    backoff: Backoff,
    board: B,
}

impl<'a, M: RawMutex, B: Board> Meter<'a, M, B> {
    /// A meter that is not connected. Commands wait in `memory` until they are read.
    ///
    /// # Errors
    /// [`UsageError`] for a topic that can't be one.
    pub fn new(
        modem: Handle<'a, M>,
        settings: Settings<'a>,
        certificate: &'a Certificate<'a>,
        memory: &'a mut [u8; COMMANDS],
        board: B,
    ) -> Result<Self, UsageError> {
        let filter = settings.command_filter()?;
        Ok(Self {
            modem,
            // Once for all connections: before the first subscribe, so that no message is early.
            commands: modem.client(CLIENT).messages(filter, memory)?,
            settings,
            certificate,
            has_certificate: false,
            interval: Duration::from_secs(60),
            backoff: Backoff::new(),
            board,
        })
    }

    /// Connects, publishes and obeys; and again, whatever happens.
    pub async fn run(&mut self) -> ! {
        loop {
            let ending = self.attempt().await;
            self.board.report(News::Ended(ending));
            let pause = self.backoff.pause();
            self.board.report(News::Pausing(pause));
            Timer::after_secs(pause.into()).await;
        }
    }

    /// From a modem in any state to the end of its connection.
    async fn attempt(&mut self) -> Ending {
        if let Err(error) = self.wake().await {
            self.backoff.failed();
            return error.into();
        }
        let Err(ending) = self.session().await;
        self.backoff.failed();
        if self.backoff.wants_power_cycle() {
            // It answers, so it is on, and this switches it off. The next attempt finds it silent,
            // and switches it on.
            self.press_power_key().await;
        }
        ending
    }

    /// Makes sure that the modem is on.
    ///
    /// Nothing but its answer tells that it is. So the key is pressed when there is none: a modem
    /// that was off starts, and one that was on and out of its mind goes off, to be switched on by
    /// the next attempt.
    async fn wake(&mut self) -> Result<(), Error<Ended>> {
        if let Ok(result) = with_timeout(FIRST_LOOK, self.modem.initialize()).await {
            return result;
        }
        self.press_power_key().await;
        self.modem.initialize().await
    }

    async fn session(&mut self) -> Result<Infallible, Ending> {
        // From now on, so that nothing is missed between here and the connection.
        let notices = self.modem.notices();
        let client = self.modem.client(CLIENT);
        if client.is_connected() {
            // As after a publish that failed: what the modem thinks may be wrong.
            client.close().await?;
        }
        self.connect(client).await?;
        self.board.report(News::Connected);
        self.serve(client, notices).await
    }

    async fn connect(&mut self, client: Client<'a, M>) -> Result<(), Ending> {
        for command in self.settings.preparation {
            match self.modem.raw(command, &mut []).await {
                Err(Error::Failed(failure)) => self.board.report(News::NotPrepared(failure)),
                result => drop(result?),
            }
        }
        let registration = self.modem.wait_registered(LONGEST_SEARCH).await?;
        self.board.report(News::Registered(registration));
        self.modem.activate(&self.settings.pdp_context()?).await?;
        // Also where the certificate is stored: the modem forgets the rest when it restarts.
        if self.has_certificate {
            self.modem.configure_tls(&self.certificate.stored).await?;
        } else {
            self.modem.configure_tls(&self.certificate.upload).await?;
            self.has_certificate = true;
            self.board.report(News::CertificateStored);
        }
        client.connect(&self.settings.connect_options()?).await?;
        let filter = self.settings.command_filter()?;
        let granted = client.subscribe(&[(filter, QoS::AtLeastOnce)]).await?;
        match granted.first() {
            Some(GrantedQos::Refused) => Err(Ending::NotGranted),
            _ => Ok(()),
        }
    }

    /// Publishes and obeys until the connection ends.
    async fn serve(
        &mut self,
        client: Client<'a, M>,
        mut notices: Notices<'a, M>,
    ) -> Result<Infallible, Ending> {
        self.publish(client).await?;
        self.backoff.succeeded();
        let mut ticker = Ticker::every(self.interval);
        // No smaller than the memory in which they wait: so each fits.
        let mut copy = [0; COMMANDS];
        loop {
            let next_command = self.commands.next(&mut copy);
            match select3(notices.next(), next_command, ticker.next()).await {
                Either3::First(notice) => match notice {
                    Notice::Disconnected { client, .. } if client != CLIENT => {}
                    Notice::Disconnected { .. }
                    | Notice::Restarted
                    | Notice::ContextLost { .. }
                    | Notice::Ended => return Err(Ending::Lost(notice)),
                    notice => self.board.report(News::Noticed(notice)),
                },
                Either3::Second(Ok(message)) => match Command::from_payload(message.payload) {
                    Ok(command) => {
                        self.obey(command);
                        if let Command::Interval(_) = command {
                            ticker = Ticker::every(self.interval);
                        }
                    }
                    Err(unknown) => self.board.report(News::NotUnderstood(unknown)),
                },
                // The notices tell it, too, and this may come from before the connection.
                Either3::Second(Err(Missed::Ended)) => {}
                Either3::Second(Err(missed)) => self.board.report(News::Missed(missed)),
                Either3::Third(()) => self.publish(client).await?,
            }
        }
    }

    async fn publish(&mut self, client: Client<'a, M>) -> Result<(), Error<Ended>> {
        let temperature = self.board.measure().await;
        let payload = temperature.to_json();
        let message = Publication::new(self.settings.readings, payload.as_bytes())?;
        client.publish(&message.qos(QoS::AtLeastOnce)).await?;
        self.board.report(News::Published(temperature));
        Ok(())
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Interval(seconds) => self.interval = Duration::from_secs(seconds.into()),
            Command::Light(light) => self.board.switch(light),
        }
        self.board.report(News::Obeyed(command));
    }

    async fn press_power_key(&mut self) {
        self.board.press_power_key();
        Timer::after(PRESS).await;
        self.board.release_power_key();
        // It may be another modem, or one whose memory was erased.
        self.has_certificate = false;
        self.board.report(News::PowerKeyPressed);
    }
}

const CLIENT: ClientIndex = ClientIndex::ZERO;

/// Bytes for commands until they are read: 12 for each, its topic and its payload.
pub const COMMANDS: usize = 256;

/// For a modem that is on to answer; it is asked every second.
const FIRST_LOOK: Duration = Duration::from_secs(5);

/// Long enough to switch a modem on, and to switch one off.
const PRESS: Duration = Duration::from_millis(800);

/// For a network to be found. The first time, and abroad, that takes minutes.
const LONGEST_SEARCH: Duration = Duration::from_secs(300);
