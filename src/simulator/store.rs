//! Sessions on disk: opened folders are copied (the description, never the audio) into a folder of
//! the simulator's own, where the session file lies that clients are told; saves go there. An
//! opened folder is never written to.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::{Error, ErrorKind, Result};
use crate::import;
use crate::import::session_folder;
use crate::import::text_export;
use crate::model::file_name;
use crate::model::session::ImportedSession;
use crate::platform::atomic;
use crate::platform::lock::{FileLock, try_lock};

use super::world::OpenSession;

const NOTE: &[u8] =
    b"A session of the PT-STEM simulator. What is in it stands in session.json beside this file.\n";

/// The folder below which copies live. Copies stay locked as long as this value lives, so that
/// two simulators never share one.
#[derive(Debug, Clone)]
pub struct Home {
    root: PathBuf,
    held: Arc<Mutex<HashMap<PathBuf, FileLock>>>,
}

impl Home {
    pub fn new(root: PathBuf) -> Self {
        Self {
            root,
            held: Arc::default(),
        }
    }

    /// Opens a session folder, a plain folder, a text export or a session file. `<name>.ptx` beside a
    /// `session.json` is opened in place, since this simulator made it; anything else is copied.
    pub fn open(&self, path: &Path) -> Result<OpenSession> {
        let is_own = path
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("ptx"));
        if is_own {
            let imported = import::open(path)?;
            let folder = imported.folder.root.clone();
            return Ok(OpenSession::new(
                imported,
                path.display().to_string(),
                folder,
            ));
        }
        self.open_copy(path, &text_export::Options::default())
    }

    /// The same, copied in any case; a text export with its audio.
    pub fn open_copy(&self, path: &Path, options: &text_export::Options) -> Result<OpenSession> {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let imported = import::open_with(&path, options)?;
        let folder = self.folder_for(&imported, &path)?;
        let file = save(&imported, &folder)?;
        let mut session = OpenSession::new(imported, file.display().to_string(), folder);
        // The opened folder gives the identity, not the copy.
        session.changed = false;
        Ok(session)
    }

    /// A folder that no other simulator uses: the same one for the same session where possible.
    fn folder_for(&self, imported: &ImportedSession, source: &Path) -> Result<PathBuf> {
        let hash = blake3::hash(source.display().to_string().as_bytes()).to_hex();
        let tag = hash.get(..8).unwrap_or_default();
        let name = file_name::sanitize(&imported.info.name, 60);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        for number in 1..1000 {
            let folder = self.root.join(match number {
                1 => format!("{name}-{tag}"),
                _ => format!("{name}-{tag}-{number}"),
            });
            if held.contains_key(&folder) {
                return Ok(folder);
            }
            let lock = try_lock(&folder.join(".lock")).map_err(|error| {
                Error::new(
                    ErrorKind::Storage,
                    format!("'{}' cannot be used: {error}", folder.display()),
                )
                .because(error)
                .hint("give the simulator a state folder that it may write to")
            })?;
            if let Some(lock) = lock {
                held.insert(folder.clone(), lock);
                return Ok(folder);
            }
        }
        Err(Error::new(
            ErrorKind::Storage,
            format!("too many simulators use copies of '{}'", source.display()),
        ))
    }
}

/// Whether a session file was made by a simulator. Those of Pro Tools itself are left alone.
pub fn is_own(file: &Path) -> bool {
    let is_small = std::fs::metadata(file).is_ok_and(|m| m.len() == NOTE.len() as u64);
    is_small && std::fs::read(file).is_ok_and(|bytes| bytes == NOTE)
}

/// Writes the session into `folder`; returns its session file.
pub fn save(session: &ImportedSession, folder: &Path) -> Result<PathBuf> {
    session_folder::write(session, folder)?;
    let file = session_folder::session_file(folder, &session.info.name);
    if !file.exists() {
        atomic::write(&file, NOTE).map_err(|error| {
            Error::new(
                ErrorKind::Storage,
                format!("'{}' cannot be written: {error}", file.display()),
            )
            .because(error)
        })?;
    }
    Ok(file)
}
