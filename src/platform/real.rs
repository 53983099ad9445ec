//! Where a path really leads, for whoever must keep others within a folder. Refuses links to nowhere.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

/// The path without links and `..`. What does not exist yet is joined to what does.
///
/// # Errors
/// `NotFound` for a link to nowhere and for `..` behind what does not exist, else what the system says.
pub fn real(path: &Path) -> io::Result<PathBuf> {
    // A slash at the end would have the system look through a link to nowhere, and not see it.
    let path: PathBuf = path.components().collect();
    let mut rest: Vec<OsString> = Vec::new();
    let mut at = path.as_path();
    loop {
        match std::fs::canonicalize(at) {
            Ok(mut found) => {
                found.extend(rest.iter().rev());
                return Ok(found);
            }
            // A link to nowhere would be followed by whoever writes there.
            Err(error) if at.is_symlink() => return Err(error),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Err(error) => match (at.parent(), at.file_name()) {
                (Some(parent), Some(name)) => {
                    rest.push(name.to_owned());
                    at = parent;
                }
                _ => return Err(error),
            },
        }
    }
}
