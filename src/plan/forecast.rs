//! Bytes that a plan will write, against the free space.

use crate::model::plan::PlannedStem;
use crate::model::stem::EngineKind;
use crate::model::{Finding, Level};

/// At most this much stands before and behind the samples of a WAV file (`fmt `, `bext`, RF64).
pub const HEADER_BYTES: u64 = 1024;
/// A bounce lies as stereo 32-bit float beside its file until all is done.
const BOUNCE_FRAME_BYTES: u64 = 8;

/// Bytes of the files, and of the scratch files beside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Forecast {
    pub bytes: u64,
    pub scratch_bytes: u64,
}

/// Adds up the files of a plan, each `frames` long.
pub fn forecast<'a>(files: impl Iterator<Item = &'a PlannedStem>, frames: u64) -> Forecast {
    let mut sum = Forecast::default();
    for file in files {
        let frame = u64::from(file.channel_count) * u64::from(file.bits.bytes());
        let bytes = frames.saturating_mul(frame).saturating_add(HEADER_BYTES);
        sum.bytes = sum.bytes.saturating_add(bytes);
        if file.engine == EngineKind::Bounce {
            let scratch = frames.saturating_mul(BOUNCE_FRAME_BYTES);
            sum.scratch_bytes = sum
                .scratch_bytes
                .saturating_add(scratch.saturating_add(HEADER_BYTES));
        }
    }
    sum
}

impl Forecast {
    /// An error unless a tenth more than needed is free.
    pub fn finding(&self, free: Option<u64>) -> Option<Finding> {
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
                    "needs {} and a tenth more, but {} are free",
                    size(needed),
                    size(free)
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
