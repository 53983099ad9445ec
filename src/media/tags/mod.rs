//! What a file says of itself beside its samples: `bext`, `iXML` and cue points of WAV, what AIFF and
//! FLAC have instead. The same record is written and read back. Texts from a file are cut to bounds
//! and otherwise as they stand there: clean them before they are shown.

mod bext;
mod comments;
mod cues;
mod ixml;
mod read;

pub use bext::NOT_SET;
pub(super) use bext::encode as bext;
pub(super) use comments::{chapters, encode as comments, lines, loudness};
pub(super) use cues::{list as cue_list, marks, points as cue_points};
pub(super) use ixml::encode as ixml;
pub use read::read;
pub(super) use read::{time_of_flac, time_of_note};

use crate::model::TimecodeRate;
use crate::model::level::Levels;

/// More than this of one chunk is not looked at.
const MOST_BYTES: u64 = 1 << 20;
/// Markers of one file, tracks of one stem.
pub const MOST_CUES: usize = 4096;
/// As many every container holds: the chapters of FLAC.
pub const FEWEST_CUES: usize = 999;
/// Letters of a marker's or a track's name.
pub(super) const MOST_NAME: usize = 250;

/// Empty or `None` where a file does not say.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tags {
    pub description: String,
    pub originator: String,
    pub originator_reference: String,
    /// `YYYY-MM-DD` and `HH:MM:SS`.
    pub date: String,
    pub time: String,
    /// Frames from midnight to the first, at the file's own rate.
    pub time_reference: Option<u64>,
    pub loudness: Loudness,
    /// A line for each step, as EBU R 98 has them.
    pub coding_history: String,
    /// Of a `bext` that was read; what is written is version 2.
    pub bext_version: Option<u16>,
    pub session: String,
    pub stem: String,
    /// The tracks of the session that are heard in it.
    pub tracks: Vec<String>,
    /// What the file's channels are called, in their order.
    pub channels: Vec<String>,
    pub timecode: Option<TimecodeRate>,
    /// Whether an `iXML` was read.
    pub has_ixml: bool,
    /// In the order of time.
    pub cues: Vec<Cue>,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cue {
    /// From the first of the file.
    pub frame: u64,
    pub label: String,
}

/// The loudness fields of `bext`. `None` is "not set", of what is silent too.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Loudness {
    pub integrated_lufs: Option<f64>,
    pub range_lu: Option<f64>,
    pub true_peak_dbtp: Option<f64>,
    pub max_momentary_lufs: Option<f64>,
    pub max_short_term_lufs: Option<f64>,
}

impl From<&Levels> for Loudness {
    fn from(levels: &Levels) -> Self {
        Self {
            integrated_lufs: levels.integrated_lufs,
            range_lu: levels.range_lu,
            true_peak_dbtp: levels.true_peak_dbtp,
            max_momentary_lufs: levels.max_momentary_lufs,
            max_short_term_lufs: levels.max_short_term_lufs,
        }
    }
}

impl Loudness {
    /// The same to the hundredths that files hold, for levels that they can hold.
    pub fn is_near(&self, other: &Self) -> bool {
        let holds = |level: &f64| level.is_finite() && level.abs() < 320.0;
        self.fields().into_iter().zip(other.fields()).all(|(a, b)| {
            match (a.filter(holds), b.filter(holds)) {
                (Some(a), Some(b)) => (a - b).abs() < 0.011,
                (a, b) => a == b,
            }
        })
    }

    /// In the order of `bext`.
    fn fields(&self) -> [Option<f64>; 5] {
        [
            self.integrated_lufs,
            self.range_lu,
            self.true_peak_dbtp,
            self.max_momentary_lufs,
            self.max_short_term_lufs,
        ]
    }

    fn of_fields([integrated, range, true_peak, momentary, short_term]: [Option<f64>; 5]) -> Self {
        Self {
            integrated_lufs: integrated,
            range_lu: range,
            true_peak_dbtp: true_peak,
            max_momentary_lufs: momentary,
            max_short_term_lufs: short_term,
        }
    }
}

/// The beginning of a text that is at most so many bytes.
pub(super) fn cut(text: &str, most: usize) -> &str {
    let ends = (0..=most.min(text.len())).rev();
    let end = ends.into_iter().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or(0)).unwrap_or_default()
}

/// A text of a file: UTF-8, or else Latin 1, up to the first NUL.
fn text(bytes: &[u8]) -> String {
    let bytes = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    };
    text.trim_end().to_owned()
}

/// Appends a chunk of RIFF or, with `big`, of FORM, with its pad byte.
pub(super) fn chunk(out: &mut Vec<u8>, id: &[u8; 4], body: &[u8], big: bool) {
    let size = u32::try_from(body.len()).unwrap_or(0);
    out.extend_from_slice(id);
    out.extend_from_slice(&if big {
        size.to_be_bytes()
    } else {
        size.to_le_bytes()
    });
    out.extend_from_slice(body);
    if body.len() % 2 == 1 {
        out.push(0);
    }
}
