//! The folder that files are printed into: locked against a second program, swept of what a dead
//! one left, and the only way in which a file gets its final name.

use std::path::{Path, PathBuf};

use crate::engine::manifest;
use crate::error::{Error, ErrorKind, Result};
use crate::model::stem::OnExisting;
use crate::model::text::clean;
use crate::model::{JobId, Now, Plan};
use crate::platform::host_name;
use crate::platform::lock::{FileLock, Sign, put_up, try_lock};
use crate::platform::{atomic, space};

const SCRATCH: &str = ".pt-stem-";
const SCRATCH_LOCK: &str = ".lock";
/// Says in the folder itself who prints into it.
const SIGN: &str = ".pt-stem-prints.part";
/// Longest text of a sign that is told.
const SIGN_BYTES: u64 = 200;

/// A locked output folder.
#[derive(Debug)]
pub struct OutputFolder {
    /// Absolute.
    dir: PathBuf,
    replace: bool,
    /// When the job did.
    begun: Now,
    _held: Held,
}

/// The folder is ours as long as this lives.
#[derive(Debug)]
struct Held {
    /// Against the programs of this user: it needs nothing of the folder's disk.
    _lock: FileLock,
    /// Against those of other users and machines. `None` on a disk that knows no locks.
    _sign: Option<Sign>,
}

/// A file that has no final name yet. Dropped, it is removed.
#[derive(Debug)]
pub struct PartFile {
    part: PathBuf,
    name: PathBuf,
    file: String,
}

/// A folder of our own beside the files for what Pro Tools bounces. Dropped, it is removed.
#[derive(Debug)]
pub struct Scratch {
    dir: PathBuf,
    lock: Option<FileLock>,
}

fn storage(text: String, error: std::io::Error) -> Error {
    let full = matches!(
        error.kind(),
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded
    );
    let hint = if full {
        "The disk is full: free some space, or choose another folder with --out"
    } else {
        "Check that the folder exists and may be written, or choose another with --out"
    };
    Error::new(ErrorKind::Storage, text)
        .because(error)
        .hint(hint)
}

/// Whether a name is one plain file name: no folder, no `..`, no root, no drive.
pub fn is_plain_name(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    matches!(
        (parts.next(), parts.next()),
        (Some(std::path::Component::Normal(part)), None) if part == name
    ) && !name.contains(['/', '\\', '\0'])
        && !name.contains(':')
}

impl OutputFolder {
    /// Makes the folder, locks it, removes leftovers of the plan's files, and refuses what could
    /// not be published at the end: names that are taken, a disk that is too small.
    pub fn take(plan: &Plan, state_dir: &Path, begun: Now) -> Result<Self> {
        let asked = &plan.output.dir;
        let failed = |what: &str, error| storage(format!("{what} '{}'", asked.display()), error);
        std::fs::create_dir_all(asked).map_err(|error| failed("cannot make the folder", error))?;
        let canonical =
            std::fs::canonicalize(asked).map_err(|error| failed("cannot use the folder", error))?;
        let held = lock_folder(&canonical, state_dir)?;
        let folder = Self {
            // Not the canonical form: Pro Tools is told this path, and Windows' `\\\\?\\` is not for it.
            dir: std::path::absolute(asked)
                .map_err(|error| failed("cannot use the folder", error))?,
            replace: plan.output.on_existing == OnExisting::Replace,
            begun,
            _held: held,
        };
        for file in plan.written() {
            if !is_plain_name(file) {
                return Err(Error::new(
                    ErrorKind::Recipe,
                    format!("'{file}' is no file name"),
                ));
            }
            clear(&folder.dir, file)
                .map_err(|error| failed("cannot clear an unfinished file in", error))?;
            if !folder.replace && folder.dir.join(file).exists() {
                return Err(folder.taken(file));
            }
        }
        clear(&folder.dir, manifest::FILE_NAME)
            .map_err(|error| failed("cannot clear an unfinished manifest in", error))?;
        folder.sweep_scratch();
        folder.check_space(plan.bytes.saturating_add(plan.scratch_bytes))?;
        Ok(folder)
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// When the job that has it began.
    pub fn begun(&self) -> Now {
        self.begun
    }

    fn part_path(&self, file: &str) -> PathBuf {
        atomic::part_of(&self.dir.join(file))
    }

    /// A new file on its way to the name `file`.
    pub fn part(&self, file: &str) -> PartFile {
        PartFile {
            part: self.part_path(file),
            name: self.dir.join(file),
            file: file.to_owned(),
        }
    }

    /// Gives a finished file its name. Nothing that stands there is overwritten unless the plan
    /// says so, even when it came after the look at the start.
    pub fn publish(&self, part: PartFile) -> Result<()> {
        atomic::publish(&part.part, &part.name, self.replace).map_err(|error| {
            if error.kind() == std::io::ErrorKind::AlreadyExists {
                self.taken(&part.file)
            } else {
                storage(
                    format!("cannot name the finished file '{}'", part.name.display()),
                    error,
                )
            }
        })
    }

    fn taken(&self, file: &str) -> Error {
        Error::new(
            ErrorKind::Job,
            format!("'{}' is there already", self.dir.join(file).display()),
        )
        .hint("Move it away, or print with --on-existing version or --on-existing replace")
    }

    fn check_space(&self, needed: u64) -> Result<()> {
        match space::free_bytes(&self.dir) {
            Ok(free) if free < needed => Err(Error::new(
                ErrorKind::Storage,
                format!(
                    "'{}' has {} MB free, and the print needs {} MB",
                    self.dir.display(),
                    free / 1_000_000,
                    needed.div_ceil(1_000_000)
                ),
            )
            .hint("Free some space, or choose another folder with --out")),
            // A disk that does not tell its free space is no reason to refuse.
            _ => Ok(()),
        }
    }

    /// The scratch folder of a job, empty.
    pub fn scratch(&self, job: JobId) -> Result<Scratch> {
        let dir = self.dir.join(format!("{SCRATCH}{job}"));
        let failed = |error| {
            storage(
                format!("cannot make the scratch folder '{}'", dir.display()),
                error,
            )
        };
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).map_err(failed)?;
        let lock = try_lock(&dir.join(SCRATCH_LOCK)).map_err(failed)?;
        Ok(Scratch { dir, lock })
    }

