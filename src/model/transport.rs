//! Transport state and where the play head is, as far as PTSL tells.

use serde::{Deserialize, Serialize};

use super::Now;

/// The states that matter to us; PTSL has fifteen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransportState {
    #[default]
    Stopped,
    Playing,
    Recording,
    /// Cueing, stopping, primed, scrubbing …: neither one nor the other.
    Busy,
}

/// What is known of the transport.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Transport {
    pub state: TransportState,
    pub record_armed: bool,
    /// Play start marker, samples from the session start.
    pub play_start: i64,
    /// When play or record was first seen; PTSL tells no running position.
    pub since: Option<Now>,
    pub half_speed: bool,
}

impl Transport {
    /// Whether the position that [`Transport::position`] gives is an estimate.
    pub fn is_estimate(&self) -> bool {
        self.since.is_some()
    }

    /// Samples from the session start: the play start marker, plus the time since play was seen.
    pub fn position(&self, sample_rate: u32, now: Now) -> i64 {
        let Some(since) = self.since else {
            return self.play_start;
        };
        let micros = now.mono_us.saturating_sub(since.mono_us);
        let speed = if self.half_speed { 2 } else { 1 };
        let samples = u128::from(micros) * u128::from(sample_rate) / (1_000_000 * speed);
        self.play_start
            .saturating_add(i64::try_from(samples).unwrap_or(i64::MAX))
    }

    pub fn is_rolling(&self) -> bool {
        matches!(
            self.state,
            TransportState::Playing | TransportState::Recording
        )
    }
}
