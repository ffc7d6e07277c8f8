//! AT+CGMI, AT+CGMM, AT+CGMR: who the modem is (27.007, chapters 5.1 to 5.3).
//!
//! ```text
//! AT+CGMI          AT+CGMM          AT+CGMR
//! Quectel          BG95-M3          BG95M3LAR02A04
//! OK               OK               OK
//! ```

use super::{Command, Request, Response};
use crate::{at::CommandWriter, dialect::Dialect};

/// Asks who made the modem: `Quectel`.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug)]
pub struct Manufacturer;

/// Asks which model it is: `BG95-M3`.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug)]
pub struct Model;

/// Asks for the revision of its firmware: `BG95M3LAR02A04`.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug)]
pub struct Revision;

macro_rules! text_request {
    ($request:ident) => {
        impl Request for $request {
            type Answer<'a> = &'a str;

            fn command(&self, _: &Dialect) -> Command {
                Command::$request
            }

            fn write(&self, _: &Dialect, line: &mut CommandWriter<'_>) {
                line.execute(Command::$request.name());
            }

            fn read<'a>(&self, _: &Dialect, response: Response<'a>) -> Option<&'a str> {
                response.text()
            }
        }
    };
}

text_request!(Manufacturer);
text_request!(Model);
text_request!(Revision);
