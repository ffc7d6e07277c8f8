//! `examples/decode`: what it says of the notes' dialogues, of pieces and of garbage.

#[path = "../examples/decode/decoder/mod.rs"]
mod decoder;

use std::{
    cell::RefCell,
    io::{self, Read, Write},
    rc::Rc,
};

use decoder::{BUFFER, decode};
use quectel_mqtt::{BC660K_GL, BG95, DataFormat, Dialect};
use serde_json::{Value, json};

/// Gives out a capture in pieces.
struct Pieces<'a> {
    rest: &'a [u8],
    size: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = self.size.min(buffer.len());
        self.rest.take(size as u64).read(buffer).inspect(|count| {
            self.rest = &self.rest[*count..];
        })
    }
}

/// The records of a capture, which are the same however its bytes come.
fn records_as(dialect: &'static Dialect, format: DataFormat, capture: &[u8]) -> Vec<Value> {
    let in_pieces = |size| {
        let rest = capture;
        let mut output = Vec::new();
        decode(dialect, format, Pieces { rest, size }, &mut output).unwrap();
        output
    };
    let output = in_pieces(usize::MAX);
    for size in [1, 2, 3, 5, 64] {
        assert_eq!(in_pieces(size), output, "in pieces of {size}");
    }
    let lines = std::str::from_utf8(&output).unwrap().lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn records(dialect: &'static Dialect, capture: impl AsRef<[u8]>) -> Vec<Value> {
    records_as(dialect, DataFormat::Text, capture.as_ref())
}

/// What there is to say of one line.
fn record(dialect: &'static Dialect, line: &str) -> Value {
    let mut records = records(dialect, format!("\r\n{line}\r\n"));
    assert_eq!(records.len(), 1, "{line}: {records:?}");
    records.remove(0)
}

/// Kind and line of each record, or kind, topic and payload.
fn told(records: &[Value]) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let payload = |value: &Value| {
        let digits = value.as_str().unwrap();
        let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
        let bytes: Vec<_> = (0..digits.len()).step_by(2).map(byte).collect();
        bytes.escape_ascii().to_string()
    };
    records
        .iter()
        .map(|record| match &record["payload_hex"] {
            Value::Null => format!("{} {}", text(&record["kind"]), text(&record["line"])),
            digits => format!(
                "{} {} {}",
                text(&record["kind"]),
                text(&record["topic"]),
                payload(digits)
            ),
        })
        .collect()
}

// BG95 note, chapter 5.1, with the echo of the commands, and of the data up to Ctrl+Z.
const BG95_PLAIN: &[&str] = &[
    "AT+QMTCFG=\"aliauth\",0,\"oyjtmPI5a5j\",\"MQTT_TEST\",\"wN9Y6pZSIly7Exa5qVzcmigEGO4kAazZ\"\r",
    "\r\nOK\r\n",
    "AT+QMTOPEN=?\r\r\n+QMTOPEN: (0-5),<host_name>,(0-65535)\r\n\r\nOK\r\n",
    "AT+QMTOPEN=0,\"iot-as-mqtt.cn-shanghai.aliyuncs.com\",1883\r\r\nOK\r\n\r\n+QMTOPEN: 0,0\r\n",
    "AT+QMTOPEN?\r\r\n+QMTOPEN: 0,\"iot-as-mqtt.cn-shanghai.aliyuncs.com\",1883\r\n\r\nOK\r\n",
    "AT+QMTCONN=0,\"clientExample\"\r\r\nOK\r\n\r\n+QMTCONN: 0,0,0\r\n",
    "AT+QMTSUB=0,1,\"topic/example\",2\r\r\nOK\r\n\r\n+QMTSUB: 0,1,0,2\r\n",
    "\r\n+QMTRECV: 0,0,\"topic/example\",\"This is the payload related to topic\"\r\n",
    "AT+QMTUNS=0,1,\"topic/example\"\r\r\nOK\r\n\r\n+QMTUNS: 0,2,0\r\n",
    "AT+QMTPUB=?\r\r\n+QMTPUB : (0-5),(0-65535),(0-2),(0,1),<topic>,(1-4096)\r\n\r\nOK\r\n",
    "AT+QMTPUB=0,0,0,0,\"topic/pub\"\r\r\n>This is test data, hello MQTT.\x1A",
    "\r\nOK\r\n\r\n+QMTPUB: 0,0,0\r\n",
    "\r\n+QMTRECV: 0,0,\"topic/pub\",\"This is test data, hello MQTT.\"\r\n",
    "AT+QMTDISC=0\r\r\nOK\r\n\r\n+QMTDISC: 0,0\r\n\r\n+QMTSTAT: 0,5\r\n",
    "AT+QMTCLOSE=0\r\r\nOK\r\n\r\n+QMTCLOSE: 0,0\r\n",
];

