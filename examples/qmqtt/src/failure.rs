//! Why the program fails, in one line: the step and the cause.

use std::{fmt, io};

use quectel_mqtt::{
    Cause, Command, Failure, FinalResult, SettingKey, SimState, UsageError, ValueError,
    asynch::Error, at::CmeError,
};

/// What was being done for the user.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Step {
    At,
    Close,
    Connect,
    Disconnect,
    Network,
    Publish,
    Receive,
    Subscribe,
    Tls,
}

/// The end of the program with status 1.
#[derive(Debug)]
pub(crate) struct Failed {
    step: &'static str,
    cause: String,
    /// Whether the modem may hold the client open.
    pub(crate) is_client_open: bool,
}

impl Step {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::At => "at",
            Self::Close => "close",
            Self::Connect => "connect",
            Self::Disconnect => "disconnect",
            Self::Network => "network",
            Self::Publish => "publish",
            Self::Receive => "receive",
            Self::Subscribe => "subscribe",
            Self::Tls => "tls",
        }
    }
}

impl Failed {
    pub(crate) fn new(step: &'static str, cause: impl fmt::Display) -> Self {
        Self {
            step,
            cause: cause.to_string(),
            is_client_open: false,
        }
    }

    pub(crate) fn at(step: Step, cause: impl fmt::Display) -> Self {
        Self {
            is_client_open: true,
            ..Self::new(step.name(), cause)
        }
    }

    /// A value that can't be sent; nothing was.
    pub(crate) fn value(step: Step, error: ValueError) -> Self {
        Self::new(step.name(), error)
    }

    /// The end of the line to the modem.
    fn port(cause: impl fmt::Display) -> Self {
        Self::new(PORT, cause)
    }

    /// Whether there is no use in talking to the modem any more.
    pub(crate) fn is_line_gone(&self) -> bool {
        self.step == PORT
    }

    /// The driver's error in a step.
    pub(crate) fn of(step: Step, error: Error<io::Error>) -> Self {
        match error {
            Error::Usage(UsageError::Value(error)) => Self::value(step, error),
            Error::Usage(UsageError::NotSupported { command }) => {
                Self::not_supported(step, command)
            }
            Error::Usage(error) => Self::at(step, error),
            Error::Failed(failure) => Self::of_modem(step, failure),
            Error::Io(error) => Self::port(error),
            Error::Eof => Self::port("closed from the other side"),
            error => Self::at(step, error),
        }
    }

    /// What the modem has not, in the words of the command line.
    fn not_supported(step: Step, command: Command) -> Self {
        let option = match command {
            Command::Configure(SettingKey::ReceiveMode) => "--receive stored",
            Command::Configure(SettingKey::DataFormat) => "--data-format hex",
            Command::ConfigureTls => "--tls-version any",
            command => {
                return Self::at(step, UsageError::NotSupported { command });
            }
        };
        Self::at(step, format_args!("{option} is not for this module"))
    }

    /// The failure of a connect, where TLS may be the reason: the modem does not tell.
    pub(crate) fn with_tls(mut self) -> Self {
        if self.step == OPEN {
            self.cause += "; with TLS, that can mean that one side does not trust the other's \
                certificate (see --cafile, --cert)";
        }
        self
    }

    fn of_modem(step: Step, Failure { command, cause }: Failure) -> Self {
        let name = match command {
            Command::Open => OPEN,
            Command::Configure(_) | Command::Echo | Command::ErrorFormat => "configure",
            Command::Close => Step::Close.name(),
            Command::Disconnect => Step::Disconnect.name(),
            _ => step.name(),
        };
        match (command, cause) {
            (Command::Attention, Cause::Timeout) => Self::new(
                match step {
                    Step::Network | Step::Tls => Step::Connect.name(),
                    _ => name,
                },
                "the modem does not answer; are port and speed the right ones?",
            ),
            (_, Cause::Restarted) => Self::new(name, cause),
            (Command::Sim, _) => Self::new(name, sim(cause)),
            (_, Cause::NotRegistered(registration)) => match registration.reject_cause {
                Some(reason) => Self::new(name, format_args!("{cause} (cause {reason})")),
                None => Self::new(name, cause),
            },
            (Command::ActivateContext(_), Cause::Modem(_)) => Self::new(
                name,
                format_args!(
                    "the PDP context can't be activated: {cause}; is --apn the right one?"
                ),
            ),
            _ if matches!(step, Step::Network | Step::Tls) => {
                Self::new(name, format_args!("{command}: {cause}"))
            }
            (Command::Configure(key), _) => {
                Self::new(name, format_args!("{}: {cause}", key.name()))
            }
            (Command::Echo | Command::ErrorFormat, _) => Self::new(name, cause),
            _ => Self {
                is_client_open: true,
                ..Self::new(name, cause)
            },
        }
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // One line, whatever a file name or a system message brings.
        let cause = self.cause.replace(char::is_control, " ");
        write!(f, "{}: {cause}", self.step)
    }
}

