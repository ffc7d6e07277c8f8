//! The table of the README against what the dialects claim.

use std::collections::BTreeSet;

use quectel_mqtt::{BC660K_GL, BG77, BG95, BG600L, Command, Dialect};

use super::{claims, notes};

/// The table's rows: what they are about, and a cell for each dialect.
fn rows() -> Vec<[&'static str; 3]> {
    let readme = include_str!("../../README.md");
    let (_, table) = readme.split_once("## Supported, and not").unwrap();
    let (table, _) = table.split_once("\n## ").unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| "));
    rows.map(|row| {
        let cells: Vec<_> = row
            .trim_end_matches('|')
            .split('|')
            .map(str::trim)
            .collect();
        cells.try_into().expect("a cell for each dialect")
    })
    .collect()
}

/// What stands in backticks.
fn names(cell: &str) -> BTreeSet<String> {
    cell.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// The column of a dialect, without its row about settings; and that row.
fn column(index: usize) -> (BTreeSet<String>, BTreeSet<String>) {
    let (settings, others): (Vec<_>, Vec<_>) = rows()
        .into_iter()
        .partition(|row| row[0].starts_with("Settings"));
    let all = |rows: Vec<[&str; 3]>| rows.iter().flat_map(|row| names(row[index])).collect();
    (all(others), all(settings))
}

/// How the README calls the commands that a dialect claims.
fn commands(dialect: &'static Dialect) -> BTreeSet<String> {
    let name = |command| match command {
        Command::Attention => "AT+CMEE?".into(),
        command => format!("AT{}", Command::name(command)),
    };
    claims(dialect).map(name).collect()
}

#[test]
fn the_readme_lists_the_commands_and_settings_that_the_dialects_claim_and_no_other() {
    for (index, dialect) in [(1, &BG95), (2, &BC660K_GL)] {
        let (mut others, settings) = column(index);
        let keys = dialect.settings.iter().map(|key| key.name().to_owned());
        assert_eq!(settings, keys.collect(), "settings of {}", dialect.name);
        let urcs = notes::urcs(dialect)
            .into_iter()
            .map(|urc| urc.trim_end_matches(" stored"));
        let urcs = urcs.chain(["+QMTSTAT"]).map(str::to_owned);
        let features: &[&str] = match index {
            1 => &["bg95", "bg77", "bg600l"],
            _ => &["bc660k"],
        };
        let features = features.iter().map(|&feature| feature.to_owned());
        for name in features {
            assert!(others.remove(&name), "feature {name}");
        }
        let expected: BTreeSet<_> = commands(dialect).into_iter().chain(urcs).collect();
        assert_eq!(others, expected, "{}", dialect.name);
    }
}

#[test]
fn the_readme_names_the_modems_over_their_columns() {
    let readme = include_str!("../../README.md");
    let header = readme.lines().find(|line| line.starts_with("| | "));
    let cells: Vec<_> = header.unwrap().split('|').map(str::trim).collect();
    for dialect in [&BG95, &BG77, &BG600L] {
        assert!(cells[2].contains(dialect.name));
    }
    assert_eq!(cells[3], BC660K_GL.name);
}
