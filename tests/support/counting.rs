//! A port that counts what is written to it.

use std::{cell::Cell, rc::Rc};

use embedded_io_async::{ErrorType, Read, Write};

/// Counts the bytes that the port takes.
pub(crate) struct Counting<P> {
    port: P,
    written: Rc<Cell<usize>>,
}

impl<P> Counting<P> {
    /// The port, and its counter.
    pub(crate) fn new(port: P) -> (Self, Rc<Cell<usize>>) {
        let written = Rc::new(Cell::new(0));
        let counter = Rc::clone(&written);
        (Self { port, written }, counter)
    }
}

impl<P: ErrorType> ErrorType for Counting<P> {
    type Error = P::Error;
}

impl<P: Read> Read for Counting<P> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Self::Error> {
        self.port.read(buffer).await
    }
}

impl<P: Write> Write for Counting<P> {
    async fn write(&mut self, buffer: &[u8]) -> Result<usize, Self::Error> {
        let n = self.port.write(buffer).await?;
        self.written.set(self.written.get() + n);
        Ok(n)
    }

    async fn flush(&mut self) -> Result<(), Self::Error> {
        self.port.flush().await
    }
}
