//! Cases by chance, and the same ones every time.

use proptest::{prelude::ProptestConfig, test_runner::RngSeed};

/// So many cases from this seed, unless PROPTEST_CASES and SEED of the environment say otherwise.
pub(crate) fn config(cases: u32, seed: u64) -> ProptestConfig {
    let given = std::env::var("SEED").map(|seed| seed.parse().expect("a number"));
    let cases = match std::env::var_os("PROPTEST_CASES") {
        Some(_) => ProptestConfig::default().cases,
        None => cases,
    };
    ProptestConfig {
        cases,
        // A failure prints its case, which makes a test of its own.
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(given.unwrap_or(seed)),
        ..ProptestConfig::default()
    }
}
