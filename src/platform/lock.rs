//! Advisory locks on files, held as long as the value lives and released by the system when the
//! process dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

/// A held lock.
#[derive(Debug)]
pub struct FileLock {
    _file: File,
}

/// Takes the lock, or says `None` when somebody holds it. The file is made when it is missing.
pub fn try_lock(path: &Path) -> io::Result<Option<FileLock>> {
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir)?;
    }
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(FileLock { _file: file })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}
