use super::operations::Step;
use crate::time::Instant;

/// The command on the line, from its first byte to its final result code.
///
/// ```text
///   Idle --start--> Command --sent, data follows--> Prompt --prompt--> Data
///    ^               |   |                            |                  |
///    |          sent |   | deadline                   | error: Idle      | sent: Final
///    |               v   |                            | deadline: Data,  | error: Idle, out of step
///    +--- final --- Final|                            |   or Overdue     | deadline: Data, at last
///    |               |   |                                               |   Overdue
///    |      deadline |   |              (data that Ctrl+Z ends: back to Data with ESC, once)
///    |               v   v
///    +--- final, -- Overdue --late prompt--> Data
///         or deadline: out of step, so a probe is the next exchange
/// ```
///
/// When the prompt does not come in time:
///
/// - Counted data goes out all the same, unless it could be a command to a modem that is not waiting
///   for it. Then, as with a file, nothing goes out, and the operation ends.
/// - Data that Ctrl+Z ends is cancelled, and the operation ends: ESC goes out in its place, and once more
///   if a prompt comes after it, or with the probes if nothing does.
///
/// When the final result code does not come in time, data that Ctrl+Z ends gets ESC, in case its end was lost.
/// Of counted data or a file, bytes may have been lost. As long as a modem waits for those, or for data that
/// never went out, it would take a probe for them: so Overdue lasts until it leaves data mode by itself, as
/// far as that is known, and a minute at the most; unless the data went out without a prompt. A late prompt
/// gets its data from there. Data that the line does not take stays owed until the modem leaves data mode,
/// however long that is.
///
/// An exchange whose operation is gone has no owner: its final result code is still owed, and is
/// absorbed here.
// The small fields first, as in the engine.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Exchange {
    pub(super) phase: Phase,
    pub(super) data: Data,
    /// What was sent has come back for certain.
    pub(super) has_echoed: bool,
    /// The command line was echoed, although the echo is off.
    pub(super) is_echo_new: bool,
    /// The data went out although no prompt had come.
    pub(super) is_blind: bool,
    /// A probe has succeeded; the answers to earlier ones may still come.
    pub(super) has_probe_succeeded: bool,
    pub(super) step: Step,
    /// The slot of the operation that it belongs to.
    pub(super) owner: Option<usize>,
    pub(super) deadline: Option<Instant>,
    pub(super) echo: Echo,
    /// For how long the line has taken none of its data, in milliseconds.
    pub(super) stalled: u32,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Phase {
    Idle,
    /// The command line goes out.
    Command,
    /// The prompt is owed.
    Prompt,
    /// The data goes out.
    Data,
    /// The final result code is owed.
    Final,
    /// The final result code is late, and may still come.
    Overdue,
}

/// What follows the prompt.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Data {
    /// Nothing, and no prompt comes.
    None,
    /// As many bytes as the command line says.
    Counted,
    /// Bytes up to Ctrl+Z, which is the last of them.
    Terminated,
    /// A file of the caller's, of as many bytes as the command line says; the prompt is `CONNECT`,
    /// and the modem waits for a limited time.
    File,
    /// A certificate of the caller's; Ctrl+Z goes out behind it.
    Certificate,
    /// None any more: ESC has gone out in its place.
    Cancelled,
}

/// The echo of the exchange's data, which can hold anything and must not be taken for answers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Echo {
    /// The command line was not echoed, so its data is not either.
    Off,
    /// Its data is likely to be echoed.
    Expected,
    /// The command line was echoed: its data will be.
    Due,
    /// So many bytes of the data have come back.
    Seen(usize),
    /// So many, and a line of the modem's own comes next.
    Interrupted(usize),
    /// All of it has come back, or as much as will.
    Over,
}

impl Exchange {
    pub(super) const IDLE: Self = Self {
        phase: Phase::Idle,
        step: Step::Probe,
        owner: None,
        deadline: None,
        data: Data::None,
        echo: Echo::Off,
        has_echoed: false,
        is_echo_new: false,
        is_blind: false,
        stalled: 0,
        has_probe_succeeded: false,
    };

    pub(super) fn is_idle(&self) -> bool {
        self.phase == Phase::Idle
    }

    pub(super) fn is_probe(&self) -> bool {
        matches!(self.step, Step::Probe)
    }

    /// Whether a payload has gone out, and not all of what may come back has.
    pub(super) fn is_echo_owed(&self) -> bool {
        self.has_sent_payload() && !matches!(self.echo, Echo::Off | Echo::Over)
    }

    /// Whether a payload has gone out, or has begun to.
    pub(super) fn has_sent_payload(&self) -> bool {
        matches!(self.step, Step::Publish) && self.is_behind_prompt()
    }

    /// Whether data has gone out, or has begun to, and the modem has not told what became of it.
    pub(super) fn has_sent_data(&self) -> bool {
        self.data != Data::None && self.is_behind_prompt()
    }

    const fn is_behind_prompt(&self) -> bool {
        matches!(self.phase, Phase::Data | Phase::Final | Phase::Overdue)
    }

    pub(super) const fn is_sending(&self) -> bool {
        matches!(self.phase, Phase::Command | Phase::Data)
    }

    pub(super) const fn is_answer_due(&self) -> bool {
        matches!(self.phase, Phase::Prompt | Phase::Data | Phase::Final)
    }
}

impl Data {
    /// Whether the modem drops the command when ESC comes in place of the data.
    pub(super) const fn is_cancellable(self) -> bool {
        matches!(self, Self::Terminated | Self::Certificate | Self::Cancelled)
    }
}
