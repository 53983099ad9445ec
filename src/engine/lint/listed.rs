//! The list of checksums that some clients ask for.

use std::io::Read as _;

use super::{Case, Outcome, error};
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
    let what = format!(
        "whether the {} sums of the list are right",
        kind.to_uppercase()
    );
    outcome.not_measured.push(what);
}
