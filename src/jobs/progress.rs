//! How far running jobs are, for other processes: `<state>/progress/<id>.json`, written by a job's
//! owner at most twice a second and gone when the job ends. A hint, never the record.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::model::job::Stage;
use crate::model::{Job, JobEvent, JobId};

/// Microseconds between two writes about one job.
pub const PACE_US: u64 = 500_000;
/// No job has so many files that it tells more.
const LARGEST: u64 = 4 << 20;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Told {
    rate: f64,
    /// Stage and frames done of each file.
    items: Vec<(Stage, u64)>,
}

fn folder(state_dir: &Path) -> PathBuf {
    state_dir.join("progress")
}

fn file(state_dir: &Path, id: JobId) -> PathBuf {
    folder(state_dir).join(format!("{id}.json"))
}

/// Tells how far a job is.
pub fn write(state_dir: &Path, job: &Job) -> io::Result<()> {
    let told = Told {
        rate: job.rate,
        items: job.items.iter().map(|i| (i.stage, i.done)).collect(),
    };
    let path = file(state_dir, job.id);
    fs::create_dir_all(folder(state_dir))?;
    // Whole for every reader; that it survives a crash is not wanted.
    let aside = path.with_extension("new");
    fs::write(&aside, serde_json::to_vec(&told)?)?;
    fs::rename(&aside, &path)
}

/// A job has ended.
pub fn forget(state_dir: &Path, id: JobId) {
    let _ = fs::remove_file(file(state_dir, id));
}

/// Takes away what dead processes told; `lives` names the jobs that somebody runs.
pub fn sweep(state_dir: &Path, lives: impl Fn(JobId) -> bool) {
    let Ok(entries) = fs::read_dir(folder(state_dir)) else {
        return;
    };
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        let id = path
            .file_stem()
            .and_then(|stem| stem.to_str()?.parse().ok());
        if id.is_none_or(|id| !lives(JobId(id))) {
            let _ = fs::remove_file(path);
        }
    }
}

fn read(state_dir: &Path, id: JobId) -> Option<Told> {
    let mut bytes = Vec::new();
    let file = fs::File::open(file(state_dir, id)).ok()?;
    file.take(LARGEST).read_to_end(&mut bytes).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Brings a job that another process runs up to date; gives what has changed.
pub fn follow(state_dir: &Path, job: &mut Job) -> Vec<JobEvent> {
    if !job.has_begun() {
        return Vec::new();
    }
    let Some(told) = read(state_dir, job.id) else {
        return Vec::new();
    };
    let rate = if told.rate.is_finite() {
        told.rate
    } else {
        0.0
    };
    job.rate = rate;
    let mut changed = Vec::new();
    for (item, (stage, done)) in told.items.into_iter().enumerate() {
        let Some(known) = job.items.get_mut(item) else {
            break;
        };
        let done = done.min(known.total);
        if (known.stage, known.done) != (stage, done) {
            (known.stage, known.done) = (stage, done);
            changed.push(JobEvent::Progress {
                id: job.id,
                item,
                stage,
                done,
                rate,
            });
        }
    }
    changed
}
