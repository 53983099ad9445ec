//! Checks a printed set: every file against the manifest, or without one against each other, and
//! the sum against the mix. It changes nothing and names every file that is wrong.

pub mod account;
mod file;
mod folder;
pub(in crate::engine) mod sums;
mod unlisted;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use self::file::check_file;
use self::folder::{name_of, strangers};
use self::sums::{Compared, Whole, sum_of};
use self::unlisted::by_each_other;
use crate::engine::voice::Voice;
use crate::engine::{manifest, proof};
use crate::error::{Error, ErrorKind, Result};
use crate::media::split;
use crate::model::job::{Proof, Report, Verdict};
use crate::model::manifest::{FileRole, Manifest, ManifestFile};
use crate::model::stem::{Dither, EngineKind};
use crate::model::text::clean;
use crate::model::timecode::{Timecode, TimecodeRate};
use crate::model::{Finding, Level, Ruler, TrackId, layout};

/// Checks the folder: every file of the manifest is there with the right checksum, frame count,
/// rate, depth and channels, and is not silent where clips play; the sum against the printed or
/// given mix. Without a manifest the files are checked against each other and the given mix. The
/// report's findings name the files that are wrong: one of level error means that the set is bad.
///
/// # Errors
/// When there is nothing to check, or the manifest or the given mix cannot be read; of kind
/// [`ErrorKind::Usage`] when there is no such folder.
pub fn verify(dir: &Path, mix: Option<&Path>) -> Result<Report> {
    let mix = mix.map(files_of);
    let mix = mix.as_ref();
    if !dir.is_dir() {
        return Err(Error::new(
            ErrorKind::Usage,
            format!("'{}' is no folder", dir.display()),
        )
        .hint("Name the folder that the stems were printed into"));
    }
    if let Some(mix) = mix {
        Voice::open(mix)?;
    }
    match manifest::read(dir)? {
        Some(manifest) if manifest.files.is_empty() => Err(Error::new(
            ErrorKind::Check,
            format!("the manifest in '{}' names no files", dir.display()),
        )
        .hint("Print the stems again, or move the manifest away to check the files without it")),
        Some(manifest) => Ok(by_manifest(dir, manifest, mix)),
        None => by_each_other(dir, mix),
    }
}

/// The file of this name; those of all channels where it is one of them, or where there is none of this
/// name.
fn files_of(path: &Path) -> Vec<PathBuf> {
    let split = match path.is_file() {
        true => sides_of(path),
        false => split::files(path),
    };
    match split.is_empty() {
        true => vec![path.to_owned()],
        false => split,
    }
}

/// The files of all channels, by their names, where this is one of them. Else empty.
fn sides_of(path: &Path) -> Vec<PathBuf> {
    let whole = split::whole(path);
    let mut sides = whole.map_or(Vec::new(), |whole| split::files(&whole));
    if !sides.iter().any(|side| side == path) {
        sides.clear();
    }
    sides
}

fn by_manifest(dir: &Path, manifest: Manifest, mix: Option<&Vec<PathBuf>>) -> Report {
    let checked: Vec<(ManifestFile, Vec<Finding>)> = manifest
        .files
        .par_iter()
        .map(|file| check_file(dir, file))
        .collect();
    let mut report = Report::default();
    for (file, findings) in checked {
        report.files.push(file);
        report.findings.extend(findings);
    }
    report.findings.extend(other_range(&manifest));
    let intact = report.findings.iter().all(|f| f.level != Level::Error);
    report.findings.extend(strangers(dir, &manifest, mix));
    let mut compared = manifest_proof(dir, &manifest, &report.files, mix, intact);
    let level = level_of(&manifest, &compared.proof, mix.is_some());
    if let Some(ruler) = ruler(&manifest) {
        let at = |frame| timecode(&ruler, &manifest, frame);
        compared.proof.name_places(at);
    }
    let failed = proof::finding(&compared.proof, level == Level::Error);
    report.findings.extend(failed);
    report.findings.extend(unanswered(&compared, mix));
    report.proof = compared.proof;
    report
}

