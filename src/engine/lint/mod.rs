//! Holds a folder of audio, ours or not, against a preset, or without one against the rules of the
//! house: formats, names, lengths, start, levels, the sum, what is missing. Reads and measures, and
//! changes nothing.

mod fix;
mod format;
mod gather;
mod levels;
mod listed;
mod measure;
mod names;
mod printed;
mod sets;
mod sum;
mod time;
mod wanted;

use std::path::{Path, PathBuf};

use rayon::prelude::*;

pub use fix::{Change, Fixes, apply, fixes};
use gather::{Folder, Heard};
use measure::Measured;
pub use printed::of_print;
use sets::Set;

use crate::error::{Error, ErrorKind, Result};
use crate::media::split;
use crate::model::job::Proof;
use crate::model::text::clean;
use crate::model::{Finding, Level};
use crate::plan::presets::Preset;
use crate::plan::presets::names::{Kind, Shape};

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// `None`: the rules of the house.
    pub preset: Option<&'static Preset>,
    /// The mix that the stems should sum to, where it lies elsewhere.
    pub mix: Option<PathBuf>,
    /// What the mixer's own meter showed for the dialogue, LKFS.
    pub dialog_lkfs: Option<f64>,
}

/// A set as it was found, for a report.
#[derive(Debug, Clone, PartialEq)]
pub struct SetFound {
    pub name: String,
    pub kind: &'static str,
    pub files: Vec<String>,
    pub layout: String,
    /// Hz.
    pub rate: u32,
    pub bits: u16,
    pub frames: u64,
    pub peak_dbfs: Option<f64>,
    pub true_peak_dbtp: Option<f64>,
    pub integrated_lufs: Option<f64>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outcome {
    /// Names of all audio files, good or bad.
    pub files: Vec<String>,
    pub sets: Vec<SetFound>,
    /// Errors first.
    pub findings: Vec<Finding>,
    /// What is asked for and was not measured; never passed.
    pub not_measured: Vec<String>,
    pub proof: Proof,
}

impl Outcome {
    pub fn errors(&self) -> usize {
        let is_error = |finding: &&Finding| finding.level == Level::Error;
        self.findings.iter().filter(is_error).count()
    }
}

/// Everything that the rules look at.
struct Case<'a> {
    dir: &'a Path,
    question: &'a Question,
    shape: Shape,
    folder: Folder,
    sets: Vec<Set>,
    /// Of each set; `None` where a file of it cannot be read to its end.
    measured: Vec<Option<Measured>>,
}

impl Case<'_> {
    fn preset(&self) -> Option<&'static Preset> {
        self.question.preset
    }

    fn files(&self) -> &[Heard] {
        &self.folder.audio
    }

    /// Sets with what was measured of them.
    fn heard(&self) -> impl Iterator<Item = (&Set, &Measured)> {
        let pairs = self.sets.iter().zip(&self.measured);
        pairs.filter_map(|(set, measured)| Some((set, measured.as_ref()?)))
    }

    fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Set> {
        self.sets.iter().filter(move |set| set.kind == kind)
    }

    /// Names of the first file of a set.
    fn name(&self, set: &Set) -> String {
        let first = set.first(self.files());
        first.map_or_else(|| set.name.clone(), |file| file.name.clone())
    }
}

fn error(code: &str, text: String) -> Finding {
    Finding::new(Level::Error, code, text)
}

fn warning(code: &str, text: String) -> Finding {
    Finding::new(Level::Warning, code, text)
}

/// Looks at a folder.
///
/// # Errors
/// Of kind [`ErrorKind::Usage`] where there is no such folder or mix, of kind [`ErrorKind::Check`] where
/// there is no audio in it.
pub fn lint(dir: &Path, question: &Question) -> Result<Outcome> {
    let case = case(dir, question)?;
    let mut outcome = Outcome {
        files: names_of(&case),
        ..Outcome::default()
    };
    if let Some(preset) = question.preset {
        let fix = format!("pt-stem presets {} shows what it asks for", preset.id);
        let warning = preset.warning().map(|text| warning("weak_preset", text));
        outcome.findings.extend(warning.map(|w| w.fix(fix)));
        let gate = preset.level.target_lkfs.and(preset.level.gate.unmeasured());
        let given = question.dialog_lkfs.is_some();
        let all = preset.unmeasured().into_iter();
        let unmeasured = all.filter(|what| !(given && gate == Some(what.as_str())));
        outcome.not_measured.extend(unmeasured);
    }
    outcome
        .findings
        .extend(case.folder.findings.iter().cloned());
    format::rules(&case, &mut outcome);
    names::rules(&case, &mut outcome);
    time::rules(&case, &mut outcome);
    levels::rules(&case, &mut outcome);
    wanted::rules(&case, &mut outcome);
    listed::rules(&case, &mut outcome);
    sum::rules(&case, &mut outcome);
    outcome.sets = found(&case);
    let level = |finding: &Finding| (std::cmp::Reverse(finding.level), finding.file.clone());
    outcome.findings.sort_by_key(level);
    outcome.findings.dedup();
    Ok(outcome)
}

