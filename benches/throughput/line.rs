//! What stands on the line.

/// A message with so many bytes of payload: text without quotes, which every crate here can take.
pub(crate) fn message(payload: usize) -> Vec<u8> {
    let text = "valve=3 open=true until=2026-03-31T12:00:00Z by=operator seq=42;";
    let payload: String = text.chars().cycle().take(payload).collect();
    let len = payload.len();
    format!("\r\n+QMTRECV: 0,1,\"{TOPIC}\",{len},\"{payload}\"\r\n").into_bytes()
}

pub(crate) const TOPIC: &str = "meter/0815/command/valve";
pub(crate) const PUBLISH: &[u8] = b"AT+QMTPUB=0,1,1,0,\"meter/0815/state\",64\r";
pub(crate) const PROMPT: &[u8] = b"\r\n> ";
pub(crate) const ANSWER: &[u8] = b"\r\nOK\r\n\r\n+QMTPUB: 0,1,0\r\n";
pub(crate) const RESULT: &[u8] = b"+QMTPUB: 0,1,0";
