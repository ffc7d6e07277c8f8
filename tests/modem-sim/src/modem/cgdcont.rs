//! PDP contexts by 27.007: `AT+CGDCONT`, `AT+CGACT`, `AT+CGPADDR` (10.1.1, 10.1.10, 10.1.14).
//!
//! ```text
//! AT+CGDCONT=<cid>[,"<PDP_type>"[,"<APN>"[,"<PDP_addr>"[,<d_comp>[,<h_comp>]]]]]<CR>
//! AT+CGACT=<state>[,<cid>[,<cid>…]]<CR>
//! AT+CGPADDR[=<cid>[,<cid>…]]<CR>
//! ```

use super::{
    Modem,
    line::Form,
    params::{Params, Refused},
    pdp::{APN_MAX, Pdp, context_number},
};
use crate::config::Family;

impl Modem {
    pub(super) fn cgdcont(&mut self, form: Form) -> Result<(), Refused> {
        match form {
            Form::Test => {
                for kind in KINDS {
                    self.info(format!("+CGDCONT: (1-16),\"{kind}\",,,(0),(0)"));
                }
            }
            Form::Read => {
                // The address is empty here even when there is one: `AT+CGPADDR` shows it.
                let lines: Vec<String> = self
                    .bearer
                    .contexts
                    .defined()
                    .map(|(number, pdp)| {
                        let (kind, apn) = (kind_name(pdp.kind), &pdp.apn);
                        format!("+CGDCONT: {number},\"{kind}\",\"{apn}\",\"\",0,0")
                    })
                    .collect();
                for line in lines {
                    self.info(line);
                }
            }
            Form::Write(mut params) => {
                let number = context_number(&mut params)?;
                match params.is_empty() {
                    true => self.undefine(number)?,
                    false => self.define(number, &mut params)?,
                }
            }
            Form::Execute => return Err(Refused::Parameter),
        }
        Ok(())
    }

    pub(super) fn cgact(&mut self, form: Form) -> Result<(), Refused> {
        match form {
            Form::Test => self.info("+CGACT: (0,1)"),
            Form::Read => {
                let contexts = self.bearer.contexts.defined();
                let lines: Vec<String> = contexts
                    .map(|(number, pdp)| format!("+CGACT: {number},{}", u8::from(pdp.active)))
                    .collect();
                for line in lines {
                    self.info(line);
                }
            }
            Form::Write(mut params) => {
                let activate = params.integer(0, 1)? == 1;
                let mut numbers = context_numbers(&mut params)?;
                for number in &numbers {
                    if !self.bearer.contexts.by_number(*number)?.defined {
                        return Err(Refused::State);
                    }
                }
                match activate {
                    true => {
                        if numbers.is_empty() {
                            let defined = self.bearer.contexts.defined();
                            numbers = defined.map(|(number, _)| number).collect();
                        }
                        self.activate_all(&numbers)?;
                    }
                    false => {
                        if numbers.is_empty() {
                            numbers = self.bearer.contexts.active();
                        }
                        self.deactivate_all(&numbers)?;
                    }
                }
            }
            Form::Execute => return Err(Refused::Parameter),
        }
        Ok(())
    }

    pub(super) fn cgpaddr(&mut self, form: Form) -> Result<(), Refused> {
        let defined = || self.bearer.contexts.defined().map(|(number, _)| number);
        let numbers: Vec<usize> = match form {
            Form::Test => {
                let numbers: Vec<String> = defined().map(|number| number.to_string()).collect();
                self.info(format!("+CGPADDR: ({})", numbers.join(",")));
                return Ok(());
            }
            Form::Execute => defined().collect(),
            Form::Write(mut params) => {
                let first = context_number(&mut params)?;
                let mut numbers = context_numbers(&mut params)?;
                numbers.insert(0, first);
                numbers
            }
            Form::Read => return Err(Refused::Parameter),
        };
        for number in numbers {
            let pdp = self.bearer.contexts.by_number(number)?;
            let mut line = format!("+CGPADDR: {number}");
            if pdp.active && pdp.kind != IPV6 {
                line.push_str(&format!(",\"10.0.0.{number}\""));
            }
            if pdp.active && pdp.kind != IPV4 {
                // 2001:db8::, a prefix for documentation, in the dotted form of 27.007.
                line.push_str(&format!(",\"32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.{number}\""));
            }
            self.info(line);
        }
        Ok(())
    }

    fn define(&mut self, number: usize, params: &mut Params) -> Result<(), Refused> {
        let name = params.text(1, 16)?.to_ascii_uppercase();
        let kind = KINDS.iter().position(|kind| *kind == name);
        let kind =
            i64::try_from(kind.ok_or(Refused::Parameter)?).map_err(|_| Refused::Parameter)?;
        let apn = params.text_or_omitted(APN_MAX)?.unwrap_or_default();
        // An address is taken for compatibility only, and ignored.
        params.text_or_omitted(ADDRESS_MAX)?;
        params.optional_integer(0, 0)?;
        params.optional_integer(0, 0)?;
        params.end()?;
        let pdp = self.bearer.contexts.by_number_mut(number)?;
        pdp.defined = true;
        pdp.kind = kind + 1;
        pdp.apn = apn;
        Ok(())
    }

    fn undefine(&mut self, number: usize) -> Result<(), Refused> {
        let pdp = self.bearer.contexts.by_number_mut(number)?;
        if pdp.active {
            return Err(Refused::State);
        }
        *pdp = Pdp::undefined();
        Ok(())
    }

    /// Attaches where that was not done, and activates.
    fn activate_all(&mut self, numbers: &[usize]) -> Result<(), Refused> {
        self.take_activation_failure()?;
        self.bearer.attached = true;
        if !self.is_registered() {
            return Err(Refused::State);
        }
        for number in numbers {
            self.bearer.contexts.by_number_mut(*number)?.activate();
        }
        Ok(())
    }

    fn deactivate_all(&mut self, numbers: &[usize]) -> Result<(), Refused> {
        // "If an attempt is made to disconnect the last PDN connection, then the MT responds with
        // ERROR." What the BG95 family activates here comes on top of what it attached with.
        let active = self.bearer.contexts.active();
        let last = !active.is_empty() && active.iter().all(|number| numbers.contains(number));
        if last && self.family == Family::Bc660k {
            return Err(Refused::State);
        }
        for number in numbers {
            self.deactivate(*number);
        }
        Ok(())
    }
}

fn context_numbers(params: &mut Params) -> Result<Vec<usize>, Refused> {
    let mut numbers = Vec::new();
    while !params.is_empty() {
        numbers.push(context_number(params)?);
    }
    Ok(numbers)
}

fn kind_name(kind: i64) -> &'static str {
    let index = usize::try_from(kind - 1).ok();
    index
        .and_then(|index| KINDS.get(index))
        .unwrap_or(&KINDS[0])
}

/// `<PDP_type>`, in the order of `<context_type>` of `AT+QICSGP`.
const KINDS: [&str; 3] = ["IP", "IPV6", "IPV4V6"];

const IPV4: i64 = 1;
const IPV6: i64 = 2;
const ADDRESS_MAX: usize = 64;
