//! The version of PTSL that a server speaks, and what hangs on it.

use std::fmt;

/// A PTSL version: one number up to 5 (2024.10), three since 2025.6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    pub major: i32,
    pub minor: i32,
    pub revision: i32,
}

impl Version {
    pub const fn new(major: i32, minor: i32, revision: i32) -> Self {
        Self {
            major,
            minor,
            revision,
        }
    }

    /// Since 2025.6 enums have an Unknown at 0, ExportMix has `mix_source_list`, events exist.
    pub fn is_modern(self) -> bool {
        self.major >= 2025
    }

    /// Whether BounceTrack is told its range: 25.6.1 refuses one and takes the selection.
    pub fn track_takes_range(self) -> bool {
        self.major >= 2026
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.major)?;
        if self.minor > 0 || self.revision > 0 {
            write!(f, ".{}", self.minor)?;
        }
        if self.revision > 0 {
            write!(f, ".{}", self.revision)?;
        }
        Ok(())
    }
}