fn found(case: &Case<'_>) -> Vec<SetFound> {
    let pairs = case.sets.iter().zip(&case.measured);
    pairs
        .map(|(set, measured)| {
            let files = set.files(case.files());
            let info = files.first().map(|file| &file.info);
            let measured = measured.as_ref();
            SetFound {
                name: set.stem.clone(),
                kind: match set.kind {
                    Kind::Stem => "stem",
                    Kind::Mix => "mix",
                    Kind::Version => "version",
                },
                files: files.iter().map(|file| file.name.clone()).collect(),
                layout: set.layout.clone(),
                rate: info.map_or(0, |info| info.sample_rate),
                bits: info.map_or(0, |info| info.bits),
                frames: measured.map_or(0, |m| m.frames.iter().copied().max().unwrap_or(0)),
                peak_dbfs: measured.and_then(Measured::peak_dbfs),
                true_peak_dbtp: measured.and_then(|m| m.loudness.true_peak),
                integrated_lufs: measured.and_then(|m| m.loudness.integrated),
            }
        })
        .collect()
}

fn names_of(case: &Case<'_>) -> Vec<String> {
    let good = case.files().iter().map(|file| file.name.clone());
    let mut names: Vec<String> = good.chain(case.folder.broken.iter().cloned()).collect();
    names.sort();
    names
}

fn real(path: PathBuf) -> Option<PathBuf> {
    path.canonicalize().ok()
}

fn case<'a>(dir: &'a Path, question: &'a Question) -> Result<Case<'a>> {
    let shape = match question.preset {
        None => Shape::house(),
        Some(preset) => Shape::new(preset).map_err(|why| {
            let text = format!("the preset '{}' has a broken pattern: {why}", preset.id);
            Error::new(ErrorKind::Internal, text)
        })?,
    };
    let mix = question.mix.as_deref().map(split::files_of);
    if let (Some([]), Some(path)) = (mix.as_deref(), &question.mix) {
        let text = format!("there is no mix '{}'", path.display());
        return Err(Error::new(ErrorKind::Usage, text).hint("Name the file of the mix"));
    }
    let mut folder = gather::gather(dir)?;
    if folder.audio.is_empty() && folder.broken.is_empty() {
        let text = format!("'{}' holds no audio", dir.display());
        return Err(Error::new(ErrorKind::Check, text).hint("Name the folder of the delivery"));
    }
    let mut sets = sets::sets(&folder.audio, question.preset, &shape);
    let given: Vec<PathBuf> = mix.into_iter().flatten().filter_map(real).collect();
    for set in &mut sets {
        let paths = set.paths(&folder.audio);
        if paths
            .into_iter()
            .filter_map(real)
            .any(|path| given.contains(&path))
        {
            set.kind = Kind::Mix;
        }
    }
    let heard: Vec<Result<Measured>> = sets
        .par_iter()
        .map(|set| measure::measure(set, &folder.audio))
        .collect();
    let mut measured = Vec::new();
    for (set, heard) in sets.iter().zip(heard) {
        measured.push(heard.map_or_else(
            |why| {
                let name = set.first(&folder.audio).map(|file| file.name.clone());
                let name = name.unwrap_or_default();
                let text = format!(
                    "'{}' cannot be played to its end: {}",
                    clean(&name),
                    clean(&why.chain())
                );
                let fix = "fetch it again from where it was made, or print it again";
                folder
                    .findings
                    .push(error("unreadable", text).file(name).fix(fix));
                None
            },
            Some,
        ));
    }
    Ok(Case {
        dir,
        question,
        shape,
        folder,
        sets,
        measured,
    })
}
