//! One file of a set: heard from its first frame to its last, and held against its entry.

use std::path::Path;

use crate::audio::loudness::Meter;
use crate::audio::peaks::Peaks;
use crate::audio::survey::{Subject, Survey, Whole};
use crate::engine::silence;
use crate::engine::writing::check::checksum;
use crate::error::{Error, ErrorKind, Result};
use crate::media::decode::Reader;
use crate::model::level::Levels;
use crate::model::manifest::ManifestFile;
use crate::model::text::clean;
use crate::model::{Finding, Level};

/// What two measurements of the same samples may differ by, LU or dB: no more than a rounding.
const METER: f64 = 0.05;

/// What was found in one file.
pub(super) struct Found {
    pub frames: u64,
    pub rate: u32,
    pub bits: u16,
    pub float: bool,
    pub channels: u16,
    pub levels: Levels,
}

pub(super) fn bad(file: &ManifestFile, code: &str, what: String, fix: &str) -> Finding {
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
pub(super) fn check_file(dir: &Path, entry: &ManifestFile) -> (ManifestFile, Vec<Finding>) {
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
    let claims = &entry.levels;
    let is_full = claims.integrated_lufs.or(claims.true_peak_dbtp).is_some();
    let found = match listen(&path, is_full) {
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
    now.levels = Levels {
        clipped_samples: claims.clipped_samples,
        ..found.levels
    };
    if findings.is_empty() {
        findings.extend(other_levels(entry, &now.levels));
    }
    if now.levels.silent && was_heard {
        let what = "is silent, and was not when it was printed";
        findings.push(bad(entry, "silent", what.into(), AGAIN));
    } else {
        findings.extend(silence::warning(&now));
    }
    (now, findings)
}

/// A manifest that says of the same bytes what is not measured in them.
fn other_levels(entry: &ManifestFile, is: &Levels) -> Option<Finding> {
    let said = &entry.levels;
    let pairs = [
        ("LUFS", said.integrated_lufs, is.integrated_lufs),
        ("LU of range", said.range_lu, is.range_lu),
        ("dBTP", said.true_peak_dbtp, is.true_peak_dbtp),
        ("dBFS peak", said.peak_dbfs, is.peak_dbfs),
        (
            "LUFS momentary",
            said.max_momentary_lufs,
            is.max_momentary_lufs,
        ),
        (
            "LUFS short-term",
            said.max_short_term_lufs,
            is.max_short_term_lufs,
        ),
    ];
    let differs = |(unit, said, is): (&str, Option<f64>, Option<f64>)| {
        let (said, is) = (said?, is.unwrap_or(f64::NEG_INFINITY));
        let is_same = (said - is).abs() <= METER;
        (!is_same).then(|| format!("has {is:.1} {unit}, and its manifest says {said:.1}"))
    };
    let what = pairs.into_iter().find_map(differs)?;
    let fix = "The manifest was changed after the print: print this stem again";
    Some(bad(entry, "levels", what, fix))
}

/// Decodes a whole file and measures it; `full` with its loudness.
pub(super) fn listen(path: &Path, full: bool) -> Result<Found> {
    let mut reader = Reader::open(path)?;
    let info = reader.info().clone();
    let channels = usize::from(info.channels.max(1));
    let mut meter = Meter::new(info.channels, info.sample_rate, info.mask, full);
    let subject = Subject {
        channels: info.channels,
        rate: info.sample_rate,
        integer_bits: (!info.float && info.bits > 0).then_some(info.bits),
        frames: info.frames,
        full,
    };
    let (mut survey, mut whole) = (Survey::new(subject), Whole::new(subject));
    let mut block = vec![0.0; 16_384 * channels];
    let mut frames = 0_u64;
    loop {
        let got = reader.read(&mut block)?;
        if got == 0 {
            break;
        }
        let samples = block.get(..got * channels).unwrap_or_default();
        let mut peaks = Peaks::new(info.channels);
        let highest = peaks.add(samples);
        if !highest.is_finite() {
            return Err(Error::new(
                ErrorKind::Check,
                format!("it holds samples that are no numbers near frame {frames}"),
            ));
        }
        meter.add_peaks(&peaks);
        meter.add_loudness(samples);
        survey.clear();
        survey.add(frames, samples, highest);
        whole.join(&survey);
        frames += got as u64;
    }
    let mut levels = meter.finish();
    whole.tell(frames, &mut levels);
    Ok(Found {
        frames,
        rate: info.sample_rate,
        bits: info.bits,
        float: info.float,
        channels: info.channels,
        levels,
    })
}
