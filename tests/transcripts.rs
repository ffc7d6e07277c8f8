//! Plays every transcript of tests/transcripts: whole, byte by byte, and in seeded random chunks.

#![cfg(all(feature = "bg95", feature = "bc660k"))]

mod support;

use std::panic::catch_unwind;

use support::transcript::{Chunks, Transcript};

fn play_all(chunkings: impl Fn() -> Vec<Chunks>) {
    let transcripts = Transcript::load_all();
    assert!(transcripts.len() >= 128, "the folder is not complete");
    let (mut plays, mut failed) = (0, Vec::new());
    for (name, transcript) in &transcripts {
        let play_in = |chunks| catch_unwind(|| transcript.play(chunks)).is_ok();
        let chunkings = chunkings();
        plays += chunkings.len();
        if !chunkings.into_iter().all(play_in) {
            failed.push(name);
        }
        println!("{name}: {} steps", transcript.len());
    }
    println!("{} transcripts, {plays} plays", transcripts.len());
    assert!(failed.is_empty(), "failed: {failed:?}");
}

#[test]
fn transcripts_hold_when_bytes_come_whole() {
    play_all(|| vec![Chunks::Whole]);
}

#[test]
fn transcripts_hold_when_bytes_come_one_by_one() {
    play_all(|| vec![Chunks::Single]);
}

#[test]
fn transcripts_hold_when_bytes_come_in_random_chunks() {
    play_all(|| (1..=100).map(Chunks::Random).collect());
}
