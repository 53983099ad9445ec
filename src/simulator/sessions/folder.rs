//! Whole session folders or none: made aside, renamed, remade when a newer program asks or a file
//! is missing. Several processes may ask at once.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};
use crate::platform::lock;

/// Lies in a finished folder and tells what a whole one holds.
const STAMP: &str = ".pt-stem-session.json";
/// Folders with this prefix are being made, or were left by a process that died making one.
const ASIDE: &str = ".making-";

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    version: u32,
    /// Path below the folder, and bytes.
    files: Vec<(String, u64)>,
}

/// The folder `<parent>/<name>`, whole and of `version`; `make` fills an empty folder.
pub fn ensure(
    parent: &Path,
    name: &str,
    version: u32,
    make: impl Fn(&Path) -> io::Result<()>,
) -> Result<PathBuf> {
    let folder = parent.join(name);
    if is_whole(&folder, version) {
        return Ok(folder);
    }
    publish(parent, &folder, version, make).map_err(|error| {
        Error::new(
            ErrorKind::Storage,
            format!(
                "The session '{name}' cannot be made in '{}'",
                parent.display()
            ),
        )
        .because(error)
        .hint(
            "Free some space there (200 MB), or set XDG_STATE_HOME to a folder that can be written",
        )
    })?;
    Ok(folder)
}

fn publish(
    parent: &Path,
    folder: &Path,
    version: u32,
    make: impl Fn(&Path) -> io::Result<()>,
) -> io::Result<()> {
    fs::create_dir_all(parent)?;
    // Where locks do not work (some network disks) two makers both work, and one of them wins.
    let _lock = lock::wait(&parent.join(".lock")).ok();
    if is_whole(folder, version) {
        return Ok(());
    }
    if _lock.is_some() {
        sweep(parent);
    }
    let aside = tempfile::Builder::new().prefix(ASIDE).tempdir_in(parent)?;
    let fresh = aside.path().join("fresh");
    fs::create_dir(&fresh)?;
    make(&fresh)?;
    let stamp = Stamp {
        version,
        files: list(&fresh)?,
    };
    fs::write(fresh.join(STAMP), serde_json::to_vec(&stamp)?)?;
    if folder.exists() {
        // The old one goes with the folder aside.
        fs::rename(folder, aside.path().join("old"))?;
    }
    match fs::rename(&fresh, folder) {
        Err(_) if is_whole(folder, version) => Ok(()),
        result => result,
    }
}

/// Whether every file of the stamp is there with its length. Reads no audio.
fn is_whole(folder: &Path, version: u32) -> bool {
    let stamp = fs::read(folder.join(STAMP)).ok();
    let stamp = stamp.and_then(|bytes| serde_json::from_slice::<Stamp>(&bytes).ok());
    stamp.is_some_and(|stamp| {
        stamp.version == version
            && stamp.files.iter().all(|(name, bytes)| {
                fs::metadata(folder.join(name)).is_ok_and(|meta| meta.len() == *bytes)
            })
    })
}

/// Files of a folder and of the folders in it, with their lengths, in order.
fn list(folder: &Path) -> io::Result<Vec<(String, u64)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() {
            let below = list(&entry.path())?;
            files.extend(
                below
                    .into_iter()
                    .map(|(file, bytes)| (format!("{name}/{file}"), bytes)),
            );
        } else {
            files.push((name, entry.metadata()?.len()));
        }
    }
    files.sort();
    Ok(files)
}

/// Takes away what makers left that died. Only the holder of the lock may.
fn sweep(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else {
        return;
    };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(ASIDE) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
