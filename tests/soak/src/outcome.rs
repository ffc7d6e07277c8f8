//! What results and events mean for the books.

use std::cell::RefCell;

use quectel_mqtt::{
    Cause, Error,
    engine::{Event, Operation},
    mqtt::QoS,
};

use crate::ledger::{Ledger, Outcome};

/// The error of a call.
pub(crate) type Failed = Error<embedded_io_async::ErrorKind>;

pub(crate) fn count<T>(
    ledger: &RefCell<Ledger>,
    operation: &'static str,
    result: &Result<T, Failed>,
) {
    let mut ledger = ledger.borrow_mut();
    match result {
        Ok(_) => ledger.count(operation, "success"),
        Err(Error::Failed(failure)) if failure.cause == Cause::Bug => {
            ledger.problem(format!("{operation}: {failure}"));
        }
        Err(error @ (Error::Io(_) | Error::Eof)) => ledger.problem(format!("{error:?}")),
        Err(error) => ledger.count(operation, error),
    }
}

pub(crate) fn handle(
    event: Result<Event<'_>, Failed>,
    ledger: &RefCell<Ledger>,
    started: &mut Vec<(Operation, u32)>,
    again: &mut Vec<u32>,
) {
    match event {
        Ok(Event::Message(message)) => {
            ledger.borrow_mut().deliver(message.topic, message.payload);
        }
        Ok(Event::MessageLost(lost)) => ledger.borrow_mut().lost(lost),
        Ok(Event::Completed {
            operation, result, ..
        }) => {
            let Some(place) = started.iter().position(|(one, _)| *one == operation) else {
                let text = format!("an operation ended that nobody began: {result:?}");
                return ledger.borrow_mut().problem(text);
            };
            let (_, number) = started.remove(place);
            let result = result.map(drop).map_err(Error::Failed);
            count(ledger, "started publish", &result);
            let outcome = outcome(&result);
            ledger.borrow_mut().outcome(number, outcome);
            if outcome != Outcome::Acknowledged {
                again.push(number);
            }
        }
        Ok(_) => {}
        Err(error) => ledger.borrow_mut().problem(format!("{error:?}")),
    }
}

pub(crate) fn outcome(result: &Result<(), Failed>) -> Outcome {
    match result {
        Ok(()) => Outcome::Acknowledged,
        Err(Error::Failed(failure)) => match failure.cause {
            Cause::Modem(_) | Cause::Mqtt(_) => Outcome::Refused,
            _ => Outcome::Unknown,
        },
        Err(_) => Outcome::NotBegun,
    }
}

pub(crate) const fn level(qos: u8) -> QoS {
    match qos {
        1 => QoS::AtLeastOnce,
        _ => QoS::ExactlyOnce,
    }
}
