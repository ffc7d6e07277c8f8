//! The serial line with an ear on it: what has passed whole, the driver can't deny.

use std::{cell::RefCell, rc::Rc};

use embedded_io_async::{ErrorType, Read, Write};
use quectel_modem_sim::{VirtualPort, clock};

use crate::{
    Options,
    ledger::Ledger,
    payload::{Direction, Scanner},
};

/// The modem's port; counts each payload that goes through.
pub(crate) struct Tap {
    port: VirtualPort,
    ledger: Rc<RefCell<Ledger>>,
    from_modem: Scanner,
    to_modem: Scanner,
    /// The time of the last call, and how many there have been at it.
    rounds: (std::time::Duration, u32),
    options: Options,
}

impl Tap {
    pub(crate) const fn new(
        port: VirtualPort,
        ledger: Rc<RefCell<Ledger>>,
        options: Options,
    ) -> Self {
        Self {
            port,
            ledger,
            from_modem: Scanner::new(Direction::Down),
            to_modem: Scanner::new(Direction::Up),
            rounds: (std::time::Duration::ZERO, 0),
            options,
        }
    }

    fn trace(&self, sign: char, bytes: &[u8]) {
        if self.options.is_traced() {
            eprintln!("{:?} {sign} {}", clock::now(), bytes.escape_ascii());
        }
    }

    /// A driver that turns in circles would do so forever: virtual time would stand still.
    fn count_round(&mut self) {
        let now = clock::now();
        match self.rounds.0 == now {
            true => self.rounds.1 += 1,
            false => self.rounds = (now, 0),
        }
        assert!(self.rounds.1 < 1_000_000, "no time passes at {now:?}");
    }
}

impl ErrorType for Tap {
    type Error = <VirtualPort as ErrorType>::Error;
}

impl Read for Tap {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Self::Error> {
        self.count_round();
        let count = self.port.read(buffer).await?;
        self.trace('<', &buffer[..count]);
        for byte in &buffer[..count] {
            if let Some(number) = self.from_modem.byte(*byte) {
                self.ledger.borrow_mut().down_on_line(number);
            }
        }
        Ok(count)
    }
}

impl Write for Tap {
    async fn write(&mut self, buffer: &[u8]) -> Result<usize, Self::Error> {
        self.count_round();
        let count = self.port.write(buffer).await?;
        self.trace('>', &buffer[..count]);
        for byte in &buffer[..count] {
            if let Some(number) = self.to_modem.byte(*byte) {
                self.ledger.borrow_mut().up_on_line(number);
            }
        }
        Ok(count)
    }

    async fn flush(&mut self) -> Result<(), Self::Error> {
        self.port.flush().await
    }
}
