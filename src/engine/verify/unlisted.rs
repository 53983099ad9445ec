//! A set without a manifest: its files against each other, and their sum against a given mix.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::file::{Found, bad, listen};
use super::folder::{audio_files, is_one_of, name_of};
use super::sums::{Whole, sum_of};
use super::{sides_of, unanswered};
use crate::engine::proof;
use crate::engine::writing::check::checksum;
use crate::error::{Error, ErrorKind, Result};
use crate::model::job::Report;
use crate::model::manifest::{FileRole, ManifestFile};
use crate::model::stem::{Dither, EngineKind};
use crate::model::text::clean;
use crate::model::{Finding, Level};

pub(super) fn by_each_other(dir: &Path, mix: Option<&Vec<PathBuf>>) -> Result<Report> {
    let paths: Vec<PathBuf> = audio_files(dir)
        .into_iter()
        .filter(|path| !is_one_of(path, mix))
        .collect();
    if paths.is_empty() {
        return Err(Error::new(
            ErrorKind::Check,
            format!("'{}' holds no stems", dir.display()),
        )
        .hint("Name the folder that the stems were printed into"));
    }
    let heard: Vec<Result<(Found, String, u64)>> = paths
        .par_iter()
        .map(|path| {
            let (sum, bytes) = checksum(path)?;
            Ok((listen(path, true)?, sum, bytes))
        })
        .collect();
    let mut report = Report::default();
    for (path, heard) in paths.iter().zip(heard) {
        match heard {
            Ok((found, sum, bytes)) => report.files.push(entry_of(path, &found, sum, bytes)),
            Err(error) => report.findings.push(
                Finding::new(
                    Level::Error,
                    "damaged",
                    format!(
                        "'{}' cannot be played: {}",
                        clean(&name_of(path)),
                        clean(&error.chain())
                    ),
                )
                .file(name_of(path)),
            ),
        }
    }
    compare_files(&mut report);
    let is_bad = report.findings.iter().any(|f| f.level == Level::Error);
    let Some(given) = mix.filter(|_| !is_bad) else {
        report.proof = proof::not_checked(match mix {
            None => "no mix was given, and there is no manifest",
            Some(_) => "the files do not fit each other",
        });
        return Ok(report);
    };
    let whole = |files: Vec<PathBuf>| Whole {
        name: files.first().map_or(String::new(), |path| name_of(path)),
        files,
        dither: Dither::Tpdf,
        bounced: true,
        may_be_clipped: true,
    };
    let stems: Vec<Whole> = by_side(&paths).into_iter().map(whole).collect();
    let compared = sum_of(&stems, &whole(given.clone()), false, "given");
    let is_required = !proof::is_only_clipped(&compared.proof);
    let failed = proof::finding(&compared.proof, is_required);
    report.findings.extend(failed);
    report.findings.extend(unanswered(&compared, mix));
    report.proof = compared.proof;
    Ok(report)
}

/// Files whose names say that they are the sides of one stem are taken together.
fn by_side(paths: &[PathBuf]) -> Vec<Vec<PathBuf>> {
    let mut stems: Vec<Vec<PathBuf>> = Vec::new();
    for path in paths {
        let sides = sides_of(path);
        match sides.first() {
            None => stems.push(vec![path.clone()]),
            Some(first) if first == path => stems.push(sides),
            // It goes with the first.
            Some(_) => {}
        }
    }
    stems
}

fn entry_of(path: &Path, found: &Found, checksum: String, bytes: u64) -> ManifestFile {
    ManifestFile {
        name: path
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
            .unwrap_or_default(),
        path: name_of(path),
        role: FileRole::Stem,
        tracks: Vec::new(),
        track_ids: Vec::new(),
        formula: None,
        engine: EngineKind::Bounce,
        way: None,
        frames: found.frames,
        rate: found.rate,
        bits: found.bits,
        channels: found.channels,
        channel: None,
        bytes,
        checksum,
        md5: None,
        time_reference: None,
        has_clips: None,
        levels: found.levels.clone(),
        dither_seed: None,
        pan_law: None,
        handed_through: false,
    }
}

/// Lengths and rates against those that most files have.
fn compare_files(report: &mut Report) {
    let usual = |value: &dyn Fn(&ManifestFile) -> u64| {
        let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
        for file in &report.files {
            *counts.entry(value(file)).or_default() += 1;
        }
        counts
            .into_iter()
            .max_by_key(|(_, count)| *count)
            .map(|(value, _)| value)
            .unwrap_or_default()
    };
    let frames = usual(&|file| file.frames);
    let rate = usual(&|file| u64::from(file.rate));
    for file in &report.files {
        if u64::from(file.rate) != rate {
            let what = format!("runs at {} Hz, and the others at {rate} Hz", file.rate);
            report
                .findings
                .push(bad(file, "rate", what, "Print all stems at one rate"));
        }
        if file.frames != frames {
            let what = format!("has {} frames, and the others have {frames}", file.frames);
            report
                .findings
                .push(bad(file, "length", what, "Print all stems over one range"));
        }
        if file.levels.silent {
            report.findings.push(
                Finding::new(
                    Level::Warning,
                    "silent",
                    format!("'{}' is silent", clean(&file.path)),
                )
                .file(file.path.clone())
                .fix("Look whether its tracks were muted when it was printed"),
            );
        }
    }
}
