//! For the examples in the documentation: a line where nobody answers, and a clock that runs.

use core::cell::Cell;

use crate::Instant;

/// A UART with nothing at its other end.
#[derive(Debug)]
pub struct Uart;

impl Uart {
    /// Takes everything.
    pub const fn write(&mut self, bytes: &[u8]) -> usize {
        bytes.len()
    }

    /// Brings nothing.
    pub const fn read(&mut self, _: &mut [u8], _: Option<Instant>) -> usize {
        0
    }
}

/// Shows a later time at every look.
#[derive(Debug, Default)]
pub struct Clock(Cell<u64>);

impl Clock {
    /// A tenth of a second later than the last.
    pub fn now(&self) -> Instant {
        self.0.set(self.0.get().saturating_add(100));
        Instant::from_millis(self.0.get())
    }
}
