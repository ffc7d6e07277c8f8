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

use proptest::{collection::vec, prelude::proptest};

use plan::{setting, step};
use player::play;
use support::cases::config;

proptest! {
    // As many as take some seconds.
    #![proptest_config(config(200, 1))]

    #[test]
    fn whatever_happens_every_operation_ends_and_nothing_is_invented_or_lost(
        setting in setting(),
        steps in vec(step(), 1..40),
    ) {
        play(setting, &steps);
    }
}