#[test]
fn the_dialogue_of_the_bg95_note_is_told_line_by_line() {
    let expected = [
        "final OK",
        "info +QMTOPEN: (0-5),<host_name>,(0-65535)",
        "final OK",
        "final OK",
        "result +QMTOPEN: 0,0",
        "info +QMTOPEN: 0,\"iot-as-mqtt.cn-shanghai.aliyuncs.com\",1883",
        "final OK",
        "final OK",
        "result +QMTCONN: 0,0,0",
        "final OK",
        "result +QMTSUB: 0,1,0,2",
        "message topic/example This is the payload related to topic",
        "final OK",
        "result +QMTUNS: 0,2,0",
        "info +QMTPUB : (0-5),(0-65535),(0-2),(0,1),<topic>,(1-4096)",
        "final OK",
        "final OK",
        "result +QMTPUB: 0,0,0",
        "message topic/pub This is test data, hello MQTT.",
        "final OK",
        "result +QMTDISC: 0,0",
        "status +QMTSTAT: 0,5",
        "final OK",
        "result +QMTCLOSE: 0,0",
    ];
    assert_eq!(told(&records(&BG95, BG95_PLAIN.concat())), expected);
}

const KEY: &str = "-----BEGIN RSA PRIVATE KEY-----\r\nProc-Type: 4,ENCRYPTED\r\n\
    DEK-Info: AES-128-CBC,0123\r\n\r\nATxSECRET+/aa==\r\n+SECRETSECRETSEC\r\nSECRET==\r\n\
    -----END RSA PRIVATE KEY-----\r\n";

// BG95 note, chapter 5.2; the files are echoed.
#[test]
fn uploaded_files_are_no_lines_of_the_modem() {
    let capture = [
        "AT+QMTCFG=\"ssl\",0,1,2\r\r\nOK\r\n",
        "AT+QFUPL=\"user_key.pem\",1679,100\r\r\nCONNECT\r\n",
        KEY,
        "+QFUPL: 1679,335f\r\n\r\nOK\r\n",
        "AT+QSSLCFG=\"clientkey\",2,\"user_key.pem\"\r\r\nOK\r\n",
        "AT+QMTPUB=0,1,1,0,\"$aws/things/MQTT-1/shadow/update/accepted\"\r",
        "\r\n>This is publish data from client\r\nOK\r\n\r\n+QMTPUB: 0,1,0\r\n",
    ];
    let expected = [
        "final OK",
        "info +QFUPL: 1679,335f",
        "final OK",
        "final OK",
        "final OK",
        "result +QMTPUB: 0,1,0",
    ];
    assert_eq!(told(&records(&BG95, capture.concat())), expected);
}

