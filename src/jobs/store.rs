//! The record of the jobs in the state folder. One instance writes `jobs.jsonl` under a lock, every
//! further one a side journal of its own, which the next writer takes over. Numbers are unique over
//! all of them. What a dead process left running comes back as interrupted, what it left queued as
//! held: nothing starts by itself when a program opens.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::journal::{Journal, Replay, replay};
use super::progress;
use super::queue::Queue;
use super::wishes;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Job, JobEvent, JobId, JobState};
use crate::platform::atomic;
use crate::platform::lock::{FileLock, try_lock};

pub use super::wishes::Wish;

/// Ended jobs that are kept.
const KEPT: usize = 200;
/// Lines beyond one a job that are not worth writing the record anew at the start.
const SPARE_LINES: usize = 256;
const MAIN: &str = "jobs.jsonl";

/// What came of a wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Granted {
    /// The process that runs the job's queue is alive and picks it up within a second or so.
    Soon,
    /// Nobody runs that queue now: it happens if the program runs jobs within ten minutes.
    Later,
    /// Done: nobody ran that queue, and the record says so.
    Done,
}

/// The record as its writer has it.
#[derive(Debug)]
pub struct Store {
    dir: PathBuf,
    journal: Journal,
    lock: Option<FileLock>,
    is_main: bool,
    /// What other instances' journals looked like when they were last read.
    seen: Vec<(PathBuf, u64, Option<SystemTime>, bool)>,
}

/// What the store has to say when it opens.
#[derive(Debug, Default)]
pub struct Opened {
    /// Our own jobs.
    pub queue: Queue,
    /// For the log: damage that was found.
    pub notices: Vec<String>,
}

fn storage(what: &str, path: &Path, error: io::Error) -> Error {
    Error::new(ErrorKind::Storage, format!("{what} '{}'", path.display()))
        .because(error)
        .hint("Check space and permissions of the state folder")
}

fn lock_path(journal: &Path) -> PathBuf {
    journal.with_extension("lock")
}

/// A look at a lock takes it for an instant; somebody who wants to keep it tries again.
fn try_lock_patiently(path: &Path) -> io::Result<Option<FileLock>> {
    for _ in 0..8 {
        if let Some(lock) = try_lock(path)? {
            return Ok(Some(lock));
        }
        sleep(Duration::from_millis(5));
    }
    Ok(None)
}

/// Whether the process that writes this journal lives.
fn is_alive(journal: &Path) -> bool {
    matches!(try_lock(&lock_path(journal)), Ok(None))
}

impl Store {
    /// Opens the record for writing: the main journal, or a side journal when another instance
    /// has that. `now_ms` dates what is found to be interrupted.
    pub fn open(dir: &Path, now_ms: u64) -> Result<(Self, Opened)> {
        let main = dir.join(MAIN);
        let unusable = |error| storage("the record of jobs cannot be used:", &main, error);
        fs::create_dir_all(dir).map_err(unusable)?;
        match try_lock_patiently(&lock_path(&main)).map_err(unusable)? {
            Some(lock) => Self::open_main(dir, lock, now_ms).map_err(unusable),
            None => Self::open_side(dir).map_err(unusable),
        }
    }

    fn open_side(dir: &Path) -> io::Result<(Self, Opened)> {
        let path = dir.join(format!("jobs-{}.jsonl", uuid::Uuid::new_v4()));
        let lock = try_lock(&lock_path(&path))?;
        let journal = Journal::open(&path, &Replay::default())?;
        let store = Self::with(dir, journal, lock, false);
        Ok((store, Opened::default()))
    }

    fn open_main(dir: &Path, lock: FileLock, now_ms: u64) -> io::Result<(Self, Opened)> {
        atomic::sweep(dir);
        let path = dir.join(MAIN);
        let replayed = replay(&path)?;
        let mut opened = Opened::default();
        note_damage(&path, &replayed, &mut opened.notices);
        let journal = Journal::open(&path, &replayed)?;
        let mut store = Self::with(dir, journal, Some(lock), true);
        let spare = replayed.lines.saturating_sub(replayed.queue.jobs().len());
        let is_worn = spare > SPARE_LINES || replayed.damaged > 0;
        let mut jobs = replayed.queue.jobs().to_vec();
        let sides = store.take_over(&mut jobs, &mut opened.notices);
        let before = jobs.clone();
        jobs.iter_mut().for_each(|job| come_back(job, now_ms));
        forget_oldest(&mut jobs);
        if is_worn || before != jobs || !sides.is_empty() {
            store.journal.rewrite(&jobs)?;
        }
        // Only now are their jobs safe here.
        for (journal, _lock) in sides {
            let lock = lock_path(journal.path());
            let _ = journal.remove();
            let _ = fs::remove_file(lock);
        }
        opened.queue = Queue::new(jobs);
        Ok((store, opened))
    }

