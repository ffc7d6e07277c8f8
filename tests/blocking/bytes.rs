//! Dialogues byte for byte, over the serial mock of embedded-hal-mock.

use embedded_hal_mock::eh1::delay::{CheckedDelay, Transaction};
use embedded_hal_nb::serial::ErrorKind;
use quectel_mqtt::{
    BG95, ConnectOptions, Instant,
    blocking::{Clock, DelayClock, Error, Modem},
    engine::Event,
    mqtt::{GrantedQos, QoS, TopicFilter},
};

use super::{
    CLIENT, at_least_once,
    support::{
        hal_mock::{
            HalSerial, SerialError,
            Turn::{self, Broken, Host, Silence},
        },
        simulated::Memory,
    },
};

const INITIALIZE: &[Turn] = &[
    Host(b"AT+CMEE?\r"),
    Turn::Modem(b"\r\n+CMEE: 0\r\n\r\nOK\r\n"),
    Host(b"ATE0\r"),
    Turn::Modem(b"\r\nOK\r\n"),
    Host(b"AT+CMEE=1\r"),
    Turn::Modem(b"\r\nOK\r\n"),
    Host(b"AT+CGMM\r"),
    Turn::Modem(b"\r\nBG95-M3\r\n\r\nOK\r\n"),
];

const CONNECT: &[Turn] = &[
    Host(b"AT+QMTCFG=\"version\",0,4\r"),
    Turn::Modem(b"\r\nOK\r\n"),
    Host(b"AT+QMTCFG=\"pdpcid\",0,1\r"),
    Turn::Modem(b"\r\nOK\r\n"),
    Host(b"AT+QMTCFG=\"ssl\",0,0\r"),
    Turn::Modem(b"\r\nOK\r\n"),
    Host(b"AT+QMTCFG=\"keepalive\",0,120\r"),
    Turn::Modem(b"\r\nOK\r\n"),
    Host(b"AT+QMTCFG=\"session\",0,1\r"),
    Turn::Modem(b"\r\nOK\r\n"),
    Host(b"AT+QMTCFG=\"timeout\",0,5,3,0\r"),
    Turn::Modem(b"\r\nOK\r\n"),
    Host(b"AT+QMTCFG=\"will\",0,0\r"),
    Turn::Modem(b"\r\nOK\r\n"),
    Host(b"AT+QMTCFG=\"recv/mode\",0,0,1\r"),
    Turn::Modem(b"\r\nOK\r\n"),
    Host(b"AT+QMTOPEN=0,\"mqtt.example.com\",1883\r"),
    Turn::Modem(b"\r\nOK\r\n"),
    Silence(1000),
    Turn::Modem(b"\r\n+QMTOPEN: 0,0\r\n"),
    Host(b"AT+QMTCONN=0,\"meter-0815\"\r"),
    Turn::Modem(b"\r\nOK\r\n\r\n+QMTCONN: 0,0,0\r\n"),
];

/// No time passes: so nothing happens but for what comes.
fn still() -> Instant {
    Instant::from_millis(0)
}

fn play(dialogue: &[Turn]) -> HalSerial {
    HalSerial::new(&[INITIALIZE, CONNECT, dialogue].concat())
}

fn connect<C: Clock>(modem: &mut Modem<'_, HalSerial, C>) {
    modem.initialize().unwrap();
    let options = ConnectOptions::new("mqtt.example.com", "meter-0815").unwrap();
    modem.client(CLIENT).connect(&options).unwrap();
}

#[test]
fn a_message_goes_out_byte_for_byte() {
    let serial = play(&[
        Host(b"AT+QMTPUB=0,1,1,0,\"t\",5\r"),
        Silence(3),
        Turn::Modem(b"\r\n> "),
        Host(b"hello"),
        Turn::Modem(b"\r\nOK\r\n"),
        Silence(3),
        Turn::Modem(b"\r\n+QMTPUB: 0,1,0\r\n"),
    ]);
    let mut memory = Memory::new();
    let mut modem = Modem::new(&BG95, serial, still, memory.buffers());
    connect(&mut modem);
    let mut client = modem.client(CLIENT);
    client.publish(&at_least_once(b"hello")).unwrap();
    modem.into_port().done();
}

