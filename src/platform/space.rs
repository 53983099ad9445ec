//! Free space on the disk that a folder is on.

use std::io;
use std::path::Path;

/// Bytes that this user may still write below `path`, which need not exist yet.
pub fn free_bytes(path: &Path) -> io::Result<u64> {
    fs4::available_space(nearest(path))
}

/// Bytes in use, and all bytes, of the disk below `path`, which need not exist yet.
pub fn used(path: &Path) -> io::Result<(u64, u64)> {
    let at = nearest(path);
    let (free, total) = (fs4::free_space(at)?, fs4::total_space(at)?);
    Ok((total.saturating_sub(free), total))
}

/// The path, or the nearest folder above it that is there.
fn nearest(path: &Path) -> &Path {
    let mut at = path;
    while !at.exists() {
        match at.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => at = parent,
            _ => return Path::new("."),
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_not_there_yet_counts_as_its_nearest_parent() {
        let dir = tempfile::tempdir().unwrap();
        let below = dir.path().join("not/yet/there");
        assert!(free_bytes(&below).unwrap() > 0);
        assert!(free_bytes(Path::new("not-yet-there")).unwrap() > 0);
        assert!(!below.exists());
    }
}
