//! A small run of each kind, with everything that can go wrong.

use clap::ValueEnum;
use soak::{Dialect, Fault, Options, run};

fn options(module: Dialect, stored: bool) -> Options {
    Options {
        messages: 600,
        seed: 1,
        faults: Fault::value_variants().to_vec(),
        module,
        stored,
        trace: None,
    }
}

fn assert_good(options: &Options) {
    let report = run(options);
    assert!(report.is_good(), "{report}");
}

#[test]
fn a_bg95_loses_and_damages_nothing() {
    assert_good(&options(Dialect::Bg95, false));
}

#[test]
fn a_bg95_that_stores_messages_loses_and_damages_nothing() {
    assert_good(&options(Dialect::Bg95, true));
}

#[test]
fn a_bc660k_loses_and_damages_nothing() {
    assert_good(&options(Dialect::Bc660k, false));
}

#[test]
fn without_faults_every_message_arrives_once_and_no_operation_fails() {
    let options = Options {
        faults: Vec::new(),
        ..options(Dialect::Bg95, false)
    };
    let report = run(&options);
    assert!(report.is_good(), "{report}");
    let text = report.to_string();
    for line in [
        "driver to server: received: 300",
        "driver to server: QoS 1 duplicated: 0",
        "driver to server: QoS 2 published again after an unknown outcome: 0",
        "server to driver: received: 300",
        "server to driver: QoS 1 duplicated: 0",
        "connect: success: 2",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert!(!text.contains("no answer"), "{text}");
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let options = options(Dialect::Bg95, false);
    assert_eq!(run(&options).to_string(), run(&options).to_string());
    let other = Options {
        seed: 2,
        ..options.clone()
    };
    assert_ne!(run(&options).to_string(), run(&other).to_string());
}
