use heapless::String;

/// A temperature, to a hundredth of a degree.
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Temperature {
    /// Hundredths of a degree Celsius.
    pub centicelsius: i32,
}

impl Temperature {
    /// As it is published: `{"celsius":23.45}`.
    #[must_use]
    pub fn to_json(self) -> String<32> {
        let sign = if self.centicelsius < 0 { "-" } else { "" };
        let hundredths = self.centicelsius.unsigned_abs();
        let (whole, rest) = (hundredths / 100, hundredths % 100);
        // The longest has 24 bytes.
        heapless::format!("{{\"celsius\":{sign}{whole}.{rest:02}}}").unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_temperature_has_its_sign_and_two_decimals() {
        let json = |centicelsius| Temperature { centicelsius }.to_json();
        assert_eq!(json(2345), r#"{"celsius":23.45}"#);
        assert_eq!(json(-5), r#"{"celsius":-0.05}"#);
        assert_eq!(json(0), r#"{"celsius":0.00}"#);
        assert_eq!(json(i32::MIN), r#"{"celsius":-21474836.48}"#);
    }
}
