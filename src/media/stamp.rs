//! What the file system says of a file, to notice that it was changed while it was being read.

use std::path::Path;
use std::time::SystemTime;

/// Size and time of the last change. Two that differ are of two states of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    bytes: u64,
    /// `None` where the file system keeps no times.
    modified: Option<SystemTime>,
}

impl Stamp {
    /// `None` for a file that cannot be asked, as one that is gone.
    pub fn of(path: &Path) -> Option<Self> {
        let facts = std::fs::metadata(path).ok()?;
        Some(Self {
            bytes: facts.len(),
            modified: facts.modified().ok(),
        })
    }
}
