//! Lines and echo: field notes 1 to 7 of tests/transcripts/README.md. What a BC660K-GL says in them is
//! known from the notes alone.

#![cfg(all(feature = "bg95", feature = "bc660k"))]

mod support;

use support::field_note::play;

/// Field note 1 [log].
#[test]
fn the_echo_of_a_command_is_no_answer_and_ate0_is_still_echoed() {
    play(&[
        "echo_switched_off.txt",
        "echo_stays_on.txt",
        "bc660k_echo_switched_off.txt",
        "bc660k_echo_stays_on.txt",
    ]);
}

/// Field note 2 [log].
#[test]
fn blank_lines_and_cuts_do_not_matter_and_cr_and_lf_each_end_a_line() {
    play(&["blank_lines.txt", "bc660k_blank_lines.txt"]);
}

/// Field note 3 [log, code].
#[test]
fn the_blank_after_a_colon_may_be_missing_or_be_several() {
    play(&[
        "blanks_around_the_colon.txt",
        "blank_before_the_colon_of_a_message.txt",
        "bc660k_blanks_around_the_colon.txt",
    ]);
}

/// Field note 4 [log].
#[test]
fn a_urc_can_come_inside_the_answer_to_any_command() {
    play(&["urcs_in_answers.txt", "bc660k_urcs_in_answers.txt"]);
}

/// Field note 5 [log].
#[test]
fn unknown_lines_are_counted_and_passed_on_and_never_in_the_way() {
    play(&["unknown_lines.txt", "bc660k_unknown_lines.txt"]);
}

/// Field note 6 [log].
#[test]
fn an_error_may_be_a_word_or_a_number_or_a_text() {
    play(&[
        "error_forms.txt",
        "settings_refused.txt",
        "bc660k_error_forms.txt",
    ]);
}

/// Field note 7 [log].
#[test]
fn the_answer_to_a_command_that_timed_out_is_not_taken_for_the_next_ones() {
    play(&[
        "late_answers.txt",
        "stall_longer_than_the_probes.txt",
        "result_before_the_data_is_sent.txt",
        "bc660k_late_answers.txt",
        "bc660k_stall_longer_than_the_probes.txt",
    ]);
}
