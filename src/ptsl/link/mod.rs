//! The connection actor: connects, registers, polls what has no event, reconnects with backoff,
//! fetches everything anew after a loss, and carries out requests one after another.

mod absence;
mod actor;
mod desk;
mod ears;
mod poll;
mod requests;
mod round_trip;
mod seen;
mod working;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::client::Client;
use super::request::LinkCommand;
use crate::clock::Clock;
use crate::model::LinkEvent;
use crate::telemetry::calls::Calls;

/// Where and how to connect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkOptions {
    pub host: String,
    pub port: u16,
    /// Deadline of ordinary calls.
    pub timeout: Duration,
    /// Time between two polls of what moves (transport, track states).
    pub poll: Duration,
    /// Connect at once and keep trying; `false` waits for [`LinkCommand::Connect`].
    pub autoconnect: bool,
}

/// The handle of a running link.
#[derive(Debug, Clone)]
pub struct Link {
    commands: mpsc::Sender<LinkCommand>,
    client: watch::Receiver<Option<Client>>,
}

impl Link {
    /// Starts the actor on the current runtime. Events go to `events` until `stop` is cancelled.
    ///
    /// After every (re)connection come Server, Session, Phase, Tracks, Markers, Selection and
    /// Transport, and from then on each of them only when it changes.
    pub fn start(
        options: LinkOptions,
        clock: Arc<dyn Clock>,
        events: mpsc::Sender<LinkEvent>,
        stop: CancellationToken,
    ) -> Self {
        super::wire::prepare();
        Self::counted(options, clock, events, stop, Calls::default())
    }

    /// The same, and every call is counted in `calls`.
    pub fn counted(
        options: LinkOptions,
        clock: Arc<dyn Clock>,
        events: mpsc::Sender<LinkEvent>,
        stop: CancellationToken,
        calls: Calls,
    ) -> Self {
        let (commands, inbox) = mpsc::channel(64);
        let (keep, client) = watch::channel(None);
        let desk = desk::Desk::new(inbox, events, stop, clock);
        tokio::spawn(actor::run(options, calls, desk, keep));
        Self { commands, client }
    }

    /// Queues a command; `false` when the actor has ended.
    pub async fn send(&self, command: LinkCommand) -> bool {
        self.commands.send(command).await.is_ok()
    }

    /// The registered client, while there is one; changes with every reconnection.
    pub fn client(&self) -> watch::Receiver<Option<Client>> {
        self.client.clone()
    }
}
