//! What stands before MQTT: is somebody there, without echo, with error codes as numbers?
//! (V.250, chapters 5.2.5 and 6.2.4; 3GPP TS 27.007, chapter 9.1.)

/// Is the modem there, and in step with us? A plain `AT` would do for the first question; for
/// the second, the answer must not be taken for a late `OK` of an earlier command. So the probe
/// is a read command, whose `OK` counts only behind its own information response.
pub(crate) const PROBE: &[u8] = b"AT+CMEE?\r";

/// The same to a modem that may be waiting for data, which ESC ends.
pub(crate) const ESCAPE_AND_PROBE: &[u8] = b"\x1bAT+CMEE?\r";

/// The name in the information response to [`PROBE`].
pub(crate) const PROBE_ANSWER: &[u8] = b"+CMEE";

/// Switches the echo off. The command itself is still echoed.
pub(crate) const ECHO_OFF: &[u8] = b"ATE0\r";

/// Asks for error codes as numbers. Some commands answer a bare ERROR all the same.
pub(crate) const ERROR_CODES: &[u8] = b"AT+CMEE=1\r";
