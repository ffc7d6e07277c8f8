//! PDP contexts: what the modem connects through.
//!
//! ```text
//! AT+QICSGP=<contextID>,<context_type>,"<APN>","<username>","<password>",<authentication>
//! AT+QIACT?                +QIACT: <contextID>,<context_state>,<context_type>[,"<IP_address>"]
//! AT+QIACT=<contextID>     ERROR when it is active already
//! AT+QIDEACT=<contextID>
//! ```
//!
//! These are the BG95 family's own (its TCP/IP manual; the MQTT note has none of them). The BC660K-GL
//! has those of 27.007, chapters 10.1.1 and 10.1.10:
//!
//! ```text
//! AT+CGDCONT=<cid>,"<PDP_type>","<APN>"
//! AT+CGACT?                +CGACT: <cid>,<state>
//! AT+CGACT=<state>,<cid>
//! ```

use super::{
    Command,
    ContextCommands::{Quectel, Standard},
    Request, Response,
};
use crate::{
    at::CommandWriter,
    dialect::Dialect,
    mqtt::{Password, Text},
    usage::UsageError,
    value::{Parameter, ValueError, limit, out_of_range},
};

/// A PDP context: the way to the internet through one of the operator's access points.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug)]
pub struct PdpContext<'a> {
    /// `None`: the one that clients use when they don't say which.
    pub(crate) id: Option<u8>,
    pub(crate) kind: ContextKind,
    pub(crate) access_point: Text<'a>,
    pub(crate) user_name: Option<Text<'a>>,
    pub(crate) password: Option<Password<'a>>,
    pub(crate) authentication: Authentication,
}

/// The addresses of a PDP context.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ContextKind {
    /// IPv4.
    #[default]
    Ipv4,
    /// IPv6.
    Ipv6,
    /// Both.
    Ipv4AndIpv6,
}

/// How the operator checks user name and password.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Authentication {
    /// Not at all.
    #[default]
    None,
    /// By PAP.
    Pap,
    /// By CHAP.
    Chap,
    /// By what the network asks for.
    PapOrChap,
}

impl<'a> PdpContext<'a> {
    /// The context that clients use when they don't say which, with this access point name, IPv4,
    /// without user name; an empty name leaves the choice to the network.
    ///
    /// On the BG95 family this is context 1. On the BC660K-GL it is the one that the modem has with
    /// its registration, whatever its number; if there is none, context 1 is made.
    ///
    /// # Errors
    /// [`ValueError`] when it holds `"` or a control character, or exceeds 100 bytes.
    pub fn new(access_point: &'a str) -> Result<Self, ValueError> {
        limit(Parameter::AccessPoint, access_point.len(), 100)?;
        Ok(Self {
            id: None,
            kind: ContextKind::default(),
            access_point: Text::new(Parameter::AccessPoint, access_point)?,
            user_name: None,
            password: None,
            authentication: Authentication::default(),
        })
    }

    /// Its number, 1–16. `ConnectOptions::pdp_context` names the one that a client uses.
    ///
    /// # Errors
    /// [`ValueError`] for another.
    pub const fn id(mut self, id: u8) -> Result<Self, ValueError> {
        if id < 1 || id > 16 {
            return Err(out_of_range(Parameter::PdpContext, id as u32, 1, 16));
        }
        self.id = Some(id);
        Ok(self)
    }

    /// The addresses that it has.
    #[must_use]
    pub const fn kind(mut self, kind: ContextKind) -> Self {
        self.kind = kind;
        self
    }

    /// User name and password, up to 64 bytes each, and how they are checked. BG95 family only:
    /// other dialects refuse them with [`UsageError::NotSupported`].
    ///
    /// # Errors
    /// [`ValueError`] when one of them is too long, or holds `"` or a control character.
    #[cfg(feature = "bg95")]
    pub fn credentials(
        mut self,
        user_name: &'a str,
        password: &'a str,
        authentication: Authentication,
    ) -> Result<Self, ValueError> {
        limit(Parameter::UserName, user_name.len(), 64)?;
        limit(Parameter::Password, password.len(), 64)?;
        self.user_name = Some(Text::new(Parameter::UserName, user_name)?);
        self.password = Some(Password::new(password)?);
        self.authentication = authentication;
        Ok(self)
    }
}

