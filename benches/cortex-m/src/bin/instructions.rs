//! What the engine spends on a message, an answer and a command, in instructions.

#![no_std]
#![no_main]

use core::{hint::black_box, panic::PanicInfo};

use cortex_m_rt::entry;
use quectel_mqtt::{
    ClientIndex,
    at::CommandWriter,
    engine::{Completion, Engine, Event},
    mqtt::{Publication, QoS},
};
use quectel_mqtt_cortex_m::{
    counter::Counter,
    dialogue::{self, LINE},
    memory::Memory,
    println, semihosting,
};

#[entry]
fn main() -> ! {
    let mut counter = Counter::start().expect("SysTick is ours");
    // 1,001 turns of two instructions show that the counter is right.
    let known = counter.instructions(|_, measurement| {
        measurement.begin();
        cortex_m::asm::delay(black_box(1_000));
        measurement.stop();
    });
    assert!((1_990..2_020).contains(&known), "{known} instead of 2,002");
    println!("instructions of the engine                                  whole  byte by byte");
    row(
        "+QMTRECV with 64 bytes of payload, to Event::Message",
        message(&mut counter, LINE.len()),
        Some(message(&mut counter, 1)),
    );
    row(
        "OK and +QMTPUB, to the result of the publish",
        result(&mut counter, RESULT.len()),
        Some(result(&mut counter, 1)),
    );
    row(
        "Engine::publish with 64 bytes of payload",
        publish(&mut counter),
        None,
    );
    row(
        "AT+QMTPUB alone, by CommandWriter",
        format_publish(&mut counter),
        None,
    );
    row(
        "AT+QMTOPEN alone, by CommandWriter",
        format_open(&mut counter),
        None,
    );
    semihosting::exit(true)
}

fn row(name: &str, whole: u32, by_byte: Option<u32>) {
    match by_byte {
        Some(by_byte) => println!("  {name:52}{whole:11}{by_byte:14}"),
        None => println!("  {name:52}{whole:11}"),
    }
}

/// From the first byte of a message to its event.
fn message(counter: &mut Counter, step: usize) -> u32 {
    let mut memory = Memory::new();
    let mut engine = dialogue::connected(&mut memory);
    counter.instructions(|_, measurement| {
        measurement.begin();
        let has_news = dialogue::receive(&mut engine, black_box(LINE), step);
        let event = engine.take_event();
        measurement.stop();
        let Some(Event::Message(message)) = black_box(event) else {
            panic!("no message");
        };
        assert!(has_news && message.client == ClientIndex::ZERO && message.packet_id == 1);
        assert_eq!(message.topic, &LINE[15..39]);
        assert_eq!(message.payload, &LINE[45..109]);
    })
}

/// From the first byte of the answer to a publish to its result.
fn result(counter: &mut Counter, step: usize) -> u32 {
    counter.instructions(|_, measurement| {
        let mut memory = Memory::new();
        let mut engine = dialogue::connected(&mut memory);
        let operation = engine
            .publish(ClientIndex::ZERO, &publication())
            .expect("connected");
        let prompt = dialogue::transmit(&mut engine);
        dialogue::receive(&mut engine, prompt, prompt.len());
        assert_eq!(dialogue::transmit(&mut engine), RESULT);
        measurement.begin();
        dialogue::receive(&mut engine, black_box(RESULT), step);
        let result = engine.take_result(operation);
        measurement.stop();
        assert_eq!(black_box(result), Some(Ok(Completion::Done)));
    })
}

/// The call itself: state, limits, command line and payload.
fn publish(counter: &mut Counter) -> u32 {
    let mut memory = Memory::new();
    let mut engine = dialogue::connected(&mut memory);
    counter.instructions(|_, measurement| {
        let publication = black_box(publication());
        measurement.begin();
        let operation = Engine::publish(black_box(&mut engine), ClientIndex::ZERO, &publication);
        measurement.stop();
        engine.abandon(operation.expect("connected"));
    })
}

fn format_publish(counter: &mut Counter) -> u32 {
    format(
        counter,
        b"AT+QMTPUB=0,1,1,0,\"meter/0815/state\",64\r",
        |writer| {
            writer
                .raw(b"AT+QMTPUB=")
                .number(black_box(0))
                .and_number(black_box(1))
                .and_number(black_box(1))
                .and_number(black_box(0))
                .and_string(black_box("meter/0815/state"))
                .and_number(black_box(64));
        },
    )
}

fn format_open(counter: &mut Counter) -> u32 {
    format(
        counter,
        b"AT+QMTOPEN=0,\"mqtt.example.com\",1883\r",
        |writer| {
            writer
                .raw(b"AT+QMTOPEN=")
                .number(black_box(0))
                .and_string(black_box("mqtt.example.com"))
                .and_number(black_box(1883));
        },
    )
}

fn format(counter: &mut Counter, line: &[u8], write: impl Fn(&mut CommandWriter<'_>)) -> u32 {
    let mut bytes = [0; 64];
    counter.instructions(|_, measurement| {
        measurement.begin();
        let mut writer = CommandWriter::new(black_box(&mut bytes));
        write(&mut writer);
        let len = writer.finish();
        measurement.stop();
        assert_eq!(bytes.get(..len.unwrap_or(0)), Some(line));
    })
}

fn publication() -> Publication<'static> {
    let payload = &LINE[45..109];
    Publication::new("meter/0815/state", payload)
        .expect("valid")
        .qos(QoS::AtLeastOnce)
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    semihosting::fail(info)
}

/// The answer to the data of a publish.
const RESULT: &[u8] = b"\r\nOK\r\n\r\n+QMTPUB: 0,1,0\r\n";
