//! What the file system says of a file, to notice that it was changed while it was being read.

use std::path::Path;
use std::time::SystemTime;

use super::split;

/// Size and time of the last change, of each file of a split source. Two that differ are of two
/// states of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp(Vec<(u64, Option<SystemTime>)>);

impl Stamp {
    /// `None` for a file that cannot be asked, as one that is gone.
    pub fn of(path: &Path) -> Option<Self> {
        if let Some(file) = one(path) {
            return Some(Self(vec![file]));
        }
        let files: Option<Vec<_>> = split::files(path).iter().map(|path| one(path)).collect();
        files.filter(|files| !files.is_empty()).map(Self)
    }
}

fn one(path: &Path) -> Option<(u64, Option<SystemTime>)> {
    let facts = std::fs::metadata(path).ok()?;
    Some((facts.len(), facts.modified().ok()))
}
