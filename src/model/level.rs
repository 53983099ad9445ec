//! Levels: what was measured of a file's sound.

use serde::{Deserialize, Serialize};

/// Decibels of a linear value; `None` for silence, which has no level.
pub fn decibels(linear: f64) -> Option<f64> {
    (linear > 0.0).then(|| 20.0 * linear.log10())
}

/// What was measured of one file. Levels are `None` for digital silence or where not measured.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
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
