use super::{
    Engine,
    exchange::Data,
    operations::{Kind, Operation, Step},
};
use crate::{at::FinalResult, command::Command, error::UsageError};

/// The way of an operation that only some firmware asks for: registration, activation, set-up of TLS.
/// Its code is behind pointers, so that it is linked only where the verb is called that names it. One
/// is under way at a time.
///
/// Each script numbers its stages as it likes, and begins at 0. The target is the PDP context, where
/// there is one.
#[derive(Debug)]
pub(super) struct Script {
    /// Puts the command of a stage on the line, and says what follows its prompt.
    pub(super) send: fn(&mut Engine<'_>, stage: u8, target: u8) -> Result<Data, UsageError>,
    /// The final result code for the command of a stage has come: what now?
    pub(super) answer: fn(&mut Engine<'_>, index: usize, stage: u8, result: FinalResult),
    /// The command of a stage, as errors name it.
    pub(super) command: fn(&Engine<'_>, stage: u8) -> Command,
}

impl Engine<'_> {
    /// Whether a script can begin: one that runs, or a connect, keeps lines of its own.
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

    /// Puts the command of a stage on the line, if it can be; says what follows its prompt.
    pub(super) fn send_script(&mut self, stage: u8, target: u8) -> Option<Data> {
        (self.script?.send)(self, stage, target).ok()
    }

    pub(super) fn script_answer(&mut self, index: usize, stage: u8, result: FinalResult) {
        if let Some(script) = self.script {
            (script.answer)(self, index, stage, result);
        }
    }

    pub(super) fn script_command(&self, stage: u8) -> Command {
        self.script
            .map_or(Command::Raw, |script| (script.command)(self, stage))
    }

    /// The script goes on at this stage.
    pub(super) fn go_on(&mut self, index: usize, stage: u8) {
        self.make_ready(index, Step::Script(stage));
    }
}
