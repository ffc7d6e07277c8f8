use embedded_io::{ErrorType, Read, ReadReady, Write, WriteReady};

/// A port that can't tell whether it takes bytes, and is written to whenever there are some.
///
/// [`Modem::service`](super::Modem::service) then waits as long as a write does; and where flow
/// control holds the line for ever, so does every method: nothing but the port can end that.
#[derive(Clone, Debug)]
pub struct AlwaysWritable<P>(pub P);

impl<P: ErrorType> ErrorType for AlwaysWritable<P> {
    type Error = P::Error;
}

impl<P: Read> Read for AlwaysWritable<P> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, P::Error> {
        self.0.read(buf)
    }
}

impl<P: ReadReady> ReadReady for AlwaysWritable<P> {
    fn read_ready(&mut self) -> Result<bool, P::Error> {
        self.0.read_ready()
    }
}

impl<P: Write> Write for AlwaysWritable<P> {
    fn write(&mut self, buf: &[u8]) -> Result<usize, P::Error> {
        self.0.write(buf)
    }

    fn flush(&mut self) -> Result<(), P::Error> {
        self.0.flush()
    }
}

impl<P: ErrorType> WriteReady for AlwaysWritable<P> {
    fn write_ready(&mut self) -> Result<bool, P::Error> {
        Ok(true)
    }
}
