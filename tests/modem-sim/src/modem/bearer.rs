//! What stands before MQTT: registration with the network, and PDP contexts.

use std::time::Duration;

use super::{
    Modem,
    client::State,
    line::{Answer, Form, Reply},
    params::{Params, Refused},
};
use crate::behaviour::Registration;

/// The modem's place in the mobile network.
#[derive(Debug)]
pub(super) struct Bearer {
    /// When the modem began to search.
    started: Duration,
    /// `AT+CGATT`
    attached: bool,
    /// The `<n>` of each command in [`COMMANDS`].
    reports: [u8; 3],
    /// The state that was reported last.
    seen: Option<u8>,
    contexts: [Pdp; CONTEXTS],
}

/// A PDP context as `AT+QICSGP` defines it.
#[derive(Clone, Debug)]
struct Pdp {
    active: bool,
    kind: i64,
    apn: String,
    username: String,
    password: String,
    authentication: i64,
}

impl Default for Pdp {
    fn default() -> Self {
        Self {
            active: false,
            kind: 1,
            apn: String::new(),
            username: String::new(),
            password: String::new(),
            authentication: 0,
        }
    }
}

impl Bearer {
    pub(super) fn new(now: Duration) -> Self {
        Self {
            started: now,
            attached: true,
            reports: [0; 3],
            seen: None,
            contexts: std::array::from_fn(|_| Pdp::default()),
        }
    }
}

impl Modem {
    /// Sends `+CEREG: …` and its kin when the registration has changed.
    pub(super) fn report_registration(&mut self) {
        let state = self.registration_state();
        let before = self.bearer.seen.replace(state);
        if before.is_none_or(|before| before == state) {
            return;
        }
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
        matches!(self.registration_state(), HOME | ROAMING)
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

    /// `AT+QICSGP=<contextID>[,<context_type>,<APN>[,<username>[,<password>[,<auth>]]]]`
    pub(super) fn qicsgp(&mut self, form: Form) -> Answer {
        let mut params = match form {
            Form::Test => {
                self.info("+QICSGP: (1-16),(1-3),<APN>,<username>,<password>,(0-3)");
                return Ok(Reply::Ok);
            }
            Form::Write(params) => params,
            Form::Read | Form::Execute => return Err(Refused::Parameter),
        };
        let index = context_index(&mut params)?;
        let pdp = self
            .bearer
            .contexts
            .get_mut(index)
            .ok_or(Refused::Parameter)?;
        if params.is_empty() {
            let answer = format!(
                "+QICSGP: {},\"{}\",\"{}\",\"{}\",{}",
                pdp.kind, pdp.apn, pdp.username, pdp.password, pdp.authentication
            );
            self.info(answer);
            return Ok(Reply::Ok);
        }
        let changed = Pdp {
            active: pdp.active,
            kind: params.integer(1, 3)?,
            apn: params.text(0, APN_MAX)?,
            username: params.optional_text(LOGIN_MAX)?.unwrap_or_default(),
            password: params.optional_text(LOGIN_MAX)?.unwrap_or_default(),
            authentication: params.optional_integer(0, 3)?.unwrap_or(0),
        };
        params.end()?;
        *pdp = changed;
        Ok(Reply::Ok)
    }

    /// `AT+QIACT=<contextID>`, which is an error when the context is active already.
    pub(super) fn qiact(&mut self, form: Form) -> Answer {
        let mut params = match form {
            Form::Test => {
                self.info("+QIACT: (1-16)");
                return Ok(Reply::Ok);
            }
            Form::Read => {
                let active: Vec<String> = (1..)
                    .zip(&self.bearer.contexts)
                    .filter(|(_, pdp)| pdp.active)
                    .map(|(number, pdp)| {
                        format!("+QIACT: {number},1,{},\"10.0.0.{number}\"", pdp.kind)
                    })
                    .collect();
                for line in active {
                    self.info(line);
                }
                return Ok(Reply::Ok);
            }
            Form::Write(params) => params,
            Form::Execute => return Err(Refused::Parameter),
        };
        let index = context_index(&mut params)?;
        params.end()?;
        if self.behaviour.activation_failures > 0 {
            self.behaviour.activation_failures -= 1;
            return Err(Refused::State);
        }
        let registered = self.is_registered();
        let pdp = self
            .bearer
            .contexts
            .get_mut(index)
            .ok_or(Refused::Parameter)?;
        if pdp.active || !registered {
            return Err(Refused::State);
        }
        pdp.active = true;
        Ok(Reply::Ok)
    }

    /// `AT+QIDEACT=<contextID>`
    pub(super) fn qideact(&mut self, form: Form) -> Answer {
        let mut params = match form {
            Form::Test => {
                self.info("+QIDEACT: (1-16)");
                return Ok(Reply::Ok);
            }
            Form::Write(params) => params,
            Form::Read | Form::Execute => return Err(Refused::Parameter),
        };
        let index = context_index(&mut params)?;
        params.end()?;
        self.deactivate(index);
        Ok(Reply::Ok)
    }

    /// Loses a PDP context, as when the network takes it back: `+QIURC: "pdpdeact",<context>`.
    ///
    /// The clients that use it lose their connections;
    /// [`Behaviour::stat_on_pdp_loss`](crate::Behaviour::stat_on_pdp_loss) says whether that is
    /// reported, too.
    pub fn lose_pdp(&mut self, now: Duration, context: u8) {
        self.now = self.now.max(now);
        self.urc(format!("+QIURC: \"pdpdeact\",{context}").into());
        if let Some(index) = usize::from(context).checked_sub(1) {
            self.deactivate(index);
        }
        self.poll(now);
    }

    /// Activates the context of a client, as `AT+QMTOPEN` does; says whether that is possible.
    pub(super) fn activate_for(&mut self, client: usize) -> bool {
        let registered = self.is_registered();
        let number = self.clients.get(client).map(|one| one.settings.pdp);
        let pdp = number
            .and_then(|number| usize::try_from(number - 1).ok())
            .and_then(|index| self.bearer.contexts.get_mut(index));
        if let Some(pdp) = pdp {
            pdp.active |= registered;
        }
        registered
    }

    fn deactivate(&mut self, index: usize) {
        let Some(pdp) = self.bearer.contexts.get_mut(index) else {
            return;
        };
        pdp.active = false;
        let mut lost = Vec::new();
        for (number, client) in self.clients.iter_mut().enumerate() {
            let uses = usize::try_from(client.settings.pdp) == Ok(index + 1);
            if uses && client.state != State::Idle {
                client.drop_link(self.now, &mut *self.network);
                lost.push(number);
            }
        }
        if self.behaviour.stat_on_pdp_loss {
            for number in lost {
                // "The link is not alive."
                self.urc(format!("+QMTSTAT: {number},7").into());
            }
        }
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

fn context_index(params: &mut Params) -> Result<usize, Refused> {
    let last = i64::try_from(CONTEXTS).map_err(|_| Refused::Parameter)?;
    let number = params.integer(1, last)?;
    usize::try_from(number - 1).map_err(|_| Refused::Parameter)
}

/// The commands that show the registration.
const COMMANDS: [&str; 3] = ["+CREG", "+CGREG", "+CEREG"];

/// As many as `AT+QMTCFG="pdpcid"` can name.
const CONTEXTS: usize = 16;

const HOME: u8 = 1;
const SEARCHING: u8 = 2;
const DENIED: u8 = 3;
const ROAMING: u8 = 5;

const APN_MAX: usize = 100;
const LOGIN_MAX: usize = 64;
