//! Data mode: field notes 8 to 11 of tests/transcripts/README.md. What a BC660K-GL says in them is known
//! from the notes alone.

#![cfg(all(feature = "bg95", feature = "bc660k"))]

mod support;

use support::field_note::play;

/// Field note 8 [log, code].
#[test]
fn the_prompt_has_three_forms_and_counts_only_while_a_command_waits_for_it() {
    play(&["prompts.txt", "bc660k_prompts.txt"]);
}

/// Field note 9 [log].
#[test]
fn exactly_the_payload_goes_out_and_nothing_before_the_prompt() {
    play(&[
        "fixed_length.txt",
        "payloads.txt",
        "bc660k_fixed_length.txt",
    ]);
}

/// Field note 10 [log, code].
#[test]
fn what_comes_instead_of_the_prompt_ends_the_publish_and_disturbs_no_other() {
    play(&[
        "instead_of_the_prompt.txt",
        "prompt_lost_with_a_command_in_the_data.txt",
        "link_lost_while_the_prompt_is_owed.txt",
        "bc660k_instead_of_the_prompt.txt",
    ]);
}

/// Field note 11 [log].
#[test]
fn the_ok_behind_the_payload_may_take_long_and_the_payload_may_come_back_first() {
    play(&[
        "slow_ok_after_the_payload.txt",
        "echo_stays_on.txt",
        "bc660k_slow_ok_after_the_payload.txt",
        "bc660k_echo_stays_on.txt",
    ]);
}
