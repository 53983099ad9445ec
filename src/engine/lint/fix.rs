//! What can be put right without touching a sample: names and time stamps. A plan first; carrying it
//! out never replaces another file.

use std::collections::HashSet;
use std::path::Path;

use super::format::most;
use super::gather::Heard;
use super::sets::{Set, without_ending};
use super::time::{places, usual_start};
use super::{Case, Question, case};
use crate::error::{Error, ErrorKind, Result};
use crate::media::info::Ending;
use crate::media::restamp::restamp;
use crate::model::file_name::{self, sanitize};
use crate::model::text::clean;
use crate::plan::presets::{Split, names};
use crate::platform::atomic;

/// Something to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A file gets another name.
    Rename { from: String, to: String },
    /// A WAV gets another time stamp, in frames from midnight.
    Stamp {
        file: String,
        from: Option<u64>,
        to: u64,
    },
}

impl Change {
    /// For people.
    pub fn text(&self) -> String {
        match self {
            Self::Rename { from, to } => format!("rename '{}' to '{}'", clean(from), clean(to)),
            Self::Stamp { file, from, to } => {
                let file = clean(file);
                match from {
                    Some(from) => format!("set the time stamp of '{file}' from {from} to {to}"),
                    None => format!("give '{file}' the time stamp {to}"),
                }
            }
        }
    }
}

/// The plan.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fixes {
    pub changes: Vec<Change>,
    /// What would have to be done and cannot, with the reason.
    pub left: Vec<String>,
}

/// What of a folder can be put right.
///
/// # Errors
/// As [`super::lint`]; of kind [`ErrorKind::Check`] where a manifest tells names and checksums.
pub fn fixes(dir: &Path, question: &Question) -> Result<Fixes> {
    let case = case(dir, question)?;
    if case.folder.has_manifest() {
        let text = "the folder has a manifest, which holds the names and checksums of its files";
        return Err(Error::new(ErrorKind::Check, text)
            .hint("Print the stems again with the right names, or move manifest.json away"));
    }
    let mut fixes = Fixes::default();
    stamps(&case, &mut fixes);
    renames(&case, &mut fixes);
    Ok(fixes)
}

fn stamps(case: &Case<'_>, fixes: &mut Fixes) {
    let files = case.files();
    let checks = case.preset().map(|preset| &preset.checks);
    let frames = most(files.iter().filter_map(|file| file.info.frames));
    let broken = super::time::wrong_starts(case);
    for file in files.iter().filter(|file| broken.contains(&file.name)) {
        let rate = file.info.sample_rate;
        let asked = checks.and_then(|checks| checks.start.as_deref());
        let usual = usual_start(files, rate);
        let is_kept = usual.is_some_and(|at| super::time::is_asked_start(case, file, at));
        let target = match asked {
            Some(start) if !is_kept => match places(case, file, start).as_slice() {
                [only] => Some(*only),
                _ => None,
            },
            _ => usual,
        };
        let why = refusal(file, frames, target);
        let name = clean(&file.name);
        match (target, why) {
            (Some(to), None) => fixes.changes.push(Change::Stamp {
                file: file.name.clone(),
                from: file.info.time_reference,
                to,
            }),
            (_, why) => {
                let why = why.unwrap_or("nothing says which");
                fixes
                    .left
                    .push(format!("the time stamp of '{name}': {why}"));
            }
        }
    }
}

fn refusal(file: &Heard, frames: Option<u64>, target: Option<u64>) -> Option<&'static str> {
    if file.is_link {
        return Some("it is a link");
    }
    if !["wav", "adm"].contains(&file.container.as_str()) {
        return Some("only WAV is stamped");
    }
    if file.info.ending != Ending::Whole {
        return Some("it ends too early");
    }
    if file.info.frames != frames {
        return Some("it is not as long as the others, and may start elsewhere");
    }
    target
        .is_none()
        .then_some("nothing says which, or at which frame rate its timecode runs")
}

fn renames(case: &Case<'_>, fixes: &mut Fixes) {
    let files = case.files().iter().map(|file| &file.name);
    let folder = &case.folder;
    let there = files.chain(&folder.broken).chain(&folder.others);
    let mut taken: HashSet<String> = there.map(|name| file_name::key(name)).collect();
    for set in &case.sets {
        for part in &set.parts {
            let Some(file) = case.files().get(part.file) else {
                continue;
            };
            let to = name_of(case, set, file, part.side.map(|(_, side)| side));
            if to == file.name {
                continue;
            }
            let shown = clean(&file.name);
            let is_itself = file_name::key(&to) == file_name::key(&file.name);
            let is_text = file
                .path
                .file_name()
                .is_some_and(|name| name.to_str().is_some());
            if file.is_link || !is_text {
                fixes.left.push(format!(
                    "the name of '{shown}': it is a link, or no Unicode"
                ));
            } else if !is_itself && !taken.insert(file_name::key(&to)) {
                let to = clean(&to);
                fixes
                    .left
                    .push(format!("the name of '{shown}': '{to}' is taken"));
            } else {
                fixes.changes.push(Change::Rename {
                    from: file.name.clone(),
                    to,
                });
            }
        }
    }
}

/// The name that a file ought to have.
fn name_of(case: &Case<'_>, set: &Set, file: &Heard, side: Option<&'static str>) -> String {
    let wants_each = case
        .preset()
        .is_some_and(|preset| preset.format.split == Split::Each);
    let (base, behind) = match side {
        Some(side) if wants_each => (set.name.as_str(), format!(".{side}")),
        _ => (without_ending(&file.name), String::new()),
    };
    let charset = case
        .preset()
        .and_then(|preset| preset.naming.charset.as_deref());
    let base = base.trim();
    let base = match charset {
        Some(class) => names::legal(base, class),
        None => base.to_owned(),
    };
    let ending = file.name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let whole = format!("{base}{behind}.{}", ending.to_lowercase());
    sanitize(&whole, file_name::LONGEST)
}

/// Carries the plan out, change by change; returns how many are done, and what went wrong with each that is
/// not.
pub fn apply(dir: &Path, fixes: &Fixes) -> (usize, Vec<String>) {
    let (mut done, mut failed) = (0, Vec::new());
    for change in &fixes.changes {
        let outcome = match change {
            Change::Stamp { file, to, .. } => restamp(&dir.join(file), *to).map_err(Error::from),
            Change::Rename { from, to } => rename(dir, from, to),
        };
        match outcome {
            Ok(()) => done += 1,
            Err(error) => failed.push(format!("{}: {}", change.text(), clean(&error.chain()))),
        }
    }
    (done, failed)
}

fn rename(dir: &Path, from: &str, to: &str) -> Result<()> {
    let (old, new) = (dir.join(from), dir.join(to));
    let failed = |error: std::io::Error| {
        Error::new(ErrorKind::Storage, "the file cannot be renamed").because(error)
    };
    // Where case does not matter, the new name is there already: it is the same file.
    let is_itself = match (old.canonicalize(), new.canonicalize()) {
        (Ok(old), Ok(new)) => old == new,
        _ => false,
    };
    atomic::publish(&old, &new, is_itself).map_err(failed)
}
