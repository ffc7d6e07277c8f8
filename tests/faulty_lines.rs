//! Every transcript, with every byte of the modem's dropped, doubled, flipped, or with noise before it:
//! the driver comes back into step, whatever was damaged.

#![cfg(all(feature = "bg95", feature = "bc660k"))]

mod support;

use std::thread;

use support::{damaged::Fault, transcript::Transcript};

/// Plays all transcripts with this fault at every byte; says how often, and how long it took the driver
/// to recover at the longest.
fn play_all(fault: Fault) {
    let (mut points, mut longest) = (0, 0);
    for (_, transcript) in Transcript::load_all() {
        for at in 0.. {
            let Some(recovery) = transcript.play_damaged(fault, at) else {
                break;
            };
            points += 1;
            longest = longest.max(recovery);
        }
    }
    println!("{fault:?}: {points} points held, the longest recovery took {longest} ms");
    assert!(points > 10_000, "the folder is not complete");
}

#[test]
fn a_byte_that_is_dropped_costs_no_step() {
    play_all(Fault::Dropped);
}

#[test]
fn a_byte_that_comes_twice_costs_no_step() {
    play_all(Fault::Doubled);
}

#[test]
fn a_byte_with_a_wrong_bit_costs_no_step() {
    thread::scope(|scope| {
        for bits in [0x01, 0x20] {
            scope.spawn(move || play_all(Fault::Flipped(bits)));
        }
    });
}

#[test]
fn noise_between_bytes_costs_no_step() {
    for byte in [0x00, 0xFF] {
        play_all(Fault::Inserted(byte));
    }
}

#[test]
fn a_line_end_in_the_wrong_place_costs_no_step() {
    for byte in [b'\r', b'"', b'>'] {
        play_all(Fault::Inserted(byte));
    }
}