// BC660K note, chapters 6.1 and 6.2.
#[test]
fn the_dialogues_of_the_bc660k_note_are_told_line_by_line() {
    let capture = [
        "AT+QSCLK=0\r\r\nOK\r\n",
        "AT+QMTOPEN?\r\r\n+QMTOPEN: 0,\"iot-as-mqtt.cn-shanghai.aliyuncs.com\",1883\r\n\r\nOK\r\n",
        "AT+QMTSUB=?\r\r\n+QMTSUB: (0-4),(1-65535),<topic>,(0-2),<topic>,(0-2),\u{2026}\r\nOK\r\n",
        "+QMTRECV: 0,1023,\" /user/get\",\"This is the payload related to topic\"\r\n",
        "AT+QMTPUB=0,0,0,0,\"/user/update\"\r\r\n>\r\nThis is test data, hello MQTT.\r\nOK\r\n",
        "+QMTPUB: 0,0,0\r\n",
        "AT+QSSLCFG=0,0,\"cacert\"\r\r\n>\r\n",
        KEY,
        "\x1A\r\n+QSSLCFG: 0,0,\"cacert\",1282\r\n\r\nOK\r\n",
        "AT+QMTPUB=3,0,0,0,\"devices/events/\",17,\"{\"a\":\"1\",\"b\":\"2\"}\"\r\r\nOK\r\n",
        "+QMTPUB: 3,0,0\r\n",
    ];
    let expected = [
        "final OK",
        "info +QMTOPEN: 0,\"iot-as-mqtt.cn-shanghai.aliyuncs.com\",1883",
        "final OK",
        r"info +QMTSUB: (0-4),(1-65535),<topic>,(0-2),<topic>,(0-2),\xe2\x80\xa6",
        "final OK",
        "message  /user/get This is the payload related to topic",
        "final OK",
        "result +QMTPUB: 0,0,0",
        "info +QSSLCFG: 0,0,\"cacert\",1282",
        "final OK",
        "final OK",
        "result +QMTPUB: 3,0,0",
    ];
    assert_eq!(told(&records(&BC660K_GL, capture.concat())), expected);
}

#[test]
fn every_kind_has_its_fields() {
    for (line, expected) in [
        ("OK", json!({"kind": "final"})),
        ("ERROR", json!({"kind": "final"})),
        ("+CME ERROR: 3", json!({"kind": "final", "code": 3})),
        (
            "+CME ERROR: operation not allowed",
            json!({"kind": "final"}),
        ),
        (
            "+QMTSTAT: 2,7",
            json!({"kind": "status", "client": 2, "code": 7,
                "meaning": "link down or server not available (status 7)"}),
        ),
        (
            "+QMTSTAT: 0,255",
            json!({"kind": "status", "client": 0, "code": 255, "meaning": "unknown status 255"}),
        ),
        (
            "+QMTRECV: 1,4",
            json!({"kind": "stored", "client": 1, "values": [4]}),
        ),
        (
            "RDY",
            json!({"kind": "modem", "meaning": "the modem has started"}),
        ),
        (
            "NORMAL POWER DOWN",
            json!({"kind": "modem", "meaning": "the modem stops"}),
        ),
        (
            "+CFUN: 1",
            json!({"kind": "modem", "meaning": "the modem is starting"}),
        ),
        (
            "+QIURC: \"pdpdeact\",1",
            json!({"kind": "modem", "meaning": "the network has taken the PDP context back"}),
        ),
        (
            "+QMTCFG: \"keepalive\",120",
            json!({"kind": "info", "values": ["keepalive", 120]}),
        ),
        (
            "+QMTOPEN: 0,\"host\",1883",
            json!({"kind": "info", "client": 0, "values": ["host", 1883]}),
        ),
        (
            "+QMTRECV: 0,1,0,0,0,1",
            json!({"kind": "info", "client": 0, "values": [1, 0, 0, 0, 1],
                "meaning": "messages stored: 2"}),
        ),
        (
            "+CSQ: 20,99",
            json!({"kind": "info", "values": [20, 99], "meaning": "-73 dBm"}),
        ),
        (
            "+CEREG: 3,3,,,,0,15",
            json!({"kind": "info", "values": [3, 3, null, null, null, 0, 15],
                "meaning": "registration refused by the network"}),
        ),
        (
            "+CPIN: SIM PIN",
            json!({"kind": "info", "values": ["SIM PIN"], "meaning": "the SIM waits for its PIN"}),
        ),
        ("+QIND: SMS DONE", json!({"kind": "unknown"})),
        ("+QMTPUBREL: 0,1,0", json!({"kind": "unknown"})),
    ] {
        let mut expected = expected;
        expected["line"] = line.into();
        assert_eq!(record(&BG95, line), expected);
    }
    let error = json!({"kind": "final", "code": 8509, "line": "+CME ERROR: 8509",
        "meaning": "the modem's MQTT buffer is full (8509)"});
    assert_eq!(record(&BC660K_GL, "+CME ERROR: 8509"), error);
}

