use crate::{
    dialect::{Dialect, MAX_CLIENTS},
    value::{Parameter, Problem, ValueError},
};

/// One of the modem's MQTT clients (`<client_idx>`): 0–5 on the BG95 family. Each has its own
/// server, session and settings.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct ClientIndex(u8);

impl ClientIndex {
    /// The first client, which every dialect has.
    pub const ZERO: Self = Self(0);

    /// The client with this index.
    ///
    /// ```
    /// # use quectel_mqtt::ClientIndex;
    /// assert_eq!(ClientIndex::new(5)?.get(), 5);
    /// assert!(ClientIndex::new(6).is_err());
    /// # Ok::<(), quectel_mqtt::ValueError>(())
    /// ```
    ///
    /// # Errors
    /// [`ValueError`] when no dialect has it.
    pub const fn new(index: u8) -> Result<Self, ValueError> {
        if (index as usize) < MAX_CLIENTS {
            Ok(Self(index))
        } else {
            Err(Self::out_of_range(index, MAX_CLIENTS as u8))
        }
    }

    /// Its number.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }

    /// Whether the dialect has it.
    pub(crate) const fn check(self, dialect: &Dialect) -> Result<(), ValueError> {
        if self.0 < dialect.client_count {
            Ok(())
        } else {
            Err(Self::out_of_range(self.0, dialect.client_count))
        }
    }

    const fn out_of_range(index: u8, count: u8) -> ValueError {
        ValueError {
            parameter: Parameter::ClientIndex,
            problem: Problem::OutOfRange {
                value: index as u32,
                min: 0,
                max: count.saturating_sub(1) as u32,
            },
        }
    }
}
