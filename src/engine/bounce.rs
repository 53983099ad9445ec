//! The bounce engine: Pro Tools prints one file after another with the file's tracks soloed, and
//! the session is put back on every way out. It changes nothing before the lease is on disk.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::folder::{OutputFolder, Scratch};
use super::isolate::{Isolation, Scene};
use super::lease::{self, Lease, LeaseRecord, TrackState};
use super::output::{self, Common, FileOutput};
use super::restore::{self, Stuck};
use super::sink::Sink;
use super::{Context, convert, export, sum};
use crate::error::{Error, ErrorKind, Result};
use crate::model::job::{Proof, Stage};
use crate::model::manifest::FileRole;
use crate::model::plan::PlannedStem;
use crate::model::{Finding, JobId, Level, Plan, TransportState};
use crate::ptsl::client::{BounceFormat, Client, ExportMix};

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
    let (scene, lease) = preflight(id, plan, context, &client).await?;
    for finding in &scene.findings {
        sink.finding(finding.clone()).await;
    }
    let bounce = Bounce {
        plan,
        context,
        scratch: folder.scratch(id),
        folder: folder.clone(),
        sink: sink.clone(),
        cancel: cancel.clone(),
        client,
        scene,
        lease: lease.record(),
    };
    let files = std::panic::AssertUnwindSafe(bounce.files());
    let outcome = files
        .catch_unwind()
        .await
        .unwrap_or_else(|panic| Err(super::panicked(panic.as_ref())));
    drop(bounce);
    let restored = put_back(&mut line, lease.record(), plan).await;
    match restored {
        Ok(restored) => {
            lease.close()?;
            if !restored.timeline {
                sink.finding(selection_differs()).await;
            }
            outcome?;
        }
        Err(error) => return Err(not_put_back(error, outcome.err())),
    }
    sum::prove(plan, folder, cancel).await
}

fn selection_differs() -> Finding {
    Finding::new(
        Level::Warning,
        "selection_changed",
        "the timeline selection of before the bounce could not be put back",
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
    .hint("Run `pt-stem rescue` when Pro Tools answers again: it puts them back");
    whole.source = source;
    whole.hints.extend(hints);
    match earlier {
        Some(earlier) => whole.hint(format!("The bounce had ended because: {}", earlier.chain())),
        None => whole,
    }
}

/// Checks everything that can be checked while nothing is changed, and takes the lease.
async fn preflight(
    id: JobId,
    plan: &Plan,
    context: &Context,
    client: &Client,
) -> Result<(Scene, Lease)> {
    let session_path = client.session_path().await?;
    if session_path != plan.session_path {
        return Err(Error::new(
            ErrorKind::Job,
            format!(
                "the plan is for '{}', but '{session_path}' is open",
                plan.session_path
            ),
        )
        .hint("Open that session, or make the plan again"));
    }
    if client.transport().await?.state != TransportState::Stopped {
        return Err(Error::new(
            ErrorKind::Refused,
            "the transport is running, and Pro Tools cannot bounce while it does",
        )
        .hint("Stop the transport first"));
    }
    check_source(client, &plan.output.mix_source).await?;
    let tracks = client.tracks().await?;
    let scene = Scene::new(plan, &tracks)?;
    lease::refuse_left_behind(&context.state_dir, client.address(), &session_path, &tracks)?;
    let lease = Lease::take(
        &context.state_dir,
        LeaseRecord {
            job: id,
            address: client.address().to_owned(),
            session: plan.session.clone(),
            session_path,
            taken_ms: context.clock.now().unix_ms,
            tracks: tracks.iter().map(TrackState::from).collect(),
            timeline: client.timeline().await.ok(),
            is_embedded: context.is_embedded,
        },
    )?;
    Ok((scene, lease))
}

/// Names differ by a format behind them, as in `Out 1-2 (Stereo)`. A server that cannot list its
/// sources is asked by the bounce itself.
async fn check_source(client: &Client, source: &str) -> Result<()> {
    let (kind, name) = source.split_once(':').unwrap_or(("output", source));
    let Ok(known) = client.mix_sources(kind).await else {
        return Ok(());
    };
    let fits = |known: &String| known == name || known.starts_with(&format!("{name} ("));
    if known.iter().any(fits) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Job,
        format!("the session has no {kind} '{name}' to bounce from"),
    )
    .hint(match known.as_slice() {
        [] => format!("It has no {kind} at all; set mix_source in the recipe's [output]"),
        known => format!(
            "Set mix_source in the recipe's [output]; there are: {}",
            known
                .iter()
                .take(8)
                .map(|name| crate::model::text::clean(name).into_owned())
                .collect::<Vec<_>>()
                .join(", ")
        ),
    }))
}