/// AT+QICSGP, AT+CGDCONT.
pub(crate) struct DefineContext<'a>(pub(crate) &'a PdpContext<'a>);

impl DefineContext<'_> {
    pub(crate) fn check(&self, dialect: &Dialect) -> Result<(), UsageError> {
        match dialect.context_commands {
            Standard if self.0.user_name.is_some() => Err(UsageError::NotSupported {
                command: Command::DefineContext(Standard),
            }),
            Quectel | Standard => Ok(()),
        }
    }

    pub(crate) fn write(&self, dialect: &Dialect, line: &mut CommandWriter<'_>) {
        let context = self.0;
        let commands = dialect.context_commands;
        line.set(Command::DefineContext(commands).name())
            .number(context.id.unwrap_or(DEFAULT_CONTEXT).into());
        match commands {
            Quectel => {
                let (kind, authentication) = (context.kind as u32, context.authentication as u32);
                line.and_number(kind.wrapping_add(1))
                    .and_string(context.access_point.as_str())
                    .and_string(context.user_name.map_or("", Text::as_str))
                    .and_string(context.password.map_or("", Password::reveal))
                    .and_number(authentication);
            }
            Standard => {
                line.and_string(match context.kind {
                    ContextKind::Ipv4 => "IP",
                    ContextKind::Ipv6 => "IPV6",
                    ContextKind::Ipv4AndIpv6 => "IPV4V6",
                })
                .and_string(context.access_point.as_str());
            }
        }
    }
}

/// Activates a context.
pub(crate) fn activate(dialect: &Dialect, line: &mut CommandWriter<'_>, id: u8) {
    let commands = dialect.context_commands;
    line.set(Command::ActivateContext(commands).name());
    match commands {
        Quectel => line.number(id.into()),
        Standard => line.raw(b"1").and_number(id.into()),
    };
}

/// Deactivates a PDP context: all that goes through it is closed.
#[derive(Clone, Copy, Debug)]
pub struct DeactivateContext {
    /// Which one, 1–16.
    pub id: u8,
}

impl Request for DeactivateContext {
    type Answer<'a> = ();

    fn command(&self, dialect: &Dialect) -> Command {
        Command::DeactivateContext(dialect.context_commands)
    }

    fn check(&self, _: &Dialect) -> Result<(), UsageError> {
        match self.id {
            1..=16 => Ok(()),
            id => Err(out_of_range(Parameter::PdpContext, id.into(), 1, 16).into()),
        }
    }

    fn write(&self, dialect: &Dialect, line: &mut CommandWriter<'_>) {
        line.set(self.command(dialect).name());
        match dialect.context_commands {
            Quectel => line.number(self.id.into()),
            Standard => line.raw(b"0").and_number(self.id.into()),
        };
    }

    fn read<'a>(&self, _: &Dialect, _: Response<'a>) -> Option<()> {
        Some(())
    }

    /// The BG95 family takes 40 s at the most.
    fn timeout(&self) -> u32 {
        45_000
    }
}

/// The number of the context that is made when none is named.
pub(crate) const DEFAULT_CONTEXT: u8 = 1;

/// Asks which PDP contexts are active.
#[derive(Clone, Copy, Debug)]
pub struct ContextQuery;

/// The PDP contexts that the modem told of.
#[derive(Clone, Copy, Debug)]
pub struct Contexts<'a> {
    response: Response<'a>,
    name: &'static str,
}

impl Contexts<'_> {
    /// The numbers of those that are active.
    pub fn active(&self) -> impl Iterator<Item = u8> + Clone {
        self.response.parameters(self.name).filter_map(|mut line| {
            let (id, state) = (line.byte()?, line.byte()?);
            (state == 1).then_some(id)
        })
    }
}

impl Request for ContextQuery {
    type Answer<'a> = Contexts<'a>;

    fn command(&self, dialect: &Dialect) -> Command {
        Command::ActivateContext(dialect.context_commands)
    }

    fn write(&self, dialect: &Dialect, line: &mut CommandWriter<'_>) {
        line.read(self.command(dialect).name());
    }

    fn read<'a>(&self, dialect: &Dialect, response: Response<'a>) -> Option<Contexts<'a>> {
        let name = self.command(dialect).name();
        Some(Contexts { response, name })
    }
}
