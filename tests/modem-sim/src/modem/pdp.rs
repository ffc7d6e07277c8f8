//! PDP contexts, and the commands of the BG95 family for them.
//!
//! ```text
//! AT+QICSGP=<contextID>[,<context_type>,<APN>[,<username>[,<password>[,<authentication>]]]]<CR>
//! AT+QIACT=<contextID><CR>
//! AT+QIDEACT=<contextID><CR>
//! ```

use std::time::Duration;

use super::{
    Modem,
    client::State,
    line::{Answer, Form, Reply},
    params::{Params, Refused},
};
use crate::config::Family;

/// The contexts by number, from 1 on.
#[derive(Debug)]
pub(super) struct Contexts([Pdp; CONTEXTS]);

/// A PDP context as `AT+QICSGP` or `AT+CGDCONT` defines it.
#[derive(Clone, Debug)]
pub(super) struct Pdp {
    pub(super) defined: bool,
    pub(super) active: bool,
    /// 1 is IPv4, 2 IPv6, 3 both.
    pub(super) kind: i64,
    pub(super) apn: String,
    username: String,
    password: String,
    authentication: i64,
}

impl Contexts {
    pub(super) fn new() -> Self {
        let mut contexts = std::array::from_fn(|_| Pdp::undefined());
        contexts[0].defined = true;
        Self(contexts)
    }

    /// Activates the context that comes with an attach.
    pub(super) fn activate_first(&mut self) {
        self.0[0].activate();
    }

    pub(super) fn by_number_mut(&mut self, number: usize) -> Result<&mut Pdp, Refused> {
        let index = number.checked_sub(1).ok_or(Refused::Parameter)?;
        self.0.get_mut(index).ok_or(Refused::Parameter)
    }

    pub(super) fn by_number(&self, number: usize) -> Result<&Pdp, Refused> {
        let index = number.checked_sub(1).ok_or(Refused::Parameter)?;
        self.0.get(index).ok_or(Refused::Parameter)
    }

    /// The contexts that are defined, with their numbers.
    pub(super) fn defined(&self) -> impl Iterator<Item = (usize, &Pdp)> {
        (1..).zip(&self.0).filter(|(_, pdp)| pdp.defined)
    }

    /// The numbers of those that are active.
    pub(super) fn active(&self) -> Vec<usize> {
        let active = self.defined().filter(|(_, pdp)| pdp.active);
        active.map(|(number, _)| number).collect()
    }
}

impl Pdp {
    pub(super) fn undefined() -> Self {
        Self {
            defined: false,
            active: false,
            kind: 1,
            apn: String::new(),
            username: String::new(),
            password: String::new(),
            authentication: 0,
        }
    }

    /// Makes it active, defined or not.
    pub(super) fn activate(&mut self) {
        self.defined = true;
        self.active = true;
    }
}

