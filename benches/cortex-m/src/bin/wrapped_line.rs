//! What a line costs that wraps around the end of the ring, in instructions.

#![no_std]
#![no_main]

use core::{hint::black_box, panic::PanicInfo};

use cortex_m_rt::entry;
use quectel_mqtt::at::{Framer, Ring};
use quectel_mqtt_cortex_m::{
    counter::Counter,
    println, semihosting,
    wrapped::{Head, LINE, Message, Parse, Rotate, SHAPE, TwoSlices},
};

#[entry]
fn main() -> ! {
    let mut counter = Counter::start();
    println!("instructions of framer, nom and copy for the same +QMTRECV    rotate  two slices");
    for (name, step) in [("whole", LINE.len()), ("byte by byte", 1)] {
        for before in BEFORE_THE_WRAP {
            let rotate = instructions::<Rotate>(&mut counter, step, before);
            let two_slices = instructions::<TwoSlices<'_>>(&mut counter, step, before);
            match before {
                None => println!("  {name:12} in one piece {rotate:39}{two_slices:12}"),
                Some(before) => {
                    println!("  {name:12} wraps behind byte {before:3}{rotate:31}{two_slices:12}")
                }
            }
        }
    }
    semihosting::exit(true)
}

/// The cost of a line that is received in steps of so many bytes, where so many of them lie before
/// the wrap.
fn instructions<P: Parse>(counter: &mut Counter, step: usize, before: Option<usize>) -> u32 {
    counter.instructions(|measurement| {
        let mut bytes = [0; CAPACITY];
        let mut ring = Ring::new(&mut bytes);
        let mut framer = Framer::new(SHAPE);
        let mut message = Message::new();
        let mut line = black_box(LINE);
        if let Some(before) = before {
            // What is in front of the line is there until its first byte has come.
            let in_front = CAPACITY - before;
            ring.commit(in_front);
            feed(&mut ring, &mut line, 1);
            ring.consume(in_front);
        }
        measurement.begin();
        let mut is_complete = false;
        while !line.is_empty() {
            feed(&mut ring, &mut line, step);
            is_complete |= message.receive::<P>(&mut framer, &mut ring);
        }
        measurement.stop();
        let message = black_box(message);
        assert!(is_complete && ring.is_empty());
        assert_eq!(message.head, HEAD);
        assert_eq!(message.topic[..24], LINE[15..39]);
        assert_eq!(message.payload, LINE[45..109]);
    })
}

/// Puts the next bytes of the line into the ring, as many as its free part takes in one piece.
fn feed(ring: &mut Ring<'_>, line: &mut &[u8], step: usize) {
    let free = ring.free();
    let (now, later) = line.split_at(step.min(free.len()).min(line.len()));
    free[..now.len()].copy_from_slice(now);
    ring.commit(now.len());
    *line = later;
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    semihosting::fail(info)
}

const CAPACITY: usize = 128;

/// In no place, in the name, in the topic, behind the topic, in the payload.
const BEFORE_THE_WRAP: [Option<usize>; 5] = [None, Some(4), Some(20), Some(40), Some(80)];

const HEAD: Head = Head {
    client: 0,
    packet_id: 1,
    topic: (15, 39),
    length: 64,
};
