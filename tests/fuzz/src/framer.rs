//! Any bytes, in any ring and cut into any pieces, through [`Ring`] and [`Framer`].
//!
//! Input: the ring's size, how the prompt is armed, how the pieces are cut (two bytes), the modem's bytes.

use quectel_mqtt::{
    at::{Frame, Framer, Ring},
    command::MESSAGE,
};

use crate::Input;

/// A frame with its bytes; a payload in one piece.
#[derive(Debug, Eq, PartialEq)]
enum Found {
    Line(Vec<u8>),
    Prompt,
    Head {
        bytes: Vec<u8>,
        text: (usize, usize),
        payload: u32,
    },
    Payload {
        bytes: Vec<u8>,
        is_complete: bool,
    },
    LostLine,
    LostHead {
        payload: u32,
    },
}

/// What is the same for every way of cutting.
#[derive(Clone, Copy)]
struct Setup {
    capacity: usize,
    /// A bit for each of the first eight frames: whether the prompt is armed behind it.
    armed: u8,
}

/// The frames are the same for every chunking, no bytes are invented, and the ring always drains.
pub fn check(data: &[u8]) {
    let mut input = Input::new(data);
    let setup = Setup {
        // Mostly small, where lines are lost and wrap; and some as they are used.
        capacity: match input.byte() {
            size @ 0..200 => usize::from(size) + 1,
            size => usize::from(size - 199) * 64,
        },
        armed: input.byte(),
    };
    let seed = input.number();
    let bytes = input.rest();
    let whole = frames(setup, bytes, &mut |room| room);
    let single = frames(setup, bytes, &mut |_| 1);
    assert_eq!(whole, single, "byte by byte");
    let mut state = u32::from(seed);
    let random = frames(setup, bytes, &mut |room| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        1 + (state >> 16) as usize % room
    });
    assert_eq!(whole, random, "in pieces");
}

/// All frames in the bytes. `piece`: how many bytes go into the ring at once, when it has room for
/// so many.
fn frames(setup: Setup, bytes: &[u8], piece: &mut dyn FnMut(usize) -> usize) -> Vec<Found> {
    let mut room = vec![0; setup.capacity];
    let mut ring = Ring::new(&mut room);
    let mut framer = Framer::new(MESSAGE);
    let mut found = Vec::new();
    arm(&mut framer, setup, 0);
    let mut fed = 0;
    while fed < bytes.len() {
        let free = ring.free();
        assert!(!free.is_empty(), "the ring has not drained");
        let n = piece(free.len()).min(bytes.len() - fed).min(free.len());
        free[..n].copy_from_slice(&bytes[fed..fed + n]);
        ring.commit(n);
        fed += n;
        while let Some(frame) = framer.next(&mut ring) {
            let before = fed - ring.len();
            take(&mut ring, frame, &bytes[before..], &mut found);
            if !matches!(frame, Frame::Payload { .. }) {
                arm(&mut framer, setup, found.len());
            }
            assert!(found.len() <= 2 * fed, "frames out of nothing");
        }
    }
    found
}

fn arm(framer: &mut Framer, setup: Setup, frames: usize) {
    if setup.armed >> (frames % 8) & 1 == 1 {
        framer.arm_prompt();
    } else {
        framer.disarm_prompt();
    }
}

/// Takes the frame's bytes, which must be the next of those that were fed.
fn take(ring: &mut Ring<'_>, frame: Frame, next: &[u8], found: &mut Vec<Found>) {
    let (Frame::Line(len) | Frame::Head { len, .. } | Frame::Payload { len, .. }) = frame else {
        found.push(match frame {
            Frame::LostHead { payload } => Found::LostHead { payload },
            Frame::LostLine => Found::LostLine,
            _ => Found::Prompt,
        });
        return;
    };
    let bytes = ring.first(len).to_vec();
    assert_eq!(bytes.len(), len, "{frame:?}");
    assert_eq!(bytes, next[..len], "bytes that were never sent");
    ring.consume(len);
    match frame {
        Frame::Line(_) => {
            check_line(&bytes);
            found.push(Found::Line(bytes));
        }
        Frame::Head { text, payload, .. } => {
            check_head(&bytes, text, payload);
            found.push(Found::Head {
                bytes,
                text,
                payload,
            });
        }
        Frame::Payload { last, .. } => {
            if let Some(Found::Payload {
                bytes: before,
                is_complete: is_complete @ false,
            }) = found.last_mut()
            {
                before.extend(bytes);
                *is_complete = last;
            } else {
                found.push(Found::Payload {
                    bytes,
                    is_complete: last,
                });
            }
            check_payload(found);
        }
        _ => {}
    }
}

fn check_line(line: &[u8]) {
    assert!(!line.is_empty(), "an empty line");
    assert!(!line.iter().any(|byte| matches!(byte, b'\r' | b'\n')));
    assert!(!matches!(line[0], b' ' | 0), "a blank begins the line");
}

/// The length is the number that stands behind the text.
fn check_head(head: &[u8], text: (usize, usize), payload: u32) {
    assert!(head.starts_with(b"+QMTRECV"), "no head");
    assert!(text.0 <= text.1 && text.1 <= head.len());
    let behind = String::from_utf8_lossy(&head[text.1..]).into_owned();
    let mut fields = behind.trim_matches('"').trim_matches(',').split(',');
    let digits = fields.next().expect("a length").trim_start();
    assert_eq!(digits.parse(), Ok(payload), "{behind:?}");
}

/// A payload comes behind its head, and has the bytes that the head says.
fn check_payload(found: &[Found]) {
    let [.., head, Found::Payload { bytes, is_complete }] = found else {
        panic!("a payload without its head");
    };
    let (Found::Head { payload, .. } | Found::LostHead { payload }) = head else {
        panic!("a payload behind {head:?}");
    };
    let len = *payload as usize;
    assert!(if *is_complete {
        bytes.len() == len
    } else {
        bytes.len() < len
    });
}
