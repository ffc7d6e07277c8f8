//! Why the program fails, in one line: the step and the cause.

use std::{fmt, io};

use quectel_mqtt::{Cause, Command, Failure, UsageError, ValueError, asynch::Error};

/// What was being done for the user.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Step {
    At,
    Close,
    Connect,
    Disconnect,
    Publish,
    Receive,
    Subscribe,
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
            Self::Publish => "publish",
            Self::Receive => "receive",
            Self::Subscribe => "subscribe",
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
            Error::Usage(error) => Self::at(step, error),
            Error::Failed(failure) => Self::of_modem(step, failure),
            Error::Io(error) => Self::port(error),
            Error::Eof => Self::port("closed from the other side"),
            error => Self::at(step, error),
        }
    }

    fn of_modem(step: Step, Failure { command, cause }: Failure) -> Self {
        let name = match command {
            Command::Open => "open",
            Command::Configure(_) | Command::Echo | Command::ErrorFormat => "configure",
            Command::Close => Step::Close.name(),
            Command::Disconnect => Step::Disconnect.name(),
            _ => step.name(),
        };
        match (command, cause) {
            (Command::Attention, Cause::Timeout) => Self::new(
                name,
                "the modem does not answer; are port and speed the right ones?",
            ),
            (_, Cause::Restarted) => Self::new(name, cause),
            (Command::Configure(key), _) => Self::new(name, format_args!("{key}: {cause}")),
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

const PORT: &str = "port";

#[cfg(test)]
mod tests {
    use quectel_mqtt::{OpenResult, Parameter, Problem, at::FinalResult, mqtt::ConnectReturnCode};

    use super::*;

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
                Step::Receive,
                Error::Io(io::Error::other("gone\nfor good")),
                "port: gone for good",
            ),
        ] {
            assert_eq!(Failed::of(step, error).to_string(), expected);
        }
    }
}
