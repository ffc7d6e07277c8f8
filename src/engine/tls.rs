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
    /// The certificates are not copied: options and content live as long as the buffers do.
    ///
    /// ```
    /// use quectel_mqtt::engine::{Buffers, Engine};
    /// use quectel_mqtt::{BG95, PemFile, TlsOptions};
    ///
    /// const CA: &[u8] = b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n";
    ///
    /// // Before the engine, which borrows them.
    /// let tls = TlsOptions::new(PemFile::upload("ca.pem", CA)?);
    /// let (mut rx, mut tx, mut inbox) = ([0; 128], [0; 384], [0; 512]);
    /// let buffers = Buffers { rx: &mut rx, tx: &mut tx, inbox: &mut inbox };
    /// let mut engine = Engine::new(&BG95, buffers);
    /// let operation = engine.configure_tls(&tls)?;
    /// # Ok::<(), quectel_mqtt::UsageError>(())
    /// ```
    ///
    /// # Errors
    /// [`UsageError::Value`] for what the dialect can't take, [`UsageError::NotSupported`],
    /// [`UsageError::BufferTooSmall`], [`UsageError::Busy`] as for [`Engine::wait_registered`].
    pub fn configure_tls(
        &mut self,
        options: &'buf TlsOptions<'buf>,
    ) -> Result<Operation, UsageError> {
        options.check(self.dialect())?;
        self.check_idle()?;
        self.check_script()?;
        let line = options.longest_line(self.dialect());
        self.outbox
            .check_room(line.saturating_add(LONGEST_ANSWER))?;
        self.tls = Some(options);
        self.begin_script(&TLS, 0)
    }

    /// What is to do at this stage or after it, with its stage.
    fn tls_task(&self, stage: u8) -> Option<(u8, TlsTask<'buf>)> {
        self.tls?.task(self.dialect(), stage)
    }

    fn send_tls(&mut self, stage: u8) -> Result<Data, UsageError> {
        let dialect = self.dialect();
        let Some((options, (_, task))) = self.tls.zip(self.tls_task(stage)) else {
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
    send: |engine, stage, _| engine.send_tls(stage),
    answer: |engine, index, stage, result| {
        let Some((stage, task)) = engine.tls_task(stage) else {
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
        let next = engine.tls_task(stage.saturating_add(1));
        match (end, next) {
            (Some(end), _) => engine.end(index, end),
            (None, Some((next, _))) => engine.go_on(index, next),
            (None, None) => engine.end(index, Ok(Completion::Done)),
        }
    },
    command: |engine, stage| {
        let task = engine.tls_task(stage);
        task.map_or(Command::ConfigureTls, |(_, task)| task.command())
    },
};

/// `+QSSLCFG: 0,0,"clientcert",4294967295`, and the line ends.
const LONGEST_ANSWER: usize = 40;
