//! What did the modem say? The bytes that a modem sent, from a log or a logic analyser, as one JSON
//! object a line.
//!
//! ```text
//! cargo run --example decode --features bg95,bc660k -- --dialect bg95 < capture
//! socat -u /dev/ttyUSB2,b115200,rawer - | target/debug/examples/decode --dialect bc660k --hex
//! ```

mod decoder;

use std::{
    io::{self, ErrorKind},
    process::ExitCode,
};

use clap::{CommandFactory, Parser, ValueEnum};
use quectel_mqtt::{BC660K_GL, BG95, DataFormat};

/// Says what a modem said: reads the bytes that it sent from standard input, and writes one JSON
/// object a line.
///
/// Each has a `kind`: `final` (OK, ERROR, +CME ERROR), `result` (+QMTOPEN: 0,0 and the like),
/// `status` (+QMTSTAT), `message` and `stored` (+QMTRECV), `modem` (it starts, stops, or loses its
/// network), `info` (the answer to a query or test command), `unknown`, and `lost` (a line too
/// long, or a payload that ended early). Prompts, echoes and certificates are left out, and so are
/// secrets.
#[derive(Parser)]
#[command(name = "decode")]
struct Arguments {
    /// The modem's family.
    #[arg(long, value_enum)]
    dialect: Family,

    /// The payloads of received messages are hexadecimal digits, as after
    /// AT+QMTCFG="dataformat",N,N,1 (bc660k).
    #[arg(long)]
    hex: bool,
}

#[derive(Clone, Copy, Eq, PartialEq, ValueEnum)]
enum Family {
    #[value(aliases = ["bg77", "bg600l"])]
    Bg95,
    Bc660k,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.hex && arguments.dialect != Family::Bc660k {
        let message = "--hex is for --dialect bc660k: the others have no such mode";
        let kind = clap::error::ErrorKind::ArgumentConflict;
        Arguments::command().error(kind, message).exit();
    }
    let dialect = match arguments.dialect {
        Family::Bg95 => &BG95,
        Family::Bc660k => &BC660K_GL,
    };
    let format = match arguments.hex {
        true => DataFormat::Hex,
        false => DataFormat::Text,
    };
    match decoder::decode(dialect, format, io::stdin().lock(), io::stdout().lock()) {
        // Who reads the output may end when it has enough.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            eprintln!("decode: {error}");
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}
