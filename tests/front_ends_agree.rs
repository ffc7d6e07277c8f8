//! Every transcript, through each of the shells: they send the same bytes, and bring the same results and events.

#![cfg(all(
    feature = "bg95",
    feature = "bc660k",
    feature = "blocking",
    feature = "runner"
))]

mod support;

use std::panic::catch_unwind;

use support::{
    faces::{Asynchronous, Blocking, Face, Handles, play},
    transcript::Transcript,
};

fn play_all<F: Face>(suits: impl Fn(&Transcript) -> bool) {
    let (mut plays, mut unsuited, mut failed) = (0, Vec::new(), Vec::new());
    for (name, transcript) in Transcript::load_all() {
        if !suits(&transcript) {
            unsuited.push(name);
            continue;
        }
        for chunk in [None, Some(1), Some(7)] {
            plays += 1;
            if catch_unwind(|| play::<F>(&transcript, chunk)).is_err() {
                failed.push(format!("{name} {chunk:?}"));
            }
        }
    }
    println!("{plays} plays, {} not suited: {unsuited:?}", unsuited.len());
    assert!(failed.is_empty(), "failed: {failed:?}");
    assert!(plays >= 3 * 100, "the folder is not complete");
}

/// While the port takes nothing, and a write waits, it does not read.
#[test]
fn the_async_shell_plays_every_transcript() {
    play_all::<Asynchronous>(|transcript| {
        let mut steps = transcript.steps.iter();
        !steps.any(|step| step.keyword == "takes")
    });
}

#[test]
fn the_blocking_shell_plays_every_transcript() {
    play_all::<Blocking>(|_| true);
}

/// Through handles, a call that finds the line busy waits where a verb is refused; events go to those who listen as they
/// come; and bytes wait in the runner where the port takes none.
#[test]
fn the_runner_and_its_handles_play_every_transcript() {
    play_all::<Handles>(|transcript| {
        let mut steps = transcript.steps.iter();
        !steps.any(|step| {
            matches!(step.keyword.as_str(), "events" | "takes")
                || step.keyword == "refused" && step.rest.starts_with("another command")
        })
    });
}
