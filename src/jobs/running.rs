//! The job that runs: its task, what it tells, and what of it has been reported.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinHandle};
use tokio_util::sync::CancellationToken;

use super::rate::Meter;
use crate::engine::{Brake, Context, EngineEvent};
use crate::error::Result;
use crate::model::job::{Report, Stage};
use crate::model::{JobId, Plan};

/// What carries a plan out; [`engine::print`] but in tests.
pub type Print = Arc<
    dyn Fn(
            JobId,
            Plan,
            Context,
            mpsc::Sender<EngineEvent>,
            CancellationToken,
        ) -> Pin<Box<dyn Future<Output = Result<Report>> + Send>>
        + Send
        + Sync,
>;

pub struct Running {
    pub id: JobId,
    pub cancel: CancellationToken,
    pub events: mpsc::Receiver<EngineEvent>,
    pub task: JoinHandle<Result<Report>>,
    pub meter: Meter,
    pub brake: Brake,
    /// When other processes were last told how far it is.
    pub told_us: Option<u64>,
    /// Stage and moment of the last report of each file.
    pub reported: HashMap<usize, (Stage, u64)>,
}

pub enum Step {
    Event(EngineEvent),
    Ended(std::result::Result<Result<Report>, JoinError>),
}

/// The next thing that the running job does; never, when none runs.
pub async fn step(running: &mut Option<Running>) -> Step {
    let Some(running) = running else {
        return std::future::pending().await;
    };
    tokio::select! {
        biased;
        Some(event) = running.events.recv() => Step::Event(event),
        outcome = &mut running.task => Step::Ended(outcome),
    }
}
