//! UART0 of the CMSDK, polled. In QEMU, `-serial tcp:…` is its other end.

use core::ptr;

/// The UART. Nothing is lost when a pending read or write is dropped.
#[derive(Debug)]
pub struct Uart(());

impl Uart {
    /// Switches the UART on.
    #[must_use]
    pub fn new() -> Self {
        // SAFETY: registers of UART0.
        unsafe {
            ptr::write_volatile(BAUDDIV, DIVIDER);
            ptr::write_volatile(CTRL, ENABLE_TX | ENABLE_RX);
        }
        Self(())
    }

    /// Takes a byte, when one has come.
    pub fn receive(&mut self) -> Option<u8> {
        // SAFETY: registers of UART0.
        unsafe {
            (ptr::read_volatile(STATE) & RX_FULL != 0).then(|| ptr::read_volatile(DATA) as u8)
        }
    }

    /// Sends a byte; `false` when there is no room.
    pub fn send(&mut self, byte: u8) -> bool {
        // SAFETY: registers of UART0.
        unsafe {
            let has_room = ptr::read_volatile(STATE) & TX_FULL == 0;
            if has_room {
                ptr::write_volatile(DATA, byte.into());
            }
            has_room
        }
    }

    /// Takes the bytes that have come, as many as there is room for.
    pub fn receive_into(&mut self, bytes: &mut [u8]) -> usize {
        let mut n = 0;
        for (to, from) in bytes.iter_mut().zip(core::iter::from_fn(|| self.receive())) {
            *to = from;
            n += 1;
        }
        n
    }

    /// Sends as many of these bytes as there is room for.
    pub fn send_of(&mut self, bytes: &[u8]) -> usize {
        bytes.iter().take_while(|byte| self.send(**byte)).count()
    }

    #[cfg(feature = "blocking")]
    fn state(&self) -> u32 {
        // SAFETY: a register of UART0.
        unsafe { ptr::read_volatile(STATE) }
    }
}

impl Default for Uart {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(feature = "async")]
mod asynchronous {
    use core::{convert::Infallible, future::poll_fn, task::Poll};

    use embedded_io_async::{ErrorType, Read, Write};

    use super::Uart;

    impl ErrorType for Uart {
        type Error = Infallible;
    }

    impl Read for Uart {
        async fn read(&mut self, bytes: &mut [u8]) -> Result<usize, Infallible> {
            poll_fn(|_| ready(self.receive_into(bytes))).await
        }
    }

    impl Write for Uart {
        async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
            poll_fn(|_| ready(self.send_of(bytes))).await
        }

        async fn flush(&mut self) -> Result<(), Infallible> {
            Ok(())
        }
    }

    fn ready(n: usize) -> Poll<Result<usize, Infallible>> {
        if n == 0 {
            return Poll::Pending;
        }
        Poll::Ready(Ok(n))
    }
}

#[cfg(feature = "blocking")]
mod blocking {
    use core::convert::Infallible;

    use embedded_io::{Read, ReadReady, Write, WriteReady};

    use super::{RX_FULL, TX_FULL, Uart};

    #[cfg(not(feature = "async"))]
    impl embedded_io::ErrorType for Uart {
        type Error = Infallible;
    }

    impl Read for Uart {
        fn read(&mut self, bytes: &mut [u8]) -> Result<usize, Infallible> {
            Ok(self.receive_into(bytes))
        }
    }

    impl Write for Uart {
        fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
            Ok(self.send_of(bytes))
        }

        fn flush(&mut self) -> Result<(), Infallible> {
            Ok(())
        }
    }

    impl ReadReady for Uart {
        fn read_ready(&mut self) -> Result<bool, Infallible> {
            Ok(self.state() & RX_FULL != 0)
        }
    }

    impl WriteReady for Uart {
        fn write_ready(&mut self) -> Result<bool, Infallible> {
            Ok(self.state() & TX_FULL == 0)
        }
    }
}

const DATA: *mut u32 = 0x4000_4000 as *mut u32;
const STATE: *mut u32 = 0x4000_4004 as *mut u32;
const CTRL: *mut u32 = 0x4000_4008 as *mut u32;
const BAUDDIV: *mut u32 = 0x4000_4010 as *mut u32;
const TX_FULL: u32 = 1;
const RX_FULL: u32 = 2;
const ENABLE_TX: u32 = 1;
const ENABLE_RX: u32 = 2;
/// 115,200 baud at 25 MHz.
const DIVIDER: u32 = 217;
