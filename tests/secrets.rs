//! `Debug` shows no password, no certificate and no buffer of the driver, at any step of a dialogue.

#![cfg(all(feature = "bg95", feature = "bc660k"))]

use quectel_mqtt::{
    AliAuth, BC660K_GL, BG95, ClientIndex, ConnectOptions, Instant, PdpContext, PemFile,
    TlsOptions,
    at::{CommandWriter, Ring},
    engine::{Action, Buffers, Engine},
    mqtt::Password,
};

/// It stands in everything that is secret here, and in no name.
const SECRET: &str = "hunter2";

fn assert_hidden(shown: &str) {
    assert!(!shown.contains(SECRET), "{shown}");
    // As bytes, which is how a buffer would show it.
    let bytes = format!("{:?}", SECRET.as_bytes());
    assert!(!shown.contains(bytes.trim_matches(['[', ']'])), "{shown}");
}

#[test]
fn values_hide_their_secrets() {
    let name = "name";
    let options = ConnectOptions::new("host", "id").unwrap();
    let options = options.credentials(name, SECRET).unwrap();
    let options = options.ali_auth(AliAuth::new(name, name, SECRET).unwrap());
    assert_hidden(&format!("{options:?}"));
    let file = PemFile::upload(name, SECRET.as_bytes()).unwrap();
    assert_hidden(&format!("{:?}", TlsOptions::new(file).client(file, file)));
    let context = PdpContext::new("apn").unwrap();
    let authentication = quectel_mqtt::Authentication::Pap;
    let context = context.credentials(name, SECRET, authentication).unwrap();
    assert_hidden(&format!("{context:?}"));
    assert_hidden(&format!("{:?}", Password::new(SECRET).unwrap()));
    // What is no secret is shown.
    let device = AliAuth::new("key", name, SECRET).unwrap();
    assert_eq!((device.product_key(), device.device_name()), ("key", name));
}

#[test]
fn buffers_hide_what_stands_in_them() {
    let mut bytes = [0; 16];
    let mut writer = CommandWriter::new(&mut bytes);
    writer.raw(SECRET.as_bytes());
    assert_hidden(&format!("{writer:?}"));
    let mut ring = Ring::new(&mut bytes);
    ring.free()[..SECRET.len()].copy_from_slice(SECRET.as_bytes());
    ring.commit(SECRET.len());
    assert_hidden(&format!("{ring:?}"));
    let secret = || SECRET.as_bytes().to_vec();
    let buffers = Buffers {
        rx: &mut secret(),
        tx: &mut secret(),
        inbox: &mut secret(),
    };
    assert_hidden(&format!("{buffers:?}"));
}

#[test]
fn an_engine_hides_what_it_sends_and_receives() {
    for dialect in [&BG95, &BC660K_GL] {
        let (mut rx, mut tx, mut inbox) = ([0; 128], [0; 1024], [0; 512]);
        let buffers = Buffers {
            rx: &mut rx,
            tx: &mut tx,
            inbox: &mut inbox,
        };
        let mut engine = Engine::new(dialect, buffers);
        let options = ConnectOptions::new("host", "id").unwrap();
        let options = options.credentials("name", SECRET).unwrap();
        let _ = engine.connect(ClientIndex::ZERO, &options).unwrap();
        let mut sent = Vec::new();
        while let Action::Transmit { .. } | Action::Deliver = engine.poll(Instant::from_millis(0)) {
            assert_hidden(&format!("{engine:?}"));
            let line = engine.transmit_buffer().to_vec();
            engine.transmitted(line.len());
            let text = String::from_utf8_lossy(&line);
            let answer = match text.split(['=', '\r']).next().unwrap_or_default() {
                "AT+CMEE?" => "+CMEE: 1\r\nOK\r\n",
                "AT+QMTOPEN" => "OK\r\n+QMTOPEN: 0,0\r\n",
                // The password is on the line, and its echo in the other buffer.
                "AT+QMTCONN" => "+QMTRECV: 0,0,\"t\",7,\"hunter2\"\r\nhunter2",
                _ => "OK\r\n",
            };
            engine.receive_buffer()[..answer.len()].copy_from_slice(answer.as_bytes());
            engine.received(answer.len());
            sent.extend(line);
            assert_hidden(&format!("{engine:?}"));
        }
        assert!(String::from_utf8(sent).unwrap().contains(SECRET));
        let _ = engine.poll(Instant::from_millis(0));
        assert_hidden(&format!("{engine:?}"));
    }
}
