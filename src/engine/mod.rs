//! How a stem becomes a file: the render and bounce engines, the lease that puts a session back,
//! and the checks and proof that decide what a file is worth.

mod another;
pub mod bounce;
mod brake;
mod compare;
mod convert;
mod derive;
mod diagnose;
mod export;
mod hold;
pub mod inspect;
mod isolate;
pub mod lease;
pub mod lint;
pub mod live;
mod manifest;
pub mod overview;
pub mod own_audio;
mod passes;
mod preflight;
mod present;
pub mod proof;
mod remarks;
pub mod render;
pub mod rescue;
mod restore;
mod scene;
mod silence;
mod sink;
mod slices;
mod source;
pub mod states;
mod sum;
mod through;
pub mod verify;
mod voice;
mod writing;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::audio::resample;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::media::container::{Container, WriteSpec};
use crate::model::job::{Report, Stage};
use crate::model::level::LiveLevels;
use crate::model::manifest::{FileRole, ManifestFile};
use crate::model::paths::PathMap;
use crate::model::plan::{PlanKind, PlannedStem, Term};
use crate::model::stem::{BitDepth, EngineKind, OnExisting, Way};
use crate::model::{Finding, JobId, Layout, Level, Plan, layout};
use crate::ptsl::client::Client;
pub use brake::Brake;
use sink::Sink;
use writing::folder::OutputFolder;
pub use writing::folder::sweep_dead;
use writing::md5_list;

