use core::fmt;

use super::Text;
use crate::value::{Parameter, ValueError};

/// A password. It never appears in Debug output, in defmt logs or in errors.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Password<'a>(Text<'a>);

impl<'a> Password<'a> {
    /// A password; it may be empty.
    ///
    /// # Errors
    /// [`ValueError`] when it contains `"` or a control character.
    pub fn new(password: &'a str) -> Result<Self, ValueError> {
        Text::new(Parameter::Password, password).map(Self)
    }

    /// A secret that errors call so, and that must not be empty.
    pub(crate) fn non_empty(parameter: Parameter, secret: &'a str) -> Result<Self, ValueError> {
        Text::non_empty(parameter, secret).map(Self)
    }

    /// The password itself.
    #[must_use]
    pub const fn reveal(self) -> &'a str {
        self.0.as_str()
    }
}

impl fmt::Debug for Password<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(***)")
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Password<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Password(***)");
    }
}
