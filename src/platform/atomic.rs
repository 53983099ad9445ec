//! Whole files or none: written aside in the same folder, synced, renamed.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Replaces `path` by `bytes`, durably; the folder is made when it is missing.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_with(path, bytes, beside)
}

/// The same for a secret: only its owner may read it (mode 0600; on Windows what the folder says).
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_with(path, bytes, |dir| tempfile::NamedTempFile::new_in(dir))
}

fn write_with(
    path: &Path,
    bytes: &[u8],
    beside: impl FnOnce(&Path) -> io::Result<tempfile::NamedTempFile>,
) -> io::Result<()> {
    let dir = folder(path);
    std::fs::create_dir_all(dir)?;
    let mut file = beside(dir)?;
    io::Write::write_all(&mut file, bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_dir(dir)
}

/// The same for a file among others' finished ones: aside it is `path` with `.part` behind it, which
/// shows what it is if the program dies. One writer at a time.
pub fn write_part(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let part = part_of(path);
    let written = std::fs::File::create(&part).and_then(|mut file| {
        io::Write::write_all(&mut file, bytes)?;
        file.sync_all()
    });
    written
        .and_then(|()| std::fs::rename(&part, path))
        .inspect_err(|_| {
            let _ = std::fs::remove_file(&part);
        })?;
    sync_dir(folder(path))
}

/// A file aside that is older than this is of a program that died.
const ABANDONED: Duration = Duration::from_secs(3600);

/// Removes what programs that died in [`write`] left in a folder.
pub fn sweep(dir: &Path) {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| is_aside(&entry.file_name().to_string_lossy())) {
        let facts = entry.metadata().ok().filter(std::fs::Metadata::is_file);
        let time = facts.and_then(|facts| facts.modified().ok());
        let age = time.and_then(|time| time.elapsed().ok());
        if age.is_some_and(|age| age > ABANDONED) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// As `tempfile` calls its files.
fn is_aside(name: &str) -> bool {
    let random = name.strip_prefix(".tmp").unwrap_or_default();
    random.len() == 6 && random.chars().all(|c| c.is_ascii_alphanumeric())
}

/// What a file is called until it is whole.
pub fn part_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

/// The folder of a file; a bare name lies in the working directory.
fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    }
}

/// A new file with the permissions that any new file gets: what the user's mask leaves.
#[cfg(unix)]
fn beside(dir: &Path) -> io::Result<tempfile::NamedTempFile> {
    use std::os::unix::fs::PermissionsExt as _;
    tempfile::Builder::new()
        .permissions(std::fs::Permissions::from_mode(0o666))
        .tempfile_in(dir)
}

/// A new file with the permissions that any new file gets.
#[cfg(not(unix))]
fn beside(dir: &Path) -> io::Result<tempfile::NamedTempFile> {
    tempfile::NamedTempFile::new_in(dir)
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

/// Moves a file, over the border between two disks too: there it is copied, synced and compared in
/// length before the old one goes.
pub fn relocate(from: &Path, to: &Path) -> io::Result<()> {
    match std::fs::rename(from, to) {
        Ok(()) => return sync_dir(folder(to)),
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {}
        Err(error) => return Err(error),
    }
    copy_over(from, to)?;
    std::fs::remove_file(from)
}

fn copy_over(from: &Path, to: &Path) -> io::Result<()> {
    let mut aside = beside(folder(to))?;
    let mut source = std::fs::File::open(from)?;
    let copied = io::copy(&mut source, &mut aside)?;
    if copied != source.metadata()?.len() {
        return Err(io::Error::other("it grew or shrank while it was copied"));
    }
    aside.as_file().sync_all()?;
    aside.persist(to).map_err(|error| error.error)?;
    sync_dir(folder(to))
}

/// Gives a finished file its final name. Without `replace` an existing file is an error of kind
/// `AlreadyExists`, decided by the file system and not by a look before.
pub fn publish(part: &Path, name: &Path, replace: bool) -> io::Result<()> {
    if replace {
        std::fs::rename(part, name)?;
    } else {
        publish_new(part, name)?;
    }
    sync_dir(folder(name))
}

/// By the first of three ways that the system and the disk know.
fn publish_new(part: &Path, name: &Path) -> io::Result<()> {
    match rename_new(part, name) {
        Err(error) if knows_no_way(&error) => {}
        outcome => return outcome,
    }
    match std::fs::hard_link(part, name) {
        Ok(()) => std::fs::remove_file(part),
        // exFAT sticks and many network disks have no hard links.
        Err(error) if knows_no_way(&error) => claim_and_rename(part, name),
        Err(error) => Err(error),
    }
}

/// Renames in one step, and never over another file.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn rename_new(part: &Path, name: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    renameat_with(CWD, part, CWD, name, RenameFlags::NOREPLACE).map_err(io::Error::from)
}

