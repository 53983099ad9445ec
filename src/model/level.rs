//! Levels: what was measured of a file's sound.

use serde::{Deserialize, Serialize};

/// Decibels of a linear value; `None` for silence, which has no level.
pub fn decibels(linear: f64) -> Option<f64> {
    (linear > 0.0).then(|| 20.0 * linear.log10())
}

/// What was measured of one file. Levels are `None` for digital silence or where not measured.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Levels {
    /// Highest sample, dBFS.
    pub peak_dbfs: Option<f64>,
    /// Highest reconstructed peak, dBTP (BS.1770).
    pub true_peak_dbtp: Option<f64>,
    /// Integrated loudness, LUFS (EBU R 128).
    pub integrated_lufs: Option<f64>,
    /// Loudness range, LU (EBU Tech 3342).
    pub range_lu: Option<f64>,
    /// Highest loudness of 400 ms, LUFS; what is shorter has silence around it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_momentary_lufs: Option<f64>,
    /// Highest loudness of 3 s, LUFS; what is shorter has silence around it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_short_term_lufs: Option<f64>,
    /// Size of the mean of all samples, of the channel that has the greatest, dBFS. `None` where it is
    /// exactly 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dc_dbfs: Option<f64>,
    /// Correlation of left and right over the whole file, from -1 (polarity turned) to 1 (the same sound):
    /// the sum of their products by the root of their energies. `None` for silence on a side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation: Option<f64>,
    /// Whether all channels hold the same samples to the last bit. `None` for mono and for silence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_channels: Option<bool>,
    /// Frames before the first and behind the last sample of -90 dBFS or more; all of them in a silent file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head_silence: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tail_silence: Option<u64>,
    /// Highest sample of the last 500 ms, dBFS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_dbfs: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clipping: Option<Clipping>,
    /// Samples beyond full scale before they were clipped to an integer format.
    pub clipped_samples: u64,
    pub silent: bool,
}

/// What sounds louder than this in the last 500 ms of a file has not died away, dBFS.
const DIED_AWAY: f64 = -60.0;

impl Levels {
    /// Whether it still sounds when it ends: its tail may be cut.
    pub fn ends_sounding(&self) -> bool {
        self.end_dbfs.is_some_and(|end| end > DIED_AWAY)
    }
}

/// Samples at full scale as they stand in a file: the highest and lowest codes of an integer format, of
/// floats what lies at 0 dBFS within a step of 24 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Clipping {
    /// How often three or more follow each other in a channel.
    pub runs: u64,
    /// Samples of the longest such run; 0 without any.
    pub longest: u64,
    /// Frame at which the first begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_frame: Option<u64>,
    /// Samples beyond 0 dBFS, which only floats can be.
    pub over_samples: u64,
}

/// What a file sounds like while it is being made. `None` for silence, and where not measured.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LiveLevels {
    /// Highest sample of each channel since the last report, dBFS.
    pub recent_dbfs: Vec<Option<f64>>,
    /// Highest sample so far, dBFS.
    pub peak_dbfs: Option<f64>,
    /// Highest reconstructed peak so far, dBTP.
    pub true_peak_dbtp: Option<f64>,
    /// Loudness of the last 400 ms, LUFS.
    pub momentary_lufs: Option<f64>,
    /// Loudness of the last 3 s, LUFS.
    pub short_term_lufs: Option<f64>,
    /// Of everything so far, LUFS.
    pub integrated_lufs: Option<f64>,
    /// Of everything so far, LU.
    pub range_lu: Option<f64>,
}

impl LiveLevels {
    /// Of two files that hold the channels of one stem: its channels one after the other, peaks of the
    /// louder, and the powers of both together. The range is that of the first.
    #[must_use]
    pub fn beside(mut self, other: Self) -> Self {
        let highest = |a: Option<f64>, b: Option<f64>| match (a, b) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        };
        let power = |level: f64| libm::pow(10.0, level / 10.0);
        let sum = |a: Option<f64>, b: Option<f64>| match (a, b) {
            (Some(a), Some(b)) => Some(10.0 * (power(a) + power(b)).log10()),
            (a, b) => a.or(b),
        };
        self.recent_dbfs.extend(other.recent_dbfs);
        self.peak_dbfs = highest(self.peak_dbfs, other.peak_dbfs);
        self.true_peak_dbtp = highest(self.true_peak_dbtp, other.true_peak_dbtp);
        self.momentary_lufs = sum(self.momentary_lufs, other.momentary_lufs);
        self.short_term_lufs = sum(self.short_term_lufs, other.short_term_lufs);
        self.integrated_lufs = sum(self.integrated_lufs, other.integrated_lufs);
        self.range_lu = self.range_lu.or(other.range_lu);
        self
    }
}
