//! What the shells share: when a verb may begin, what an operation brought, and the time.

#[cfg(any(feature = "async", feature = "blocking"))]
mod beginning;
#[cfg(any(feature = "async", feature = "runner"))]
mod time;

#[cfg(any(feature = "async", feature = "blocking"))]
use crate::Request;
use crate::{
    Cause, Command, Domain, Failure, Granted, Registration, UsageError,
    engine::{Completion, Engine, Operation},
};
#[cfg(any(feature = "async", feature = "blocking"))]
pub(crate) use beginning::Beginning;
#[cfg(any(feature = "async", feature = "runner"))]
pub(crate) use time::{deadline, millis, now};

/// What begins an operation. Not generic, so that there is one copy of what waits for it.
pub(crate) type Verb<'verb, 'buf> =
    dyn FnMut(&mut Engine<'buf>) -> Result<Operation, UsageError> + Send + 'verb;

/// What a registration brought.
pub(crate) fn registration(completion: Completion) -> Result<Registration, Failure> {
    match completion {
        Completion::Registered(registration) => Ok(registration),
        _ => Err(bug(Command::Registration(Domain::Lte))),
    }
}

/// What a subscribe brought.
pub(crate) fn granted(completion: Completion) -> Result<Granted, Failure> {
    match completion {
        Completion::Subscribed(granted) => Ok(granted),
        _ => Err(bug(Command::Subscribe)),
    }
}

/// What the request that has ended was answered.
#[cfg(any(feature = "async", feature = "blocking"))]
pub(crate) fn answer<'a, R: Request>(
    engine: &'a Engine<'_>,
    request: &R,
) -> Result<R::Answer<'a>, Failure> {
    engine.answer_to(request).ok_or_else(|| Failure {
        command: request.command(engine.dialect()),
        cause: Cause::UnexpectedAnswer,
    })
}

/// What the engine's own promises rule out.
pub(crate) const fn bug(command: Command) -> Failure {
    let cause = Cause::Bug;
    Failure { command, cause }
}
