//! at-commands 0.5, which formats.

use core::hint::black_box;

use at_commands::builder::CommandBuilder;
use quectel_mqtt_cortex_m::counter::Counter;

pub(super) fn format_open(counter: &mut Counter) -> u32 {
    let mut bytes = [0; 64];
    counter.instructions(|measurement| {
        measurement.begin();
        let line = CommandBuilder::create_set(black_box(&mut bytes), true)
            .named("+QMTOPEN")
            .with_int_parameter(black_box(0))
            .with_string_parameter(black_box("mqtt.example.com"))
            .with_int_parameter(black_box(1883))
            .finish_with(b"\r");
        measurement.stop();
        assert_eq!(line, Ok(super::OPEN));
    })
}

pub(super) fn format_publish(counter: &mut Counter) -> u32 {
    let mut bytes = [0; 64];
    counter.instructions(|measurement| {
        measurement.begin();
        let line = CommandBuilder::create_set(black_box(&mut bytes), true)
            .named("+QMTPUB")
            .with_int_parameter(black_box(0))
            .with_int_parameter(black_box(1))
            .with_int_parameter(black_box(1))
            .with_int_parameter(black_box(0))
            .with_string_parameter(black_box("meter/0815/state"))
            .with_int_parameter(black_box(64))
            .finish_with(b"\r");
        measurement.stop();
        assert_eq!(line, Ok(super::PUBLISH));
    })
}
