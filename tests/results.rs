//! Results: field notes 18 to 28 of tests/transcripts/README.md. What a BC660K-GL says in them is known
//! from the notes alone.

#![cfg(all(feature = "bg95", feature = "bc660k"))]

mod support;

use support::field_note::play;

/// Field note 18 [log, code].
#[test]
fn a_connect_without_return_code_is_accepted_and_result_2_has_none() {
    play(&["connect_refused.txt", "bc660k_connect_refused.txt"]);
}

/// Field note 19 [doc]; known from the notes alone.
#[test]
fn a_retransmission_is_progress_and_extends_the_deadline() {
    play(&[
        "retransmissions.txt",
        "publish_results.txt",
        "subscribe_results.txt",
        "bc660k_retransmissions.txt",
    ]);
}

/// Field note 20 [log].
#[test]
fn a_refused_connect_ends_at_once_with_the_best_cause_and_its_twin_is_swallowed() {
    play(&[
        "connect_refused.txt",
        "status_before_the_ok_of_connect.txt",
        "bc660k_connect_refused.txt",
        "bc660k_status_before_the_ok_of_connect.txt",
    ]);
}

/// Field note 21 [log].
#[test]
fn an_open_fails_in_three_forms() {
    play(&[
        "open_fails_in_three_forms.txt",
        "open_fails.txt",
        "bc660k_open_fails_in_three_forms.txt",
        "bc660k_open_fails.txt",
    ]);
}

/// Field note 22 [log].
#[test]
fn a_client_left_open_is_closed_and_opened_again() {
    play(&[
        "client_left_open.txt",
        "open_fails.txt",
        "bc660k_client_left_open.txt",
        "bc660k_open_fails.txt",
    ]);
}

/// Field note 23 [log].
#[test]
fn connect_follows_open_at_once() {
    play(&[
        "connect_follows_open_at_once.txt",
        "bc660k_connect_follows_open_at_once.txt",
    ]);
}

/// Field note 24 [log, doc]; a granted QoS of 128 is known from the notes alone.
#[test]
fn a_granted_qos_may_be_lower_or_a_refusal_and_several_come_in_a_flat_list() {
    play(&["subscribe_results.txt", "bc660k_subscribe_results.txt"]);
}

/// Field note 25 [log].
#[test]
fn a_connection_is_torn_down_in_the_way_of_every_firmware() {
    play(&[
        "teardown.txt",
        "disconnect_variants.txt",
        "bc660k_teardown.txt",
        "bc660k_disconnect_and_close.txt",
    ]);
}

/// Field note 26 [log, code]; +QMTSTAT 2, 3, 6 and 7 are known from the notes alone.
#[test]
fn after_a_status_the_client_is_closed_and_set_up_and_a_late_one_harms_no_other_connection() {
    play(&[
        "status_then_connect.txt",
        "connection_lost.txt",
        "bc660k_status_then_connect.txt",
    ]);
}

/// Field note 27 [log].
#[test]
fn nothing_hangs_on_the_answers_to_queries_of_open_clients() {
    play(&[
        "queries_without_answer.txt",
        "bc660k_queries_without_answer.txt",
    ]);
}

/// Field note 28 [log].
#[test]
fn a_publish_in_the_command_line_has_its_result_under_two_names() {
    play(&["publish_in_the_command_line.txt"]);
}
