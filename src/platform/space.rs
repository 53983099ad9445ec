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
