//! Bytes that a plan will write, against the free space.

use std::path::Path;

use crate::model::plan::PlannedStem;
use crate::model::stem::EngineKind;
use crate::model::{Finding, Level};

/// At most this much stands before and behind the samples of a WAV file (`fmt `, `bext`, RF64).
pub const HEADER_BYTES: u64 = 1024;
/// A bounce lies as 32-bit float, stereo or wider, beside its file until all is done.
const BOUNCE_SAMPLE_BYTES: u64 = 4;

/// Bytes of the files, and of the scratch files beside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Forecast {
    pub bytes: u64,
    pub scratch_bytes: u64,
}

/// Adds up the files of a plan, each `frames` long and `bounced` frames as Pro Tools bounces it.
pub fn forecast<'a>(
    files: impl Iterator<Item = &'a PlannedStem>,
    frames: u64,
    bounced: u64,
) -> Forecast {
    let mut sum = Forecast::default();
    for file in files {
        let files = u64::try_from(file.written().count()).unwrap_or(u64::MAX);
        let bytes = file_bytes(file, frames).saturating_mul(files);
        sum.bytes = sum.bytes.saturating_add(bytes);
        if file.engine == EngineKind::Bounce && file.formula.is_none() {
            let channels = u64::from(file.channel_count.max(2));
            let scratch = bounced.saturating_mul(channels * BOUNCE_SAMPLE_BYTES);
            sum.scratch_bytes = sum
                .scratch_bytes
                .saturating_add(scratch.saturating_add(HEADER_BYTES));
        }
    }
    sum
}

/// Files that would be larger than their format can be.
pub fn too_large<'a>(
    files: impl Iterator<Item = &'a PlannedStem>,
    frames: u64,
) -> impl Iterator<Item = Finding> {
    let large = files.filter(move |file| {
        let bytes = file_bytes(file, frames);
        file.format.most_bytes().is_some_and(|most| bytes > most)
    });
    large.map(move |file| {
        let text = format!(
            "'{}' would have {}: {} ends at 4 GiB",
            file.file,
            size(file_bytes(file, frames)),
            file.format.word().to_uppercase(),
        );
        Finding::new(Level::Error, "too_large", text)
            .stem(&file.name)
            .file(&file.file)
            .fix("print WAV, fewer bits, or the range in parts")
    })
}

/// Of each of its files.
fn file_bytes(file: &PlannedStem, frames: u64) -> u64 {
    let frame = u64::from(file.file_channels()) * u64::from(file.bits.bytes());
    frames.saturating_mul(frame).saturating_add(HEADER_BYTES)
}

impl Forecast {
    /// An error unless a tenth more than needed is free.
    pub fn finding(&self, free: Option<u64>, dir: &Path) -> Option<Finding> {
        let free = free?;
        let needed = self.bytes.saturating_add(self.scratch_bytes);
        let wanted = needed.saturating_add(needed / 10);
        if wanted <= free {
            return Some(Finding::new(
                Level::Note,
                "space",
                format!("needs {} of {} free", size(needed), size(free)),
            ));
        }
        Some(
            Finding::new(
                Level::Error,
                "no_space",
                format!(
                    "needs {} and a tenth more, but {} are free where '{}' is",
                    size(needed),
                    size(free),
                    dir.display()
                ),
            )
            .fix("free some space, print to another disk, or print fewer stems at once"),
        )
    }
}

/// Bytes in a unit that suits them: `812 B`, `3.4 MB`.
pub fn size(bytes: u64) -> String {
    let mut value = bytes as f64;
    let mut unit = "B";
    for next in ["kB", "MB", "GB", "TB", "PB", "EB"] {
        if value < 999.95 {
            break;
        }
        value /= 1000.0;
        unit = next;
    }
    match unit {
        "B" => format!("{bytes} B"),
        unit => format!("{value:.1} {unit}"),
    }
}