    fn with(dir: &Path, journal: Journal, lock: Option<FileLock>, is_main: bool) -> Self {
        Self {
            dir: dir.to_owned(),
            journal,
            lock,
            is_main,
            seen: Vec::new(),
        }
    }

    /// Adds the jobs of side journals whose writers are gone; gives those journals with their
    /// locks held.
    fn take_over(
        &self,
        jobs: &mut Vec<Job>,
        notices: &mut Vec<String>,
    ) -> Vec<(Journal, FileLock)> {
        let mut taken = Vec::new();
        for path in journals(&self.dir)
            .into_iter()
            .filter(|p| *p != self.journal.path())
        {
            let Ok(Some(lock)) = try_lock(&lock_path(&path)) else {
                continue;
            };
            let Ok(replayed) = replay(&path) else {
                notices.push(format!("'{}' cannot be read", path.display()));
                continue;
            };
            note_damage(&path, &replayed, notices);
            let Ok(journal) = Journal::open(&path, &replayed) else {
                continue;
            };
            for job in replayed.queue.jobs() {
                if !jobs.iter().any(|own| own.id == job.id) {
                    jobs.push(job.clone());
                }
            }
            taken.push((journal, lock));
        }
        taken
    }

    /// Whether this instance has the main journal.
    pub fn is_main(&self) -> bool {
        self.is_main
    }

    /// Keeps an event durably; what is not kept (progress) is no error.
    pub fn append(&mut self, event: &JobEvent) -> Result<()> {
        let path = self.journal.path().to_owned();
        self.journal
            .append(event)
            .map_err(|error| storage("the record of jobs cannot be written:", &path, error))
    }

    /// A number that no instance has used: above `above` and above every number given out.
    pub fn next_id(&self, above: JobId) -> Result<JobId> {
        let path = self.dir.join("jobs.next");
        let failed = |error| storage("no job number can be taken from", &path, error);
        let guard = self.dir.join("jobs.next.lock");
        let mut lock = None;
        for _ in 0..400 {
            lock = try_lock(&guard).map_err(failed)?;
            if lock.is_some() {
                break;
            }
            sleep(Duration::from_millis(5));
        }
        if lock.is_none() {
            return Err(failed(io::ErrorKind::WouldBlock.into()));
        }
        let last: u32 = match fs::read_to_string(&path) {
            Ok(text) => text.trim().parse().unwrap_or(0),
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(error) => return Err(failed(error)),
        };
        // A lost counter must not give numbers out again.
        let known = if last == 0 { highest(&self.dir) } else { 0 };
        let next = last.max(above.0).max(known).saturating_add(1);
        atomic::write(&path, next.to_string().as_bytes()).map_err(failed)?;
        Ok(JobId(next))
    }

    /// Jobs of other instances, when their journals changed since the last look.
    pub fn others(&mut self, now_ms: u64) -> Option<Vec<Job>> {
        let own = self.journal.path().to_owned();
        let paths = journals(&self.dir).into_iter().filter(|path| *path != own);
        let seen: Vec<_> = paths
            .filter_map(|path| {
                let meta = fs::metadata(&path).ok()?;
                let alive = is_alive(&path);
                Some((path, meta.len(), meta.modified().ok(), alive))
            })
            .collect();
        if seen == self.seen {
            return None;
        }
        let mut jobs = Vec::new();
        for (path, _, _, alive) in &seen {
            jobs.extend(read(path, *alive, now_ms));
        }
        jobs.iter_mut().for_each(|job| job.elsewhere = true);
        self.seen = seen;
        Some(jobs)
    }

    /// Takes the wishes about our own jobs.
    pub fn wishes(&self, queue: &Queue) -> Vec<(JobId, Wish)> {
        wishes::take(&self.dir, |id| queue.get(id).is_some())
    }

    /// Passes a wish on to the instance that has the job.
    pub fn pass_on(&self, id: JobId, wish: Wish) -> Result<()> {
        wishes::leave(&self.dir, id, wish)
            .map_err(|error| storage("nothing can be asked in", &self.dir, error))
    }
}

impl Drop for Store {
    /// A side journal without jobs leaves nothing behind.
    fn drop(&mut self) {
        if self.is_main {
            return;
        }
        let path = self.journal.path();
        if fs::metadata(path).is_ok_and(|meta| meta.len() == 0) {
            let _ = fs::remove_file(path);
            let _ = fs::remove_file(lock_path(path));
        }
        self.lock = None;
    }
}

