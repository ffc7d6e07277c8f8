//! AT+CPIN, AT+CSQ, AT+CEREG and its kin: SIM, signal, registration (27.007, chapters 8.3, 8.5,
//! 7.2, 10.1.20, 10.1.22).
//!
//! ```text
//! AT+CPIN?     +CPIN: <code>
//! AT+CSQ       +CSQ: <rssi>,<ber>
//! AT+CEREG?    +CEREG: <n>,<stat>[,[<tac>],[<ci>],[<AcT>][,<cause_type>,<reject_cause>]]
//! ```

use super::{Command, Domain, Request, Response};
use crate::{at::CommandWriter, dialect::Dialect};

/// Asks for the state of the SIM. Without a SIM, the modem answers +CME ERROR: 10.
#[derive(Clone, Copy, Debug)]
pub struct SimQuery;

/// What the SIM waits for.
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SimState {
    /// `READY`: for nothing.
    #[error("the SIM is ready")]
    Ready,
    /// `SIM PIN`: its PIN.
    #[error("the SIM waits for its PIN")]
    PinRequired,
    /// `SIM PUK`: its PUK, after three wrong PINs.
    #[error("the SIM waits for its PUK")]
    PukRequired,
    /// Another code.
    #[error("the SIM waits for another code")]
    Other,
}

impl Request for SimQuery {
    type Answer<'a> = SimState;

    fn command(&self, _: &Dialect) -> Command {
        Command::Sim
    }

    fn write(&self, _: &Dialect, line: &mut CommandWriter<'_>) {
        line.read("+CPIN");
    }

    fn read<'a>(&self, _: &Dialect, response: Response<'a>) -> Option<SimState> {
        let state = response.parameters("+CPIN").next()?.rest().trim_ascii();
        Some(match state {
            b"READY" => SimState::Ready,
            b"SIM PIN" => SimState::PinRequired,
            b"SIM PUK" => SimState::PukRequired,
            _ => SimState::Other,
        })
    }
}

/// Asks for the signal.
#[derive(Clone, Copy, Debug)]
pub struct SignalQuery;

/// The signal that the modem receives.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SignalQuality {
    /// Its strength in dBm, −113 (or less) to −51 (or more); `None` when there is none, or it is not
    /// known.
    pub dbm: Option<i16>,
    /// Its bit error rate as a class from 0 (best) to 7; `None` when it is not known.
    pub bit_error_class: Option<u8>,
}

impl Request for SignalQuery {
    type Answer<'a> = SignalQuality;

    fn command(&self, _: &Dialect) -> Command {
        Command::Signal
    }

    fn write(&self, _: &Dialect, line: &mut CommandWriter<'_>) {
        line.execute("+CSQ");
    }

    fn read<'a>(&self, _: &Dialect, response: Response<'a>) -> Option<SignalQuality> {
        let mut parameters = response.parameters("+CSQ").next()?;
        let strength = parameters.byte()?;
        let errors = parameters.byte()?;
        Some(SignalQuality {
            // 0 is −113 dBm or less, 31 is −51 dBm or more, in steps of 2 dB.
            dbm: (strength <= 31).then(|| i16::from(strength).wrapping_mul(2).wrapping_sub(113)),
            bit_error_class: (errors <= 7).then_some(errors),
        })
    }
}

/// Asks for the registration with a network.
#[derive(Clone, Copy, Debug)]
pub struct RegistrationQuery {
    /// With which.
    pub domain: Domain,
}

/// A registration, and where the modem says it, why not.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{state}")]
pub struct Registration {
    /// How far it is.
    pub state: RegistrationState,
    /// Why it was refused, as the network's own number (3GPP TS 24.301, annex A). Modems report it
    /// when `AT+CEREG=3` was set.
    pub reject_cause: Option<u8>,
}

/// `<stat>` of AT+CEREG and its kin.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum RegistrationState {
    /// 0: not registered, and not searching: the radio is off, or there is no SIM.
    #[error("not registered, and not searching")]
    Idle,
    /// 1: registered at home.
    #[error("registered at home")]
    Home,
    /// 2: searching.
    #[error("not registered, searching")]
    Searching,
    /// 3: the network refuses.
    #[error("registration refused by the network")]
    Denied,
    /// 4: unknown, for example out of coverage.
    #[error("registration unknown, maybe out of coverage")]
    OutOfCoverage,
    /// 5: registered, roaming.
    #[error("registered, roaming")]
    Roaming,
    /// Another number.
    #[error("registration state {0}")]
    Unknown(u8),
}

impl From<u8> for RegistrationState {
    fn from(state: u8) -> Self {
        match state {
            0 => Self::Idle,
            1 => Self::Home,
            2 => Self::Searching,
            3 => Self::Denied,
            4 => Self::OutOfCoverage,
            5 => Self::Roaming,
            state => Self::Unknown(state),
        }
    }
}

impl Registration {
    /// Whether there is a network to connect through.
    #[must_use]
    pub const fn is_registered(self) -> bool {
        matches!(
            self.state,
            RegistrationState::Home | RegistrationState::Roaming
        )
    }
}

impl Request for RegistrationQuery {
    type Answer<'a> = Registration;

    fn command(&self, _: &Dialect) -> Command {
        Command::Registration(self.domain)
    }

    fn write(&self, _: &Dialect, line: &mut CommandWriter<'_>) {
        line.read(Command::Registration(self.domain).name());
    }

    fn read<'a>(&self, _: &Dialect, response: Response<'a>) -> Option<Registration> {
        // A URC of the same name can come in between; it has no `<n>`: `+CEREG: <stat>[,"<tac>"…`.
        response
            .parameters(Command::Registration(self.domain).name())
            .find_map(|mut parameters| {
                let (_, state) = (parameters.byte()?, parameters.byte()?);
                // <tac>, <ci>, <AcT>, <cause_type>
                for _ in 0..4 {
                    parameters.skip();
                }
                Some(Registration {
                    state: state.into(),
                    reject_cause: parameters.byte(),
                })
            })
    }
}
