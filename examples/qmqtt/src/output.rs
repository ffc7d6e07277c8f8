//! Standard output for messages: at once, but without making the modem wait for who reads it.

use std::{
    io::{self, Write},
    sync::mpsc,
};

use tokio::sync::oneshot;

/// A thread that writes.
pub(crate) struct Output {
    records: Option<mpsc::Sender<Vec<u8>>>,
    ended: oneshot::Receiver<io::Result<()>>,
}

impl Output {
    pub(crate) fn stdout() -> io::Result<Self> {
        let (records, receiver) = mpsc::channel::<Vec<u8>>();
        let (ended_sender, ended) = oneshot::channel();
        std::thread::Builder::new()
            .name("stdout".into())
            .spawn(move || {
                let mut stdout = io::stdout().lock();
                let result = receiver
                    .iter()
                    .try_for_each(|record| stdout.write_all(&record).and_then(|()| stdout.flush()));
                // Nobody listens when the program ends for another reason.
                let _ = ended_sender.send(result);
            })?;
        Ok(Self {
            records: Some(records),
            ended,
        })
    }

    /// Writes a record whole.
    pub(crate) fn write(&self, record: Vec<u8>) {
        if let Some(records) = &self.records {
            // A thread that has ended tells why in `failed`.
            let _ = records.send(record);
        }
    }

    /// Waits until writing fails; for ever, as long as it does not.
    pub(crate) async fn failed(&mut self) -> io::Error {
        match (&mut self.ended).await {
            Ok(Err(error)) => error,
            _ => io::ErrorKind::BrokenPipe.into(),
        }
    }

    /// Waits until all is written.
    pub(crate) async fn finish(mut self) -> io::Result<()> {
        self.records = None;
        self.ended.await.unwrap_or(Ok(()))
    }
}
