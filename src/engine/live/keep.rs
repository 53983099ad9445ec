//! Sessions put together from a live Pro Tools, kept as folders below the state folder: one for each
//! content, so that a plan's source never changes under it. Old ones are swept.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::error::{Error, ErrorKind, Result};
use crate::import::session_folder;
use crate::model::file_name;
use crate::model::session::ImportedSession;

/// Folders that nobody asked for so long are swept.
const KEPT: Duration = Duration::from_secs(60 * 24 * 3600);

/// Writes the session and gives its folder.
pub(super) fn keep(session: &ImportedSession, state_dir: &Path) -> Result<PathBuf> {
    let all = state_dir.join("live");
    let json = session_folder::to_json(session, &all)?;
    let hash = blake3::hash(json.to_string().as_bytes()).to_hex();
    let name = file_name::sanitize(&session.info.name, 60);
    let root = all.join(format!("{name}-{}", hash.get(..16).unwrap_or_default()));
    fs::create_dir_all(&root).map_err(|error| {
        let text = format!("'{}' cannot be made", root.display());
        Error::new(ErrorKind::Storage, text).because(error)
    })?;
    // Also where it is there already: the date says that it is in use.
    session_folder::write(session, &root)?;
    sweep(&all);
    Ok(root)
}

fn sweep(all: &Path) {
    let Ok(entries) = fs::read_dir(all) else {
        return;
    };
    for entry in entries.flatten() {
        let written =
            fs::metadata(entry.path().join(session_folder::FILE)).and_then(|m| m.modified());
        let age = written
            .ok()
            .and_then(|at| SystemTime::now().duration_since(at).ok());
        if age.is_some_and(|age| age > KEPT) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