#[test]
fn every_result_has_its_number_and_its_meaning() {
    for (line, client, packet_id, code, values, meaning) in [
        (
            "+QMTOPEN: 0,-1",
            0,
            None,
            -1,
            json!([]),
            "the network connection could not be opened (result -1)",
        ),
        (
            "+QMTCONN: 0,0,5",
            0,
            None,
            0,
            json!([5]),
            "not authorized (return code 5)",
        ),
        (
            "+QMTCONN: 0,0",
            0,
            None,
            0,
            json!([]),
            "accepted (return code 0)",
        ),
        (
            "+QMTSUB: 0,7,0,2,128",
            0,
            Some(7),
            0,
            json!([2, 128]),
            "granted: QoS 2, refused",
        ),
        (
            "+QMTPUB: 5,65535,1,3",
            5,
            Some(65_535),
            1,
            json!([3]),
            "not acknowledged in time, and sent again",
        ),
        ("+QMTPUBEX: 0,0,0", 0, Some(0), 0, json!([]), "sent"),
        ("+QMTPUB: 0,9,0", 0, Some(9), 0, json!([]), "acknowledged"),
        (
            "+QMTUNS: 0,2,2",
            0,
            Some(2),
            2,
            json!([]),
            "not sent, or not acknowledged",
        ),
        ("+QMTCLOSE: 0,-1", 0, None, -1, json!([]), "not closed"),
        ("+QMTDISC:0,0", 0, None, 0, json!([]), "sent"),
    ] {
        let mut expected = json!({"kind": "result", "client": client, "code": code,
            "values": values, "meaning": meaning, "line": line});
        if let Some(packet_id) = packet_id {
            expected["packet_id"] = packet_id.into();
        }
        assert_eq!(record(&BG95, line), expected);
    }
}

#[test]
fn the_state_of_a_client_is_no_result() {
    let state = |line: &str| {
        let capture = format!("AT+QMTCONN?\r\r\n{line}\r\n\r\nOK\r\n");
        records(&BG95, capture).remove(0)
    };
    for (number, meaning) in [
        (1, "open, not connected"),
        (2, "connecting"),
        (3, "connected"),
        (4, "disconnecting"),
    ] {
        let line = format!("+QMTCONN: 0,{number}");
        let expected = json!({"kind": "info", "client": 0, "values": [number],
            "meaning": meaning, "line": line});
        assert_eq!(state(&line), expected);
    }
    // Without the echo, only what can't be a result.
    assert_eq!(record(&BG95, "+QMTCONN: 0,3")["kind"], "info");
    assert_eq!(record(&BG95, "+QMTCONN: 0,2")["kind"], "result");
}