/// The ruler of the session; `None` where the manifest does not say it in a way that is known.
fn ruler(manifest: &Manifest) -> Option<Ruler> {
    let session = &manifest.session;
    let rate = TimecodeRate::parse(&session.timecode_rate).ok()?;
    let start = Timecode::parse(&session.start_timecode, rate).ok()?;
    Some(Ruler {
        rate,
        sample_rate: session.sample_rate,
        start_frame: start.frame,
    })
}

/// Files of the last print that are not as long as its range cannot be what it printed.
fn other_range(manifest: &Manifest) -> Option<Finding> {
    let session = u128::from(manifest.session.sample_rate.max(1));
    let asked = |file: &ManifestFile| {
        let samples = u128::from(manifest.range.len());
        let frames = (samples * u128::from(file.rate) + session / 2) / session;
        u64::try_from(frames).unwrap_or(u64::MAX)
    };
    let stems = manifest.plan.iter().flat_map(|plan| &plan.stems);
    let names: HashSet<&String> = stems.flat_map(|stem| &stem.files).collect();
    let mut files = manifest.files.iter();
    let odd = files.find(|file| {
        let is_ours = names.contains(&file.path) && !file.handed_through;
        is_ours && file.frames.abs_diff(asked(file)) > 1
    })?;
    let what = format!(
        "has {} frames, and the manifest's range is {} frames long",
        odd.frames,
        asked(odd)
    );
    let fix = "Fetch the manifest again from where it was written, or print again";
    Some(file::bad(odd, "range", what, fix))
}

/// Where a frame of the files is.
fn timecode(ruler: &Ruler, manifest: &Manifest, frame: u64) -> String {
    let rate = manifest.files.first().map_or(0, |file| file.rate).max(1);
    let samples = u128::from(frame) * u128::from(ruler.sample_rate) / u128::from(rate);
    let samples = i64::try_from(samples).unwrap_or(i64::MAX);
    let at = manifest.range.start.saturating_add(samples);
    ruler.timecode_at(at).to_string()
}

/// Who gives a mix asks whether it is the sum: no answer is as bad as a no.
fn unanswered(compared: &Compared, mix: Option<&Vec<PathBuf>>) -> Option<Finding> {
    let Compared { proof, fix } = compared;
    let mix = mix
        .filter(|_| proof.verdict == Verdict::NotChecked)?
        .first()?;
    let why = format!(
        "'{}' cannot be held against the stems: {}",
        clean(&name_of(mix)),
        proof.note
    );
    Some(Finding::new(Level::Error, "sum_not_checked", why).fix(fix.clone()))
}

/// How bad it is if the proof fails: as bad as for the print. A bounce through a master chain that never
/// summed is told about, not failed, and so is clipping where the print did not demand the proof.
fn level_of(manifest: &Manifest, proof: &Proof, is_given: bool) -> Level {
    let is_demand = |f: &Finding| f.code == "sum_failed" && f.level == Level::Error;
    let was_demanded = manifest.findings.iter().any(is_demand);
    let is_bounce = manifest.engine == EngineKind::Bounce;
    let never_summed = is_bounce && manifest.proof.verdict == Verdict::Fail && !is_given;
    if never_summed || proof::is_only_clipped(proof) && !was_demanded {
        return Level::Warning;
    }
    Level::Error
}

