//! The driver against the application notes, line by line: for every form of every command, and every
//! number that a modem answers, a row with its chapter; the call gives exactly these bytes, and these
//! bytes from the modem exactly this outcome.
//!
//! What is expected is taken from the notes (BG95&BG77&BG600L Series MQTT Application Note 1.2,
//! BC660K-GL MQTT Application Note), from 3GPP TS 27.007 and V.250, and for files, TLS contexts and PDP
//! contexts from the family's manuals; never from what the driver did.

#![cfg(all(feature = "bg95", feature = "bc660k"))]

mod absent;
mod connection;
mod errors;
mod limits;
mod line;
mod modem;
mod notes;
mod packets;
mod publish;
mod readme;
mod refusals;
mod row;
mod settings;
mod table;
mod tls;
mod urcs;

use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
};

use quectel_mqtt::{BC660K_GL, BG77, BG95, BG600L, Command, Dialect};

use row::{Proof, Row};
use table::Table;

fn rows() -> Vec<Row> {
    let mut table = Table::default();
    modem::rows(&mut table);
    tls::rows(&mut table);
    settings::rows(&mut table);
    connection::rows(&mut table);
    packets::rows(&mut table);
    publish::rows(&mut table);
    urcs::rows(&mut table);
    errors::rows(&mut table);
    refusals::rows(&mut table);
    absent::rows(&mut table);
    table.rows
}

fn rows_of(dialect: &Dialect) -> Vec<Row> {
    let mut rows = rows();
    rows.retain(|row| row.dialect.name == dialect.name);
    rows
}

/// The commands that a dialect claims, each setting one of its own.
fn claims(dialect: &'static Dialect) -> impl Iterator<Item = Command> {
    let settings = dialect.settings.iter().map(|key| Command::Configure(*key));
    dialect.commands.iter().copied().chain(settings)
}

#[test]
fn every_row_of_the_notes_holds() {
    let mut failed = 0;
    let rows = rows();
    for row in &rows {
        if catch_unwind(AssertUnwindSafe(|| line::play(row))).is_err() {
            failed += 1;
            println!(
                "^ {}: {:?} {:?} {:?}",
                row.chapter, row.command, row.proof, row.dialogue
            );
        }
    }
    for dialect in [&BG95, &BC660K_GL] {
        let rows = rows_of(dialect);
        let count = |is: fn(&Row) -> bool| rows.iter().filter(|row| is(row)).count();
        println!(
            "{}: {} rows: {} for {} forms of {} commands, {} for {} codes, {} for {} URCs and final \
             result codes, {} where the modem refuses, {} where the driver does; {} from the notes alone",
            dialect.name,
            rows.len(),
            count(|row| matches!(row.proof, Proof::Form(_))),
            forms(&rows).len(),
            claims(dialect).count(),
            count(|row| matches!(row.proof, Proof::Code(..))),
            notes::codes(dialect).len(),
            count(|row| matches!(row.proof, Proof::Urc(_))),
            notes::urcs(dialect).len(),
            count(|row| row.proof == Proof::Refused),
            count(|row| row.proof == Proof::Absent),
            count(|row| row.is_note_alone),
        );
    }
    assert_eq!(failed, 0, "of {} rows", rows.len());
}

/// The forms that rows are about, as text.
fn forms(rows: &[Row]) -> BTreeSet<String> {
    let form = |row: &Row| match (row.command, row.proof) {
        (Some(command), Proof::Form(form)) => Some(format!("{command:?} {form:?}")),
        _ => None,
    };
    rows.iter().filter_map(form).collect()
}

#[test]
fn every_form_of_every_command_that_a_dialect_claims_has_a_row_and_no_other_has() {
    for dialect in [&BG95, &BC660K_GL] {
        let of_the_note = claims(dialect).flat_map(|command| {
            let forms = notes::forms(dialect, command).iter();
            forms.map(move |form| format!("{command:?} {form:?}"))
        });
        assert_eq!(
            forms(&rows_of(dialect)),
            of_the_note.collect(),
            "{}",
            dialect.name
        );
        for row in rows_of(dialect) {
            let is_claimed = row.command.is_none_or(|command| dialect.supports(command));
            assert!(is_claimed, "{} has no {:?}", dialect.name, row.command);
        }
    }
}

#[test]
fn every_command_of_mqtt_has_a_row_where_the_modem_refuses_it() {
    for dialect in [&BG95, &BC660K_GL] {
        let rows = rows_of(dialect);
        let refused = rows.iter().filter(|row| row.proof == Proof::Refused);
        let refused: BTreeSet<_> = refused.map(|row| format!("{:?}", row.command)).collect();
        let of_mqtt = claims(dialect).filter(|command| command.name().starts_with("+QMT"));
        let of_mqtt = of_mqtt.map(|command| format!("{:?}", Some(command)));
        assert_eq!(refused, of_mqtt.collect(), "{}", dialect.name);
    }
}

#[test]
fn every_number_and_every_urc_of_the_notes_has_a_row() {
    for dialect in [&BG95, &BC660K_GL] {
        let rows = rows_of(dialect);
        let codes = rows.iter().filter_map(|row| match row.proof {
            Proof::Code(name, number) => Some((name, number)),
            _ => None,
        });
        let codes: BTreeSet<_> = codes.collect();
        assert_eq!(
            codes,
            notes::codes(dialect).into_iter().collect(),
            "{}",
            dialect.name
        );
        let urcs = rows.iter().filter_map(|row| match row.proof {
            Proof::Urc(name) => Some(name),
            _ => None,
        });
        let urcs: BTreeSet<_> = urcs.collect();
        assert_eq!(
            urcs,
            notes::urcs(dialect).into_iter().collect(),
            "{}",
            dialect.name
        );
    }
}

/// The note is one for the three.
#[test]
fn bg77_and_bg600l_differ_from_bg95_in_their_names_alone() {
    for dialect in [&BG77, &BG600L] {
        let shown = format!("{dialect:?}").replace(dialect.name, BG95.name);
        assert_eq!(shown, format!("{BG95:?}"));
    }
}
