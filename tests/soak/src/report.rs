//! What a run has come to, as text.

use std::{fmt, time::Duration};

use quectel_modem_sim::clock;
use quectel_mqtt::engine::Statistics;

use crate::{ledger::Ledger, payload::Direction};

/// What a run has come to; `Display` shows it.
#[derive(Clone, Debug)]
pub struct Report {
    /// What must not be; see the [module](crate).
    pub problems: Vec<String>,
    rows: Vec<(String, String)>,
}

impl Report {
    pub(crate) fn new(ledger: &Ledger, statistics: Statistics) -> Self {
        let mut rows: Vec<(String, String)> = Vec::new();
        let mut row = |name: &str, value: &dyn fmt::Display| {
            rows.push((name.into(), value.to_string()));
        };
        for (direction, name) in [
            (Direction::Up, "driver to server"),
            (Direction::Down, "server to driver"),
        ] {
            let place = direction as usize;
            row(&format!("{name}: sent"), &ledger.sent(direction));
            row(&format!("{name}: received"), &ledger.arrived(direction));
            row(
                &format!("{name}: QoS 1 duplicated"),
                &ledger.qos1_repeated[place],
            );
            let why = match direction {
                Direction::Up => "QoS 2 published again after an unknown outcome",
                Direction::Down => "QoS 2 again after a restart",
            };
            row(&format!("{name}: {why}"), &ledger.qos2_repeated[place]);
        }
        row(
            "filled with probes behind a prompt that was lost",
            &ledger.filled,
        );
        for (reason, count) in &ledger.lost {
            row(&format!("reported as lost: {reason}"), count);
        }
        row(
            "lost by the modem, acknowledged and never on the line",
            &ledger.lost_by_modem(),
        );
        for (fault, count) in &ledger.faults {
            row(&format!("fault: {fault}"), count);
        }
        for ((operation, outcome), count) in &ledger.operations {
            row(&format!("{operation}: {outcome}"), count);
        }
        row("reconnects", &ledger.reconnects);
        row("longest recovery", &Shown(ledger.longest_recovery));
        row("virtual time", &Shown(clock::now()));
        row("statistics", &format!("{statistics:?}"));
        Self {
            problems: ledger.problems.clone(),
            rows,
        }
    }

    /// Whether all was as it must be.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.problems.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.rows {
            writeln!(f, "{name}: {value}")?;
        }
        for problem in self.problems.iter().take(20) {
            writeln!(f, "PROBLEM {problem}")?;
        }
        writeln!(f, "problems: {}", self.problems.len())
    }
}

struct Shown(Duration);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        write!(f, "{hours} h {minutes} min {} s", seconds % 60)
    }
}
