//! One file of a set: heard from its first frame to its last, and held against its entry.

use std::path::Path;

use crate::audio::loudness::Meter;
use crate::engine::silence;
use crate::engine::writing::check::checksum;
use crate::error::{Error, ErrorKind, Result};
use crate::media::decode::Reader;
use crate::model::level::Levels;
use crate::model::manifest::ManifestFile;
use crate::model::text::clean;
use crate::model::{Finding, Level};

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
pub(super) fn listen(path: &Path) -> Result<Found> {
    let mut reader = Reader::open(path)?;
    let info = reader.info().clone();
    let channels = usize::from(info.channels.max(1));
    let mut meter = Meter::new(info.channels, info.sample_rate, 0, false);
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
