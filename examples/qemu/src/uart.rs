//! UART0 of the CMSDK, with interrupts. In QEMU, `-serial` is its other end.
//!
//! Two pipes stand between the interrupts and the application. Nothing is lost in them: bytes wait
//! in a pipe until somebody reads, whoever drops the future of a read or a write, and the interrupt
//! leaves a byte in the UART as long as its pipe is full.

use core::{
    convert::Infallible,
    future::poll_fn,
    ptr,
    sync::atomic::{AtomicU16, Ordering},
    task::Poll,
};

use embassy_sync::{
    blocking_mutex::raw::CriticalSectionRawMutex, pipe::Pipe, waitqueue::AtomicWaker,
};
use embedded_io_async::{ErrorType, Read, Write};

use crate::interrupts::Interrupt;

/// The UART.
#[derive(Debug)]
pub(crate) struct Uart(());

impl Uart {
    /// Switches the UART on. There is one.
    pub(crate) fn start() -> Self {
        BAUD_DIVIDER.write(DIVIDER);
        CONTROL.write(ENABLE_BOTH | WITH_INTERRUPTS);
        Interrupt::UartReceive.enable();
        Interrupt::UartTransmit.enable();
        Interrupt::UartOverrun.enable();
        Self(())
    }
}

impl ErrorType for Uart {
    type Error = Infallible;
}

impl Read for Uart {
    async fn read(&mut self, bytes: &mut [u8]) -> Result<usize, Infallible> {
        let n = RECEIVED.read(bytes).await;
        // A byte may have waited for this room.
        Interrupt::UartReceive.pend();
        Ok(n)
    }
}

impl Write for Uart {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        let n = TO_SEND.write(bytes).await;
        // The UART tells when a byte has gone; the first one has none before it.
        Interrupt::UartTransmit.pend();
        Ok(n)
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        poll_fn(|context| {
            SENT.register(context.waker());
            if is_sent() {
                return Poll::Ready(Ok(()));
            }
            Poll::Pending
        })
        .await
    }
}

/// Bytes that came while the one before was still in the UART; one of the two is lost.
pub(crate) fn overruns() -> u16 {
    OVERRUNS.load(Ordering::Relaxed)
}

pub(crate) fn on_receive() {
    INTERRUPT_CLEAR.write(INTERRUPT_OF_RECEIVE);
    if STATE.read() & RECEIVE_FULL != 0 && !RECEIVED.is_full() {
        let byte = DATA.read() as u8;
        // There is room for it.
        let _ = RECEIVED.try_write(&[byte]);
    }
}

pub(crate) fn on_transmit() {
    INTERRUPT_CLEAR.write(INTERRUPT_OF_TRANSMIT);
    let mut byte = [0];
    if STATE.read() & TRANSMIT_FULL == 0 && TO_SEND.try_read(&mut byte).is_ok() {
        DATA.write(byte[0].into());
    }
    if is_sent() {
        SENT.wake();
    }
}

pub(crate) fn on_overrun() {
    STATE.write(RECEIVE_OVERRUN);
    INTERRUPT_CLEAR.write(INTERRUPT_OF_OVERRUN);
    OVERRUNS.fetch_add(1, Ordering::Relaxed);
}

fn is_sent() -> bool {
    TO_SEND.is_empty() && STATE.read() & TRANSMIT_FULL == 0
}

/// What has come and was not read yet.
static RECEIVED: Pipe<CriticalSectionRawMutex, 512> = Pipe::new();
/// What was written and is not sent yet.
static TO_SEND: Pipe<CriticalSectionRawMutex, 256> = Pipe::new();
/// Who waits until all is sent.
static SENT: AtomicWaker = AtomicWaker::new();
static OVERRUNS: AtomicU16 = AtomicU16::new(0);

/// A register of the UART.
struct Register(*mut u32);

impl Register {
    const fn at(offset: usize) -> Self {
        Self((0x4000_4000 + offset) as *mut u32)
    }

    fn read(&self) -> u32 {
        // SAFETY: a register of UART0.
        unsafe { ptr::read_volatile(self.0) }
    }

    fn write(&self, value: u32) {
        // SAFETY: a register of UART0.
        unsafe { ptr::write_volatile(self.0, value) };
    }
}

const DATA: Register = Register::at(0x00);
const STATE: Register = Register::at(0x04);
const CONTROL: Register = Register::at(0x08);
const INTERRUPT_CLEAR: Register = Register::at(0x0C);
const BAUD_DIVIDER: Register = Register::at(0x10);

// Of the state.
const TRANSMIT_FULL: u32 = 1 << 0;
const RECEIVE_FULL: u32 = 1 << 1;
const RECEIVE_OVERRUN: u32 = 1 << 3;

// Of the control register.
const ENABLE_BOTH: u32 = 1 << 0 | 1 << 1;
/// When a byte has gone, when one has come, and when one has come too early.
const WITH_INTERRUPTS: u32 = 1 << 2 | 1 << 3 | 1 << 5;

// Of the register that clears them.
const INTERRUPT_OF_TRANSMIT: u32 = 1 << 0;
const INTERRUPT_OF_RECEIVE: u32 = 1 << 1;
const INTERRUPT_OF_OVERRUN: u32 = 1 << 3;

/// 921,600 baud at 25 MHz.
const DIVIDER: u32 = 27;
