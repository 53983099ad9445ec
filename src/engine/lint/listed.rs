//! The list of checksums that some clients ask for.

use std::io::Read as _;

use tokio_util::sync::CancellationToken;

use super::{Case, Outcome, error};
use crate::engine::writing::check;
use crate::model::text::clean;

/// Bytes of a list.
const LARGEST: u64 = 16 << 20;

pub fn rules(case: &Case<'_>, outcome: &mut Outcome) {
    let Some(kind) = case
        .preset()
        .and_then(|preset| preset.checks.checksums.as_deref())
    else {
        return;
    };
    let is_list = |name: &&String| {
        let name = name.to_lowercase();
        name.ends_with(&format!(".{kind}")) || name.contains(kind) && name.ends_with(".txt")
    };
    let lists: Vec<&String> = case.folder.others.iter().filter(is_list).collect();
    if lists.is_empty() {
        let text = format!("there is no list of {} sums", kind.to_uppercase());
        let fix = format!("{kind}sum *.wav > checksums.{kind}");
        outcome
            .findings
            .push(error("missing_checksums", text).fix(fix));
        return;
    }
    let mut all = String::new();
    for name in &lists {
        let mut bytes = Vec::new();
        let file = std::fs::metadata(case.dir.join(name))
            .ok()
            .filter(std::fs::Metadata::is_file)
            .and_then(|_| std::fs::File::open(case.dir.join(name)).ok());
        if let Some(file) = file {
            let _ = file.take(LARGEST).read_to_end(&mut bytes);
        }
        all.push_str(&String::from_utf8_lossy(&bytes));
    }
    for file in case.files() {
        if !all.contains(&file.name) {
            let text = format!(
                "'{}' is in no list of {} sums",
                clean(&file.name),
                kind.to_uppercase()
            );
            let fix = "make the list again";
            outcome
                .findings
                .push(error("unlisted", text).file(&file.name).fix(fix));
        }
    }
    if kind == "md5" {
        return compare(case, &all, outcome);
    }
    let what = format!(
        "whether the {} sums of the list are right",
        kind.to_uppercase()
    );
    outcome.not_measured.push(what);
}

/// The sums of the list against the files', for those that have one.
fn compare(case: &Case<'_>, list: &str, outcome: &mut Outcome) {
    let sums = |name: &str| {
        list.lines()
            .filter(|line| line.trim_end().ends_with(name))
            .filter_map(sum_of)
            .collect::<Vec<String>>()
    };
    for file in case.files() {
        let listed = sums(&file.name);
        let shown = clean(&file.name);
        let path = case.dir.join(&file.name);
        let own = check::md5(&path, &CancellationToken::new());
        match own {
            Ok(_) if listed.is_empty() => {
                let what =
                    format!("whether the MD5 sum of '{shown}' is right: none is beside its name");
                outcome.not_measured.push(what);
            }
            Ok(own) if !listed.contains(&own) => {
                let text = format!("the MD5 sum of '{shown}' is {own}, not the one of the list");
                let fix = "deliver the file that was listed, or make the list again";
                let found = error("wrong_checksum", text).file(&file.name).fix(fix);
                outcome.findings.push(found);
            }
            _ => {}
        }
    }
}

/// The first 32 hex digits of a line.
fn sum_of(line: &str) -> Option<String> {
    let mut words = line.split(|c: char| !c.is_ascii_hexdigit());
    let sum = words.find(|word| word.len() == 32)?;
    Some(sum.to_lowercase())
}
