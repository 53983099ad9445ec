//! Automation: a value at a sample, held or ramped to the next.

use serde::{Deserialize, Serialize};

/// One point of a lane: session sample and value (dB for volume, -1 to 1 for pan).
///
/// Values run straight from point to point, hold before the first and after the last, and of two
/// points on one sample the later one holds from that sample.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "(i64, f64)", into = "(i64, f64)")]
pub struct Breakpoint {
    /// Samples from the session start.
    pub at: i64,
    pub value: f64,
}

impl From<(i64, f64)> for Breakpoint {
    fn from((at, value): (i64, f64)) -> Self {
        Self { at, value }
    }
}

impl From<Breakpoint> for (i64, f64) {
    fn from(point: Breakpoint) -> Self {
        (point.at, point.value)
    }
}
