//! The field notes of tests/transcripts/README.md, as dialogues.

use std::path::{Path, PathBuf};

use super::transcript::{Chunks, Transcript};

/// Plays these transcripts: whole, byte by byte, and in random chunks.
pub(crate) fn play(names: &[&str]) {
    for name in names {
        let transcript = Transcript::load(&folder().join(name));
        let random = (1..=10).map(Chunks::Random);
        for chunks in [Chunks::Whole, Chunks::Single].into_iter().chain(random) {
            transcript.play(chunks);
        }
    }
}

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts")
}
