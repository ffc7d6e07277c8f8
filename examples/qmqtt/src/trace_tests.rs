use std::{cell::RefCell, rc::Rc};

use super::*;

/// Plays a dialogue, in pieces of `size` bytes, and returns the entries as lines.
fn played(size: usize, dialogue: &[(Direction, &[u8])]) -> Vec<String> {
    let entries = Rc::new(RefCell::new(Vec::new()));
    let seen = Rc::clone(&entries);
    let mut trace = Trace::new(Some("hunter2"), move |entry: Entry| {
        let arrow = entry.direction.arrow();
        seen.borrow_mut().push(format!("{arrow} {}", entry.text));
    });
    for (direction, bytes) in dialogue {
        for piece in bytes.chunks(size) {
            match direction {
                Direction::Sent => trace.sent(piece),
                Direction::Received => trace.received(piece),
            }
        }
    }
    drop(trace);
    entries.take()
}

fn assert_played(dialogue: &[(Direction, &[u8])], expected: &[&str]) {
    for size in [1, 2, 3, 7, 4096] {
        assert_eq!(played(size, dialogue), expected, "in pieces of {size}");
    }
}

const CONNECT: &[u8] = b"AT+QMTCONN=0,\"id\",\"user\",\"hunter2\"\r";

#[test]
fn each_line_is_one_entry() {
    assert_played(
        &[
            (Direction::Sent, b"ATE0\r"),
            (
                Direction::Received,
                b"ATE0\r\r\nOK\r\n\r\n+QMTSTAT: 0,1\r\n",
            ),
        ],
        &["-> ATE0", "<- ATE0", "<- OK", "<- +QMTSTAT: 0,1"],
    );
}

#[test]
fn the_password_is_hidden_in_the_command_and_in_its_echo() {
    assert_played(
        &[(Direction::Sent, CONNECT), (Direction::Received, CONNECT)],
        &[
            r#"-> AT+QMTCONN=0,"id","user","***""#,
            r#"<- AT+QMTCONN=0,"id","user","***""#,
        ],
    );
}

#[test]
fn the_password_is_hidden_wherever_the_line_is_cut_off() {
    for len in 0..CONNECT.len() {
        for direction in [Direction::Sent, Direction::Received] {
            for entry in played(5, &[(direction, &CONNECT[..len])]) {
                assert!(!entry.contains("hunt"), "{entry}");
            }
        }
    }
}

#[test]
fn the_password_is_hidden_in_an_echo_that_does_not_begin_with_the_command() {
    for echo in [
        "\0AT+QMTCONN=0,\"id\",\"user\",\"hunter2\"\r",
        "OKAT+QMTCONN=0,\"id\",\"user\",\"hunter2\"\r",
        "ATE0;+qmtconn=0,\"id\",\"user\",\"hunter2\"\r",
        "CONN=0,\"id\",\"user\",\"hunter2\"\r",
        "er\",\"hunter2\"\r",
    ] {
        for entry in played(3, &[(Direction::Received, echo.as_bytes())]) {
            assert!(
                entry.contains("***") && !entry.contains("hunter2"),
                "{entry}"
            );
        }
    }
}

#[test]
fn the_data_of_a_publish_is_one_entry_whatever_is_in_it() {
    assert_played(
        &[
            (Direction::Sent, b"AT+QMTPUB=0,0,0,0,\"a\",13\r"),
            (Direction::Received, b"\r\n> "),
            (Direction::Sent, b"x\r\nOK\r\n> \"\0\x1A\xFF"),
            (Direction::Received, b"\r\nOK\r\n\r\n+QMTPUB: 0,0,0\r\n"),
            (Direction::Sent, b"AT\r"),
        ],
        &[
            r#"-> AT+QMTPUB=0,0,0,0,"a",13"#,
            "<- >",
            r#"-> x\r\nOK\r\n> "\x00\x1a\xff"#,
            "<- OK",
            "<- +QMTPUB: 0,0,0",
            "-> AT",
        ],
    );
}

