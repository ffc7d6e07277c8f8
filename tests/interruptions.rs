//! Every transcript, and after every byte of the modem's and of the driver's a restart, a lost connection
//! or a lost network: what is under way ends at once and with that cause, and all works again.

#![cfg(all(feature = "bg95", feature = "bc660k"))]

mod support;

use support::{
    interrupted::{Interruption, Outcome, Tried},
    transcript::Transcript,
};

/// How often it came to what, and how long it took at the longest until all worked again, in
/// milliseconds.
#[derive(Debug, Default)]
struct Tally {
    seen: u32,
    hidden: u32,
    same_start: u32,
    impossible: u32,
    longest: u64,
    longest_unseen: u64,
}

/// Lets one of these happen after every byte.
fn interrupt_all(name: &str, interruptions: &[Interruption]) -> Tally {
    let mut tally = Tally::default();
    let mut tried = Tried::new();
    for (_, transcript) in Transcript::load_all() {
        transcript.play_interrupted(interruptions, &mut tried, |outcome| {
            let (count, recovery) = match outcome {
                Outcome::Impossible => (&mut tally.impossible, 0),
                Outcome::Seen(recovery) => (&mut tally.seen, recovery),
                Outcome::Hidden(recovery) => (&mut tally.hidden, recovery),
                Outcome::SameStart(recovery) => (&mut tally.same_start, recovery),
            };
            *count += 1;
            let longest = match outcome {
                Outcome::SameStart(_) | Outcome::Hidden(_) => &mut tally.longest_unseen,
                _ => &mut tally.longest,
            };
            *longest = recovery.max(*longest);
        });
    }
    println!("{name}: {tally:?}");
    tally
}

/// A restart is seen at once but for two cases. Its lines can be the rest of a payload: then what echoes
/// tells, with the next command. And they can belong to a start that is known: what is under way then is
/// what the application has answered it with.
fn assert_restarts_seen(tally: &Tally) {
    assert!(tally.seen > 90_000, "the folder is not complete");
    assert!(tally.hidden < 1_000 && tally.same_start < 4_000);
    assert!(tally.longest <= 10_000);
    assert!(tally.longest_unseen <= LONGEST_PATIENCE);
}

#[test]
fn a_restart_after_any_byte_ends_all_at_once() {
    let tally = interrupt_all(
        "RDY",
        &[Interruption::Restart(&[
            "\r\nRDY\r\n",
            "\r\n+CFUN: 1\r\n\r\n+CPIN: READY\r\n\r\nAPP RDY\r\n",
        ])],
    );
    assert_restarts_seen(&tally);
}

#[test]
fn a_restart_that_begins_in_another_way_ends_all_at_once() {
    let tally = interrupt_all(
        "power down, +CFUN",
        &[
            // Which has no line end of its own.
            Interruption::Restart(&["\r\nPOWERED DOWN\r", "\nRDY\r\n\r\nAPP RDY\r\n"]),
            Interruption::Restart(&[
                "\r\nNORMAL POWER DOWN\r\n",
                "\r\nPOWERED DOWN",
                "\r\nRDY\r\n\r\n+CFUN: 1\r\n\r\nAPP RDY\r\n",
            ]),
            Interruption::Restart(&["\r\n+CFUN: 1\r\n", "\r\nAPP RDY\r\n"]),
        ],
    );
    assert_restarts_seen(&tally);
}

/// Nobody waits for longer than the transcripts let the modem wait for an acknowledgement: 60 s, eleven
/// times, and what the driver adds.
const LONGEST_PATIENCE: u64 = (11 * 60 + 10 + 5) * 1000;

#[test]
fn a_lost_link_after_any_byte_ends_packets_at_once() {
    // An echo of the very same line could not be told from it; a transcript has one of status 1.
    let tally = interrupt_all("link", &[Interruption::LinkLost { client: 0, code: 2 }]);
    assert!(tally.seen > 38_000, "the folder is not complete");
    assert!(tally.longest <= LONGEST_PATIENCE);
    let other = [Interruption::LinkLost { client: 5, code: 7 }];
    let tally = interrupt_all("link of another client", &other);
    assert!(tally.seen > 500, "the folder is not complete");
    assert!(tally.longest <= LONGEST_PATIENCE);
}

#[test]
fn a_lost_context_after_any_byte_is_told_once() {
    let both = [false, true].map(|with_status| Interruption::ContextLost { with_status });
    let tally = interrupt_all("context", &both);
    assert!(tally.seen > 38_000, "the folder is not complete");
    assert!(tally.longest <= LONGEST_PATIENCE);
}
