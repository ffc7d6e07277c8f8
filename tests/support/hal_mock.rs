//! The serial mock of embedded-hal-mock as a port of embedded-io.

use std::{
    collections::VecDeque,
    fmt::{self, Display, Formatter},
};

use embedded_hal_mock::eh1::serial::{Mock, Transaction};
use embedded_hal_nb::{
    nb::{self, block},
    serial::{ErrorKind, Read as _, Write as _},
};
use embedded_io::{ErrorType, Read, ReadReady, Write, WriteReady};

/// What is expected on the line next.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Turn {
    /// The driver writes these bytes, and no others.
    Host(&'static [u8]),
    /// The modem sends these bytes.
    Modem(&'static [u8]),
    /// The driver looks for bytes so often, and finds none.
    Silence(usize),
    /// A read fails.
    Broken(ErrorKind),
}

/// A port that plays a dialogue, byte for byte, and panics where the driver leaves it.
pub(crate) struct HalSerial {
    mock: Mock<u8>,
    /// The mock takes a look at the wrong moment for a mistake: so the port knows whose turn it is, and how
    /// many bytes or looks it has left.
    turns: VecDeque<(Kind, usize)>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Host,
    Modem,
    Silence,
    Broken,
}

impl HalSerial {
    pub(crate) fn new(dialogue: &[Turn]) -> Self {
        let mut transactions = Vec::new();
        let mut turns = VecDeque::new();
        for turn in dialogue {
            turns.push_back(match *turn {
                Turn::Host(bytes) => {
                    transactions.push(Transaction::write_many(bytes));
                    (Kind::Host, bytes.len())
                }
                Turn::Modem(bytes) => {
                    transactions.push(Transaction::read_many(bytes));
                    (Kind::Modem, bytes.len())
                }
                Turn::Silence(looks) => {
                    let nothing = || Transaction::read_error(nb::Error::WouldBlock);
                    transactions.extend((0..looks).map(|_| nothing()));
                    (Kind::Silence, looks)
                }
                Turn::Broken(kind) => {
                    transactions.push(Transaction::read_error(nb::Error::Other(kind)));
                    (Kind::Broken, 1)
                }
            });
        }
        Self {
            mock: Mock::new(&transactions),
            turns,
        }
    }

    /// Panics unless everything has happened.
    pub(crate) fn done(mut self) {
        self.mock.done();
    }

    fn turn(&self) -> Option<Kind> {
        self.turns.front().map(|(kind, _)| *kind)
    }

    fn count(&mut self) {
        let Some((_, left)) = self.turns.front_mut() else {
            return;
        };
        *left -= 1;
        if *left == 0 {
            self.turns.pop_front();
        }
    }
}

impl ErrorType for HalSerial {
    type Error = SerialError;
}

impl ReadReady for HalSerial {
    fn read_ready(&mut self) -> Result<bool, SerialError> {
        if self.turn() == Some(Kind::Silence) {
            assert_eq!(self.mock.read(), Err(nb::Error::WouldBlock));
            self.count();
            return Ok(false);
        }
        Ok(matches!(self.turn(), Some(Kind::Modem | Kind::Broken)))
    }
}

impl Read for HalSerial {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, SerialError> {
        let mut n = 0;
        // A mistake is found by the mock.
        while n < buffer.len() && (n == 0 || self.turn() == Some(Kind::Modem)) {
            let read = block!(self.mock.read());
            self.count();
            buffer[n] = read.map_err(SerialError)?;
            n += 1;
        }
        Ok(n)
    }
}

impl WriteReady for HalSerial {
    fn write_ready(&mut self) -> Result<bool, SerialError> {
        Ok(self.turn() == Some(Kind::Host))
    }
}

impl Write for HalSerial {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, SerialError> {
        for byte in bytes {
            block!(self.mock.write(*byte)).map_err(SerialError)?;
            self.count();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), SerialError> {
        block!(self.mock.flush()).map_err(SerialError)
    }
}

/// An error of embedded-hal-nb, as one of embedded-io.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct SerialError(pub(crate) ErrorKind);

impl Display for SerialError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for SerialError {}

impl embedded_io::Error for SerialError {
    fn kind(&self) -> embedded_io::ErrorKind {
        embedded_io::ErrorKind::Other
    }
}
