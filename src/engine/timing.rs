//! How long the engine waits, in milliseconds.
//!
//! What depends on the dialect is a field of it; what depends on the settings of a client is kept
//! with the client. The notes give 300 ms for local commands; real answers take longer.

/// For the UART to take a command line or its data; 4096 bytes take 4.3 s at 9600 baud.
pub(super) const SEND_TIMEOUT: u32 = 15_000;

/// For the answer to a command that does not go to the network.
pub(super) const COMMAND_TIMEOUT: u32 = 5_000;

/// For the activation of a PDP context (150 s by the BG95 family's manual).
pub(super) const ACTIVATION_TIMEOUT: u32 = 155_000;

/// 12 days: a time that lies further ahead could be taken for the past.
pub(super) const LONGEST_TIMEOUT: u32 = u32::MAX / 4;

/// Between two looks at a registration that is not there.
pub(super) const REGISTRATION_INTERVAL: u32 = 2_000;

/// A modem that may sleep has shown within this time that it is awake.
pub(super) const AWAKE_TIME: u32 = 1_000;

/// For the prompt.
pub(super) const PROMPT_TIMEOUT: u32 = 10_000;

/// For the OK after data, which has been seen to take over a second.
pub(super) const DATA_TIMEOUT: u32 = 15_000;

/// For the result URC of QMTCLOSE, which never comes on some firmware.
pub(super) const CLOSE_TIMEOUT: u32 = 2_000;

/// How long a +QMTSTAT in the middle of a connect waits for a better reason.
pub(super) const REASON_TIMEOUT: u32 = 200;

/// For a final result code that is late already.
pub(super) const OVERDUE_TIMEOUT: u32 = 2_000;

/// For a modem to leave data mode by itself, where its note does not say that it does.
pub(super) const LONGEST_DATA_MODE: u32 = 60_000;

/// Between two probes.
pub(super) const PROBE_INTERVAL: u32 = 1_000;

/// How often a modem that gives no answer is asked whether it is there.
pub(super) const PROBES: u8 = 5;

/// How often a modem may restart while it is made ready: one that is switched on shows two starts at the
/// most.
pub(super) const MOST_RESTARTS: u8 = 5;

/// Until a modem that has messages, and gave no answer, is asked again.
pub(super) const SILENCE: u32 = 60_000;

/// For how many more a probe counts that could not be sent: so much longer it took.
pub(super) const PROBES_UNSENT: u8 = ((SEND_TIMEOUT - PROBE_INTERVAL) / PROBE_INTERVAL) as u8;

/// How often a modem that may be starting is asked.
pub(super) const PROBES_AT_BOOT: u8 = 20;

/// A start of the modem shows as several lines (RDY, +CFUN: 1, APP RDY) within this time.
pub(super) const START_DURATION: u32 = 15_000;

/// The longest pause inside of a received payload.
pub(super) const PAYLOAD_TIMEOUT: u32 = 5_000;

/// For the network and the line, on top of the modem's own patience with a packet.
pub(super) const REPLY_MARGIN: u32 = 10_000;

/// How often the modem is asked what it has stored, while its answers are lost or not enough.
pub(super) const TABLES: u8 = 2;

/// For what has come while nobody polled, before a deadline counts.
pub(super) const LOOK_TIMEOUT: u32 = 1_000;

/// How many polls wait for somebody to look.
pub(super) const LOOKS: u8 = 8;
