//! One file a command.

pub mod about;
pub mod call;
pub mod call_list;
pub mod config;
pub mod doctor;
pub mod interface;
pub mod jobs;
mod junit;
pub mod lint;
pub mod logs;
pub mod matrix;
pub mod misc;
pub mod presets;
pub mod recipes;
pub mod report;
pub mod serve;
pub mod service;
pub mod simulate;
pub mod status;
pub mod stems;
pub mod token;
pub mod tracks;
pub mod transport;

use crate::app::State;
use crate::error::{Error, ErrorKind};
use crate::model::{Job, LinkPhase};

/// Whether the jobs are known, and the session is read whole or there is none to read.
fn is_read(state: &State) -> bool {
    let is_open = state.link.phase == LinkPhase::Linked;
    state.knows_jobs && (!is_open || state.session.is_some() && state.loaded.is_whole())
}

/// Why a job ended badly.
pub fn job_error(job: &Job) -> Error {
    match &job.fault {
        Some(fault) => fault.hints.iter().fold(
            Error::new(fault.kind, format!("job {}: {}", job.id, fault.message)),
            |error, hint| error.hint(hint.clone()),
        ),
        None => Error::new(
            ErrorKind::Job,
            format!("job {} ended as {}", job.id, job.state.word()),
        ),
    }
}
