//! The bounce engine: Pro Tools prints the files, each in the way that the plan chose, and the
//! session is put back on every way out. It changes nothing before the lease is on disk.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::hold::Hold;
use super::lease::Lease;
use super::passes::Bounce;
use super::restore::{self, Contact, PutBack, Stuck};
use super::sink::Sink;
use super::states::{ByHand, word};
use super::writing::folder::OutputFolder;
use super::{Context, derive, preflight, sum};
use crate::error::{Error, ErrorKind, Result};
use crate::model::job::Proof;
use crate::model::{Finding, JobId, Level, Plan};
use crate::ptsl::client::Client;

/// How long the beginning of a bounce and the session's restoring wait for a connection.
const RECONNECT: Duration = Duration::from_secs(60);

/// The connection as the link has it, and the last client that worked.
struct Line {
    live: watch::Receiver<Option<Client>>,
    last: Client,
}

impl Line {
    /// Waits for a connection that is just being made: a queue of jobs must not fail one after
    /// another because the line was down for a moment.
    async fn new(context: &Context, cancel: &CancellationToken) -> Result<Self> {
        let none = || {
            Error::new(
                ErrorKind::NotConnected,
                "a bounce needs Pro Tools, and none is connected",
            )
            .hint("Start Pro Tools, or print with --engine render")
        };
        let mut live = context.client.clone().ok_or_else(none)?;
        let connected = async {
            let client = live.wait_for(Option::is_some).await;
            client.ok().and_then(|client| client.clone())
        };
        let last = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(super::interrupted()),
            last = tokio::time::timeout(RECONNECT, connected) => last.ok().flatten(),
        };
        let last = last.ok_or_else(none)?;
        Ok(Self { live, last })
    }

    /// The client of the present connection; waits for one until `end`. When the link has ended,
    /// the last client is all there is.
    async fn client(&mut self, end: Instant) -> Option<Client> {
        loop {
            if let Some(client) = self.live.borrow_and_update().clone() {
                self.last = client.clone();
                return Some(client);
            }
            match tokio::time::timeout_at(end, self.live.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return Some(self.last.clone()),
                Err(_) => return None,
            }
        }
    }
}

/// Bounces all files of the plan.
pub async fn print(
    id: JobId,
    plan: &Plan,
    context: &Context,
    folder: Arc<OutputFolder>,
    sink: Arc<Sink>,
    cancel: CancellationToken,
) -> Result<Proof> {
    let mut line = Line::new(context, &cancel).await?;
    let client = line.last.clone();
    let ready = preflight::check(id, plan, context, &client).await?;
    for finding in ready.findings {
        sink.finding(finding).await;
    }
    let mut bounce = Bounce {
        plan,
        context,
        scratch: folder.scratch(id),
        folder: folder.clone(),
        sink: sink.clone(),
        cancel: cancel.clone(),
        client,
        scene: ready.scene,
        hold: Hold::new(ready.lease),
        kept: HashMap::new(),
    };
    let outcome = std::panic::AssertUnwindSafe(bounce.run())
        .catch_unwind()
        .await
        .unwrap_or_else(|panic| Err(super::panicked(panic.as_ref())));
    let lease = bounce.hold.into_lease();
    close(&mut line, lease, plan, &sink, outcome).await?;
    derive::versions(plan, bounce.kept, &folder, &sink, &cancel).await?;
    sum::prove(plan, folder, cancel).await
}

/// Puts the session back and ends the lease; what the job came to is told with what came of that.
async fn close(
    line: &mut Line,
    lease: Lease,
    plan: &Plan,
    sink: &Sink,
    outcome: Result<()>,
) -> Result<()> {
    match put_back(line, &lease, plan).await {
        Ok(back) => {
            for change in &back.by_hand {
                sink.finding(changed_by_hand(change)).await;
            }
            if !back.timeline {
                sink.finding(selection_differs()).await;
            }
            if back.unanswered.is_empty() {
                lease.close()?;
                return outcome;
            }
            // The record stays for the next contact; it is written already.
            drop(lease);
            sink.finding(may_come_late()).await;
            outcome.map_err(|error| error.hint(LATE_HINT))
        }
        Err(error) => Err(not_put_back(error, outcome.err())),
    }
}

const LATE_HINT: &str = "A command that Pro Tools did not answer may still be carried out: the lease stays open, and a running pt-stem looks again by itself; `pt-stem rescue` does it by hand";

fn may_come_late() -> Finding {
    Finding::new(
        Level::Warning,
        "lease_open",
        "the session is as it was, but a command that Pro Tools did not answer may still be carried out",
    )
    .fix("dismiss Pro Tools' dialogs; a running pt-stem looks again by itself, `pt-stem rescue` does it by hand")
}

fn changed_by_hand(change: &ByHand) -> Finding {
    let what = word(change.flag, change.on);
    Finding::new(
        Level::Warning,
        "changed_by_hand",
        format!(
            "'{}' was {what} by somebody while the job ran: that stays",
            change.name
        ),
    )
    .track(change.name.clone())
    .fix("nothing, unless it was not meant")
}

fn selection_differs() -> Finding {
    Finding::new(
        Level::Warning,
        "selection_changed",
        "the timeline selection is not that of before the bounce: somebody made another, or it could not be put back",
    )
}

fn not_put_back(error: Error, earlier: Option<Error>) -> Error {
    let Error {
        kind,
        message,
        source,
        hints,
    } = error;
    let mut whole = Error::new(
        kind,
        format!("solo and mute could not be put back: {message}"),
    )
    .hint("A running pt-stem puts them back when that session answers again; `pt-stem rescue` does it by hand");
    whole.source = source;
    whole.hints.extend(hints);
    match earlier {
        Some(earlier) => {
            whole = whole.hint(format!("The bounce had ended because: {}", earlier.chain()));
            whole.hints.extend(earlier.hints);
            whole
        }
        None => whole,
    }
}

/// Restores what the lease recorded, over whichever connection there is, for a bounded time.
async fn put_back(line: &mut Line, lease: &Lease, plan: &Plan) -> Result<PutBack> {
    // A bounce that was given up may keep Pro Tools busy for as long as a bounce takes.
    let patience = RECONNECT + Duration::from_secs_f64(plan.seconds.clamp(0.0, 1e6));
    let end = Instant::now() + patience;
    let mut last = Error::new(
        ErrorKind::NotConnected,
        "the connection to Pro Tools was lost",
    );
    let mut record = lease.record().clone();
    let keep = |record: &_| lease.save_as(record);
    // A server that is gone is waited for no longer than that; one that is busy, as long as it takes.
    while let Some(client) = line.client(end.min(Instant::now() + RECONNECT)).await {
        let left = end.saturating_duration_since(Instant::now());
        let outcome = restore::put_back(&client, &mut record, &keep, left, Contact::Ending).await;
        lease.save_as(&record)?;
        match outcome {
            Err(Stuck::Line(error)) if Instant::now() < end => last = error.into(),
            outcome => return Ok(outcome?),
        }
        tokio::select! {
            _ = line.live.changed() => {}
            () = tokio::time::sleep(Duration::from_millis(500)) => {}
        }
    }
    Err(last)
}
