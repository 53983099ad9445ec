//! Faults on command, from a TOML file.

use serde::{Deserialize, Serialize};

/// What goes wrong, and how much. Everything is off by default.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Faults {
    /// Milliseconds that every answer is late.
    pub latency_ms: u64,
}
