//! Every field note of tests/transcripts/README.md has its test, and both dialects where both apply.

use std::{collections::BTreeSet, fs, path::Path};

const FILES: [&str; 5] = [
    include_str!("framing.rs"),
    include_str!("prompt.rs"),
    include_str!("receive.rs"),
    include_str!("results.rs"),
    include_str!("restart.rs"),
];

const NOTES: &str = include_str!("transcripts/README.md");

/// The notes that concern one dialect alone, and why.
const OF_ONE_DIALECT: [(usize, &str, &str); 4] = [
    (15, "BC660K-GL", "the BG95 family has no \"dataformat\""),
    (16, "BG95", "the BC660K-GL has no AT+QMTRECV"),
    (28, "BG95", "the BC660K-GL has no AT+QMTPUBEX"),
    (31, "BC660K-GL", "the BG95 family does not sleep by itself"),
];

/// A test of the five files.
struct Test {
    note: usize,
    /// As in its doc line: `log, code`.
    source: &'static str,
    is_synthetic: bool,
    transcripts: Vec<&'static str>,
}

#[test]
fn all_34_field_notes_have_a_test_that_names_their_source() {
    let numbers: Vec<usize> = tests().iter().map(|it| it.note).collect();
    assert_eq!(numbers, (1..=34).collect::<Vec<_>>());
    for Test { note, source, .. } in tests() {
        let mut lines = NOTES.lines();
        let known = lines.find_map(|line| line.strip_prefix(&format!("{note}. ")));
        let known = known.expect("the note");
        assert!(known.ends_with(&format!("({source})")), "{note}: {known}");
    }
}

#[test]
fn all_field_notes_are_played_with_both_dialects_unless_they_concern_one() {
    for test in tests() {
        let played: BTreeSet<&str> = test.transcripts.iter().map(|it| dialect(it)).collect();
        let mut single = OF_ONE_DIALECT.iter().filter(|it| it.0 == test.note);
        let expected = match single.next() {
            Some(&(_, dialect, _)) => BTreeSet::from([dialect]),
            None => BTreeSet::from(["BG95", "BC660K-GL"]),
        };
        assert_eq!(played, expected, "field note {}", test.note);
    }
}

#[test]
fn what_is_known_from_the_notes_alone_says_so() {
    let is_marked = |name: &&str| text(name).replace("\n# ", " ").contains(MARK);
    for test in tests() {
        let mut own = test.transcripts.iter();
        assert!(
            own.all(|it| dialect(it) == "BG95" || is_marked(it)),
            "field note {}",
            test.note
        );
        let first = test.transcripts.first().expect("a transcript");
        assert!(
            !test.is_synthetic || is_marked(first),
            "field note {}",
            test.note
        );
    }
}

fn tests() -> Vec<Test> {
    let all = FILES
        .iter()
        .flat_map(|file| file.split("/// Field note ").skip(1));
    all.map(|test| {
        let (doc, body) = test.split_once("#[test]").expect("a test");
        let (note, doc) = doc.split_once(" [").expect("a number");
        let (source, rest) = doc.split_once(']').expect("a source");
        let names = body.split('"').filter(|it| it.ends_with(".txt"));
        Test {
            note: note.parse().expect("a number"),
            source,
            is_synthetic: rest.contains("from the notes alone"),
            transcripts: names.collect(),
        }
    })
    .collect()
}

fn dialect(transcript: &str) -> &'static str {
    match text(transcript).starts_with("dialect BC660K-GL") {
        true => "BC660K-GL",
        false => "BG95",
    }
}

fn text(transcript: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    fs::read_to_string(folder.join(transcript)).expect("the transcript")
}

const MARK: &str = "nown from the note";