/// What an engine tells while it works.
#[derive(Debug, Clone)]
pub enum EngineEvent {
    /// `item` counts [`Plan::files`]; `done` in frames of the written file.
    Progress {
        item: usize,
        stage: Stage,
        done: u64,
    },
    /// What a file of the render engine sounds like now.
    Levels {
        item: usize,
        levels: Box<LiveLevels>,
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
    /// The server is this program's own simulator and dies with it: its leases need no rescue.
    pub is_embedded: bool,
    /// Folders of Pro Tools' machine as they are mounted here.
    pub paths: PathMap,
    /// Holds a render; a bounce has Pro Tools' solo and mute in its hands and is never held.
    pub brake: Brake,
}

impl Context {
    /// The version of PTSL that is spoken now.
    fn ptsl(&self) -> Option<String> {
        let client = self.client.as_ref()?.borrow();
        client.as_ref().map(|client| client.server().ptsl_version)
    }
}

/// Carries out a plan. On success every file stands under its final name with the manifest beside
/// it. On failure, cancel or panic: finished files stay, unfinished ones leave nothing but `.part`
/// files which are removed, and the session is as it was before.
///
/// A report may hold findings of level error (`sum_failed` where the proof is required, `silent`):
/// the job has then failed although files were delivered.
///
/// Cancelling gives an error of kind [`ErrorKind::Interrupted`].
pub async fn print(
    id: JobId,
    plan: &Plan,
    context: &Context,
    events: mpsc::Sender<EngineEvent>,
    cancel: CancellationToken,
) -> Result<Report> {
    refuse(plan)?;
    if plan.engine == EngineKind::Render {
        let (plan, context) = (plan.clone(), context.clone());
        look(&cancel, async move { live::check(&plan, &context).await }).await?;
    }
    if plan.output.on_existing == OnExisting::Replace {
        let planned = plan.clone();
        let looking = blocking(cancel.clone(), move |_| own_audio::spare(&planned));
        look(&cancel, looking).await?;
    }
    let folder = Arc::new(OutputFolder::take(
        plan,
        &context.state_dir,
        context.clock.now(),
    )?);
    let has_manifest = plan.kind == PlanKind::Stems;
    if has_manifest {
        // A manifest that is not ours must not be found in the way after a night of printing.
        manifest::read(folder.dir())?;
    }
    let sink = Arc::new(Sink::new(events));
    let (stop, cancelled) = (cancel.clone(), cancel.clone());
    let outcome = match plan.engine {
        EngineKind::Render => {
            let brake = context.brake.clone();
            render::print(plan, folder.clone(), sink.clone(), brake, cancel).await
        }
        EngineKind::Bounce => {
            bounce::print(id, plan, context, folder.clone(), sink.clone(), cancel).await
        }
    };
    let report = match &outcome {
        Ok(proof) => {
            let proof = proof.clone();
            let mut proof = sum::explained(plan, folder.clone(), proof, stop).await;
            proof.name_places(|frame| plan.ruler.timecode_at(plan.sample_at(frame)).to_string());
            for finding in silence::of_cut_audio(plan) {
                sink.finding(finding).await;
            }
            let failed = proof::finding(&proof, proof::is_required(plan, &proof));
            if let Some(finding) = failed.or_else(|| proof::unmade(&proof, plan)) {
                sink.finding(finding).await;
            }
            let (mut files, found) = sink.take();
            if plan.output.md5 {
                let dir = folder.dir().to_owned();
                let noted = blocking(cancelled.clone(), move |cancel| {
                    md5_list::note(&dir, &mut files, &cancel)?;
                    Ok(files)
                });
                files = noted.await?;
            }
            proof::diagnose(&mut proof, &files);
            let held = lint::of_print(plan, &files);
            let planned = plan.findings.iter().cloned();
            Report {
                files,
                findings: planned.chain(found).chain(held).collect(),
                proof,
            }
        }
        Err(error) => {
            let (files, found) = sink.take();
            let mut report = manifest::unfinished(files, "the job did not finish");
            report.findings = found;
            report.findings.push(Finding::new(
                Level::Error,
                "unfinished",
                crate::model::text::clean(&error.chain()).into_owned(),
            ));
            report
        }
    };
    if has_manifest && !report.files.is_empty() {
        let ran = manifest::Ran {
            begun: folder.begun(),
            ended: context.clock.now(),
            ptsl: context.ptsl(),
        };
        let manifest = manifest::of_print(plan, &report, &ran);
        let written = manifest::write(folder.dir(), manifest).and_then(|()| {
            let list = plan.output.md5.then(|| md5_list::write(folder.dir()));
            list.transpose()
        });
        if outcome.is_ok() {
            written?;
        } else if let Err(error) = written {
            tracing::warn!(error = %error.chain(), "the manifest of an ended job");
        }
    }
    outcome.map(|_| report)
}

/// Says no before anything is made, with the reason.
fn refuse(plan: &Plan) -> Result<()> {
    let errors: Vec<&Finding> = plan
        .findings
        .iter()
        .filter(|finding| finding.level == Level::Error)
        .collect();
    if let Some(first) = errors.first() {
        let more = match errors.len() - 1 {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        let refusal = Error::new(
            ErrorKind::Recipe,
            format!("the plan has errors: {}{more}", first.text),
        );
        return Err(errors
            .iter()
            .filter(|finding| !finding.fix.is_empty())
            .take(5)
            .fold(refusal, |error, finding| error.hint(finding.fix.clone())));
    }
    let no = |text: String| Err(Error::new(ErrorKind::Recipe, text));
    if plan.range.is_empty() || plan.frames() == 0 {
        return no("the range is empty".into());
    }
    if plan.files().next().is_none() {
        return no("the plan has no files".into());
    }
    if plan.is_converted() {
        resample::check(plan.sample_rate, plan.output.rate, plan.width())
            .map_err(convert::refusal)?;
        if let Some(stem) = plan.files().find(|stem| stem.format.is_handed_through()) {
            return no(format!(
                "'{}' comes from Pro Tools at the session's rate and is not converted",
                stem.file
            ));
        }
    }
    if let Some(why) = proof::impossible(plan) {
        let text = format!("proof = \"required\", but the sum cannot be checked: {why}");
        return Err(Error::new(ErrorKind::Recipe, text)
            .hint("Set proof = \"report\" to print without that proof"));
    }
    let mut names = HashSet::new();
    for stem in plan.files() {
        if stem.format.holds_integers_only() && stem.bits == BitDepth::Float32 {
            return no(format!(
                "'{}' cannot hold 32-bit float: AIFF and FLAC are printed with 16 or 24 bits",
                stem.file
            ));
        }
        if stem.format.is_handed_through() && plan.engine == EngineKind::Render {
            return no(format!("'{}' can be made by Pro Tools only", stem.file));
        }
        let is_one = |term: &Term| term.file < plan.printed().count();
        if let Some(formula) = &stem.formula
            && !formula.terms.iter().all(is_one)
        {
            return no(format!(
                "'{}' is computed from what is not printed",
                stem.name
            ));
        }
        if stem.way == Way::Source && stem.source.is_none() {
            return no(format!("'{}' names no mix source", stem.name));
        }
        if Layout::of(stem.channel_count).is_none() {
            let (file, count) = (&stem.file, stem.channel_count);
            return no(format!(
                "'{file}' would have {count} channels: files have 1 to {}",
                layout::MOST
            ));
        }
        if let Some(why) = stem.format.no_room(stem.file_channels()) {
            return no(format!("'{}' {why}", stem.file));
        }
        if !stem.more_files.is_empty() && stem.written().count() != usize::from(stem.channel_count)
        {
            return no(format!("'{}' has a file too many or too few", stem.name));
        }
        let spec = WriteSpec {
            sample_rate: plan.output.rate,
            channels: stem.file_channels(),
            bits: stem.bits,
            time_reference: Some(0),
        };
        if plan.frames() > Container::of(stem.format).most_frames(&spec) {
            return no(format!(
                "'{}' would be larger than 4 GiB, which an AIFF file cannot be: print WAV, fewer \
                 bits or the range in parts",
                stem.file,
            ));
        }
        for file in stem.written() {
            if !names.insert(file.to_lowercase()) {
                return no(format!("two files would be called '{file}'"));
            }
        }
    }
    Ok(())
}

/// The files of a plan with what they are.
fn roles(plan: &Plan) -> impl Iterator<Item = (&PlannedStem, FileRole)> {
    let stems = plan.stems.iter().map(|stem| (stem, FileRole::Stem));
    let mix = plan.mix.iter().map(|mix| (mix, FileRole::Mix));
    let versions = plan.versions.iter();
    let versions = versions.map(|version| (version, FileRole::Version));
    stems.chain(mix).chain(versions)
}

/// The error of a cancelled job.
fn interrupted() -> Error {
    Error::new(ErrorKind::Interrupted, "cancelled")
}

/// Waits for what only looks. Cancelled, it is not waited for any more, and comes to its end unheard.
async fn look<T: Send + 'static>(
    cancel: &CancellationToken,
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    let mut task = JoinSet::new();
    task.spawn(work);
    match cancel.run_until_cancelled(task.join_next()).await {
        Some(Some(Ok(outcome))) => outcome,
        Some(Some(Err(error))) if error.is_panic() => Err(panicked(error.into_panic().as_ref())),
        _ => Err(interrupted()),
    }
}

/// Runs `work` in a blocking thread. It is told to stop when the returned future is dropped; a
/// panic in it becomes an error.
async fn blocking<T: Send + 'static>(
    cancel: CancellationToken,
    work: impl FnOnce(CancellationToken) -> Result<T> + Send + 'static,
) -> Result<T> {
    let token = cancel.child_token();
    let _stops = token.clone().drop_guard();
    match tokio::task::spawn_blocking(move || work(token)).await {
        Ok(outcome) => outcome,
        Err(error) => Err(match error.try_into_panic() {
            Ok(panic) => panicked(panic.as_ref()),
            Err(_) => interrupted(),
        }),
    }
}

/// What a panic said, as an error.
fn panicked(panic: &(dyn std::any::Any + Send)) -> Error {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    Error::new(
        ErrorKind::Internal,
        format!("a fault of this program ended the job: {text}"),
    )
    .hint("Please report it with the log")
}