/// What keeps the SIM from being used.
fn sim(cause: Cause) -> String {
    match cause {
        Cause::Sim(SimState::PinRequired) => {
            format!("{cause}; give it with: at 'AT+CPIN=\"0000\"'")
        }
        // 27.007, chapter 9.2.
        Cause::Modem(FinalResult::Cme(CmeError::Code(10))) => "there is no SIM in the modem".into(),
        Cause::Modem(FinalResult::Cme(CmeError::Code(13))) => "the SIM has failed".into(),
        Cause::Modem(_) => format!("the SIM can't be used: {cause}"),
        cause => cause.to_string(),
    }
}

const PORT: &str = "port";

const OPEN: &str = "open";

#[cfg(test)]
mod tests {
    use quectel_mqtt::{
        Domain, MqttError, OpenResult, Parameter, Problem, Registration, RegistrationState,
        command::ContextCommands, mqtt::ConnectReturnCode,
    };

    use super::*;

    const LTE: Command = Command::Registration(Domain::Lte);
    const ACTIVATE: Command = Command::ActivateContext(ContextCommands::Quectel);

    fn registration(state: RegistrationState, reject_cause: Option<u8>) -> Cause {
        Cause::NotRegistered(Registration {
            state,
            reject_cause,
        })
    }

    fn cme(code: u16) -> Cause {
        Cause::Modem(FinalResult::Cme(CmeError::Code(code)))
    }

    #[test]
    fn tls_is_named_as_a_reason_where_it_may_be_one() {
        let failed = |command, cause| {
            let error = Error::Failed(Failure { command, cause });
            Failed::of(Step::Connect, error).with_tls().to_string()
        };
        let open = failed(Command::Open, Cause::Open(OpenResult::Failed));
        assert!(open.contains("--cafile"), "{open}");
        let refused = Cause::Refused(ConnectReturnCode::NotAuthorized);
        let refused = failed(Command::Connect, refused);
        assert!(!refused.contains("--cafile"), "{refused}");
    }

    #[test]
    fn the_line_names_the_step_and_the_cause() {
        let failed = |command, cause| Error::Failed(Failure { command, cause });
        let refused = Cause::Refused(ConnectReturnCode::NotAuthorized);
        let unknown_host = Cause::Open(OpenResult::NameResolution);
        let too_long = Error::Usage(UsageError::Value(ValueError {
            parameter: Parameter::Payload,
            problem: Problem::TooLong {
                length: 4097,
                limit: 4096,
            },
        }));
        for (step, error, expected) in [
            (
                Step::Connect,
                failed(Command::Connect, refused),
                "connect: refused by the server: not authorized (return code 5)",
            ),
            (
                Step::Connect,
                failed(Command::Open, unknown_host),
                "open: no such host: the name could not be resolved (result 4)",
            ),
            (
                Step::Publish,
                too_long,
                "publish: payload: 4097 is longer than the limit of 4096",
            ),
            (
                Step::At,
                failed(Command::Raw, Cause::Modem(FinalResult::Error)),
                "at: the modem answers ERROR",
            ),
            (
                Step::Network,
                failed(LTE, registration(RegistrationState::Searching, None)),
                "network: not registered, searching",
            ),
            (
                Step::Network,
                failed(LTE, registration(RegistrationState::Denied, Some(15))),
                "network: registration refused by the network (cause 15)",
            ),
            (
                Step::Network,
                failed(Command::Sim, Cause::Sim(SimState::PinRequired)),
                "network: the SIM waits for its PIN; give it with: at 'AT+CPIN=\"0000\"'",
            ),
            (
                Step::Network,
                failed(Command::Sim, cme(10)),
                "network: there is no SIM in the modem",
            ),
            (
                Step::Network,
                failed(ACTIVATE, cme(30)),
                "network: the PDP context can't be activated: the modem answers +CME ERROR: 30 (no \
                 network service); is --apn the right one?",
            ),
            (
                Step::Tls,
                failed(Command::Upload, Cause::Damaged),
                "tls: AT+QFUPL: the file was damaged on its way to the modem",
            ),
            (
                Step::Network,
                failed(Command::Attention, Cause::Timeout),
                "connect: the modem does not answer; are port and speed the right ones?",
            ),
            (
                Step::Publish,
                failed(Command::Publish, Cause::Mqtt(MqttError::BufferOverflow)),
                "publish: the modem answers: the modem's MQTT buffer is full (8509)",
            ),
            (
                Step::Receive,
                Error::Io(io::Error::other("gone\nfor good")),
                "port: gone for good",
            ),
        ] {
            assert_eq!(Failed::of(step, error).to_string(), expected);
        }
    }
}
