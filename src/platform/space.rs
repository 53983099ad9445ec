//! Free space on the disk that a folder is on.

use std::io;
use std::path::Path;

/// Bytes that this user may still write below `path`, which need not exist yet.
pub fn free_bytes(path: &Path) -> io::Result<u64> {
    let mut at = path;
    while !at.exists() {
        match at.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => at = parent,
            _ => {
                at = Path::new(".");
                break;
            }
        }
    }
    fs4::available_space(at)
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
