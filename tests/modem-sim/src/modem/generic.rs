//! Commands that have nothing to do with MQTT: as much as hosts ask before they begin.

use super::{
    Modem,
    line::{Answer, Form, Reply},
    params::Refused,
};
use crate::config::Family;

impl Modem {
    /// A basic command: a letter, perhaps with a number.
    pub(super) fn basic(&mut self, letter: u8, parameter: &[u8]) -> Answer {
        match (letter, parameter) {
            (b'E', b"" | b"0") => self.front.echo = self.behaviour.keep_echo && self.front.echo,
            (b'E', b"1") => self.front.echo = true,
            (b'I', b"" | b"0") => {
                let model = self.module.model();
                let revision = self.module.revision();
                self.info(format!("Quectel\r\n{model}\r\nRevision: {revision}"));
            }
            (b'V', b"1") | (b'Q', b"" | b"0") => {}
            (b'&', [b'F' | b'f', b'0'] | [b'F' | b'f']) | (b'Z', b"" | b"0") => {
                self.front.echo = true;
                self.front.error_format = 1;
            }
            (b'&', [b'W' | b'w', b'0'] | [b'W' | b'w']) => {}
            _ => return Err(Refused::Parameter),
        }
        Ok(Reply::Ok)
    }

    /// An extended command that is not of MQTT.
    pub(super) fn generic(&mut self, name: &str, form: Form) -> Answer {
        match (name, form) {
            ("+CMEE", Form::Test) => self.info("+CMEE: (0-2)"),
            ("+CMEE", Form::Read) => self.info(format!("+CMEE: {}", self.front.error_format)),
            ("+CMEE", Form::Write(mut params)) => {
                let format = params.integer(0, 2)?;
                params.end()?;
                self.front.error_format = u8::try_from(format).map_err(|_| Refused::Parameter)?;
            }
            ("+CGMI" | "+GMI", Form::Execute) => self.info("Quectel"),
            ("+CGMM" | "+GMM", Form::Execute) => self.info(self.module.model()),
            ("+CGMR" | "+GMR", Form::Execute) => self.info(self.module.revision()),
            // An IMEI of the range that is reserved for tests.
            ("+CGSN" | "+GSN", Form::Execute) => self.info("001010123456789"),
            (
                "+CGMI" | "+GMI" | "+CGMM" | "+GMM" | "+CGMR" | "+GMR" | "+CGSN" | "+GSN" | "+CPIN"
                | "+QPOWD",
                Form::Test,
            ) => {}
            ("+CPIN", Form::Read) if self.behaviour.sim_missing => {
                return Ok(Reply::Cme(10, "SIM not inserted"));
            }
            ("+CPIN", Form::Read) => self.info("+CPIN: READY"),
            ("+CPIN", Form::Write(_)) => return Ok(Reply::Cme(3, "operation not allowed")),
            ("+CSQ", Form::Execute) => self.info(match self.is_registered() {
                true => "+CSQ: 20,99",
                false => "+CSQ: 99,99",
            }),
            ("+CSQ", Form::Test) => self.info("+CSQ: (0-31,99),(0-7,99)"),
            ("+CEREG" | "+CGREG" | "+CREG", form) => self.registration(name, form)?,
            ("+CGATT", form) => self.attach(form)?,
            ("+CGDCONT", form) => self.cgdcont(form)?,
            ("+CGACT", form) => self.cgact(form)?,
            ("+CGPADDR", form) => self.cgpaddr(form)?,
            ("+QFUPL", form) if self.family == Family::Bg95 => return self.qfupl(form),
            ("+QFLST", form) if self.family == Family::Bg95 => return self.qflst(form),
            ("+QFDEL", form) if self.family == Family::Bg95 => return self.qfdel(form),
            ("+QSSLCFG", form) => return self.qsslcfg(form),
            ("+QICSGP", form) if self.family == Family::Bg95 => return self.qicsgp(form),
            ("+QIACT", form) if self.family == Family::Bg95 => return self.qiact(form),
            ("+QIDEACT", form) if self.family == Family::Bg95 => return self.qideact(form),
            ("+CFUN", Form::Read) => self.info("+CFUN: 1"),
            ("+CFUN", Form::Write(mut params)) => {
                params.integer(1, 1)?;
                self.front.restart = params.optional_integer(0, 1)? == Some(1);
                params.end()?;
            }
            ("+QSCLK", form) if self.family == Family::Bc660k => self.sleep_mode(form)?,
            ("+QPOWD", Form::Execute) => self.front.power_down = true,
            ("+QPOWD", Form::Write(mut params)) => {
                params.integer(0, 1)?;
                params.end()?;
                self.front.power_down = true;
            }
            _ => return Err(Refused::Unknown),
        }
        Ok(Reply::Ok)
    }

    /// `AT+QSCLK`: 0 switches the sleep modes off; 1 and 2 switch them on.
    fn sleep_mode(&mut self, form: Form) -> Result<(), Refused> {
        match form {
            Form::Test => self.info("+QSCLK: (0-2)"),
            Form::Read => self.info(format!("+QSCLK: {}", self.front.sleep_mode)),
            Form::Write(mut params) => {
                let mode = params.integer(0, 2)?;
                params.end()?;
                self.front.sleep_mode = u8::try_from(mode).map_err(|_| Refused::Parameter)?;
            }
            Form::Execute => return Err(Refused::Parameter),
        }
        Ok(())
    }
}
