//! What is spent on messages, answers and commands, in instructions: by the driver, and by other
//! crates for the same bytes, as far as they do the same work.

#![no_std]
#![no_main]

mod at_commands;
mod atat;
mod driver;

use core::{fmt, hint::black_box, panic::PanicInfo};

use cortex_m_rt::entry;
use quectel_mqtt_cortex_m::{DIALECT, counter::Counter, print, println, semihosting};

/// How many bytes are received at once.
#[derive(Clone, Copy)]
enum Step {
    /// As many as there is room for.
    Whole,
    Byte,
}

impl Step {
    const fn bytes(self) -> usize {
        match self {
            Self::Whole => usize::MAX,
            Self::Byte => 1,
        }
    }
}

/// The columns of a row, where they have a figure.
type Figures = [Option<u32>; 4];

#[entry]
fn main() -> ! {
    let mut counter = Counter::start();
    check(&mut counter);
    println!(
        "instructions, {:30}driver                     atat",
        DIALECT.name
    );
    println!("{:45}whole byte by byte       whole byte by byte", "");
    messages(&mut counter);
    row(
        format_args!("{:35}", "OK and +QMTPUB, to the result"),
        [
            Some(driver::result(&mut counter, Step::Whole)),
            Some(driver::result(&mut counter, Step::Byte)),
            Some(atat::result(&mut counter, Step::Whole)),
            Some(atat::result(&mut counter, Step::Byte)),
        ],
    );
    publishes(&mut counter);
    println!("{:44}driver         atat at-commands", "");
    row(
        format_args!("{:35}", "AT+QMTOPEN alone"),
        [
            Some(driver::format_open(&mut counter)),
            Some(atat::format_open(&mut counter)),
            Some(at_commands::format_open(&mut counter)),
            None,
        ],
    );
    row(
        format_args!("{:35}", "AT+QMTPUB alone"),
        [
            Some(driver::format_publish(&mut counter)),
            Some(atat::format_publish(&mut counter)),
            Some(at_commands::format_publish(&mut counter)),
            None,
        ],
    );
    semihosting::exit(true)
}

/// 1,001 turns of two instructions show that the counter is right.
fn check(counter: &mut Counter) {
    let known = counter.instructions(|measurement| {
        measurement.begin();
        cortex_m::asm::delay(black_box(1_000));
        measurement.stop();
    });
    assert!((1_990..2_020).contains(&known), "{known} instead of 2,002");
}

/// From the first byte of a message to what the application gets.
fn messages(counter: &mut Counter) {
    let mut before: Option<(usize, Figures)> = None;
    for (payload, peer) in atat::MESSAGES {
        let figures = [
            driver::message(counter, payload, Step::Whole),
            driver::message(counter, payload, Step::Byte),
            peer(counter, Step::Whole),
            peer(counter, Step::Byte),
        ]
        .map(Some);
        if let Some((bytes, before)) = before {
            row_of_more_bytes(payload - bytes, before, figures);
        }
        row(
            format_args!("+QMTRECV with {payload:4} bytes of payload"),
            figures,
        );
        before = Some((payload, figures));
    }
}

/// From the call to the result, with everything between but the time on the line.
fn publishes(counter: &mut Counter) {
    for (payload, peer) in atat::PUBLISHES {
        let is_allowed = payload <= DIALECT.payload_limit.into();
        row(
            format_args!("publish, {payload:4} bytes, call to result"),
            [
                is_allowed.then(|| driver::publish(counter, payload)),
                None,
                Some(peer(counter)),
                None,
            ],
        );
    }
}

fn row(name: fmt::Arguments<'_>, figures: Figures) {
    print!("  {name}");
    let mut blanks = 0;
    for figure in figures {
        match figure {
            Some(figure) => print!("{:blanks$}{figure:13}", ""),
            None => blanks += 13,
        }
    }
    println!();
}

/// What each byte costs by which one row is longer than the other.
fn row_of_more_bytes(bytes: usize, before: Figures, after: Figures) {
    print!("    each of {bytes:4} bytes more           ");
    let mut width = 13;
    for (before, after) in before.iter().zip(after) {
        let difference = after.unwrap_or(0).saturating_sub(before.unwrap_or(0));
        let tenths = u64::from(difference) * 10 / bytes as u64;
        print!("{:width$}.{}", tenths / 10, tenths % 10);
        // Points stand behind the whole numbers above.
        width = 11;
    }
    println!();
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    semihosting::fail(info)
}

const OPEN: &[u8] = b"AT+QMTOPEN=0,\"mqtt.example.com\",1883\r";
const PUBLISH: &[u8] = b"AT+QMTPUB=0,1,1,0,\"meter/0815/state\",64\r";
