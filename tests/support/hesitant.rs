//! A port that makes its user wait, and takes and gives little at a time.

use std::{
    cell::RefCell,
    future::poll_fn,
    rc::Rc,
    task::{Context, Poll},
};

use embedded_io_async::{ErrorType, Read, Write};

/// Every write waits once, and then takes at most `most` bytes.
pub(crate) struct Hesitant<P> {
    port: P,
    most: usize,
    /// All that was read.
    heard: Rc<RefCell<Vec<u8>>>,
}

impl<P> Hesitant<P> {
    pub(crate) fn new(port: P, most: usize) -> Self {
        let heard = Rc::default();
        Self { port, most, heard }
    }

    /// All that was read up to now, when it is looked at.
    #[allow(dead_code)]
    pub(crate) fn heard(&self) -> Rc<RefCell<Vec<u8>>> {
        Rc::clone(&self.heard)
    }
}

impl<P: ErrorType> ErrorType for Hesitant<P> {
    type Error = P::Error;
}

impl<P: Read> Read for Hesitant<P> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Self::Error> {
        let n = self.port.read(buffer).await?;
        trace('<', &buffer[..n]);
        self.heard.borrow_mut().extend_from_slice(&buffer[..n]);
        Ok(n)
    }
}

impl<P: Write> Write for Hesitant<P> {
    async fn write(&mut self, buffer: &[u8]) -> Result<usize, Self::Error> {
        pend_once().await;
        // From here on there is no await until the bytes are counted: dropped before, nothing has
        // been written.
        let len = buffer.len().min(self.most);
        trace('>', &buffer[..len]);
        self.port.write(&buffer[..len]).await
    }

    async fn flush(&mut self) -> Result<(), Self::Error> {
        self.port.flush().await
    }
}

/// Shows what goes over the line, when the environment's TRACE is set.
fn trace(direction: char, bytes: &[u8]) {
    if std::env::var_os("TRACE").is_some() {
        let now = embassy_time::Instant::now().as_millis();
        eprintln!("{now:>9} {direction} {}", bytes.escape_ascii());
    }
}

async fn pend_once() {
    let mut has_waited = false;
    poll_fn(|context: &mut Context<'_>| {
        if has_waited {
            return Poll::Ready(());
        }
        has_waited = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
