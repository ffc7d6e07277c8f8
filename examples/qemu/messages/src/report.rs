use core::{
    fmt,
    str::{FromStr, Split},
};

/// What the firmware has counted. It is a line of its log, for people and for the lab.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Report {
    /// Questions that came, each counted once.
    pub received: u16,
    /// Questions that came once more.
    pub received_again: u16,
    /// Questions whose bytes were not as agreed.
    pub damaged: u16,
    /// Messages that came and could not be kept, as the driver tells.
    pub lost: u16,
    /// Answers that the server has acknowledged.
    pub answered: u16,
    /// Answers that were published once more, since it was unknown whether they had arrived.
    pub answered_again: u16,
    /// Restarts of the modem that the driver has seen.
    pub restarts: u16,
    /// Times at which the UART had no room for a byte.
    pub overruns: u16,
}

impl Report {
    /// Before anything has happened.
    pub const NOTHING: Self = Self {
        received: 0,
        received_again: 0,
        damaged: 0,
        lost: 0,
        answered: 0,
        answered_again: 0,
        restarts: 0,
        overruns: 0,
    };
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{PREFIX}{} questions received, {} again, {} damaged, {} lost; {} answered, {} again; \
             {} restarts, {} overruns",
            self.received,
            self.received_again,
            self.damaged,
            self.lost,
            self.answered,
            self.answered_again,
            self.restarts,
            self.overruns
        )
    }
}

/// The line is no report.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NoReport;

impl FromStr for Report {
    type Err = NoReport;

    fn from_str(line: &str) -> Result<Self, NoReport> {
        let mut words = line.strip_prefix(PREFIX).ok_or(NoReport)?.split(' ');
        let report = Self {
            received: next_number(&mut words)?,
            received_again: next_number(&mut words)?,
            damaged: next_number(&mut words)?,
            lost: next_number(&mut words)?,
            answered: next_number(&mut words)?,
            answered_again: next_number(&mut words)?,
            restarts: next_number(&mut words)?,
            overruns: next_number(&mut words)?,
        };
        Ok(report)
    }
}

fn next_number(words: &mut Split<'_, char>) -> Result<u16, NoReport> {
    words.find_map(|word| word.parse().ok()).ok_or(NoReport)
}

const PREFIX: &str = "report: ";

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::ToString;

    use super::*;

    #[test]
    fn a_report_is_read_as_it_was_written() {
        let report = Report {
            received: 1,
            received_again: 2,
            damaged: 3,
            lost: 4,
            answered: 5,
            answered_again: 6,
            restarts: 7,
            overruns: 8,
        };
        assert_eq!(report.to_string().parse(), Ok(report));
        assert_eq!("modem: bg95".parse::<Report>(), Err(NoReport));
        assert_eq!("report: 1 of 2".parse::<Report>(), Err(NoReport));
    }
}