/// Renames in one step, and never over another file.
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn rename_new(_part: &Path, _name: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Whether it may be the inability of disk or system: its error differs by system.
fn knows_no_way(error: &io::Error) -> bool {
    !matches!(
        error.kind(),
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotFound | io::ErrorKind::StorageFull
    )
}

/// Takes the name with an empty file, which only one can make, and renames over that. Dying between
/// the two leaves the empty file and the `.part`.
fn claim_and_rename(part: &Path, name: &Path) -> io::Result<()> {
    std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(name)?;
    std::fs::rename(part, name).inspect_err(|_| {
        // Still our own empty one.
        let _ = std::fs::remove_file(name);
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    type Publish = fn(&Path, &Path) -> io::Result<()>;

    #[test]
    fn neither_way_of_publishing_overwrites_or_leaves_a_rest() {
        let ways: [Publish; 2] = [|part, name| publish(part, name, false), claim_and_rename];
        let mut ways = Vec::from(ways);
        if cfg!(target_os = "linux") {
            ways.push(rename_new);
        }
        for way in ways {
            let dir = tempfile::tempdir().unwrap();
            let (part, name) = (dir.path().join("a.wav.part"), dir.path().join("a.wav"));
            std::fs::write(&part, "new").unwrap();
            way(&part, &name).unwrap();
            assert!(!part.exists());
            assert_eq!(std::fs::read(&name).unwrap(), b"new");

            std::fs::write(&part, "newer").unwrap();
            let error = way(&part, &name).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
            assert_eq!(std::fs::read(&name).unwrap(), b"new");
            assert_eq!(std::fs::read(&part).unwrap(), b"newer");

            let nothing = dir.path().join("b.wav");
            assert!(way(&dir.path().join("b.wav.part"), &nothing).is_err());
            assert!(!nothing.exists(), "no empty file under the final name");
        }
    }

    #[test]
    fn what_died_long_ago_is_swept_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        for name in [
            ".tmpOld123",
            ".tmpNew123",
            ".tmpOther",
            "mine.tmp",
            ".tmpaaaaaé",
        ] {
            let file = std::fs::File::create(dir.path().join(name)).unwrap();
            if name != ".tmpNew123" {
                let long_ago = std::time::SystemTime::now() - 2 * ABANDONED;
                file.set_modified(long_ago).unwrap();
            }
        }
        let aside = beside(dir.path()).unwrap();
        let aside = aside.path().file_name().unwrap().to_str().unwrap();
        assert!(is_aside(aside), "{aside}");
        sweep(dir.path());
        assert!(!dir.path().join(".tmpOld123").exists());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 5);
    }

    #[test]
    fn replacing_and_writing_are_whole() {
        let dir = tempfile::tempdir().unwrap();
        let name = dir.path().join("below/it.json");
        write(&name, b"one").unwrap();
        write(&name, b"two").unwrap();
        write_part(&name, b"two and a half").unwrap();
        assert_eq!(std::fs::read(&name).unwrap(), b"two and a half");
        let part = dir.path().join("below/it.part");
        std::fs::write(&part, "three").unwrap();
        publish(&part, &name, true).unwrap();
        assert_eq!(std::fs::read(&name).unwrap(), b"three");
        assert_eq!(
            std::fs::read_dir(dir.path().join("below")).unwrap().count(),
            1
        );
    }
}
