//! What stands before MQTT: registration with the network.

use std::time::Duration;

use super::{Modem, line::Form, params::Refused, pdp::Contexts};
use crate::{behaviour::Registration, config::Family};

/// The modem's place in the mobile network.
#[derive(Debug)]
pub(super) struct Bearer {
    /// When the modem began to search.
    started: Duration,
    /// `AT+CGATT`
    pub(super) attached: bool,
    /// The `<n>` of each command in [`COMMANDS`].
    reports: [u8; 3],
    /// The state that was reported last.
    seen: Option<u8>,
    pub(super) contexts: Contexts,
}

impl Bearer {
    pub(super) fn new(now: Duration) -> Self {
        Self {
            started: now,
            attached: true,
            reports: [0; 3],
            seen: None,
            contexts: Contexts::new(),
        }
    }
}

impl Modem {
    /// Does what a changed registration brings: `+CEREG: …` and its kin, and PDP contexts that
    /// come and go with it.
    pub(super) fn report_registration(&mut self) {
        let state = self.registration_state();
        let before = self.bearer.seen.replace(state);
        if before == Some(state) {
            return;
        }
        if before.is_some() {
            self.report_state(state);
        }
        match (before.is_some_and(is_registered), is_registered(state)) {
            // NB-IoT attaches with a bearer.
            (false, true) if self.family == Family::Bc660k => {
                self.bearer.contexts.activate_first();
            }
            (true, false) => self.lose_all_contexts(),
            _ => {}
        }
    }

    fn report_state(&mut self, state: u8) {
        for (name, reports) in COMMANDS.into_iter().zip(self.bearer.reports) {
            if reports > 0 {
                let details = self.registration_details(reports);
                self.urc(format!("{name}: {state}{details}").into());
            }
        }
    }

    /// When the registration changes by the passing of time alone.
    pub(super) fn registration_deadline(&self) -> Option<Duration> {
        match self.behaviour.registration {
            Registration::After(time) => {
                Some(self.bearer.started + time).filter(|at| *at > self.now)
            }
            _ => None,
        }
    }

    pub(super) fn is_registered(&self) -> bool {
        is_registered(self.registration_state())
    }

    pub(super) fn registration(&mut self, name: &str, form: Form) -> Result<(), Refused> {
        let index = COMMANDS
            .iter()
            .position(|one| *one == name)
            .ok_or(Refused::Unknown)?;
        match form {
            Form::Test => self.info(format!("{name}: (0-3)")),
            Form::Read => {
                let reports = self.bearer.reports[index];
                let state = self.registration_state();
                let details = self.registration_details(reports);
                self.info(format!("{name}: {reports},{state}{details}"));
            }
            Form::Write(mut params) => {
                let reports = params.integer(0, 3)?;
                params.end()?;
                self.bearer.reports[index] =
                    u8::try_from(reports).map_err(|_| Refused::Parameter)?;
            }
            Form::Execute => return Err(Refused::Parameter),
        }
        Ok(())
    }

    pub(super) fn attach(&mut self, form: Form) -> Result<(), Refused> {
        match form {
            Form::Test => self.info("+CGATT: (0,1)"),
            Form::Read => self.info(format!("+CGATT: {}", u8::from(self.is_registered()))),
            Form::Write(mut params) => {
                self.bearer.attached = params.integer(0, 1)? == 1;
                params.end()?;
            }
            Form::Execute => return Err(Refused::Parameter),
        }
        Ok(())
    }

    fn registration_state(&self) -> u8 {
        if self.behaviour.sim_missing || !self.bearer.attached {
            return 0;
        }
        match self.behaviour.registration {
            Registration::Home => HOME,
            Registration::Roaming => ROAMING,
            Registration::Searching => SEARCHING,
            Registration::Denied { .. } => DENIED,
            Registration::After(time) if self.bearer.started + time <= self.now => HOME,
            Registration::After(_) => SEARCHING,
        }
    }

    /// What stands behind the state: the cell from `<n>` 2 on, the cause of a refusal with 3.
    fn registration_details(&self, reports: u8) -> String {
        match (self.behaviour.registration, reports) {
            (Registration::Denied { cause }, 3) if self.registration_state() == DENIED => {
                format!(",,,,0,{cause}")
            }
            (_, 2 | 3) if self.is_registered() => ",\"1A2B\",\"00C3D4E5\",9".into(),
            _ => String::new(),
        }
    }
}

fn is_registered(state: u8) -> bool {
    matches!(state, HOME | ROAMING)
}

/// The commands that show the registration.
const COMMANDS: [&str; 3] = ["+CREG", "+CGREG", "+CEREG"];

const HOME: u8 = 1;
const SEARCHING: u8 = 2;
const DENIED: u8 = 3;
const ROAMING: u8 = 5;
