//! How a stem becomes a file: the render and bounce engines, the lease that puts a session back,
//! and the checks and proof that decide what a file is worth.

pub mod bounce;
pub mod lease;
pub mod output;
pub mod proof;
pub mod render;
pub mod verify;

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::model::job::{Report, Stage};
use crate::model::manifest::ManifestFile;
use crate::model::{Finding, JobId, Plan};
use crate::ptsl::client::Client;

/// What an engine tells while it works.
#[derive(Debug, Clone)]
pub enum EngineEvent {
    /// `item` counts [`Plan::files`]; `done` in frames of the written file.
    Progress {
        item: usize,
        stage: Stage,
        done: u64,
    },
    FileDone(Box<ManifestFile>),
    Finding(Finding),
}

/// The world that a job runs in.
#[derive(Clone)]
pub struct Context {
    /// The live client, when there is one: always for a bounce, never needed by a render.
    pub client: Option<watch::Receiver<Option<Client>>>,
    pub clock: Arc<dyn Clock>,
    /// Where leases are recorded.
    pub state_dir: PathBuf,
}

/// Carries out a plan. On success every file stands under its final name with the manifest beside
/// it. On failure, cancel or panic: finished files stay, unfinished ones leave nothing but `.part`
/// files which are removed, and the session is as it was before.
///
/// Cancelling gives an error of kind [`ErrorKind::Interrupted`].
pub async fn print(
    _id: JobId,
    _plan: &Plan,
    _context: &Context,
    _events: mpsc::Sender<EngineEvent>,
    _cancel: CancellationToken,
) -> Result<Report> {
    Err(Error::new(ErrorKind::Internal, "no engine"))
}