#[test]
fn an_empty_publish_ends_with_ctrl_z() {
    assert_played(
        &[
            (Direction::Sent, b"AT+QMTPUB=0,1,1,0,\"a\"\r"),
            (Direction::Received, b"\r\n> "),
            (Direction::Sent, b"\x1A"),
            (Direction::Received, b"\r\nOK\r\n"),
        ],
        &[r#"-> AT+QMTPUB=0,1,1,0,"a""#, "<- >", r"-> \x1a", "<- OK"],
    );
}

#[test]
fn after_a_refused_publish_lines_are_lines_again() {
    assert_played(
        &[
            (Direction::Sent, b"AT+QMTPUB=0,0,0,0,\"a\",13\r"),
            (Direction::Received, b"\r\nERROR\r\n> not a prompt\r\n"),
            (Direction::Sent, b"AT\r"),
        ],
        &[
            r#"-> AT+QMTPUB=0,0,0,0,"a",13"#,
            "<- ERROR",
            "<- > not a prompt",
            "-> AT",
        ],
    );
}

#[test]
fn a_received_message_is_one_entry_whatever_is_in_it() {
    assert_played(
        &[(
            Direction::Received,
            b"\r\n+QMTRECV: 0,1,\"t\",11,\"\"\r\nOK\r\n\"> \"\"\r\n\r\nOK\r\n",
        )],
        &[r#"<- +QMTRECV: 0,1,"t",11,""\r\nOK\r\n"> """#, "<- OK"],
    );
}

#[test]
fn other_forms_of_a_message_are_lines() {
    assert_played(
        &[(
            Direction::Received,
            b"+QMTRECV: 0,1,\"t\",\"no length\"\r\n+QMTRECV: 0,2\r\n+QMTRECVX\r\n",
        )],
        &[
            r#"<- +QMTRECV: 0,1,"t","no length""#,
            "<- +QMTRECV: 0,2",
            "<- +QMTRECVX",
        ],
    );
}

#[test]
fn a_password_that_looks_like_its_mask_is_no_trap() {
    let line = b"\"***\",\"***\"";
    assert_eq!(redacted(line, Some(b"***")), r#""***","***""#);
}

#[test]
fn the_device_secret_of_aliauth_is_hidden() {
    for (line, expected) in [
        (
            r#"AT+QMTCFG="aliauth",0,"pk","dn","s3cret""#,
            r#"AT+QMTCFG="aliauth",0,"pk","dn","***""#,
        ),
        (
            r#"+QMTCFG: "ALIAUTH","pk","dn","s3cret"#,
            r#"+QMTCFG: "ALIAUTH","pk","dn","***"#,
        ),
        (r#"AT+QMTCFG="aliauth",0"#, r#"AT+QMTCFG="aliauth",0"#),
    ] {
        assert_eq!(redacted(line.as_bytes(), None), expected);
    }
}

const KEY: &[u8] = b"-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKc\n\
    QUJD\n-----END PRIVATE KEY-----\n";

/// Pieces of the key that are long enough to tell.
fn assert_nothing_of_the_key(entries: &[String]) {
    for piece in KEY.windows(8).map(|piece| piece.escape_ascii().to_string()) {
        assert!(
            !entries.iter().any(|entry| entry.contains(&piece)),
            "{piece}: {entries:?}"
        );
    }
}

#[test]
fn an_uploaded_file_is_its_length() {
    let dialogue: &[(Direction, &[u8])] = &[
        (Direction::Sent, b"AT+QFUPL=\"key.pem\",95,20\r"),
        (Direction::Received, b"\r\nCONNECT\r\n"),
        (Direction::Sent, KEY),
        (Direction::Received, b"\r\n+QFUPL: 95,335f\r\n\r\nOK\r\n"),
        (Direction::Sent, b"AT+QSSLCFG=\"clientkey\",0,\"key.pem\"\r"),
        (Direction::Received, b"\r\nOK\r\n"),
    ];
    assert_eq!(KEY.len(), 95);
    assert_played(
        dialogue,
        &[
            r#"-> AT+QFUPL="key.pem",95,20"#,
            "<- CONNECT",
            "-> <95 bytes>",
            "<- +QFUPL: 95,335f",
            "<- OK",
            r#"-> AT+QSSLCFG="clientkey",0,"key.pem""#,
            "<- OK",
        ],
    );
}

#[test]
fn an_entered_key_is_its_length_and_its_echo_too() {
    let dialogue: &[(Direction, &[u8])] = &[
        (Direction::Sent, b"AT+QSSLCFG=0,0,\"clientkey\"\r"),
        (Direction::Received, b"\r\n> "),
        (Direction::Sent, KEY),
        (Direction::Sent, b"\x1A"),
        (Direction::Received, KEY),
        (
            Direction::Received,
            b"\r\n+QSSLCFG: 0,0,\"clientkey\",95\r\n\r\nOK\r\n",
        ),
    ];
    assert_played(
        dialogue,
        &[
            r#"-> AT+QSSLCFG=0,0,"clientkey""#,
            "<- >",
            "-> <95 bytes>",
            "<- <27 bytes>",
            "<- <35 bytes>",
            "<- <4 bytes>",
            "<- <25 bytes>",
            r#"<- +QSSLCFG: 0,0,"clientkey",95"#,
            "<- OK",
        ],
    );
}

#[test]
fn a_key_is_not_shown_wherever_its_upload_breaks_off() {
    for end in 0..KEY.len() {
        for size in [1, 7, 4096] {
            let (begun, echo) = (&KEY[..end], &KEY[..end]);
            for (command, prompt) in [
                (
                    &b"AT+QFUPL=\"key.pem\",95,20\r"[..],
                    &b"\r\nCONNECT\r\n"[..],
                ),
                (b"AT+QSSLCFG=0,0,\"clientkey\"\r", b"\r\n> "),
            ] {
                let start: &[(Direction, &[u8])] = &[
                    (Direction::Sent, command),
                    (Direction::Received, prompt),
                    (Direction::Sent, begun),
                    (Direction::Received, echo),
                ];
                assert_nothing_of_the_key(&played(size, start));
                let error = (Direction::Received, &b"\r\n+CME ERROR: 421\r\n"[..]);
                let probe = (Direction::Sent, &b"AT+CMEE?\r"[..]);
                let entries = played(size, &[start, &[error, probe]].concat());
                assert_nothing_of_the_key(&entries);
                assert_eq!(entries.last().unwrap(), "-> AT+CMEE?");
            }
        }
    }
}

#[test]
fn digits_are_the_data_of_a_client_in_hex_mode() {
    assert_played(
        &[
            (Direction::Sent, b"AT+QMTCFG=\"dataformat\",1,1,1\r"),
            (Direction::Received, b"\r\nOK\r\n"),
            (Direction::Sent, b"AT+QMTPUB=1,0,0,0,\"a\",2\r"),
            (Direction::Received, b"\r\n> "),
            (Direction::Sent, b"0D0A"),
            (Direction::Sent, b"AT+QMTPUB=0,0,0,0,\"a\",2\r"),
            (Direction::Received, b"\r\n> "),
            (Direction::Sent, b"\r\n"),
            (Direction::Sent, b"AT+QMTPUB=0,0,0,0,\"a\",1,\"x\"\r"),
            (
                Direction::Received,
                b"> \r\n+QMTRECV: 1,0,\"a\",2,\"0D0A\"\r\n",
            ),
            (Direction::Received, b"+QMTRECV: 0,0,\"a\",2,\"\r\n\"\r\n"),
        ],
        &[
            r#"-> AT+QMTCFG="dataformat",1,1,1"#,
            "<- OK",
            r#"-> AT+QMTPUB=1,0,0,0,"a",2"#,
            "<- >",
            "-> 0D0A",
            r#"-> AT+QMTPUB=0,0,0,0,"a",2"#,
            "<- >",
            r"-> \r\n",
            r#"-> AT+QMTPUB=0,0,0,0,"a",1,"x""#,
            "<- > ",
            r#"<- +QMTRECV: 1,0,"a",2,"0D0A""#,
            r#"<- +QMTRECV: 0,0,"a",2,"\r\n""#,
        ],
    );
}
