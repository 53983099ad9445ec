//! The bounce engine: Pro Tools prints one file after another with the file's tracks soloed, and
//! the session is put back on every way out. It changes nothing before the lease is on disk.

use std::path::{Path, PathBuf};
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
use super::proof::{self, StemSum};
use super::sink::Sink;
use super::sum::{self, Mix, MixFile};
use super::{Context, export, render, restore};
use crate::error::{Error, ErrorKind, Result};
use crate::media::decode::Reader;
use crate::mixdown::{BLOCK, Mixdown};
use crate::model::job::{Proof, Stage};
use crate::model::manifest::FileRole;
use crate::model::plan::PlannedStem;
use crate::model::stem::BitDepth;
use crate::model::{Finding, JobId, Level, Plan, TransportState};
use crate::ptsl::client::{Client, ExportMix};

/// How long the session's restoring waits for a connection that was lost.
const RECONNECT: Duration = Duration::from_secs(60);

/// The connection as the link has it, and the last client that worked.
struct Line {
    live: watch::Receiver<Option<Client>>,
    last: Client,
}

impl Line {
    fn new(context: &Context) -> Result<Self> {
        let none = || {
            Error::new(
                ErrorKind::NotConnected,
                "a bounce needs Pro Tools, and none is connected",
            )
            .hint("Start Pro Tools, or print with --engine render")
        };
        let live = context.client.clone().ok_or_else(none)?;
        let last = live.borrow().clone().ok_or_else(none)?;
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
    let mut line = Line::new(context)?;
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
    prove(plan, folder, cancel).await
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
    while let Some(client) = line.client(end).await {
        let left = end.saturating_duration_since(Instant::now());
        match put_back_over(&client, record, left).await {
            Err(error) if error.kind == ErrorKind::NotConnected && Instant::now() < end => {
                last = error;
            }
            outcome => return outcome,
        }
        tokio::select! {
            _ = line.live.changed() => {}
            () = tokio::time::sleep(Duration::from_millis(500)) => {}
        }
    }
    Err(last)
}

async fn put_back_over(
    client: &Client,
    record: &LeaseRecord,
    patience: Duration,
) -> Result<restore::PutBack> {
    let open = client.session_path().await?;
    if open != record.session_path {
        return Err(Error::new(
            ErrorKind::Refused,
            format!("'{open}' is open instead of '{}'", record.session_path),
        ));
    }
    restore::put_back(client, record, patience).await
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
            let took = self.context.clock.now().mono_us - started.mono_us;
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
            let finished = convert(&plan, bounced.as_deref(), gain_db, output, &sink, &cancel)?;
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
        let directory = scratch.dir().to_str().ok_or_else(|| {
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
            directory: directory.to_owned(),
            mix_source: self.plan.output.mix_source.clone(),
            sample_rate: self.plan.sample_rate,
            range: self.plan.range,
            offline: !self.plan.output.online,
        };
        let deadline = export::deadline(self.plan.seconds);
        let total = self.plan.frames();
        export::run(&self.client, &request, deadline, &self.cancel, |bytes| {
            // Stereo floats behind a header of a few dozen bytes.
            let done = (bytes / 8).min(total);
            self.sink.progress(item..item + 1, Stage::Printing, done);
        })
        .await?;
        self.scene
            .still(&self.client, isolation, &stem.name)
            .await?;
        export::find(&request, &self.plan.session_path)
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

/// Makes the asked file from what Pro Tools bounced, or from silence.
fn convert(
    plan: &Plan,
    bounced: Option<&Path>,
    gain_db: f64,
    mut output: FileOutput,
    sink: &Sink,
    cancel: &CancellationToken,
) -> Result<output::Finished> {
    let mut left = plan.range.len();
    let mut reader = bounced
        .map(|path| open_bounced(path, plan, sink))
        .transpose()?;
    let channels = reader
        .as_ref()
        .map_or(2, |r| usize::from(r.info().channels));
    let gain = libm::pow(10.0, gain_db / 20.0);
    let mut block = vec![0.0; BLOCK * channels];
    let mut stereo = Vec::with_capacity(BLOCK * 2);
    while left > 0 {
        if cancel.is_cancelled() {
            return Err(super::interrupted());
        }
        let frames = match &mut reader {
            Some(reader) => reader.read(&mut block)?,
            None => BLOCK,
        };
        let frames = frames.min(usize::try_from(left).unwrap_or(usize::MAX));
        if frames == 0 {
            break;
        }
        stereo.clear();
        for frame in block.chunks_exact(channels).take(frames) {
            match frame {
                [one] => stereo.extend([one * gain; 2]),
                [first, second, ..] => stereo.extend([first * gain, second * gain]),
                [] => {}
            }
        }
        output.push(&stereo)?;
        left -= frames as u64;
    }
    if let Some(reader) = &mut reader
        && (left > 0 || reader.read(&mut block)? > 0)
    {
        let how = if left > 0 { "shorter" } else { "longer" };
        return Err(Error::new(
            ErrorKind::Check,
            format!("Pro Tools bounced a file that is {how} than the range"),
        )
        .hint("Print again; if it stays so, set the range as a timeline selection and use range = \"selection\""));
    }
    output.finish()
}

fn open_bounced(path: &Path, plan: &Plan, sink: &Sink) -> Result<Reader> {
    let reader = Reader::open(path)?;
    let info = reader.info();
    if info.sample_rate != plan.sample_rate || !(1..=2).contains(&info.channels) {
        return Err(Error::new(
            ErrorKind::Check,
            format!(
                "Pro Tools bounced {} channels at {} Hz instead of stereo at {} Hz",
                info.channels, info.sample_rate, plan.sample_rate
            ),
        )
        .hint("Set mix_source in the recipe's [output] to a stereo output"));
    }
    if !(info.float && info.bits == 32) {
        sink.finding_blocking(
            Finding::new(
                Level::Warning,
                "bounced_depth",
                format!(
                    "Pro Tools bounced {} bits instead of 32-bit float",
                    info.bits
                ),
            )
            .fix("Peaks above full scale are lost; check the levels"),
        );
    }
    Ok(reader)
}

/// The sum of the delivered files against the printed mix, else against a render of the mix.
async fn prove(plan: &Plan, folder: Arc<OutputFolder>, cancel: CancellationToken) -> Result<Proof> {
    if let Some(why) = proof::obstacle(plan) {
        return Ok(proof::not_checked(why));
    }
    let plan = plan.clone();
    let checked = super::blocking(cancel, move |cancel| sum(&plan, &folder, &cancel)).await;
    Ok(checked.unwrap_or_else(|error| {
        proof::not_checked(format!("the sum could not be checked: {}", error.chain()))
    }))
}

fn sum(plan: &Plan, folder: &OutputFolder, cancel: &CancellationToken) -> Result<Proof> {
    let paths: Vec<PathBuf> = plan
        .stems
        .iter()
        .map(|stem| folder.dir().join(&stem.file))
        .collect();
    let source;
    let (mix, note) = match (&plan.mix, &plan.folder) {
        (Some(mix), _) => {
            let file = MixFile::open(&folder.dir().join(&mix.file))?;
            (Mix::File(file), "printed")
        }
        (None, Some(_)) => {
            source = render::Source::open(plan)?;
            let bus = source.bus(&plan.mix_tracks, 0.0)?;
            let mixdown = Mixdown::new(source.arrangement(), vec![bus], plan.range);
            (Mix::Rendered(Box::new(mixdown)), "render")
        }
        (None, None) => return Ok(proof::not_checked("no mix was printed to compare with")),
    };
    let mut sums = StemSum::default();
    let peaks = sum::compare(&paths, mix, &mut sums, cancel)?;
    for (file, peak) in plan.files().zip(peaks) {
        // What Pro Tools rounded to float, and what the written format adds.
        sums.allow(BitDepth::Float32, plan.output.dither, peak);
        sums.allow(file.bits, plan.output.dither, peak);
    }
    Ok(sums.verdict(note))
}
