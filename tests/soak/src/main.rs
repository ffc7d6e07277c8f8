//! `cargo run --release -p soak -- --messages 10000 --seed 1 --faults all --module bg95`
//!
//! See the library's documentation for what is checked. Ends with 1 when something is not as it must
//! be.

use std::{process::ExitCode, time::Duration};

use clap::{Parser, ValueEnum};
use soak::{Dialect, Fault, Options, run};

/// Sends many messages through the driver and a simulated modem, with faults on the way.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many messages, in both directions together.
    #[arg(long, default_value_t = 10_000)]
    messages: u32,
    /// The same seed gives the same run.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What goes wrong: `all`, `none`, or names with commas between (link-loss, restart, noise,
    /// retransmission, slow-server, server-gone, late-answer, lost-answer, lost-command, lost-prompt,
    /// full-inbox, pdp-loss, habits, cancel).
    #[arg(long, default_value = "all")]
    faults: String,
    /// The module that is simulated.
    #[arg(long, default_value = "bg95")]
    module: Dialect,
    /// How messages come.
    #[arg(long, default_value = "direct")]
    receive: Receive,
    /// Write what passes on the serial line, and each fault, to standard error, from this second of virtual
    /// time on.
    #[arg(long, value_name = "SECOND", num_args = 0..=1, default_missing_value = "0")]
    trace: Option<u64>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Receive {
    /// At once.
    Direct,
    /// Stored in the modem, and fetched (BG95 family).
    Stored,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let faults = match faults(&arguments.faults) {
        Ok(faults) => faults,
        Err(name) => {
            eprintln!("no such fault: {name}");
            return ExitCode::from(2);
        }
    };
    let stored = arguments.receive == Receive::Stored;
    if stored && arguments.module == Dialect::Bc660k {
        eprintln!("the BC660K-GL stores no messages");
        return ExitCode::from(2);
    }
    let report = run(&Options {
        messages: arguments.messages,
        seed: arguments.seed,
        faults,
        module: arguments.module,
        stored,
        trace: arguments.trace.map(Duration::from_secs),
    });
    print!("{report}");
    match report.is_good() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

fn faults(names: &str) -> Result<Vec<Fault>, String> {
    match names {
        "all" => Ok(Fault::value_variants().to_vec()),
        "none" => Ok(Vec::new()),
        names => names
            .split(',')
            .map(|name| Fault::from_str(name, true).map_err(|_| name.to_owned()))
            .collect(),
    }
}