fn note_damage(path: &Path, replay: &Replay, notices: &mut Vec<String>) {
    if replay.damaged > 0 {
        notices.push(format!(
            "{} of '{}' could not be read and were left out",
            match replay.damaged {
                1 => "1 line".to_owned(),
                number => format!("{number} lines"),
            },
            path.display(),
        ));
    }
}

/// A job whose process died.
fn come_back(job: &mut Job, now_ms: u64) {
    if job.has_begun() {
        Queue::end(job, JobState::Interrupted, now_ms);
    } else if job.state == JobState::Queued {
        job.state = JobState::Paused;
    }
}

fn forget_oldest(jobs: &mut Vec<Job>) {
    let ended = jobs.iter().filter(|job| job.state.is_over()).count();
    let mut excess = ended.saturating_sub(KEPT);
    jobs.retain(|job| {
        let goes = excess > 0 && job.state.is_over();
        excess -= usize::from(goes);
        !goes
    });
}

/// All journals of the folder, the main one first.
fn journals(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries
        .filter_map(std::result::Result::ok)
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path.file_name().and_then(|name| name.to_str());
            name.is_some_and(|n| n == MAIN || (n.starts_with("jobs-") && n.ends_with(".jsonl")))
        })
        .collect();
    paths.sort_by_key(|path| (path.file_name() != Some(MAIN.as_ref()), path.clone()));
    paths
}

fn read(path: &Path, alive: bool, now_ms: u64) -> Vec<Job> {
    let Ok(replayed) = replay(path) else {
        return Vec::new();
    };
    let mut jobs = replayed.queue.jobs().to_vec();
    for job in &mut jobs {
        match path.parent() {
            Some(dir) if alive => drop(progress::follow(dir, job)),
            _ => come_back(job, now_ms),
        }
    }
    jobs
}

fn highest(dir: &Path) -> u32 {
    let jobs = journals(dir)
        .into_iter()
        .flat_map(|path| read(&path, true, 0));
    jobs.map(|job| job.id.0).max().unwrap_or(0)
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}

/// All jobs of all instances, from any process, by number. A job whose process died shows as
/// interrupted.
pub fn read_all(state_dir: &Path) -> Result<Vec<Job>> {
    let mut jobs = BTreeMap::new();
    for path in journals(state_dir) {
        for job in read(&path, is_alive(&path), now_ms()) {
            jobs.entry(job.id).or_insert(job);
        }
    }
    Ok(jobs.into_values().collect())
}

/// Leaves a wish about a job for its owner. An unknown job, or one in a state that has no use for
/// the wish, is an error.
pub fn request(state_dir: &Path, id: JobId, wish: Wish) -> Result<Granted> {
    let found = journals(state_dir).into_iter().find_map(|path| {
        let alive = is_alive(&path);
        let job = read(&path, alive, now_ms())
            .into_iter()
            .find(|job| job.id == id)?;
        Some((job, alive))
    });
    let Some((job, alive)) = found else {
        return Err(Error::new(ErrorKind::Job, format!("there is no job {id}")));
    };
    let fits = match wish {
        Wish::Cancel => !job.state.is_over(),
        Wish::Retry => job.state.is_over() && job.state != JobState::Done,
    };
    if !fits {
        let state = job.state.word();
        return Err(Error::new(ErrorKind::Job, format!("job {id} is {state}")));
    }
    if !alive && wish == Wish::Cancel && cancel_for_the_dead(state_dir, id)? {
        return Ok(Granted::Done);
    }
    if !alive && wish == Wish::Retry {
        let text = format!("nobody runs jobs now who could take job {id} up again");
        return Err(Error::new(ErrorKind::Job, text)
            .hint("Open pt-stem on the same session and press t on the job, or print again"));
    }
    wishes::leave(state_dir, id, wish)
        .map_err(|error| storage("nothing can be asked in", state_dir, error))?;
    Ok(if alive { Granted::Soon } else { Granted::Later })
}

/// Cancels in the record itself; `false` when a writer has come to life meanwhile.
fn cancel_for_the_dead(state_dir: &Path, id: JobId) -> Result<bool> {
    let (mut store, opened) = Store::open(state_dir, now_ms())?;
    if !store.is_main() || opened.queue.get(id).is_none() {
        return Ok(false);
    }
    store.append(&JobEvent::Ended {
        id,
        state: JobState::Cancelled,
        at_ms: now_ms(),
        fault: None,
        report: None,
    })?;
    Ok(true)
}
