//! What stands before MQTT: registration, and the PDP context.

use super::{
    Completion, Engine, Operation,
    exchange::Data,
    operations::{State, Step},
    script::Script,
    timing::{ACTIVATION_TIMEOUT, COMMAND_TIMEOUT, LONGEST_TIMEOUT, REGISTRATION_INTERVAL},
};
use crate::{
    at::{CommandWriter, FinalResult},
    command::{
        self, Command, ContextCommands, ContextQuery, Contexts, DEFAULT_CONTEXT, DefineContext,
        Domain, PdpContext, RegistrationQuery, Request, Response, SimQuery, SimState,
    },
    error::{Cause, UsageError},
    time::Instant,
};

impl Engine<'_> {
    /// Waits until the modem is registered with a network, up to so many milliseconds from when it
    /// is first asked; 12 days at the most. The result is
    /// [`Completion::Registered`], or the reason why not: [`Cause::NotRegistered`] with what the
    /// network said last, [`Cause::Sim`] at once when the SIM waits for a PIN, [`Cause::Modem`] when
    /// there is no SIM.
    ///
    /// # Errors
    /// [`UsageError::BufferTooSmall`], [`UsageError::Busy`], also while a client connects, or a PDP
    /// or TLS context is set up.
    pub fn wait_registered(&mut self, timeout: u32) -> Result<Operation, UsageError> {
        self.check_idle()?;
        self.check_script()?;
        self.script_until = None;
        self.script_timeout = timeout.min(LONGEST_TIMEOUT);
        self.begin_script(&REGISTRATION, 0)
    }

    /// Makes sure that a PDP context is active: asks first, and when it is not, says what it is and
    /// activates it. That takes up to 155 s.
    ///
    /// # Errors
    /// [`UsageError::NotSupported`] for what the dialect's commands can't say,
    /// [`UsageError::BufferTooSmall`], [`UsageError::Busy`] as for [`Engine::wait_registered`].
    pub fn activate(&mut self, context: &PdpContext<'_>) -> Result<Operation, UsageError> {
        let (dialect, define) = (self.dialect(), DefineContext(context));
        define.check(dialect)?;
        self.check_idle()?;
        self.check_script()?;
        self.outbox.store(LONGEST_CONTEXTS, |writer| {
            define.write(dialect, writer);
            writer.raw(b"\r");
        })?;
        let id = context.id.or(match dialect.context_commands {
            ContextCommands::Quectel => Some(DEFAULT_CONTEXT),
            ContextCommands::Standard => None,
        });
        self.begin_script(&ACTIVATION, id.unwrap_or(ANY))
    }

    /// Whether the answer to the query for contexts has this one as active.
    fn has_active_context(&self, context: u8) -> bool {
        let response = Response::new(self.outbox.response_start());
        let contexts = ContextQuery.read(self.dialect(), response);
        let mut active = contexts.iter().flat_map(Contexts::active);
        active.any(|id| context == ANY || id == context)
    }

    /// The network in this stage of the registration's script.
    fn domain(&self, stage: u8) -> Option<Domain> {
        let index = usize::from(stage.checked_sub(FIRST_DOMAIN)?);
        self.dialect().domains.get(index).copied()
    }
}

