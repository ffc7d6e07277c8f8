//! AT+QSCLK: whether the modem sleeps (BC660K note, chapters 6.1 and 6.2; the modes are those of the
//! AT commands manual).
//!
//! ```text
//! AT+QSCLK=<n>
//! AT+QSCLK?        +QSCLK: <n>
//! ```

#[cfg(feature = "bc660k")]
use super::{Command, Request, Response};
use crate::at::CommandWriter;

/// Whether the modem sleeps when nothing is to be done (BC660K-GL).
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SleepMode {
    /// 0: it stays awake.
    Awake,
    /// 1: light and deep sleep, woken by the pin PSM_EINT. In light sleep a command wakes it too,
    /// and is lost.
    Deep,
    /// 2: as the modem's manual says.
    Light,
}

/// Asks whether the modem sleeps.
#[cfg(feature = "bc660k")]
#[derive(Clone, Copy, Debug)]
pub struct SleepQuery;

#[cfg(feature = "bc660k")]
impl Request for SleepQuery {
    type Answer<'a> = SleepMode;

    fn command(&self, _: &crate::Dialect) -> Command {
        Command::Sleep
    }

    fn write(&self, _: &crate::Dialect, line: &mut CommandWriter<'_>) {
        line.read("+QSCLK");
    }

    fn read<'a>(&self, _: &crate::Dialect, response: Response<'a>) -> Option<SleepMode> {
        Some(match response.parameters("+QSCLK").next()?.byte()? {
            0 => SleepMode::Awake,
            1 => SleepMode::Deep,
            2 => SleepMode::Light,
            _ => return None,
        })
    }
}

pub(crate) fn sleep(line: &mut CommandWriter<'_>, mode: SleepMode) {
    line.set("+QSCLK").number(mode as u32);
}
