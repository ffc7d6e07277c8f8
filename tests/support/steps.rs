//! The steps of a transcript, read from its file and the parts that it includes.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) place: String,
    pub(crate) keyword: String,
    pub(crate) rest: String,
}

pub(crate) fn load(path: &Path) -> io::Result<Vec<Step>> {
    let mut steps = Vec::new();
    load_into(&mut steps, path, "{}")?;
    Ok(steps)
}

fn load_into(steps: &mut Vec<Step>, path: &Path, argument: &str) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    for (number, line) in fs::read_to_string(path)?.lines().enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (keyword, rest) = line.split_once(' ').unwrap_or((line, ""));
        if keyword == "include" {
            let (part, argument) = rest.split_once(' ').unwrap_or((rest, argument));
            load_into(steps, &part_for(steps, path, part), argument)?;
            continue;
        }
        steps.push(Step {
            place: format!("{name}:{}", number + 1),
            keyword: keyword.into(),
            rest: rest.replace("{}", argument),
        });
    }
    Ok(())
}

/// A dialogue with a BC660K-GL takes the part that was written for it, if there is one.
fn part_for(steps: &[Step], path: &Path, part: &str) -> PathBuf {
    let is_first = |step: &&Step| step.keyword == "dialect" && step.rest == "BC660K-GL";
    steps
        .first()
        .filter(is_first)
        .map(|_| path.with_file_name(format!("_bc660k{part}")))
        .filter(|own| own.exists())
        .unwrap_or_else(|| path.with_file_name(part))
}