/// Restores what the lease recorded, over whichever connection there is, for a bounded time.
async fn put_back(line: &mut Line, record: &LeaseRecord, plan: &Plan) -> Result<restore::PutBack> {
    // A bounce that was given up may keep Pro Tools busy for as long as a bounce takes.
    let patience = RECONNECT + Duration::from_secs_f64(plan.seconds.clamp(0.0, 1e6));
    let end = Instant::now() + patience;
    let mut last = Error::new(
        ErrorKind::NotConnected,
        "the connection to Pro Tools was lost",
    );
    // A server that is gone is waited for no longer than that; one that is busy, as long as it takes.
    while let Some(client) = line.client(end.min(Instant::now() + RECONNECT)).await {
        let left = end.saturating_duration_since(Instant::now());
        match restore::put_back(&client, record, left).await {
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

/// One bounce of all files, between taking the lease and putting the session back.
struct Bounce<'a> {
    plan: &'a Plan,
    context: &'a Context,
    scratch: Result<Scratch>,
    folder: Arc<OutputFolder>,
    sink: Arc<Sink>,
    cancel: CancellationToken,
    client: Client,
    scene: Scene,
    lease: &'a LeaseRecord,
}

impl Bounce<'_> {
    async fn files(&self) -> Result<()> {
        for (item, (stem, role)) in super::roles(self.plan).enumerate() {
            if self.cancel.is_cancelled() {
                return Err(super::interrupted());
            }
            self.sink.stage(item, Stage::Printing, 0).await;
            let started = self.context.clock.now();
            let outcome = self.file(item, stem, role).await;
            let took = self
                .context
                .clock
                .now()
                .mono_us
                .saturating_sub(started.mono_us);
            tracing::info!(stem = %stem.name, took_us = took, ok = outcome.is_ok(), "bounced");
            let (stage, done) = match outcome {
                Ok(true) => (Stage::Done, self.plan.frames()),
                Ok(false) | Err(_) => (Stage::Failed, 0),
            };
            self.sink.stage(item, stage, done).await;
            outcome.map_err(|error| about(stem, error))?;
        }
        Ok(())
    }

    /// Makes one file; says whether it was good enough to be delivered.
    async fn file(&self, item: usize, stem: &PlannedStem, role: FileRole) -> Result<bool> {
        let isolation = self.scene.files.get(item).cloned().unwrap_or_default();
        let bounced = if isolation.is_silent() {
            self.sink.finding(silent_stem(stem)).await;
            None
        } else {
            Some(self.export(item, stem, &isolation).await?)
        };
        let done = self.plan.frames();
        self.sink.stage(item, Stage::Verifying, done).await;
        let (plan, stem) = (self.plan.clone(), stem.clone());
        let (folder, sink) = (self.folder.clone(), self.sink.clone());
        super::blocking(self.cancel.clone(), move |cancel| {
            let output = FileOutput::create(&folder, Common::of(&plan), &stem, role)?;
            let gain_db = stem.gain_db;
            let finished =
                convert::run(&plan, bounced.as_deref(), gain_db, output, &sink, &cancel)?;
            if let Some(path) = bounced {
                let _ = std::fs::remove_file(path);
            }
            output::deliver(finished, &folder, &sink)
        })
        .await
    }

    /// Isolates the tracks, sets the range, bounces; returns where the file is.
    async fn export(
        &self,
        item: usize,
        stem: &PlannedStem,
        isolation: &Isolation,
    ) -> Result<PathBuf> {
        let scratch = match &self.scratch {
            Ok(scratch) => scratch,
            Err(error) => return Err(Error::new(error.kind, error.chain())),
        };
        let paths = &self.context.paths;
        let directory = paths.to_theirs(scratch.dir()).ok_or_else(|| {
            Error::new(
                ErrorKind::Storage,
                format!(
                    "'{}' is no path that Pro Tools can be told",
                    scratch.dir().display()
                ),
            )
        })?;
        self.scene.apply(&self.client, isolation).await?;
        self.client.set_timeline(None, self.plan.range).await?;
        let request = ExportMix {
            file_name: format!(
                "pt-stem-{}-{}-{}",
                self.lease.job,
                item + 1,
                self.lease.taken_ms
            ),
            directory,
            sources: vec![self.plan.output.mix_source.clone()],
            format: BounceFormat::Wav,
            sample_rate: self.plan.sample_rate,
            range: self.plan.range,
            offline: !self.plan.output.online,
        };
        let deadline = export::deadline(self.plan.seconds);
        let total = self.plan.frames();
        let (client, folder) = (&self.client, scratch.dir());
        export::run(client, &request, folder, deadline, &self.cancel, |bytes| {
            // Stereo floats behind a header of a few dozen bytes.
            let done = (bytes / 8).min(total);
            self.sink.progress(item..item + 1, Stage::Printing, done);
        })
        .await?;
        self.scene
            .still(&self.client, isolation, &stem.name)
            .await?;
        let session_file = paths.to_ours(&self.plan.session_path);
        export::find(&request, folder, session_file.as_deref())
    }
}

/// Says which file an error is about.
fn about(stem: &PlannedStem, error: Error) -> Error {
    if error.kind == ErrorKind::Interrupted || error.message.contains(&stem.name) {
        return error;
    }
    let mut whole = Error::new(error.kind, format!("'{}': {}", stem.name, error.message));
    whole.source = error.source;
    whole.hints = error.hints;
    whole
}

fn silent_stem(stem: &PlannedStem) -> Finding {
    Finding::new(
        Level::Warning,
        "silent_stem",
        format!(
            "every track of '{}' is muted or inactive: the file is silence",
            stem.name
        ),
    )
    .stem(stem.name.clone())
    .file(stem.file.clone())
    .fix("Unmute its tracks and print again if sound was meant")
}
