//! What the driver borrows.

use quectel_mqtt::engine::Buffers;

/// The memory for the driver.
#[derive(Debug)]
pub struct Memory {
    rx: [u8; 128],
    tx: [u8; 384],
    inbox: [u8; 384],
}

impl Memory {
    /// For topics of up to 64 bytes and payloads of up to 256.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            rx: [0; 128],
            tx: [0; 384],
            inbox: [0; 384],
        }
    }

    /// As the driver takes it.
    pub const fn buffers(&mut self) -> Buffers<'_> {
        Buffers {
            rx: &mut self.rx,
            tx: &mut self.tx,
            inbox: &mut self.inbox,
        }
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}
