//! What an ended job is worth: failed checks and panics as faults, and whether the files that it left
//! are still its own. And clearing up after jobs that died.

use std::path::Path;
use std::time::Duration;

use tokio::task::JoinError;

use crate::engine::sweep_dead;
use crate::error::{Error, ErrorKind};
use crate::model::job::Report;
use crate::model::link::Fault;
use crate::model::text::clean;
use crate::model::{Job, JobId, JobState, Level, Plan};

/// The fault of a job whose files are there but not right.
pub fn failed_check(report: &Report) -> Option<Fault> {
    let mut errors = report.findings.iter().filter(|f| f.level == Level::Error);
    let first = errors.next()?;
    let more = match errors.count() {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    Some(Fault {
        kind: ErrorKind::Check,
        message: format!("{}{more}", clean(&first.text)),
        hints: (!first.fix.is_empty())
            .then(|| first.fix.clone())
            .into_iter()
            .collect(),
    })
}

pub fn panicked(error: JoinError) -> Fault {
    let why = match error.try_into_panic() {
        Ok(panic) => panic
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "no reason given".to_owned()),
        Err(error) => error.to_string(),
    };
    Fault::from(
        Error::new(ErrorKind::Internal, format!("the engine broke off: {why}"))
            .hint("If this was a bounce, :rescue puts the session back")
            .hint("Please report this with the log file"),
    )
}

/// Whether every file of the plan that exists was written by this job and is as it left it.
/// Blocks: it reads them all.
pub fn all_ours(job: &Job) -> bool {
    let written = job.report.as_ref().map_or(&[][..], |report| &report.files);
    let mut found = false;
    for file in job.plan.written() {
        let path = job.plan.output.dir.join(file);
        if std::fs::symlink_metadata(&path).is_err() {
            continue;
        }
        found = true;
        let ours = written.iter().find(|done| done.path == *file);
        let is_same = ours.is_some_and(|ours| checksum(&path).is_some_and(|c| c == ours.checksum));
        if !is_same {
            return false;
        }
    }
    found
}

fn checksum(path: &Path) -> Option<String> {
    let mut hasher = blake3::Hasher::new();
    let mut file = std::fs::File::open(path).ok()?;
    std::io::copy(&mut file, &mut hasher).ok()?;
    Some(format!("blake3:{}", hasher.finalize().to_hex()))
}

/// Longest time that clearing up after dead jobs keeps the queue: a network folder may be away.
const SWEEP: Duration = Duration::from_secs(10);

/// Removes what jobs left in their folders that died with the program.
pub async fn sweep(jobs: &[Job], state_dir: &Path) {
    let dead: Vec<(JobId, Plan)> = jobs
        .iter()
        .filter(|job| job.state == JobState::Interrupted)
        .map(|job| (job.id, job.plan.clone()))
        .collect();
    let state_dir = state_dir.to_owned();
    let sweeping = tokio::task::spawn_blocking(move || {
        for (id, plan) in dead {
            sweep_dead(id, &plan, &state_dir);
        }
    });
    let _ = tokio::time::timeout(SWEEP, sweeping).await;
}
