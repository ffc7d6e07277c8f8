//! Captures that are cut, too long, garbage, or slow.

use std::{
    cell::RefCell,
    io::{self, Read, Write},
    rc::Rc,
};

use quectel_mqtt::{BC660K_GL, BG95, DataFormat};
use serde_json::{Value, json};

use crate::{
    decoder::{BUFFER, decode},
    dialogues::{BG95_PLAIN, KEY},
    records, records_as, told,
};

#[test]
fn what_is_too_long_is_lost_alone() {
    let long = "x".repeat(BUFFER + 1);
    let capture = format!("{long}\r\nOK\r\n+QMTRECV: 0,0,\"{long}\",2,\"hi\"\r\nRDY\r\n");
    let found = records(&BG95, capture);
    assert_eq!(told(&found), ["lost ", "final OK", "lost  hi", "modem RDY"]);
    assert_eq!(
        found[0]["meaning"],
        format!("a line longer than {BUFFER} bytes")
    );
    assert_eq!(found[2]["meaning"], "its topic is longer than the buffer");
}

#[test]
fn the_end_of_the_input_ends_what_has_begun() {
    let payload = "+QMTRECV: 3,9,\"a\",5,\"hel";
    let expected = json!({"kind": "lost", "client": 3, "packet_id": 9, "topic": "a",
        "payload_hex": "68656c", "is_cut": true,
        "meaning": "the payload ended after 3 of 5 bytes"});
    assert_eq!(records(&BG95, payload), [expected]);
    let before = "+QMTRECV: 3,9,\"a\",1,";
    assert_eq!(records(&BG95, before)[0]["payload_hex"], "");
    assert_eq!(records(&BG95, before)[0]["kind"], "lost");
    for (line, kind) in [
        ("POWERED DOWN", "modem"),
        ("+QMTCONN: 0,0", "result"),
        ("+QMTRECV: 0,0,\"a", "unknown"),
        ("> ", ""),
        ("AT+QM", ""),
    ] {
        let found = records(&BG95, line);
        if kind.is_empty() {
            assert_eq!(found, [] as [Value; 0]);
            continue;
        }
        assert_eq!(
            found,
            [json!({"kind": kind, "line": line, "is_cut": true,
            "client": found[0]["client"], "code": found[0]["code"],
            "values": found[0]["values"], "meaning": found[0]["meaning"]})]
            .map(without_nulls)
        );
    }
}

fn without_nulls(mut record: Value) -> Value {
    let fields = record.as_object_mut().unwrap();
    fields.retain(|_, value| !value.is_null());
    record
}

#[test]
fn a_capture_cut_anywhere_tells_the_same_up_to_there() {
    let capture = [
        &BG95_PLAIN.concat(),
        "+QMTRECV: 0,0,\"a\",4,\"\r\nOK\"\r\n",
        KEY,
        "RDY\r\n",
    ]
    .concat();
    let all = decoded_at_once(capture.as_bytes());
    for end in 0..capture.len() {
        let found = decoded_at_once(&capture.as_bytes()[..end]);
        let whole = found.iter().filter(|record| record["is_cut"].is_null());
        let count = whole.clone().count();
        assert!(whole.eq(&all[..count]), "cut at {end}");
        assert!(found.len() <= count + 1, "cut at {end}: {found:?}");
    }
    // Begun anywhere, it finds its way: the last line is understood.
    for start in 0..capture.len() - "RDY\r\n".len() {
        let found = decoded_at_once(&capture.as_bytes()[start..]);
        let last = found.last().unwrap();
        assert_eq!(last["kind"], "modem", "begun at {start}");
    }
}

fn decoded_at_once(capture: &[u8]) -> Vec<Value> {
    let mut output = Vec::new();
    decode(&BG95, DataFormat::Text, capture, &mut output).unwrap();
    let lines = output.split(|byte| *byte == b'\n');
    lines
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect()
}

#[test]
fn garbage_gives_records_and_no_panic() {
    let pieces: [&[u8]; 16] = [
        b"+QMTRECV: ",
        b"0,",
        b"\"",
        b"99999,",
        b"\r\n",
        b"> ",
        b"AT+QMTPUB=0,0,0,0,\"a\",5\r",
        b"\0",
        b"\xFF\xFE",
        b"OK\r\n",
        b"+QMTPUB: 4294967296,",
        b"-----BEGIN ",
        b"+CME ERROR: ",
        b"-",
        b"+QMTCFG: (",
        b"\x1A",
    ];
    let mut seed = 1_u32;
    let mut next = move || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 16) as usize
    };
    let mut kinds = std::collections::BTreeSet::new();
    for round in 0..300 {
        let mut capture = Vec::new();
        while capture.len() < 400 {
            match next() % 4 {
                0 => capture.push(next() as u8),
                _ => capture.extend_from_slice(pieces[next() % pieces.len()]),
            }
        }
        let format = match round % 2 {
            0 => DataFormat::Text,
            _ => DataFormat::Hex,
        };
        for dialect in [&BG95, &BC660K_GL] {
            for record in records_as(dialect, format, &capture) {
                kinds.insert(record["kind"].as_str().unwrap().to_owned());
            }
        }
    }
    assert!(kinds.contains("final") && kinds.contains("unknown") && kinds.contains("lost"));
}

/// Output of which one can see what has been flushed.
#[derive(Clone, Default)]
struct Flushed(Rc<RefCell<(Vec<u8>, usize)>>);

impl Write for Flushed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let (bytes, flushed) = &mut *self.0.borrow_mut();
        *flushed = bytes.len();
        Ok(())
    }
}

/// Sends one line after the other, each when the one before has been told.
struct Patient {
    lines: Vec<&'static str>,
    told: usize,
    output: Flushed,
}

impl Read for Patient {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (bytes, flushed) = &*self.output.0.borrow();
        let lines = bytes[..*flushed].iter().filter(|byte| **byte == b'\n');
        assert_eq!(lines.count(), self.told);
        if self.told == self.lines.len() {
            return Ok(0);
        }
        let line = self.lines[self.told];
        self.told += 1;
        buffer[..line.len()].copy_from_slice(line.as_bytes());
        Ok(line.len())
    }
}

#[test]
fn each_line_is_told_before_the_next_one_is_waited_for() {
    let output = Flushed::default();
    let input = Patient {
        lines: vec![
            "\r\nOK\r",
            "\n+QMTPUB: 0,0,0\r",
            "+QMTRECV: 0,0,\"a\",2,\"hi",
            "\"\r\nRDY\r\n",
        ],
        told: 0,
        output: output.clone(),
    };
    decode(&BG95, DataFormat::Text, input, output).unwrap();
}
