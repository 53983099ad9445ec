//! Whole files or none: written aside in the same folder, synced, renamed.

use std::io;
use std::path::Path;

/// Replaces `path` by `bytes`, durably; the folder is made when it is missing.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let dir = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(dir)?;
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    io::Write::write_all(&mut file, bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_dir(dir)
}

/// Makes a rename in `dir` durable.
pub fn sync_dir(dir: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        std::fs::File::open(dir)?.sync_all()
    }
    #[cfg(not(unix))]
    {
        let _ = dir;
        Ok(())
    }
}

/// Gives a finished file its final name. Without `replace` an existing file is an error of kind
/// `AlreadyExists`, decided by the file system and not by a look before.
pub fn publish(part: &Path, name: &Path, replace: bool) -> io::Result<()> {
    if replace {
        std::fs::rename(part, name)?;
    } else {
        std::fs::hard_link(part, name)?;
        std::fs::remove_file(part)?;
    }
    sync_dir(name.parent().unwrap_or(Path::new(".")))
}
