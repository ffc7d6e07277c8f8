extern crate std;
use std::{string::String, vec::Vec};

use super::*;

/// What came out of the framer, with the bytes of each frame.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Seen {
    Line(String),
    Prompt,
    Message(String, Vec<u8>),
    LostLine,
    LostMessage(usize),
}

const SHAPE: LengthDelimited = LengthDelimited {
    marker: b"+QMTRECV:",
    plain_fields: 2,
};

/// Feeds `input` in chunks of `chunk` bytes through a ring of `capacity` bytes.
fn frames(input: &[u8], chunk: usize, capacity: usize, armed: bool) -> Vec<Seen> {
    let mut bytes = std::vec![0; capacity];
    let mut ring = Ring::new(&mut bytes);
    let mut framer = Framer::new(SHAPE);
    if armed {
        framer.arm_prompt();
    }
    let mut seen = Vec::new();
    let mut head: Option<Option<String>> = None;
    let mut payload = Vec::new();
    for mut part in input.chunks(chunk) {
        while !part.is_empty() {
            let free = ring.free();
            let n = free.len().min(part.len());
            assert!(n > 0, "the ring must drain");
            free[..n].copy_from_slice(&part[..n]);
            ring.commit(n);
            part = &part[n..];
            while let Some(frame) = framer.next(&mut ring) {
                match frame {
                    Frame::Line(len) => {
                        let line = String::from_utf8_lossy(ring.first(len)).into_owned();
                        seen.push(Seen::Line(line));
                        ring.consume(len);
                    }
                    Frame::Prompt => seen.push(Seen::Prompt),
                    Frame::Head { len, text, .. } => {
                        let topic = &ring.first(len)[text.0..text.1];
                        head = Some(Some(String::from_utf8_lossy(topic).into_owned()));
                        ring.consume(len);
                    }
                    Frame::LostHead { .. } => head = Some(None),
                    Frame::Payload { len, last } => {
                        payload.extend_from_slice(ring.first(len));
                        ring.consume(len);
                        if last {
                            let payload = core::mem::take(&mut payload);
                            seen.push(match head.take().unwrap() {
                                Some(topic) => Seen::Message(topic, payload),
                                None => Seen::LostMessage(payload.len()),
                            });
                        }
                    }
                    Frame::LostLine => seen.push(Seen::LostLine),
                }
            }
        }
    }
    seen
}

/// The same frames must come out of every chunking.
fn assert_frames(input: &[u8], expected: &[Seen]) {
    for chunk in (1..=input.len().min(40)).chain([input.len()]) {
        for capacity in [64, 71, 256] {
            let seen = frames(input, chunk, capacity, false);
            assert_eq!(seen, expected, "chunks of {chunk}, ring of {capacity}");
        }
    }
}

fn line(text: &str) -> Seen {
    Seen::Line(text.into())
}

fn message(topic: &str, payload: &[u8]) -> Seen {
    Seen::Message(topic.into(), payload.into())
}

#[test]
fn lines_end_at_cr_or_lf_and_blank_lines_do_not_count() {
    let input = b"\r\n\r\nOK\r\n\r\n\r\n+QMTPUB: 0,1,0\nRDY\r\0\0AT\r\r\n";
    let expected = [line("OK"), line("+QMTPUB: 0,1,0"), line("RDY"), line("AT")];
    assert_frames(input, &expected);
}

#[test]
fn a_payload_is_taken_by_its_length_whatever_it_holds() {
    let payload = b"x\",5,\"\r\nOK\r\n+QMTSTAT: 0,1\r\n> ";
    let mut input = std::format!("\r\n+QMTRECV: 0,1,\"a/b\",{},\"", payload.len()).into_bytes();
    input.extend_from_slice(payload);
    input.extend_from_slice(b"\"\r\n\r\nOK\r\n");
    assert_frames(&input, &[message("a/b", payload), line("OK")]);
}

// Field note 12: a payload that begins and ends with a quote.
#[test]
fn quotes_around_the_payload_itself_are_kept() {
    let input = b"\r\n+QMTRECV: 0,0,\"t\",4,\"\"hi\"\"\r\n+QMTRECV: 0,0,\"t\",0,\"\"\r\nOK\r\n";
    assert_frames(
        input,
        &[message("t", b"\"hi\""), message("t", b""), line("OK")],
    );
}

// Field notes 13 and 14.
#[test]
fn missing_quotes_or_line_ends_cost_nothing() {
    let input = b"+QMTRECV: 0,0,\"t\",2,\"hi\r\nOK\r\n+QMTRECV:0,70000,t,2,hi\r\n\
                  +QMTRECV: 0,0,\"t\",2,\"hi\"+QMTRECV: 0,0,\"u\",1,\"x\"\r\n+QMTRECV: 0,0,\"t\",2,hi\r\n";
    let expected = [
        message("t", b"hi"),
        line("OK"),
        message("t", b"hi"),
        message("t", b"hi"),
        message("u", b"x"),
        message("t", b"hi"),
    ];
    assert_frames(input, &expected);
}

