//! Driver and modem, joined without delay.

use quectel_mqtt::{
    Failure, Instant,
    engine::{Action, Completion, Engine, Operation},
};

use crate::modem::Modem;

/// Polls bounded, and lets the modem answer, until the operation has ended or nobody has anything to
/// send.
pub(crate) fn run(
    engine: &mut Engine<'_>,
    modem: &mut Modem,
    operation: Option<Operation>,
) -> Option<Result<Completion, Failure>> {
    for _ in 0..50_000 {
        match engine.poll(Instant::from_millis(0)) {
            Action::Transmit { .. } => {
                let bytes = engine.transmit_buffer().to_vec();
                assert!(!bytes.is_empty(), "nothing to transmit");
                engine.transmitted(bytes.len());
                for answer in bytes.iter().flat_map(|byte| modem.feed(*byte)) {
                    receive(engine, &answer.bytes);
                }
            }
            Action::Deliver => {
                if let Some(result) = operation.and_then(|it| engine.take_result(it)) {
                    return Some(result);
                }
            }
            Action::Receive { .. } => return None,
        }
    }
    panic!("the engine never comes to rest");
}

/// Gives the engine bytes from the modem, as it has room.
pub(crate) fn receive(engine: &mut Engine<'_>, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        let room = engine.receive_buffer();
        let n = room.len().min(bytes.len());
        room[..n].copy_from_slice(&bytes[..n]);
        engine.received(n);
        bytes = &bytes[n..];
        if bytes.is_empty() {
            return;
        }
        // Only to make room: what it asks for is asked again.
        let _ = engine.poll(Instant::from_millis(0));
        assert!(!engine.receive_buffer().is_empty(), "no room after a poll");
    }
}
