//! A UART that receives and sends by interrupt, as the driver wants it: nothing is lost while
//! nobody reads.

use core::{cell::RefCell, convert::Infallible};

use critical_section::Mutex;
use embedded_hal_nb::serial::{Read as _, Write as _};
use embedded_io::{ErrorType, Read, ReadReady, Write, WriteReady};
use heapless::Deque;
use stm32f4xx_hal::{
    pac::{self, NVIC, USART1, interrupt},
    prelude::*,
    serial::{Event, Serial},
};

/// The one UART with the modem, from [`Uart::start`].
pub struct Uart;

impl Uart {
    /// `serial` has its pins, and those of RTS and CTS are switched to the UART.
    pub fn start(serial: Serial<USART1>) -> Self {
        // SAFETY: nobody else touches this register; `Serial` does not once it is made.
        let registers = unsafe { &*USART1::ptr() };
        registers
            .cr3()
            .modify(|_, w| w.rtse().enabled().ctse().enabled());
        critical_section::with(|token| {
            let mut line = LINE.borrow_ref_mut(token);
            let line = line.insert(Line {
                serial,
                received: Deque::new(),
                to_send: Deque::new(),
            });
            line.serial.listen(Event::RxNotEmpty);
        });
        // SAFETY: what the interrupt needs is there.
        unsafe { NVIC::unmask(pac::Interrupt::USART1) };
        Self
    }

    fn with<T: Default>(&self, action: impl FnOnce(&mut Line) -> T) -> T {
        critical_section::with(|token| {
            let mut line = LINE.borrow_ref_mut(token);
            line.as_mut().map(action).unwrap_or_default()
        })
    }
}

impl ErrorType for Uart {
    type Error = Infallible;
}

impl ReadReady for Uart {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        Ok(self.with(|line| !line.received.is_empty()))
    }
}

impl Read for Uart {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, Infallible> {
        if buf.is_empty() {
            return Ok(0);
        }
        loop {
            match self.with(|line| line.take(buf)) {
                0 => cortex_m::asm::wfi(),
                n => return Ok(n),
            }
        }
    }
}

impl WriteReady for Uart {
    fn write_ready(&mut self) -> Result<bool, Infallible> {
        Ok(self.with(|line| !line.to_send.is_full()))
    }
}

impl Write for Uart {
    fn write(&mut self, buf: &[u8]) -> Result<usize, Infallible> {
        if buf.is_empty() {
            return Ok(0);
        }
        loop {
            match self.with(|line| line.put(buf)) {
                0 => cortex_m::asm::wfi(),
                n => return Ok(n),
            }
        }
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        while self.with(|line| !line.to_send.is_empty()) {
            cortex_m::asm::wfi();
        }
        Ok(())
    }
}

/// What the interrupt and the driver share.
struct Line {
    serial: Serial<USART1>,
    received: Deque<u8, 512>,
    to_send: Deque<u8, 64>,
}

impl Line {
    fn take(&mut self, buf: &mut [u8]) -> usize {
        let mut count = 0;
        for (place, byte) in buf
            .iter_mut()
            .zip(core::iter::from_fn(|| self.received.pop_front()))
        {
            *place = byte;
            count += 1;
        }
        // There is room again: see `interrupt`.
        self.serial.listen(Event::RxNotEmpty);
        count
    }

    fn put(&mut self, buf: &[u8]) -> usize {
        let taken = buf
            .iter()
            .take_while(|&&byte| self.to_send.push_back(byte).is_ok());
        let count = taken.count();
        self.serial.listen(Event::TxEmpty);
        count
    }

    fn interrupt(&mut self) {
        if self.received.is_full() {
            // The byte stays in the UART, so RTS holds the modem back.
            self.serial.unlisten(Event::RxNotEmpty);
        } else if let Ok(byte) = self.serial.read() {
            // A byte that came with an error is lost; the driver finds its way without.
            let _ = self.received.push_back(byte);
        }
        if self.serial.is_tx_empty() {
            match self.to_send.pop_front() {
                Some(byte) => drop(self.serial.write(byte)),
                None => self.serial.unlisten(Event::TxEmpty),
            }
        }
    }
}

#[interrupt]
fn USART1() {
    critical_section::with(|token| {
        if let Some(line) = LINE.borrow_ref_mut(token).as_mut() {
            line.interrupt();
        }
    });
}

static LINE: Mutex<RefCell<Option<Line>>> = Mutex::new(RefCell::new(None));
