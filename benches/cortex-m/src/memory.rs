//! What the driver borrows.

use quectel_mqtt::engine::Buffers;

/// The memory for the driver: for topics of up to 64 bytes, and by default payloads of up to 256.
#[derive(Debug)]
pub struct Memory<const LARGE: usize = 384> {
    rx: [u8; 128],
    tx: [u8; LARGE],
    inbox: [u8; LARGE],
}

impl<const LARGE: usize> Memory<LARGE> {
    /// Empty memory.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            rx: [0; 128],
            tx: [0; LARGE],
            inbox: [0; LARGE],
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

impl<const LARGE: usize> Default for Memory<LARGE> {
    fn default() -> Self {
        Self::new()
    }
}
