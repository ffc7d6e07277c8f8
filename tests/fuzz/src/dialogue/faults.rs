//! What can happen to an answer on its way.

use crate::{
    Input,
    modem::{Answer, Kind},
};

/// What becomes of the answer: how long the modem thinks before it, in milliseconds, and what goes out
/// in its place.
pub(super) fn damaged(answer: Answer, input: &mut Input<'_>) -> (u64, Vec<Vec<u8>>) {
    let Answer { kind, mut bytes } = answer;
    match input.byte() {
        200..208 => (0, Vec::new()),
        // An error that nobody has asked for is that of the next command, to any driver.
        208..216 if kind != Kind::Error => (0, vec![bytes.clone(), bytes]),
        216..224 => (u64::from(input.byte()) * 100, vec![bytes]),
        224..232 => {
            let len = usize::from(input.byte()) % bytes.len();
            bytes.truncate(len);
            (0, vec![bytes])
        }
        232..240 => {
            let place = usize::from(input.byte()) % bytes.len();
            bytes[place] ^= input.byte();
            (0, vec![bytes])
        }
        240..248 => (0, vec![urc(input.byte()), bytes]),
        248.. => (0, vec![bytes, urc(input.byte())]),
        _ => (0, vec![bytes]),
    }
}

/// A line that the modem might send, and that is not true. None that says that it restarts: a driver
/// can only believe that, and a modem that still waits for data then takes its next command for them.
pub(super) fn urc(number: u8) -> Vec<u8> {
    const LINES: [&str; 16] = [
        "+QMTSTAT: 0,1",
        "+QMTSTAT: 0,5",
        "+QMTPUB: 0,1,0",
        "+QMTPUB: 0,0,0",
        "+QMTPUB: 0,1,1,1",
        "+QMTPUB: 0,2,2",
        "+QMTSUB: 0,1,0,1",
        "+QMTCONN: 0,0,0",
        "+QMTOPEN: 0,0",
        "+QMTCLOSE: 0,0",
        "+QIURC: \"pdpdeact\",1",
        "+CREG: 2",
        "+QMTRECV: 0,0,0,1,0,0",
        "+QMTRECV: 0,3",
        "+CEREG: 5",
        "+QIND: SMS DONE",
    ];
    let line = LINES[usize::from(number) % LINES.len()];
    format!("\r\n{line}\r\n").into_bytes()
}
