use super::{
    Engine,
    exchange::Data,
    operations::{Kind, Operation, Step},
};
use crate::{at::FinalResult, command::Command, error::UsageError};

/// The way of an operation that only some firmware asks for. Its code is behind pointers, so that it
/// is linked only where the verb is called that names it. One is under way at a time.
///
/// A script has its own count of places; it begins at 0.
#[derive(Debug)]
pub(super) struct Script {
    /// Puts the command of a place on the line, and says what follows its prompt.
    pub(super) send: fn(&mut Engine<'_>, place: u8, target: u8) -> Result<Data, UsageError>,
    /// The final result code for the command of a place has come: what now?
    pub(super) answer: fn(&mut Engine<'_>, index: usize, place: u8, result: FinalResult),
    /// The command of a place, as errors name it.
    pub(super) command: fn(&Engine<'_>, place: u8) -> Command,
}

impl Engine<'_> {
    pub(super) fn check_script(&self) -> Result<(), UsageError> {
        if self.operations.has(Kind::has_stored_lines) {
            return Err(UsageError::Busy);
        }
        Ok(())
    }

    pub(super) fn begin_script(
        &mut self,
        script: &'static Script,
        target: u8,
    ) -> Result<Operation, UsageError> {
        self.script = Some(script);
        self.begin_steps(Kind::Script, target)
    }

    /// Puts the command of a place on the line, if it can be; says what follows its prompt.
    pub(super) fn send_script(&mut self, place: u8, target: u8) -> Option<Data> {
        (self.script?.send)(self, place, target).ok()
    }

    pub(super) fn script_answer(&mut self, index: usize, place: u8, result: FinalResult) {
        if let Some(script) = self.script {
            (script.answer)(self, index, place, result);
        }
    }

    pub(super) fn script_command(&self, place: u8) -> Command {
        self.script
            .map_or(Command::Raw, |script| (script.command)(self, place))
    }

    /// The script goes on at this place.
    pub(super) fn go_on(&mut self, index: usize, place: u8) {
        self.make_ready(index, Step::Script(place));
    }
}
