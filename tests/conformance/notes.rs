//! What the notes have, read from their chapters and not from the driver: the forms of each command,
//! and the numbers of each result.

use quectel_mqtt::{Command, Dialect};

use super::row::{Form, is_bc660k};

/// The forms of a command that the driver is for. Of the commands that no note describes, those that
/// it needs.
pub(crate) fn forms(dialect: &Dialect, command: Command) -> &'static [Form] {
    use Form::{Execute, FixedLength, Inline, Query, Read, Terminated, Test, Write};
    match command {
        // AT+CMEE?
        Command::Attention => &[Read],
        Command::Echo
        | Command::Manufacturer
        | Command::Model
        | Command::Revision
        | Command::Signal => &[Execute],
        Command::Sim | Command::Registration(_) => &[Read],
        Command::ErrorFormat
        | Command::DefineContext(_)
        | Command::DeactivateContext(_)
        | Command::Upload
        | Command::ListFiles
        | Command::DeleteFile
        | Command::ConfigureTls => &[Write],
        Command::ActivateContext(_) | Command::Sleep => &[Read, Write],
        // BG95 3.2.1; BC660K 3.3.1
        Command::Configure(_) => &[Test, Query, Write],
        // BG95 3.2.2, 3.2.4, 3.2.10; BC660K 3.3.2, 3.3.4
        Command::Open | Command::Connect | Command::Receive => &[Test, Read, Write],
        // BG95 3.2.3, 3.2.5 to 3.2.7; BC660K 3.3.3, 3.3.5 to 3.3.7
        Command::Close | Command::Disconnect | Command::Subscribe | Command::Unsubscribe => {
            &[Test, Write]
        }
        // BG95 3.2.8; BC660K 3.3.8
        Command::Publish if is_bc660k(dialect) => &[Test, Terminated, FixedLength, Inline],
        Command::Publish => &[Test, Terminated, FixedLength],
        // BG95 3.2.9
        Command::PublishInline => &[Test, Inline],
        command => panic!("no form of {command} was looked up in the notes"),
    }
}

/// The numbers that a modem answers.
pub(crate) fn codes(dialect: &Dialect) -> Vec<(&'static str, i32)> {
    let both: [(&str, &[i32]); 12] = [
        ("QMTOPEN result", &[-1, 0, 1, 2, 3, 4]),
        ("QMTCLOSE result", &[-1, 0]),
        ("QMTCONN state", &[1, 2, 3, 4]),
        ("QMTCONN result", &[0, 1, 2]),
        ("QMTCONN return code", &[0, 1, 2, 3, 4, 5]),
        ("QMTDISC result", &[0]),
        ("QMTSUB result", &[0, 1, 2]),
        ("QMTSUB value", &[0, 1, 2, 128]),
        ("QMTUNS result", &[0, 1, 2]),
        ("QMTPUB result", &[0, 1, 2]),
        // And two that are reserved.
        ("QMTSTAT code", &[1, 2, 3, 4, 5, 6, 7, 8, 255]),
        ("registration", &[0, 1, 2, 3, 4, 5]),
    ];
    let more: &[(&str, &[i32])] = if is_bc660k(dialect) {
        &[
            ("QMTDISC result", &[-1]),
            (
                "CME ERROR",
                &[8503, 8504, 8505, 8506, 8507, 8508, 8509, 8510, 8511, 8600],
            ),
        ]
    } else {
        &[
            ("QMTOPEN result", &[5]),
            ("QMTDISC result", &[2]),
            ("QMTPUBEX result", &[0, 1, 2]),
        ]
    };
    let all = both.iter().chain(more);
    all.flat_map(|(name, numbers)| numbers.iter().map(|number| (*name, *number)))
        .collect()
}

/// What modems say unasked, and how they end a command.
pub(crate) fn urcs(dialect: &Dialect) -> Vec<&'static str> {
    let mut urcs = vec![
        "+QMTRECV",
        "RDY",
        "POWERED DOWN",
        "NORMAL POWER DOWN",
        "+QIURC",
        "OK",
        "ERROR",
        "+CME ERROR",
        "+CMS ERROR",
    ];
    if !is_bc660k(dialect) {
        urcs.push("+QMTRECV stored");
    }
    urcs
}
