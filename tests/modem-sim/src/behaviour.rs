//! What real modems do and no application note says: knobs, all off by default.

use std::{collections::VecDeque, time::Duration};

/// Deviations of the simulated modem from its application note.
///
/// [`Behaviour::default`] is a modem that does what the note says, at once. Every field can be
/// changed while the modem runs, through [`Modem::behaviour_mut`](crate::Modem::behaviour_mut).
/// Fields that count (`ignore_commands`, `drop_prompts`, …) are counted down as they are used.
#[derive(Clone, Debug)]
pub struct Behaviour {
    /// `ATE0` is answered with `OK`, but the echo stays.
    pub keep_echo: bool,
    /// How many bytes the host gets at once.
    pub chunk: Chunk,
    /// The speed of the serial line in bits per second, ten to a byte, in both directions; `None`
    /// is without limit. A change holds for what is sent after the next call.
    pub line_speed: Option<u32>,
    /// Up to this many extra empty lines (CR LF) stand before each line; how many is random.
    pub extra_blank_lines: u8,
    /// `+QMTPUB:0,1,0` in place of `+QMTPUB: 0,1,0`.
    pub no_space_after_colon: bool,
    /// Lines sent between the next publish commands and their prompts, one for each.
    pub before_prompt: VecDeque<Vec<u8>>,
    /// The prompts of this many publish commands are not sent; the payload is awaited all the same.
    pub drop_prompts: u32,
    /// How long each class of command takes until its first answer.
    pub delays: Delays,
    /// The next command is carried out and answered only after this time, on top of its delay.
    pub late_answer: Option<Duration>,
    /// This many commands are swallowed: neither carried out nor answered.
    pub ignore_commands: u32,
    /// This many commands are carried out, but their `OK` or `ERROR` is lost.
    pub lose_answers: u32,
    /// The result (`+QMTOPEN: 0,0`) comes before the `OK` of its command.
    pub result_before_ok: bool,
    /// The next `AT+QMTOPEN` fails, in this form.
    pub open_failure: Option<OpenFailure>,
    /// How a refused CONNECT is reported.
    pub refusal: Refusal,
    /// URCs wait while a publish command collects its payload.
    pub hold_urcs_in_data_mode: bool,
    /// Time from `RDY` to `APP RDY`, which the BC660K-GL does not send; commands in between are
    /// answered with `ERROR`.
    pub boot_time: Duration,
    /// A BC660K-GL whose sleep modes are on (`AT+QSCLK=1`) sleeps after this long without a byte
    /// in either direction, and loses the command that wakes it.
    pub sleep_after: Option<Duration>,
    /// What the mobile network makes of the modem.
    ///
    /// A registration that ends takes all PDP contexts with it, as if each had been
    /// [lost](crate::Modem::lose_pdp).
    pub registration: Registration,
    /// This many uploaded files arrive damaged, and `+QFUPL` shows their checksum.
    pub corrupt_uploads: u32,
    /// This many `AT+QIACT` and `AT+CGACT=1` are answered with `ERROR`.
    pub activation_failures: u32,
    /// Clients of the BG95 family that lose their PDP context report `+QMTSTAT: c,7`; otherwise,
    /// nothing but `+QIURC: "pdpdeact"` tells. Those of the BC660K-GL, which has no such URC,
    /// always report it.
    pub stat_on_pdp_loss: bool,
    /// Clients close their connection after this many packets in a row that could not be delivered
    /// (result 2), with `+QMTSTAT: c,6`; a result 0 begins the count anew. The notes say "all the
    /// time" and give no number. `None` is never.
    pub close_after_failures: Option<u32>,
    /// There is no SIM: `AT+CPIN?` is answered with `+CME ERROR: 10`.
    pub sim_missing: bool,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            keep_echo: false,
            chunk: Chunk::All,
            line_speed: None,
            extra_blank_lines: 0,
            no_space_after_colon: false,
            before_prompt: VecDeque::new(),
            drop_prompts: 0,
            delays: Delays::default(),
            late_answer: None,
            ignore_commands: 0,
            lose_answers: 0,
            result_before_ok: false,
            open_failure: None,
            refusal: Refusal::ConnThenStat,
            hold_urcs_in_data_mode: true,
            boot_time: Duration::ZERO,
            sleep_after: None,
            registration: Registration::Home,
            corrupt_uploads: 0,
            activation_failures: 0,
            stat_on_pdp_loss: false,
            close_after_failures: None,
            sim_missing: false,
        }
    }
}

/// What the mobile network makes of the modem, as `AT+CEREG?` shows it.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Registration {
    /// Registered in the home network.
    #[default]
    Home,
    /// Registered in another network.
    Roaming,
    /// Not registered, and looking for a network.
    Searching,
    /// The network has refused, for this reason (a cause of EPS mobility management).
    Denied {
        /// `<reject_cause>`
        cause: u8,
    },
    /// Searching until this long after the start of the modem, then registered.
    After(Duration),
}

/// How many bytes [`Modem::take_output`](crate::Modem::take_output) gives at once.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Chunk {
    /// As many as there are.
    #[default]
    All,
    /// At most this many; zero counts as one.
    AtMost(usize),
    /// From one to this many, at random.
    Random(usize),
}

/// The time from the end of a command line to the command's first answer.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Delays {
    /// Commands that have nothing to do with MQTT.
    pub generic: Duration,
    /// `AT+QMTCFG`, and the read and test forms of all MQTT commands.
    pub config: Duration,
    /// `AT+QMTOPEN` and `AT+QMTCLOSE`.
    pub open: Duration,
    /// `AT+QMTCONN` and `AT+QMTDISC`.
    pub connect: Duration,
    /// `AT+QMTSUB` and `AT+QMTUNS`.
    pub subscribe: Duration,
    /// `AT+QMTPUB` to its prompt, and `AT+QMTPUBEX`.
    pub publish: Duration,
    /// The end of a payload to its `OK`.
    pub payload: Duration,
}

/// How `AT+QMTOPEN` fails.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OpenFailure {
    /// `OK`, then `+QMTOPEN: c,-1`.
    AfterOk,
    /// `ERROR` alone.
    BareError,
    /// `+QMTOPEN: c,-1`, then `ERROR`, and no `OK` at all.
    ResultThenError,
}

/// How a refused CONNECT is reported.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Refusal {
    /// `+QMTCONN: c,0,<ret_code>`, and `+QMTSTAT: c,4` when the server closes.
    #[default]
    ConnThenStat,
    /// `+QMTSTAT: c,1` alone.
    StatOnly,
    /// `+QMTSTAT: c,4`, then `+QMTCONN: c,0,<ret_code>`.
    StatThenConn,
}

/// A small generator of random numbers (xorshift64*): the same seed, the same numbers.
#[derive(Clone, Debug)]
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        // The state must not be zero; the constant spreads small seeds over all bits.
        Self(seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number from 0 to `max`, both included.
    pub(crate) fn up_to(&mut self, max: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        number as usize % max.saturating_add(1)
    }
}