impl Modem {
    pub(super) fn qicsgp(&mut self, form: Form) -> Answer {
        let mut params = match form {
            Form::Test => {
                self.info("+QICSGP: (1-16),(1-3),<APN>,<username>,<password>,(0-3)");
                return Ok(Reply::Ok);
            }
            Form::Write(params) => params,
            Form::Read | Form::Execute => return Err(Refused::Parameter),
        };
        let pdp = self
            .bearer
            .contexts
            .by_number_mut(context_number(&mut params)?)?;
        if params.is_empty() {
            let answer = format!(
                "+QICSGP: {},\"{}\",\"{}\",\"{}\",{}",
                pdp.kind, pdp.apn, pdp.username, pdp.password, pdp.authentication
            );
            self.info(answer);
            return Ok(Reply::Ok);
        }
        let changed = Pdp {
            defined: true,
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

    /// `AT+QIACT`, which is an error when the context is active already.
    pub(super) fn qiact(&mut self, form: Form) -> Answer {
        let mut params = match form {
            Form::Test => {
                self.info("+QIACT: (1-16)");
                return Ok(Reply::Ok);
            }
            Form::Read => {
                let contexts = self.bearer.contexts.defined();
                let active: Vec<String> = contexts
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
        let number = context_number(&mut params)?;
        params.end()?;
        self.take_activation_failure()?;
        let registered = self.is_registered();
        let pdp = self.bearer.contexts.by_number_mut(number)?;
        if pdp.active || !registered {
            return Err(Refused::State);
        }
        pdp.activate();
        Ok(Reply::Ok)
    }

    pub(super) fn qideact(&mut self, form: Form) -> Answer {
        let mut params = match form {
            Form::Test => {
                self.info("+QIDEACT: (1-16)");
                return Ok(Reply::Ok);
            }
            Form::Write(params) => params,
            Form::Read | Form::Execute => return Err(Refused::Parameter),
        };
        let number = context_number(&mut params)?;
        params.end()?;
        self.deactivate(number);
        Ok(Reply::Ok)
    }

    /// Loses a PDP context, as when the network takes it back.
    ///
    /// The BG95 family reports `+QIURC: "pdpdeact",<context>`. The clients that use the context
    /// lose their connections; the BC660K-GL reports that (`+QMTSTAT: c,7`), the BG95 family when
    /// [`Behaviour::stat_on_pdp_loss`](crate::Behaviour::stat_on_pdp_loss) says so.
    pub fn lose_pdp(&mut self, now: Duration, context: u8) {
        self.advance(now);
        self.lose_context(context.into());
        self.poll(now);
    }

    /// Loses every active context, as when the network is gone.
    pub(super) fn lose_all_contexts(&mut self) {
        for number in self.bearer.contexts.active() {
            self.lose_context(number);
        }
    }

    /// Activates the context of a client, as `AT+QMTOPEN` does; says whether that is possible.
    pub(super) fn activate_for(&mut self, client: usize) -> bool {
        let registered = self.is_registered();
        let number = self.clients.get(client).map(|one| one.settings.pdp);
        let pdp = number
            .and_then(|number| usize::try_from(number).ok())
            .and_then(|number| self.bearer.contexts.by_number_mut(number).ok());
        if let (Some(pdp), true) = (pdp, registered) {
            pdp.activate();
        }
        registered
    }

    /// Lets an activation fail where that is wanted.
    pub(super) fn take_activation_failure(&mut self) -> Result<(), Refused> {
        match self.behaviour.activation_failures {
            0 => Ok(()),
            _ => {
                self.behaviour.activation_failures -= 1;
                Err(Refused::State)
            }
        }
    }

    /// Ends a context, and the connections of the clients that use it.
    pub(super) fn deactivate(&mut self, number: usize) {
        let Ok(pdp) = self.bearer.contexts.by_number_mut(number) else {
            return;
        };
        pdp.active = false;
        let mut lost = Vec::new();
        for (index, client) in self.clients.iter_mut().enumerate() {
            let uses = usize::try_from(client.settings.pdp) == Ok(number);
            if uses && client.state != State::Idle {
                client.drop_link(self.now, &mut *self.network);
                lost.push(index);
            }
        }
        if self.behaviour.stat_on_pdp_loss || self.family == Family::Bc660k {
            for index in lost {
                // "The link is not alive."
                self.urc(format!("+QMTSTAT: {index},7").into());
            }
        }
    }

    fn lose_context(&mut self, number: usize) {
        if self.family == Family::Bg95 {
            self.urc(format!("+QIURC: \"pdpdeact\",{number}").into());
        }
        self.deactivate(number);
    }
}

/// `<contextID>`, or `<cid>`
pub(super) fn context_number(params: &mut Params) -> Result<usize, Refused> {
    let last = i64::try_from(CONTEXTS).map_err(|_| Refused::Parameter)?;
    usize::try_from(params.integer(1, last)?).map_err(|_| Refused::Parameter)
}

/// As many as `AT+QMTCFG="pdpcid"` can name.
const CONTEXTS: usize = 16;

pub(super) const APN_MAX: usize = 100;
const LOGIN_MAX: usize = 64;
