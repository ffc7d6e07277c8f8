//! Random sequences of calls, messages, faults and dropped futures against the simulated modem, and a
//! plain model of what must be true of each: see `rules::Model`.
//!
//! `SEED=2 PROPTEST_CASES=5000 cargo test --test model --features bg95,bc660k` plays more of them.

#![cfg(all(feature = "bg95", feature = "bc660k"))]

mod support;

#[path = "model/harm.rs"]
mod harm;
#[path = "model/plan.rs"]
mod plan;
#[path = "model/player.rs"]
mod player;
#[path = "model/rules.rs"]
mod rules;

use proptest::{
    collection::vec,
    prelude::{ProptestConfig, proptest},
    test_runner::RngSeed,
};

use plan::{setting, step};
use player::play;

/// As many as take some seconds; the variable of the environment sets another number.
fn config() -> ProptestConfig {
    let seed = std::env::var("SEED").map_or(1, |seed| seed.parse().expect("a number"));
    let cases = match std::env::var_os("PROPTEST_CASES") {
        Some(_) => ProptestConfig::default().cases,
        None => 200,
    };
    ProptestConfig {
        cases,
        // A failure prints its steps, which make a test of their own.
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(seed),
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn whatever_happens_every_operation_ends_and_nothing_is_invented_or_lost(
        setting in setting(),
        steps in vec(step(), 1..40),
    ) {
        play(setting, &steps);
    }
}
