use core::num::NonZeroU16;

/// Packet identifier, 1–65535 (MQTT 3.1.1, chapter 2.3.1): ties an acknowledgement to its packet.
///
/// The engine chooses them; no two of a client that are in flight are alike.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PacketId(NonZeroU16);

impl PacketId {
    /// The first identifier in use.
    pub(crate) const FIRST: Self = Self(NonZeroU16::MIN);

    /// Its number.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0.get()
    }

    /// The identifier after this one; 1 follows 65535.
    pub(crate) const fn next(self) -> Self {
        match self.0.checked_add(1) {
            Some(next) => Self(next),
            None => Self::FIRST,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identifier_after_65535_is_1() {
        let mut id = PacketId::FIRST;
        for expected in 1..=u16::MAX {
            assert_eq!(id.get(), expected);
            id = id.next();
        }
        assert_eq!(id, PacketId::FIRST);
    }
}
