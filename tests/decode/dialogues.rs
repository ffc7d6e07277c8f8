//! The dialogues of the notes, with echoes, messages and certificates.

use quectel_mqtt::{BC660K_GL, BG95, DataFormat};
use serde_json::json;

use crate::{record, records, records_as, told};

// BG95 note, chapter 5.1, with the echo of the commands, and of the data up to Ctrl+Z.
pub(crate) const BG95_PLAIN: &[&str] = &[
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

pub(crate) const KEY: &str = "-----BEGIN RSA PRIVATE KEY-----\r\nProc-Type: 4,ENCRYPTED\r\n\
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