/// ```text
/// SIM --ready--> first network --not registered--> next network --> pause --> SIM
///  | not there: pause    | registered: done                          | time over: the reason
///  | waits for its PIN: failed
/// ```
static REGISTRATION: Script = Script {
    send: |engine, stage, _| {
        let (dialect, domain) = (engine.dialect, engine.domain(stage));
        let mut line = |line: &mut CommandWriter<'_>| match domain {
            Some(domain) => RegistrationQuery { domain }.write(dialect, line),
            None => SimQuery.write(dialect, line),
        };
        engine.request_timeout = COMMAND_TIMEOUT;
        // Not when the verb is called: what the engine knows of the time then may be long ago.
        let until = engine.now.after(engine.script_timeout);
        engine.script_until.get_or_insert(until);
        engine.outbox.compose(&mut line, &mut |_| {})?;
        engine.outbox.send_line();
        Ok(Data::None)
    },
    answer: |engine, index, stage, result| {
        if engine.operations.slot(index).is_some_and(|it| it.abandoned) {
            engine.end(index, Err(Cause::Timeout));
            return;
        }
        let dialect = engine.dialect;
        let response = Response::new(engine.outbox.response().unwrap_or_default());
        let mut reason = None;
        let mut is_answered = result == FinalResult::Ok;
        match engine.domain(stage) {
            // It may take a while to start.
            None if !is_answered => reason = Some(result.into()),
            None => match SimQuery.read(dialect, response) {
                Some(SimState::Ready) | None => {}
                // Waiting does not help.
                Some(state) => {
                    engine.end(index, Err(Cause::Sim(state)));
                    return;
                }
            },
            Some(domain) => {
                let registration = RegistrationQuery { domain }.read(dialect, response);
                if let Some(found) = registration.filter(|found| found.is_registered()) {
                    engine.end(index, Ok(Completion::Registered(found)));
                    return;
                }
                // When no network has the modem, the first is the one that counts.
                let registration = registration.filter(|_| stage == FIRST_DOMAIN);
                reason = registration.map(Cause::NotRegistered);
                is_answered = true;
            }
        }
        let next = stage.saturating_add(1);
        let has_next = is_answered && engine.domain(next).is_some();
        let pause = engine.now.after(REGISTRATION_INTERVAL);
        let until = engine.script_until;
        let Some(slot) = engine.operations.slot(index) else {
            return;
        };
        if let Some(reason) = reason {
            slot.overdue = reason;
        }
        if has_next {
            engine.go_on(index, next);
        } else {
            if stage > FIRST_DOMAIN {
                // Whose answer is the reason.
                slot.step = Step::Script(FIRST_DOMAIN);
            }
            slot.state = State::Waiting;
            slot.deadline = Instant::earlier(Some(pause), until);
            engine.has_changed = true;
        }
    },
    command: |engine, stage| {
        let domain = engine.domain(stage);
        domain.map_or(Command::Sim, Command::Registration)
    },
};

/// The stage of the first network, behind the SIM's.
const FIRST_DOMAIN: u8 = 1;

/// ```text
/// state --active--> done
///   ^  | not active: define --> activate --OK--> done
///   |                              | error: it may be active already
///   +------------------------------+   (a second time: failed)
/// ```
static ACTIVATION: Script = Script {
    send: |engine, stage, context| {
        let dialect = engine.dialect;
        engine.request_timeout = match stage {
            ACTIVATE => ACTIVATION_TIMEOUT,
            _ => COMMAND_TIMEOUT,
        };
        if stage == DEFINE {
            engine.outbox.send_stored(0);
            return Ok(Data::None);
        }
        let mut line = |line: &mut CommandWriter<'_>| match stage {
            ACTIVATE => {
                let id = if context == ANY {
                    DEFAULT_CONTEXT
                } else {
                    context
                };
                command::activate(dialect, line, id);
            }
            _ => ContextQuery.write(dialect, line),
        };
        engine.outbox.compose(&mut line, &mut |_| {})?;
        engine.outbox.send_line();
        Ok(Data::None)
    },
    answer: |engine, index, stage, result| {
        let Some(slot) = engine.operations.slot(index) else {
            return;
        };
        let (has_failed, failure, context) = (slot.retried, slot.overdue, slot.client);
        match stage {
            STATE => {
                if engine.has_active_context(context) {
                    engine.end(index, Ok(Completion::Done));
                } else if has_failed {
                    engine.end(index, Err(failure));
                } else {
                    engine.go_on(index, DEFINE);
                }
            }
            DEFINE if result == FinalResult::Ok => engine.go_on(index, ACTIVATE),
            ACTIVATE if result == FinalResult::Ok => engine.end(index, Ok(Completion::Done)),
            ACTIVATE => {
                slot.retried = true;
                slot.overdue = result.into();
                engine.go_on(index, STATE);
            }
            _ => engine.end(index, Err(result.into())),
        }
    },
    command: |engine, stage| {
        let commands = engine.dialect.context_commands;
        match stage {
            DEFINE => Command::DefineContext(commands),
            _ => Command::ActivateContext(commands),
        }
    },
};

/// In place of a context's number: whichever the modem has.
const ANY: u8 = 0;

const STATE: u8 = 0;
const DEFINE: u8 = 1;
const ACTIVATE: u8 = 2;

/// For the answer to AT+QIACT?: room for three contexts with IPv4 addresses.
const LONGEST_CONTEXTS: usize = 128;