#[test]
fn a_message_comes_in_byte_for_byte() {
    let serial = play(&[
        Host(b"AT+QMTSUB=0,1,\"t/#\",1\r"),
        Turn::Modem(b"\r\nOK\r\n\r\n+QMTSUB: 0,1,0,1\r\n"),
        Silence(2),
        Turn::Modem(b"\r\n+QMTRECV: 0,7,\"t/1\",4,\"a"),
        Silence(2),
        Turn::Modem(b"\r\n\"\"\r\n"),
        Host(b"AT+QMTDISC=0\r"),
        Turn::Modem(b"\r\nOK\r\n\r\n+QMTDISC: 0,0\r\n"),
        Host(b"AT+QMTCLOSE=0\r"),
        Turn::Modem(b"\r\nOK\r\n\r\n+QMTCLOSE: 0,0\r\n"),
    ]);
    let mut memory = Memory::new();
    let mut modem = Modem::new(&BG95, serial, still, memory.buffers());
    connect(&mut modem);
    let filter = TopicFilter::new("t/#").unwrap();
    let granted = modem
        .client(CLIENT)
        .subscribe(&[(filter, QoS::AtLeastOnce)])
        .unwrap();
    assert_eq!(
        granted.iter().collect::<Vec<_>>(),
        [GrantedQos::Granted(QoS::AtLeastOnce)]
    );
    let Ok(Some(Event::Message(message))) = modem.next_event(1) else {
        panic!("no message");
    };
    assert_eq!((message.topic, message.packet_id), (&b"t/1"[..], 7));
    assert_eq!(message.payload, b"a\r\n\"");
    modem.client(CLIENT).disconnect().unwrap();
    modem.into_port().done();
}

// A UART tells an overrun once, and goes on.
#[test]
fn an_error_of_the_uart_ends_the_call_and_the_next_one_goes_on() {
    let serial = play(&[
        Broken(ErrorKind::Overrun),
        Host(b"AT+QMTPUB=0,1,1,0,\"t\",5\r"),
        Turn::Modem(b"\r\n> "),
        Host(b"hello"),
        Broken(ErrorKind::Parity),
        Turn::Modem(b"\r\nOK\r\n\r\n+QMTPUB: 0,1,0\r\n"),
        Host(b"AT+QMTPUB=0,2,1,0,\"t\",5\r"),
        Turn::Modem(b"\r\n> "),
        Host(b"again"),
        Turn::Modem(b"\r\nOK\r\n\r\n+QMTPUB: 0,2,0\r\n"),
    ]);
    let mut memory = Memory::new();
    let mut modem = Modem::new(&BG95, serial, still, memory.buffers());
    connect(&mut modem);
    let io = |kind| Error::Io(SerialError(kind));
    assert_eq!(modem.next_event(1), Err(io(ErrorKind::Overrun)));
    let broken = modem.client(CLIENT).publish(&at_least_once(b"hello"));
    assert_eq!(broken, Err(io(ErrorKind::Parity)));
    let mut client = modem.client(CLIENT);
    client.publish(&at_least_once(b"again")).unwrap();
    // Nobody waits for the result of the first one.
    assert_eq!(modem.take_event(), None);
    modem.into_port().done();
}

#[test]
fn a_clock_made_of_a_delay_counts_the_delays_it_has_made() {
    let delays = vec![Transaction::delay_us(20); 2 * 50 + 1];
    let mut clock = DelayClock::new(CheckedDelay::new(&delays));
    for look in 1..=delays.len() as u64 {
        // 20 µs each.
        assert_eq!(clock.now(), Instant::from_millis(look / 50));
    }
    clock.release().done();
}

#[test]
fn a_modem_with_a_delay_for_a_clock_waits_as_long_as_it_says() {
    // One look at the line for each at the clock.
    let looks = 50 * 3;
    let delay = CheckedDelay::new(&vec![Transaction::delay_us(20); looks]);
    let mut made = delay.clone();
    let serial = HalSerial::new(&[Silence(looks)]);
    let mut memory = Memory::new();
    let mut modem = Modem::new(&BG95, serial, DelayClock::new(delay), memory.buffers());
    assert_eq!(modem.next_event(3), Ok(None));
    made.done();
    modem.into_port().done();
}

#[test]
fn a_whole_dialogue_runs_with_a_delay_for_a_clock() {
    let serial = play(&[
        Host(b"AT+QMTPUB=0,1,1,0,\"t\",5\r"),
        // Shorter than any deadline: 200 ms.
        Silence(50 * 200),
        Turn::Modem(b"\r\n> "),
        Host(b"hello"),
        Turn::Modem(b"\r\nOK\r\n\r\n+QMTPUB: 0,1,0\r\n"),
    ]);
    let delay = embedded_hal_mock::eh1::delay::NoopDelay::new();
    let mut memory = Memory::new();
    let mut modem = Modem::new(&BG95, serial, DelayClock::new(delay), memory.buffers());
    connect(&mut modem);
    let mut client = modem.client(CLIENT);
    client.publish(&at_least_once(b"hello")).unwrap();
    modem.into_port().done();
}
