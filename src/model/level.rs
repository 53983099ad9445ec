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
    /// Loudness range, LU.
    pub range_lu: Option<f64>,
    /// Samples beyond full scale before they were clipped to an integer format.
    pub clipped_samples: u64,
    pub silent: bool,
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
