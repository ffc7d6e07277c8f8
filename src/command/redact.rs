use core::fmt;

/// A command line, or any bytes of the AT line, for a person's eyes: secrets are replaced by
/// `***`, and what is not printable is escaped.
///
/// The passwords of AT+QMTCONN, AT+QICSGP and AT+CGAUTH are secrets, the PINs of AT+CPIN, and the
/// device secret of AT+QMTCFG="aliauth".
///
/// ```
/// # use quectel_mqtt::Redacted;
/// let line = b"AT+QMTCONN=0,\"id\",\"user\",\"hunter2\"\r";
/// assert_eq!(Redacted(line).to_string(), r#"AT+QMTCONN=0,"id","user","***"\r"#);
/// ```
#[derive(Clone, Copy)]
pub struct Redacted<'a>(
    /// The bytes as they are on the line.
    pub &'a [u8],
);

impl<'a> Redacted<'a> {
    /// What may be shown before and behind the secret.
    fn parts(self) -> (&'a [u8], Option<&'a [u8]>) {
        if let Some(start) = self.behind(PIN) {
            let (before, pin) = self.0.split_at_checked(start).unwrap_or_default();
            let end = pin.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
            let behind = end.and_then(|end| pin.get(end..)).unwrap_or_default();
            return (before, Some(behind));
        }
        let mut secrets = SECRETS.iter();
        let found = secrets.find_map(|(name, quotes)| Some((self.behind(name)?, *quotes)));
        let found = found.or_else(|| Some((self.unnamed_device()?, 4)));
        let (behind, quotes_before) = found.unzip();
        let quotes = self
            .0
            .iter()
            .enumerate()
            .skip(behind.unwrap_or(self.0.len()));
        let mut quotes = quotes.filter(|(_, byte)| **byte == b'"');
        let Some((start, _)) = quotes.nth(quotes_before.unwrap_or_default()) else {
            return (self.0, None);
        };
        // Without a closing quote, all that follows is secret.
        let end = quotes.next().map_or(self.0.len(), |(end, _)| end);
        let before = self.0.get(..=start).unwrap_or_default();
        (before, Some(self.0.get(end..).unwrap_or_default()))
    }

    /// Where the line goes on behind this name, if it has it.
    fn behind(self, name: &[u8]) -> Option<usize> {
        // Not `windows`, which would panic for an empty name.
        let end = |at: usize| at.saturating_add(name.len());
        let is_name = |at: &usize| {
            let window = self.0.get(*at..end(*at));
            window.is_some_and(|it| it.eq_ignore_ascii_case(name))
        };
        (0..self.0.len()).find(is_name).map(end)
    }

    /// Where the BC660K-GL's answer to AT+QMTCFG="aliauth" begins, which has no key: three strings,
    /// as no other of its answers.
    fn unnamed_device(self) -> Option<usize> {
        let start = self.behind(ANSWER)?;
        let mut fields = self.0.get(start..)?.split(|&byte| byte == b'"');
        let (before, _key, between) = (fields.next()?, fields.next()?, fields.next()?);
        (before.trim_ascii().is_empty() && between.trim_ascii() == b",").then_some(start)
    }
}

impl fmt::Display for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, behind) = self.parts();
        write_escaped(f, before)?;
        if let Some(behind) = behind {
            f.write_str("***")?;
            write_escaped(f, behind)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Redacted<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        match self.parts() {
            (before, Some(behind)) => defmt::write!(f, "{=[u8]:a}***{=[u8]:a}", before, behind),
            (before, None) => defmt::write!(f, "{=[u8]:a}", before),
        }
    }
}

fn write_escaped(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    for &byte in bytes {
        match byte {
            b'"' | b'\'' => fmt::Write::write_char(f, char::from(byte))?,
            byte => fmt::Display::fmt(&byte.escape_ascii(), f)?,
        }
    }
    Ok(())
}

/// What stands before a secret, wherever the line begins (it may be damaged, or hold more than one), and
/// how many quotes come between.
const SECRETS: [(&[u8], usize); 4] = [
    (b"QMTCONN", 4),
    (b"\"aliauth\"", 4),
    (b"QICSGP", 4),
    (b"CGAUTH", 2),
];

/// What stands before a PIN, which may come without quotes, and with a new one behind it.
const PIN: &[u8] = b"+CPIN=";

/// What stands before the values of a setting.
const ANSWER: &[u8] = b"+QMTCFG:";

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::ToString;

    use super::*;

    #[test]
    fn the_password_of_a_connect_is_hidden_in_every_form() {
        for line in [
            "AT+QMTCONN=0,\"id\",\"user\",\"hunter2\"\r",
            "at+qmtconn=5,\"id\",\"user\",\"hunter2",
            "AT+QMTCONN=0,\"\",\"\",\"hunter2\"",
            "\r\nAT+QMTCONN=0,\"id\",\"user\",\"hunter2\"\r\n",
            "T+QMTCONN =0,\"id\",\"user\",\"hunter2\"\r",
            "AT+QMTCFG=\"aliauth\",0,\"key\",\"name\",\"hunter2\"\r",
            "+QMTCFG: \"aliauth\",\"key\",\"name\",\"hunter2\"",
            // The BC660K-GL's answer has no key.
            "+QMTCFG: \"key\",\"name\",\"hunter2\"",
            "+QMTCFG:\"key\", \"name\", \"hunter2",
            "AT+QICSGP=1,1,\"apn\",\"user\",\"hunter2\",1\r",
            "AT+CGAUTH=1,1,\"user\",\"hunter2\"\r",
            "AT+CPIN=hunter2\r",
            "AT+CPIN=\"hunter1\",\"hunter2\"\r",
        ] {
            let shown = Redacted(line.as_bytes()).to_string();
            assert!(
                shown.contains("***") && !shown.contains("hunter2"),
                "{shown}"
            );
        }
    }

    #[test]
    fn other_lines_are_shown_whole() {
        let shown = |line: &[u8]| Redacted(line).to_string();
        assert_eq!(
            shown(b"AT+QMTCONN=0,\"id\",\"user\"\r"),
            "AT+QMTCONN=0,\"id\",\"user\"\\r"
        );
        let line = b"AT+QMTSUB=0,1,\"a\",1,\"b\",1,\"c\",0";
        assert_eq!(shown(line), std::str::from_utf8(line).unwrap());
        for line in [
            "+QMTCFG: \"will\",1,0,0,\"topic\",\"message\"",
            "+QMTCFG: 1,0,0,\"topic\",\"message\"",
        ] {
            assert_eq!(shown(line.as_bytes()), line);
        }
        assert_eq!(shown(b"\x1A\x00\xFF"), "\\x1a\\x00\\xff");
    }
}
