//! Checks a printed set: every file against the manifest, or without one against each other, and
//! the sum against the mix. It changes nothing and names every file that is wrong.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use tokio_util::sync::CancellationToken;

use super::output::checksum;
use super::proof::{self, StemSum};
use super::sum::{self, Mix, MixFile};
use super::{manifest, silence};
use crate::audio::loudness::Meter;
use crate::error::{Error, ErrorKind, Result};
use crate::media::decode::Reader;
use crate::model::job::{Proof, Report, Verdict};
use crate::model::level::Levels;
use crate::model::manifest::{FileRole, Manifest, ManifestFile};
use crate::model::stem::{BitDepth, Dither, EngineKind};
use crate::model::text::clean;
use crate::model::{Finding, Level, TrackId};

/// Names that an audio file may end with.
const AUDIO: [&str; 9] = [
    "wav", "wave", "bwf", "aif", "aiff", "flac", "caf", "rf64", "w64",
];

/// What was found in one file.
struct Found {
    frames: u64,
    rate: u32,
    bits: u16,
    float: bool,
    channels: u16,
    levels: Levels,
}

/// Checks the folder: every file of the manifest is there with the right checksum, frame count,
/// rate, depth and channels, and is not silent where clips play; the sum against the printed or
/// given mix. Without a manifest the files are checked against each other and the given mix. The
/// report's findings name the files that are wrong: one of level error means that the set is bad.
///
/// # Errors
/// When there is nothing to check, or the manifest or the given mix cannot be read; of kind
/// [`ErrorKind::Usage`] when there is no such folder.
pub fn verify(dir: &Path, mix: Option<&Path>) -> Result<Report> {
    if !dir.is_dir() {
        return Err(Error::new(
            ErrorKind::Usage,
            format!("'{}' is no folder", dir.display()),
        )
        .hint("Name the folder that the stems were printed into"));
    }
    if let Some(mix) = mix {
        Reader::open(mix)?;
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

fn by_manifest(dir: &Path, manifest: Manifest, mix: Option<&Path>) -> Report {
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
    let intact = report.findings.iter().all(|f| f.level != Level::Error);
    report.findings.extend(strangers(dir, &manifest, mix));
    let (proof, level) = manifest_proof(dir, &manifest, &report.files, mix, intact);
    report
        .findings
        .extend(proof::finding(&proof, level == Level::Error));
    report.findings.extend(unanswered(&proof, mix));
    report.proof = proof;
    report
}

/// Who gives a mix asks whether it is the sum: no answer is as bad as a no.
fn unanswered(proof: &Proof, mix: Option<&Path>) -> Option<Finding> {
    let mix = mix.filter(|_| proof.verdict == Verdict::NotChecked)?;
    let why = format!("'{}' does not answer: {}", clean(&name_of(mix)), proof.note);
    Some(
        Finding::new(Level::Error, "sum_not_checked", why)
            .fix("Give a mix of the same session, range, and rate as the stems"),
    )
}

fn bad(file: &ManifestFile, code: &str, what: String, fix: &str) -> Finding {
    Finding::new(
        Level::Error,
        code,
        format!("'{}' {what}", clean(&file.path)),
    )
    .stem(file.name.clone())
    .file(file.path.clone())
    .fix(fix)
}

/// One file against its entry; returns the entry with what was measured.
fn check_file(dir: &Path, entry: &ManifestFile) -> (ManifestFile, Vec<Finding>) {
    const AGAIN: &str = "Print this stem again, or fetch the file again from where it was printed";
    let path = dir.join(&entry.path);
    let mut now = entry.clone();
    if !path.is_file() {
        return (now, vec![bad(entry, "missing", "is missing".into(), AGAIN)]);
    }
    let mut findings = Vec::new();
    match checksum(&path) {
        Ok((sum, bytes)) => {
            if sum != entry.checksum {
                let what = "is not the file that was printed: its checksum differs";
                findings.push(bad(entry, "checksum", what.into(), AGAIN));
            }
            (now.checksum, now.bytes) = (sum, bytes);
        }
        Err(error) => findings.push(bad(entry, "unreadable", error.chain(), AGAIN)),
    }
    if entry.handed_through {
        // Pro Tools' own format: nothing but its bytes was ever known.
        return (now, findings);
    }
    let found = match listen(&path) {
        Ok(found) => found,
        Err(error) => {
            let what = format!("cannot be played: {}", clean(&error.chain()));
            findings.push(bad(entry, "damaged", what, AGAIN));
            return (now, findings);
        }
    };
    let facts = [
        ("length", "frames", entry.frames, found.frames),
        ("rate", "Hz", u64::from(entry.rate), u64::from(found.rate)),
        (
            "depth",
            "bits",
            u64::from(entry.bits),
            u64::from(found.bits),
        ),
        (
            "channels",
            "channels",
            u64::from(entry.channels),
            u64::from(found.channels),
        ),
    ];
    for (code, unit, printed, is) in facts {
        if printed != is {
            let what = format!("has {is} {unit}, and {printed} were printed");
            findings.push(bad(entry, code, what, AGAIN));
        }
    }
    if entry.bits == 32 && found.bits == 32 && !found.float {
        let what = "holds integers, and floats were printed";
        findings.push(bad(entry, "depth", what.into(), AGAIN));
    }
    let was_heard = !entry.levels.silent && entry.levels.peak_dbfs.is_some();
    now.frames = found.frames;
    now.levels.silent = found.levels.silent;
    now.levels.peak_dbfs = found.levels.peak_dbfs;
    if found.levels.silent && was_heard {
        let what = "is silent, and was not when it was printed";
        findings.push(bad(entry, "silent", what.into(), AGAIN));
    } else {
        findings.extend(silence::warning(&now));
    }
    (now, findings)
}

/// Decodes a whole file.
fn listen(path: &Path) -> Result<Found> {
    let mut reader = Reader::open(path)?;
    let info = reader.info().clone();
    let channels = usize::from(info.channels.max(1));
    let mut meter = Meter::new(u32::from(info.channels), info.sample_rate, false);
    let mut block = vec![0.0; 16_384 * channels];
    let mut frames = 0_u64;
    loop {
        let got = reader.read(&mut block)?;
        if got == 0 {
            break;
        }
        let samples = block.get(..got * channels).unwrap_or_default();
        if samples.iter().any(|sample| !sample.is_finite()) {
            return Err(Error::new(
                ErrorKind::Check,
                format!("it holds samples that are no numbers near frame {frames}"),
            ));
        }
        meter.add(samples);
        frames += got as u64;
    }
    Ok(Found {
        frames,
        rate: info.sample_rate,
        bits: info.bits,
        float: info.float,
        channels: info.channels,
        levels: meter.finish(),
    })
}

fn audio_files(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(dir)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    files.retain(|path| {
        let extension = path.extension().and_then(|e| e.to_str());
        extension.is_some_and(|e| AUDIO.contains(&e.to_lowercase().as_str())) && path.is_file()
    });
    files.sort();
    files
}

fn same_file(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// Files that lie there and are in no manifest, and prints that never ended.
fn strangers(dir: &Path, manifest: &Manifest, mix: Option<&Path>) -> Vec<Finding> {
    let known: HashSet<&str> = manifest.files.iter().map(|f| f.path.as_str()).collect();
    let mut findings: Vec<Finding> = audio_files(dir)
        .iter()
        .filter(|path| !mix.is_some_and(|mix| same_file(path, mix)))
        .map(|path| name_of(path))
        .filter(|name| !known.contains(name.as_str()))
        .map(|name| {
            Finding::new(
                Level::Note,
                "extra_file",
                format!("'{}' is not in the manifest", clean(&name)),
            )
            .file(name)
        })
        .collect();
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    for name in entries.map(|entry| name_of(&entry.path())) {
        if name.ends_with(".part") {
            findings.push(
                Finding::new(
                    Level::Warning,
                    "unfinished_file",
                    format!("'{}' was never finished", clean(&name)),
                )
                .file(name)
                .fix(
                    "A print is running, or one was killed; the next print of this file removes it",
                ),
            );
        }
    }
    findings
}

/// The proof, and how bad it is if it fails. A bounce through a master chain that never summed is
/// told about, not failed.
fn manifest_proof(
    dir: &Path,
    manifest: &Manifest,
    files: &[ManifestFile],
    mix: Option<&Path>,
    intact: bool,
) -> (Proof, Level) {
    let stems: Vec<&ManifestFile> = files
        .iter()
        .filter(|file| file.role == FileRole::Stem)
        .collect();
    let printed = files
        .iter()
        .find(|file| file.role == FileRole::Mix)
        .map(|file| dir.join(&file.path));
    let level = match (mix, manifest.engine, manifest.proof.verdict) {
        (None, EngineKind::Bounce, Verdict::Fail) => Level::Warning,
        _ => Level::Error,
    };
    if mix.is_none() && manifest.proof.verdict == Verdict::NotChecked {
        return (manifest.proof.clone(), level);
    }
    if mix.is_none() && has_doubles(&stems) {
        let why = "the folder holds stems of several prints that share tracks";
        return (proof::not_checked(why), level);
    }
    let Some(path) = mix.map(Path::to_owned).or(printed) else {
        if !intact {
            return (proof::not_checked("files are missing or changed"), level);
        }
        let mut recorded = manifest.proof.clone();
        recorded.note = format!(
            "checked when it was printed ({}); the files are unchanged since",
            clean(&recorded.note)
        );
        return (recorded, level);
    };
    let paths: Vec<PathBuf> = stems.iter().map(|file| dir.join(&file.path)).collect();
    let note = if mix.is_some() { "given" } else { "printed" };
    (sum_of(&paths, &path, note), level)
}

/// Whether a track stands in two stems. Tracks of one name are two where both have ids.
fn has_doubles(stems: &[&ManifestFile]) -> bool {
    let mut seen: HashMap<&str, Vec<Option<&TrackId>>> = HashMap::new();
    for stem in stems {
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

/// The depth whose rounding a file has at most.
fn depth(bits: u16, float: bool) -> BitDepth {
    match (bits, float) {
        (32.., true) => BitDepth::Float32,
        (24.., _) => BitDepth::Int24,
        _ => BitDepth::Int16,
    }
}

/// The sum of the files against a mix file. What dither was used is not known here: its bound is
/// allowed.
fn sum_of(stems: &[PathBuf], mix: &Path, note: &str) -> Proof {
    let compared = || -> Result<Proof> {
        let mut sums = StemSum::default();
        let mut depths = Vec::new();
        for path in stems.iter().map(PathBuf::as_path).chain([mix]) {
            let reader = Reader::open(path)?;
            depths.push(depth(reader.info().bits, reader.info().float));
        }
        let never = CancellationToken::new();
        let whole = Mix::File(MixFile::open(mix)?);
        let peaks = sum::compare(stems, whole, &mut sums, &never)?;
        for (bits, peak) in depths.into_iter().zip(peaks) {
            // A bounce was a float file before it was this one.
            sums.allow(BitDepth::Float32, Dither::None, peak);
            sums.allow(bits, Dither::Tpdf, peak);
        }
        Ok(sums.verdict(note))
    };
    if stems.is_empty() {
        return proof::not_checked("there are no stems");
    }
    compared().unwrap_or_else(|error| {
        proof::not_checked(format!(
            "the sum could not be checked: {}",
            clean(&error.chain())
        ))
    })
}

fn by_each_other(dir: &Path, mix: Option<&Path>) -> Result<Report> {
    let paths: Vec<PathBuf> = audio_files(dir)
        .into_iter()
        .filter(|path| !mix.is_some_and(|mix| same_file(path, mix)))
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
            Ok((listen(path)?, sum, bytes))
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
    report.proof = match mix {
        None => proof::not_checked("no mix was given, and there is no manifest"),
        Some(_) if report.findings.iter().any(|f| f.level == Level::Error) => {
            proof::not_checked("the files do not fit each other")
        }
        Some(mix) => sum_of(&paths, mix, "given"),
    };
    report.findings.extend(proof::finding(&report.proof, true));
    Ok(report)
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
        engine: EngineKind::Bounce,
        frames: found.frames,
        rate: found.rate,
        bits: found.bits,
        channels: found.channels,
        bytes,
        checksum,
        has_clips: None,
        levels: found.levels.clone(),
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
