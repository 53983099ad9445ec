//! Advisory locks on files, held as long as the value lives and released by the system when the
//! process dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// A held lock.
#[derive(Debug)]
pub struct FileLock {
    _file: File,
}

/// Waits for the lock and takes it. Blocks the thread.
pub fn wait(path: &Path) -> io::Result<FileLock> {
    let file = open(path)?;
    file.lock()?;
    Ok(FileLock { _file: file })
}

/// Takes the lock, or says `None` when somebody holds it. The file is made when it is missing.
pub fn try_lock(path: &Path) -> io::Result<Option<FileLock>> {
    let file = open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(FileLock { _file: file })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// A lock that everybody sees who sees its folder, from other machines too: a file that says who holds
/// it, and is removed when it is let go.
#[derive(Debug)]
pub struct Sign {
    path: PathBuf,
    file: File,
}

/// Looks that are enough: each that fails is somebody who has just let go.
const LOOKS: usize = 100;

/// Puts the sign up, or says `None` when somebody holds it. One that a dead program left is taken over.
pub fn put_up(path: &Path, text: &str) -> io::Result<Option<Sign>> {
    for _ in 0..LOOKS {
        let mut file = open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        // Otherwise it was removed between opening and locking.
        if is_at(&file, path) {
            file.set_len(0)?;
            file.write_all(text.as_bytes())?;
            let path = path.to_owned();
            return Ok(Some(Sign { path, file }));
        }
    }
    Ok(None)
}

impl Drop for Sign {
    fn drop(&mut self) {
        // Somebody may have put another folder there.
        if is_at(&self.file, &self.path) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let (Ok(ours), Ok(there)) = (file.metadata(), std::fs::metadata(path)) else {
        return false;
    };
    (ours.dev(), ours.ino()) == (there.dev(), there.ino())
}

#[cfg(not(unix))]
fn is_at(_file: &File, path: &Path) -> bool {
    path.exists()
}

fn open(path: &Path) -> io::Result<File> {
    if let Some(dir) = path.parent().filter(|dir| !dir.as_os_str().is_empty()) {
        std::fs::create_dir_all(dir)?;
    }
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holder_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state/jobs.lock");
        let held = try_lock(&path).unwrap();
        assert!(held.is_some());
        assert!(try_lock(&path).unwrap().is_none());
        drop(held);
        let held = wait(&path).unwrap();
        assert!(try_lock(&path).unwrap().is_none());
        drop(held);
        assert!(try_lock(&path).unwrap().is_some());
    }

    #[test]
    fn a_sign_is_seen_taken_over_and_taken_away() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sign");
        std::fs::write(&path, "left by somebody who died long ago").unwrap();
        let held = put_up(&path, "me").unwrap().unwrap();
        #[cfg(unix)]
        assert_eq!(std::fs::read(&path).unwrap(), b"me");
        assert!(put_up(&path, "you").unwrap().is_none());
        drop(held);
        assert!(!path.exists());
        let held = put_up(&path, "you").unwrap().unwrap();
        // Another's in its place is left alone.
        #[cfg(unix)]
        {
            std::fs::remove_file(&path).unwrap();
            std::fs::write(&path, "another").unwrap();
        }
        drop(held);
        assert_eq!(path.exists(), cfg!(unix));
    }
}
