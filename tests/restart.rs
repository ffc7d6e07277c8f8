//! Start, restart and sleep: field notes 29 to 34 of tests/transcripts/README.md. What a BC660K-GL says in
//! them is known from the notes alone.

#![cfg(all(feature = "bg95", feature = "bc660k"))]

mod support;

use support::field_note::play;

/// Field note 29 [log].
#[test]
fn a_restart_ends_whatever_is_under_way_and_all_settings_are_made_anew() {
    play(&[
        "restarts/rdy.txt",
        "restarts/app_rdy.txt",
        "restarts/powered_down.txt",
        "restarts/normal_power_down.txt",
        "restarts/cfun_1.txt",
        "restarts/bc660k_rdy.txt",
        "restarts/bc660k_app_rdy.txt",
        "restarts/bc660k_powered_down.txt",
        "restarts/bc660k_normal_power_down.txt",
        "restarts/bc660k_cfun_1.txt",
        "powered_down_without_line_end.txt",
        "bc660k_powered_down_without_line_end.txt",
        "modem_restarts.txt",
    ]);
}

/// Field note 30 [log].
#[test]
fn a_starting_modem_answers_errors_or_nothing_and_may_never_say_that_it_is_ready() {
    play(&[
        "connect_between_rdy_and_app_rdy.txt",
        "initialize_at_power_on.txt",
        "silent_between_rdy_and_app_rdy.txt",
        "bc660k_start.txt",
    ]);
}

/// Field note 31 [doc]; known from the notes alone.
#[test]
fn a_sleeping_modem_loses_the_command_that_wakes_it() {
    play(&["bc660k_sleep.txt"]);
}

/// Field note 32 [log].
#[test]
fn a_data_connection_is_lost_with_a_status_or_without() {
    play(&[
        "data_connection_lost.txt",
        "bc660k_data_connection_lost.txt",
    ]);
}

/// Field note 33 [log].
#[test]
fn characters_that_no_string_can_hold_are_refused_before_a_byte_is_sent() {
    play(&[
        "unsendable_characters.txt",
        "refusals_before_a_byte.txt",
        "bc660k_unsendable_characters.txt",
    ]);
}

/// Field note 34 [log].
#[test]
fn the_version_is_set_at_every_connect() {
    play(&[
        "version_at_every_connect.txt",
        "bc660k_version_at_every_connect.txt",
    ]);
}
