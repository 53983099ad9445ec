//! The handle of the actor that takes jobs from the queue, runs them one after another and reports.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::actor::{Actor, Order};
use super::hooks::Hooks;
use super::queue::JobCommand;
pub use super::running::Print;
use super::store::Store;
use crate::engine::{self, Context};
use crate::error::Result;
use crate::model::JobEvent;
use crate::model::link::RequestId;

/// The handle of a running runner. When the last clone is dropped the actor stops.
#[derive(Debug, Clone)]
pub struct Runner {
    commands: mpsc::Sender<Order>,
}

impl Runner {
    /// Opens the store in `state_dir`, reports [`JobEvent::Restored`], and starts. When `stop` is
    /// cancelled, a running job is cancelled and put back in order before the actor ends.
    pub fn start(
        state_dir: PathBuf,
        context: Context,
        hooks: Hooks,
        events: mpsc::Sender<JobEvent>,
        stop: CancellationToken,
    ) -> Result<Self> {
        let print: Print = Arc::new(|id, plan, context, events, cancel| {
            Box::pin(async move { engine::print(id, &plan, &context, events, cancel).await })
        });
        Self::start_with(print, &state_dir, context, hooks, events, stop)
    }

    /// The same with another engine.
    pub fn start_with(
        print: Print,
        state_dir: &Path,
        context: Context,
        hooks: Hooks,
        events: mpsc::Sender<JobEvent>,
        stop: CancellationToken,
    ) -> Result<Self> {
        let (store, opened) = Store::open(state_dir, context.clock.now().unix_ms)?;
        let (commands, inbox) = mpsc::channel(64);
        let actor = Actor {
            store,
            queue: opened.queue,
            others: Vec::new(),
            context,
            print,
            events,
            running: None,
            hooks,
            hooking: JoinSet::new(),
            asked: None,
        };
        tokio::spawn(actor.run(inbox, stop, opened.notices));
        Ok(Self { commands })
    }

    /// Queues a command; `false` when the actor has ended.
    pub async fn send(&self, command: JobCommand) -> bool {
        self.order(None, command).await
    }

    /// The same, answered by [`JobEvent::Answer`] where a number is given.
    pub async fn order(&self, ask: Option<RequestId>, command: JobCommand) -> bool {
        let order = Order { ask, command };
        self.commands.send(order).await.is_ok()
    }

    /// Resolves when the actor has ended and the session is back in order.
    pub async fn closed(&self) {
        self.commands.closed().await;
    }
}
