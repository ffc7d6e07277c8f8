//! Messages: field notes 12 to 17 of tests/transcripts/README.md. What a BC660K-GL says in them is known
//! from the notes alone.

#![cfg(all(feature = "bg95", feature = "bc660k"))]

mod support;

use support::field_note::play;

/// Field note 12 [log].
#[test]
fn only_the_length_tells_where_a_payload_ends() {
    play(&[
        "payloads_received.txt",
        "payloads.txt",
        "bc660k_payloads_received.txt",
    ]);
}

/// Field note 13 [code].
#[test]
fn a_message_needs_neither_its_closing_quote_nor_its_line_end() {
    play(&[
        "message_without_its_end.txt",
        "stored_messages_without_their_end.txt",
        "bc660k_message_without_its_end.txt",
    ]);
}

/// Field note 14 [code].
#[test]
fn a_message_without_quotes_or_with_a_large_packet_identifier_is_not_lost() {
    play(&[
        "message_without_quotes.txt",
        "bc660k_message_without_quotes.txt",
    ]);
}

/// Field note 15 [code]; known from the notes alone.
#[test]
fn in_hex_mode_the_length_counts_bytes_and_the_digits_are_twice_as_many() {
    play(&["bc660k_hex.txt", "bc660k_hex_losses.txt"]);
}

/// Field note 16 [code].
#[test]
fn one_prefix_has_a_message_a_stored_message_and_the_table_of_them() {
    play(&[
        "stored_messages.txt",
        "read_forms_and_urcs_of_their_names.txt",
    ]);
}

/// Field note 17 [log].
#[test]
fn messages_come_behind_a_result_before_one_or_in_a_burst() {
    play(&[
        "messages_among_results.txt",
        "bc660k_messages_among_results.txt",
    ]);
}