    /// Removes scratch folders whose program died. One without a free lock is somebody's.
    fn sweep_scratch(&self) {
        let Ok(entries) = std::fs::read_dir(&self.dir) else {
            return;
        };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let is_ours = name.to_str().and_then(|name| name.strip_prefix(SCRATCH));
            if is_ours.is_none_or(|job| job.parse::<u32>().is_err()) {
                continue;
            }
            let lock = entry.path().join(SCRATCH_LOCK);
            if lock.is_file() && matches!(try_lock(&lock), Ok(Some(_))) {
                let _ = std::fs::remove_dir_all(entry.path());
            }
        }
    }
}

/// Removes what a dead job left: its scratch folder, its unfinished files and its sign. A folder that
/// somebody prints into is left alone, and one that holds nothing of it is not touched.
pub fn sweep_dead(job: JobId, plan: &Plan, state_dir: &Path) {
    let Ok(dir) = std::fs::canonicalize(&plan.output.dir) else {
        return;
    };
    let files = plan.written().map(String::as_str);
    let files = files.filter(|file| is_plain_name(file));
    let files: Vec<&str> = files.chain([manifest::FILE_NAME]).collect();
    let scratch = dir.join(format!("{SCRATCH}{job}"));
    let parts = files.iter().map(|file| atomic::part_of(&dir.join(file)));
    let mut left = parts.chain([scratch.clone(), dir.join(SIGN)]);
    if !left.any(|path| std::fs::symlink_metadata(path).is_ok()) {
        return;
    }
    let Ok(_held) = lock_folder(&dir, state_dir) else {
        return;
    };
    for file in files {
        let _ = clear(&dir, file);
    }
    let lock = scratch.join(SCRATCH_LOCK);
    // Without our lock file in it, it is not known to be ours.
    let is_free = lock.is_file() && matches!(try_lock(&lock), Ok(Some(_)));
    if is_free {
        let _ = std::fs::remove_dir_all(scratch);
    }
}

/// Removes what a dead print left of a file.
fn clear(dir: &Path, file: &str) -> std::io::Result<()> {
    let name = dir.join(file);
    let was_there = remove_if_there(&atomic::part_of(&name))?;
    let is_claim = |facts: std::fs::Metadata| facts.is_file() && facts.len() == 0;
    if was_there && std::fs::symlink_metadata(&name).is_ok_and(is_claim) {
        // It died between claiming the name and giving it to the finished file.
        remove_if_there(&name)?;
    }
    Ok(())
}

/// Locks a folder by a file in the state folder, and by a sign in the folder itself.
fn lock_folder(dir: &Path, state_dir: &Path) -> Result<Held> {
    let key = blake3::hash(dir.as_os_str().as_encoded_bytes()).to_hex();
    let path = state_dir
        .join("folders")
        .join(format!("{}.lock", key.get(..32).unwrap_or("")));
    let lock = try_lock(&path)
        .map_err(|error| storage(format!("cannot lock '{}'", path.display()), error))?
        .ok_or_else(|| busy(dir))?;
    let us = format!("pt-stem, process {} on {}", std::process::id(), host_name());
    let sign = match put_up(&dir.join(SIGN), &us) {
        Ok(Some(sign)) => Some(sign),
        Ok(None) => return Err(busy(dir)),
        // If nothing at all can be written there, the files will tell.
        Err(error) => {
            tracing::warn!(%error, dir = %dir.display(), "no sign in the folder");
            None
        }
    };
    Ok(Held {
        _lock: lock,
        _sign: sign,
    })
}

fn busy(dir: &Path) -> Error {
    use std::io::Read as _;
    let mut who = String::new();
    let sign = std::fs::File::open(dir.join(SIGN));
    let read = sign.and_then(|file| file.take(SIGN_BYTES).read_to_string(&mut who));
    let who = match read {
        Ok(1..) => format!(" ({})", clean(&who)),
        _ => String::new(),
    };
    let text = format!("another program{who} is printing into '{}'", dir.display());
    Error::new(ErrorKind::Job, text).hint("Wait until it is done, or print into another folder")
}

/// Says whether it was there.
fn remove_if_there(path: &Path) -> std::io::Result<bool> {
    match std::fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

impl PartFile {
    /// Where the bytes go meanwhile.
    pub fn path(&self) -> &Path {
        &self.part
    }

    /// The final file name.
    pub fn file(&self) -> &str {
        &self.file
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        // Published, it is not there any more.
        let _ = std::fs::remove_file(&self.part);
    }
}

impl Scratch {
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // An open lock file keeps Windows from removing the folder.
        self.lock = None;
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_are_names() {
        for good in ["Drums.wav", "Dr.ums", "…", "a b.wav", "..wav"] {
            assert!(is_plain_name(good), "{good}");
        }
        for bad in [
            "", ".", "..", "/x.wav", "a/b.wav", "../x.wav", "a/../b", "a\\b.wav", "C:x.wav", "x/",
            "x\0y",
        ] {
            assert!(!is_plain_name(bad), "{bad}");
        }
    }
}
