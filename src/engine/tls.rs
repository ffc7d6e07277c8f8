//! The set-up of a TLS context.

use super::{
    Completion, Engine, Operation, exchange::Data, script::Script, timing::COMMAND_TIMEOUT,
};
#[cfg(doc)]
use crate::options::ConnectOptions;
use crate::{
    at::{CommandWriter, FinalResult},
    command::{Command, Response, TlsOptions, TlsTask},
    error::{Cause, UsageError},
};

impl<'buf> Engine<'buf> {
    /// Sets a TLS context up: uploads the certificates that have content, and writes every setting,
    /// also those at their default. [`ConnectOptions::tls`] then uses the context.
    ///
    /// The modem forgets the settings when it restarts, though not its files.
    ///
    /// # Errors
    /// [`UsageError::Value`] for what the dialect can't take, [`UsageError::NotSupported`],
    /// [`UsageError::BufferTooSmall`], [`UsageError::Busy`] as for [`Engine::wait_registered`].
    pub fn configure_tls(
        &mut self,
        options: &'buf TlsOptions<'buf>,
    ) -> Result<Operation, UsageError> {
        options.check(self.dialect)?;
        self.check_idle()?;
        self.check_script()?;
        let line = options.longest_line(self.dialect);
        self.outbox
            .check_room(line.saturating_add(LONGEST_ANSWER))?;
        self.tls = Some(options);
        self.begin_script(&TLS, 0)
    }

    /// What is to do at or after this place of the list of all that can be to do.
    fn tls_task(&self, place: u8) -> Option<(u8, TlsTask<'buf>)> {
        self.tls?.task(self.dialect, place)
    }

    fn send_tls(&mut self, place: u8) -> Result<Data, UsageError> {
        let dialect = self.dialect;
        let Some((options, (_, task))) = self.tls.zip(self.tls_task(place)) else {
            return Ok(Data::None);
        };
        let mut line = |line: &mut CommandWriter<'_>| options.write(dialect, line, &task);
        self.request_timeout = COMMAND_TIMEOUT;
        self.outbox.compose(&mut line, &mut |_| {})?;
        self.outbox.set_data(task.data());
        self.outbox.send_line();
        Ok(match task {
            TlsTask::Upload(..) => Data::File,
            TlsTask::Enter(..) => Data::Certificate,
            _ => Data::None,
        })
    }
}

static TLS: Script = Script {
    send: |engine, place, _| engine.send_tls(place),
    answer: |engine, index, place, result| {
        let Some((place, task)) = engine.tls_task(place) else {
            engine.end(index, Err(Cause::Bug));
            return;
        };
        let response = Response::new(engine.outbox.response().unwrap_or_default());
        let is_ok = result == FinalResult::Ok;
        let end = if is_ok && !task.is_confirmed(response) {
            Some(Err(Cause::Damaged))
        } else if !is_ok && task.command() != Command::DeleteFile {
            Some(Err(result.into()))
        } else {
            None
        };
        let next = engine.tls_task(place.saturating_add(1));
        match (end, next) {
            (Some(end), _) => engine.end(index, end),
            (None, Some((next, _))) => engine.go_on(index, next),
            (None, None) => engine.end(index, Ok(Completion::Done)),
        }
    },
    command: |engine, place| {
        let task = engine.tls_task(place);
        task.map_or(Command::ConfigureTls, |(_, task)| task.command())
    },
};

/// `+QSSLCFG: 0,0,"clientcert",4294967295`, and the line ends.
const LONGEST_ANSWER: usize = 40;
