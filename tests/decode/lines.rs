//! One line of each kind.

use quectel_mqtt::{BC660K_GL, BG95};
use serde_json::json;

use crate::{record, records};

#[test]
fn every_kind_has_its_fields() {
    for (line, expected) in [
        ("OK", json!({"kind": "final"})),
        ("ERROR", json!({"kind": "final"})),
        (
            "+CME ERROR: 3",
            json!({"kind": "final", "code": 3, "meaning": "operation not allowed"}),
        ),
        ("+CMS ERROR: 3", json!({"kind": "final", "code": 3})),
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
            "+QMTCLOSE: (0-5)",
            json!({"kind": "info", "meaning": "what the command takes"}),
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