// Only a payload that was opened by a quote is closed by one.
#[test]
fn a_quote_behind_a_payload_without_quotes_begins_a_line() {
    let input = b"+QMTRECV: 0,0,t,2,hi\"x\"\r\nOK\r\n";
    assert_frames(input, &[message("t", b"hi"), line("\"x\""), line("OK")]);
}

#[test]
fn a_topic_may_hold_quotes_and_commas() {
    let input = b"+QMTRECV: 0,0,\"a\",\"b\"\",12x,c\",2,\"hi\"\r\n";
    assert_frames(input, &[message("a\",\"b\"\",12x,c", b"hi")]);
}

// A comma behind a quote is followed by a length, or belongs to the topic; the blank may be there.
#[test]
fn what_is_no_length_belongs_to_the_topic() {
    for topic in ["a\",,b", "a\",", "a\",x", "a\",1 2,b", "a\",123456,b"] {
        let input = std::format!("+QMTRECV: 0,0,\"{topic}\",2,\"hi\"\r\nOK\r\n");
        assert_frames(input.as_bytes(), &[message(topic, b"hi"), line("OK")]);
    }
    let input = b"+QMTRECV: 0,0, \"t\", 2,\"hi\"\r\n+QMTRECV: 0,0,t, 2,hi\r\nOK\r\n";
    assert_frames(
        input,
        &[message("t", b"hi"), message("t", b"hi"), line("OK")],
    );
}

#[test]
fn a_payload_is_under_way_from_its_head_to_its_last_byte() {
    let mut bytes = [0; 64];
    let mut ring = Ring::new(&mut bytes);
    let mut framer = Framer::new(SHAPE);
    let input = b"+QMTRECV: 0,0,\"t\",2,\"hi\"\r\n";
    let mut under_way = Vec::new();
    for (at, byte) in input.iter().enumerate() {
        ring.free()[0] = *byte;
        ring.commit(1);
        while let Some(frame) = framer.next(&mut ring) {
            match frame {
                Frame::Head { len, .. } | Frame::Payload { len, .. } => ring.consume(len),
                frame => panic!("{frame:?}"),
            }
        }
        if framer.is_in_payload() {
            under_way.push(at);
        }
    }
    // From the comma before it to the byte before the last.
    assert_eq!(under_way, [19, 20, 21]);
}

// Field note 16: a stored message's notice and the table; and the form without length.
#[test]
fn the_other_shapes_of_the_marker_are_lines() {
    let lines = [
        "+QMTRECV: 0,3",
        "+QMTRECV: 0,1,0,0,0,1",
        "+QMTRECV: 0,0,\"t\",\"no length\"",
        "+QMTREC",
        "+QMTRECV",
        "+QMTRECV: 0,0,\"t\",12",
    ];
    for text in lines {
        let input = std::format!("\r\n{text}\r\nOK\r\n");
        assert_frames(input.as_bytes(), &[line(text), line("OK")]);
    }
}

#[test]
fn a_prompt_counts_only_at_a_line_start_while_armed() {
    for chunk in 1..12 {
        let seen = frames(b"\r\nx> y\r\n> \r\n> z\r\n", chunk, 64, true);
        assert_eq!(seen, [line("x> y"), Seen::Prompt, line("> z")]);
        let seen = frames(b"\r\n> \r\n", chunk, 64, false);
        assert_eq!(seen, [line("> ")]);
    }
}

#[test]
fn a_line_longer_than_the_ring_costs_itself_alone() {
    for len in [64, 65, 200] {
        let mut input = b"\r\n".to_vec();
        input.resize(len + 2, b'x');
        input.extend_from_slice(b"\r\nOK\r\n");
        for chunk in [1, 7, 64] {
            let seen = frames(&input, chunk, 32, false);
            assert_eq!(seen, [Seen::LostLine, line("OK")]);
        }
    }
}

#[test]
fn a_head_longer_than_the_ring_loses_its_message_and_nothing_else() {
    let topic = "t".repeat(100);
    let input = std::format!("+QMTRECV: 0,0,\"{topic}\",9,\"\r\nOK\r\n{{}}x\"\r\nOK\r\n");
    let input = input.replace("{}x", "abc");
    for chunk in [1, 5, 32] {
        let seen = frames(input.as_bytes(), chunk, 32, false);
        assert_eq!(seen, [Seen::LostMessage(9), line("OK")]);
    }
}
