//! Transcripts on a faulty line: one byte of what the modem says is not what it should be. What the
//! driver makes of it is open; but it must come back into step, and that soon.

use quectel_mqtt::Instant;

use super::{
    text::unescape,
    transcript::{Chunks, Player, Transcript},
};

/// What happens to a byte of the modem's.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    Dropped,
    Doubled,
    /// These of its bits change.
    Flipped(u8),
    /// This byte comes before it.
    Inserted(u8),
}

impl Transcript {
    /// Plays it with a fault at the byte `at` of the modem's, then lets an obliging modem answer, and
    /// returns how many milliseconds it took until a command went through; `None` when there is no
    /// such byte.
    pub(crate) fn play_damaged(&self, fault: Fault, at: usize) -> Option<u64> {
        self.with_player(Chunks::Whole, |player, steps| {
            let mut seen = 0;
            for step in steps {
                player.place = format!("{}, byte {at} {fault:?}", step.place);
                match step.keyword.as_str() {
                    "<" => {
                        let bytes = unescape(&step.rest);
                        let hit = at.checked_sub(seen).filter(|hit| *hit < bytes.len());
                        seen += bytes.len();
                        player
                            .feed(&hit.map_or_else(|| bytes.clone(), |hit| fault.of(&bytes, hit)));
                    }
                    "abandon" if !player.started.iter().any(|it| it.verb == step.rest) => {}
                    // What was to come has perhaps not.
                    ">" | "=" | "!" | "quiet" | "counted" | "refused" => player.sent.clear(),
                    keyword => player.play(keyword, &step.rest),
                }
                player.refusal = None;
            }
            (at < seen).then(|| player.recover())
        })
    }
}

impl Fault {
    fn of(self, bytes: &[u8], at: usize) -> Vec<u8> {
        let (before, after) = bytes.split_at(at);
        let middle: &[u8] = match self {
            Self::Dropped => &[],
            Self::Doubled => &[after[0], after[0]],
            Self::Flipped(bits) => &[after[0] ^ bits],
            Self::Inserted(byte) => &[byte, after[0]],
        };
        [before, middle, &after[1..]].concat()
    }
}

impl Player<'_> {
    /// Answers as a modem does that is in command mode, until a command has gone through.
    fn recover(&mut self) -> u64 {
        let start = self.now;
        self.takes = usize::MAX;
        while self.now - start < LONGEST_RECOVERY {
            let until = self.settle();
            if self.answer() {
                continue;
            }
            if self
                .results
                .iter()
                .any(|result| result == "raw RECOVERED\\n")
            {
                return self.now - start;
            }
            if !self.started.iter().any(|it| it.verb == "raw") {
                self.play("call", "raw command=ATI");
                if self.refusal.take().is_none() {
                    continue;
                }
            }
            let now = Instant::from_millis(self.now);
            self.now += until.map_or(1000, |until| u64::from(until.millis_from(now)).max(1));
        }
        panic!("{}: not in step after {LONGEST_RECOVERY} ms", self.place);
    }

    /// Answers the command line that has come; `false` when there is none.
    fn answer(&mut self) -> bool {
        let Some(end) = self.sent.iter().position(|&byte| byte == b'\r') else {
            return false;
        };
        let line: Vec<u8> = self.sent.drain(..=end).collect();
        self.feed(match &line[..end] {
            b"AT+CMEE?" => b"\r\n+CMEE: 1\r\n\r\nOK\r\n",
            b"ATI" => b"\r\nRECOVERED\r\n\r\nOK\r\n",
            [b'A', b'T', ..] => b"\r\nOK\r\n",
            _ => b"\r\nERROR\r\n",
        });
        true
    }
}

/// Longer than any deadline, and shorter than for ever.
const LONGEST_RECOVERY: u64 = 20 * 60 * 1000;
