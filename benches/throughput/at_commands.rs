//! at-commands 0.5: its builder and its parser.

use std::hint::black_box;

use at_commands::{builder::CommandBuilder, parser::CommandParser};
use criterion::Bencher;

use crate::line;

pub(crate) fn format(bencher: &mut Bencher<'_>) {
    let mut bytes = [0; 64];
    bencher.iter(|| {
        let line = CommandBuilder::create_set(black_box(&mut bytes), true)
            .named("+QMTPUB")
            .with_int_parameter(black_box(0))
            .with_int_parameter(black_box(1))
            .with_int_parameter(black_box(1))
            .with_int_parameter(black_box(0))
            .with_string_parameter(black_box("meter/0815/state"))
            .with_int_parameter(black_box(64))
            .finish_with(b"\r");
        assert_eq!(line, Ok(line::PUBLISH));
    });
}

pub(crate) fn parse(bencher: &mut Bencher<'_>) {
    bencher.iter(|| {
        let result = CommandParser::parse(black_box(line::RESULT))
            .expect_identifier(b"+QMTPUB: ")
            .expect_int_parameter()
            .expect_int_parameter()
            .expect_int_parameter()
            .finish();
        assert_eq!(result.ok(), Some((0, 1, 0)));
    });
}