/// The proof.
fn manifest_proof(
    dir: &Path,
    manifest: &Manifest,
    files: &[ManifestFile],
    mix: Option<&Vec<PathBuf>>,
    intact: bool,
) -> Compared {
    let of_role = |role| {
        let files = files.iter().filter(move |file| file.role == role);
        by_stem(files)
    };
    let stems = of_role(FileRole::Stem);
    let whole = |files: &Vec<&ManifestFile>| Whole {
        files: files.iter().map(|file| dir.join(&file.path)).collect(),
        name: files
            .first()
            .map_or(String::new(), |file| file.name.clone()),
        dither: dither_of(files),
        bounced: files.iter().any(|file| file.engine == EngineKind::Bounce),
        may_be_clipped: files.iter().any(|file| file.levels.clipped_samples > 0),
    };
    let printed = of_role(FileRole::Mix).first().map(whole);
    if mix.is_none() && manifest.proof.verdict == Verdict::NotChecked {
        return manifest.proof.clone().into();
    }
    if mix.is_none() && has_doubles(&stems) {
        let why = "the folder holds stems of several prints that share tracks";
        return proof::not_checked(why).into();
    }
    let given = mix.map(|files| Whole {
        files: files.clone(),
        name: "mix".to_owned(),
        dither: Dither::Tpdf,
        bounced: true,
        may_be_clipped: true,
    });
    let Some(mix_file) = given.or(printed) else {
        if !intact {
            return proof::not_checked("files are missing or changed").into();
        }
        let mut recorded = manifest.proof.clone();
        recorded.note = format!(
            "checked when it was printed ({}); the files are unchanged since",
            clean(&recorded.note)
        );
        return recorded.into();
    };
    let sets: Vec<Whole> = stems.iter().map(whole).collect();
    let note = if mix.is_some() { "given" } else { "printed" };
    let session = manifest.session.sample_rate;
    let converted = stems.iter().flatten().any(|file| file.rate != session);
    let mut compared = sum_of(&sets, &mix_file, converted, note);
    proof::diagnose(&mut compared.proof, files);
    compared
}

/// The noise in files that we wrote is known; of others the most is allowed.
fn dither_of(files: &[&ManifestFile]) -> Dither {
    let is_noisy = |file: &&ManifestFile| file.dither_seed.is_some() || file.handed_through;
    match files.iter().any(is_noisy) {
        true => Dither::Tpdf,
        false => Dither::None,
    }
}

/// Files that are one stem together: those that hold its channels, in their order, or one.
fn by_stem<'f>(files: impl Iterator<Item = &'f ManifestFile>) -> Vec<Vec<&'f ManifestFile>> {
    let mut stems: Vec<Vec<&ManifestFile>> = Vec::new();
    let mut places: HashMap<PathBuf, usize> = HashMap::new();
    let place = |file: &ManifestFile| {
        let channel = file.channel.as_deref();
        channel.and_then(layout::place)
    };
    for file in files {
        let whole = place(file).and_then(|_| split::whole(Path::new(&file.path)));
        let at = whole.as_ref().and_then(|whole| places.get(whole));
        let known = at.and_then(|at| stems.get_mut(*at));
        let is_new = |stem: &&mut Vec<&ManifestFile>| {
            let mut others = stem.iter();
            others.all(|other| place(other) != place(file))
        };
        if let Some(stem) = known.filter(is_new) {
            stem.push(file);
            continue;
        }
        if let Some(whole) = whole {
            places.insert(whole, stems.len());
        }
        stems.push(vec![file]);
    }
    for stem in &mut stems {
        stem.sort_by_key(|file| place(file));
    }
    stems
}

/// Whether a track stands in two stems. Tracks of one name are two where both have ids.
fn has_doubles(stems: &[Vec<&ManifestFile>]) -> bool {
    let mut seen: HashMap<&str, Vec<Option<&TrackId>>> = HashMap::new();
    for stem in stems.iter().filter_map(|files| files.first()) {
        for (at, name) in stem.tracks.iter().enumerate() {
            let id = stem.track_ids.get(at).filter(|id| !id.0.is_empty());
            let known = seen.entry(name).or_default();
            if known.iter().any(|other| id.is_none() || other.is_none()) {
                return true;
            }
            known.push(id);
        }
    }
    let mut ids = HashSet::new();
    let all = seen.values().flatten().flatten();
    all.into_iter().any(|id| !ids.insert(id))
}