#[test]
fn a_message_is_told_byte_for_byte_whatever_is_in_it() {
    let payload = b"\"\r\nOK\r\n+QMTSTAT: 0,1\r\n> \0\xFF\",\"\"";
    let head = format!("OK\r\n+QMTRECV: 0,70000,\"a\",7\",{},\"", payload.len());
    let capture = [head.as_bytes(), payload, b"\"\r\n\r\nRDY\r\n"].concat();
    let hex: String = payload.iter().map(|byte| format!("{byte:02x}")).collect();
    let message = json!({"kind": "message", "client": 0, "packet_id": 70_000,
        "topic": "a\",7", "payload_hex": hex});
    let found = records(&BG95, capture);
    assert_eq!(found[1], message);
    assert_eq!(told(&found)[2], "modem RDY");
    assert_eq!(found.len(), 3);
    let found = records(&BG95, b"+QMTRECV: 0,0,\"\xFF\",0,\"\"\r\n");
    let message = json!({"kind": "message", "client": 0, "packet_id": 0, "topic_hex": "ff",
        "payload_hex": ""});
    assert_eq!(found, [message]);
}

// BC660K note, chapter 3.3.1, `<recv_format>`: the length counts bytes.
#[test]
fn digits_are_bytes_in_hex_mode_with_and_without_length() {
    let capture = b"+QMTRECV: 0,0,\"a\",3,\"0AfF22\"\r\n+QMTRECV: 4,1,\"b\",\"4F4B\"\r\nOK\r\n\
        +QMTRECV: 0,0,\"a\",2,\"0A0x\"\r\n+QMTRECV: 0,2,\"a\",\"0A0\"\r\nOK\r\n";
    let found = records_as(&BC660K_GL, DataFormat::Hex, capture);
    let expected = [
        r#"message a \n\xff\""#,
        "message b OK",
        "final OK",
        "lost a 0A0x",
        "lost a 0A0",
        "final OK",
    ];
    assert_eq!(told(&found), expected);
    assert_eq!(found[3]["meaning"], "the payload is not hexadecimal");
}

#[test]
fn echoed_data_of_known_length_is_no_line_of_the_modem() {
    let capture =
        "AT+QMTPUB=0,0,0,0,\"a\",12\r\r\n> RDY\r\n+QMT: x\r\nOK\r\n\r\n+QMTPUB: 0,0,0\r\n";
    let expected = ["final OK", "result +QMTPUB: 0,0,0"];
    assert_eq!(told(&records(&BG95, capture)), expected);
    // The same command, when only it is echoed.
    let capture = "AT+QMTPUB=0,0,0,0,\"a\",12\r\r\n> \r\nOK\r\n\r\n+QMTPUB: 0,0,0\r\n";
    assert_eq!(told(&records(&BG95, capture)), expected);
}

#[test]
fn a_urc_between_command_and_prompt_is_told() {
    let capture =
        "AT+QMTPUB=0,0,0,0,\"a\",2\r\r\n+QMTRECV: 0,0,\"b\",2,\"> \"\r\n\r\n> hi\r\nOK\r\n";
    let expected = ["message b > ", "final OK"];
    assert_eq!(told(&records(&BG95, capture)), expected);
}

#[test]
fn secrets_are_not_told() {
    for (dialect, line) in [
        (&BG95, "+QMTCFG: \"aliauth\",\"key\",\"name\",\"hunter2\""),
        (&BC660K_GL, "+QMTCFG: \"key\",\"name\",\"hunter2\""),
        (&BG95, "+QICSGP: 1,\"apn\",\"user\",\"hunter2\",1"),
        (&BG95, "\x01AT+QMTCONN=0,\"id\",\"user\",\"hunter2\""),
    ] {
        let shown = record(dialect, line).to_string();
        assert!(
            shown.contains("***") && !shown.contains("hunter2"),
            "{shown}"
        );
    }
    let key = told(&records(&BG95, [KEY, "OK\r\n"].concat()));
    assert_eq!(key, ["final OK"]);
    // Cut off, it ends at the next line that can't be its own.
    let key = [&KEY[..120], "\r\nRDY\r\nno base64\r\n"].concat();
    assert_eq!(
        told(&records(&BG95, key)),
        ["modem RDY", "unknown no base64"]
    );
}

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
