use core::ops::ControlFlow;

use super::Verb;
use crate::{
    Instant, UsageError,
    engine::{Action, Engine, Operation},
};

/// A verb that waits until the line is free.
#[derive(Debug, Default)]
pub(crate) struct Beginning {
    has_looked: bool,
}

impl Beginning {
    /// Begins the operation, or says what is to be done before the next attempt.
    pub(crate) fn attempt<'buf>(
        &mut self,
        engine: &mut Engine<'buf>,
        now: Instant,
        verb: &mut Verb<'_, 'buf>,
    ) -> ControlFlow<Result<Operation, UsageError>, Action> {
        // The verb comes behind the poll, which may be the one that frees the line: then nothing
        // else would ever end the wait for bytes.
        let action = engine.poll(now);
        // A caller whose verbs are refused, and who does nothing else, would never look.
        if !self.has_looked && action.is_look(now) {
            self.has_looked = true;
            return ControlFlow::Continue(action);
        }
        match verb(engine) {
            Err(UsageError::Busy) => ControlFlow::Continue(action),
            // Nor find out that the line takes bytes again.
            Err(UsageError::LineBlocked) if !self.has_looked => {
                self.has_looked = true;
                ControlFlow::Continue(action.at_once(now))
            }
            begun => ControlFlow::Break(begun),
        }
    }
}
