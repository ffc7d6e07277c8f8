use quectel_mqtt::{
    Failure, Registration, ValueError,
    runner::{Ended, Error, Missed, Notice},
};

use crate::{Command, Light, Temperature, Unknown};

/// What the meter needs of the board that it runs on.
pub trait Board {
    /// Measures the temperature.
    fn measure(&mut self) -> impl Future<Output = Temperature>;

    /// Switches the light.
    fn switch(&mut self, light: Light);

    /// Pulls the modem's PWRKEY low.
    fn press_power_key(&mut self);

    /// Lets go of PWRKEY.
    fn release_power_key(&mut self);

    /// Tells whoever watches: the log.
    fn report(&mut self, news: News);
}

/// What has happened.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum News {
    /// The power key was pressed: the modem goes on, if it was off, and off, if it was on.
    PowerKeyPressed,
    /// The modem has refused one of [`Settings::preparation`](crate::Settings::preparation).
    NotPrepared(Failure),
    /// The modem is registered with a network.
    Registered(Registration),
    /// The modem has the certificate of the CA.
    CertificateStored,
    /// The meter is connected, and has subscribed.
    Connected,
    /// The server has acknowledged a reading.
    Published(Temperature),
    /// A command was obeyed.
    Obeyed(Command),
    /// A message was no command.
    NotUnderstood(Unknown),
    /// Messages were lost.
    Missed(Missed),
    /// Something that does not end the connection.
    Noticed(Notice),
    /// The attempt to connect, or the connection, has ended.
    Ended(Ending),
    /// So many seconds until the next attempt.
    Pausing(u32),
}

/// How a connection, or the attempt to make one, has ended.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ending {
    /// By an operation that did not succeed.
    Failed(Error<Ended>),
    /// By what happened to the modem: a restart, a lost connection or network.
    Lost(Notice),
    /// The server did not grant the subscription.
    NotGranted,
}

impl From<Error<Ended>> for Ending {
    fn from(error: Error<Ended>) -> Self {
        Self::Failed(error)
    }
}

impl From<ValueError> for Ending {
    fn from(error: ValueError) -> Self {
        Self::Failed(error.into())
    }
}
