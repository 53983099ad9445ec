//! The passes of one bounce, between taking the lease and putting the session back: which files come
//! out of one call of Pro Tools, and how each is made of what it printed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::export::Places;
use super::folder::{OutputFolder, Scratch};
use super::hold::Hold;
use super::isolate::{Isolation, Scene};
use super::output::{self, Common, FileOutput};
use super::sink::Sink;
use super::{Context, convert, export, silence, through};
use crate::error::{Error, ErrorKind, Result};
use crate::model::job::Stage;
use crate::model::manifest::FileRole;
use crate::model::plan::PlannedStem;
use crate::model::stem::Way;
use crate::model::{Finding, Level, Plan, TrackId};
use crate::ptsl::client::{BounceTrack, Client, ExportMix};

/// How often a file is printed that somebody's hand spoils.
const TRIES: usize = 3;

/// A bounce on its way.
pub struct Bounce<'a> {
    pub plan: &'a Plan,
    pub context: &'a Context,
    pub scratch: Result<Scratch>,
    pub folder: Arc<OutputFolder>,
    pub sink: Arc<Sink>,
    pub cancel: CancellationToken,
    pub client: Client,
    pub scene: Scene,
    pub hold: Hold,
}

/// A file of the plan, by its place in it.
struct File<'a> {
    item: usize,
    stem: &'a PlannedStem,
    role: FileRole,
}

/// What Pro Tools printed, wherever it put it. Dropped, it is removed.
struct Bounced(Vec<Option<PathBuf>>);

impl Drop for Bounced {
    fn drop(&mut self) {
        for path in self.0.iter().flatten() {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Files that one call makes: all that are printed from mix sources of their own in one format, and
/// any other alone. In the plan's order.
fn passes(plan: &Plan) -> Vec<Vec<File<'_>>> {
    let mut passes: Vec<Vec<File<'_>>> = Vec::new();
    for (item, (stem, role)) in super::roles(plan).enumerate() {
        let file = File { item, stem, role };
        let fits = |pass: &&mut Vec<File<'_>>| {
            pass.first().is_some_and(|first| {
                first.stem.is_source()
                    && export::format(first.stem.format) == export::format(stem.format)
            })
        };
        match passes.iter_mut().find(fits).filter(|_| stem.is_source()) {
            Some(pass) => pass.push(file),
            None => passes.push(vec![file]),
        }
    }
    passes
}

impl Bounce<'_> {
    /// Makes all files.
    pub async fn run(&mut self) -> Result<()> {
        for (id, name) in std::mem::take(&mut self.scene.renames) {
            self.hold.rename(&self.client, &id, &name).await?;
        }
        for pass in passes(self.plan) {
            if self.cancel.is_cancelled() {
                return Err(super::interrupted());
            }
            for file in &pass {
                self.sink.stage(file.item, Stage::Printing, 0).await;
            }
            let started = self.context.clock.now();
            let outcome = self.pass(&pass).await;
            let ended = self.context.clock.now();
            let took = ended.mono_us.saturating_sub(started.mono_us);
            let stem = pass.first().map_or("", |file| file.stem.name.as_str());
            tracing::info!(
                stem,
                files = pass.len(),
                took_us = took,
                ok = outcome.is_ok(),
                "bounced"
            );
            if let Err(error) = outcome {
                for file in &pass {
                    self.sink.stage(file.item, Stage::Failed, 0).await;
                }
                return Err(match pass.as_slice() {
                    [only] => about(only.stem, error),
                    _ => error,
                });
            }
        }
        Ok(())
    }

    /// Prints the files of one pass and makes the asked ones of them.
    async fn pass(&mut self, pass: &[File<'_>]) -> Result<()> {
        let isolations: Vec<Isolation> = pass
            .iter()
            .map(|file| self.scene.files.get(file.item).cloned().unwrap_or_default())
            .collect();
        let silent = match (pass, isolations.as_slice()) {
            ([file], [isolation]) if isolation.is_silent() => Some(file),
            _ => None,
        };
        let bounced: Bounced = match silent {
            Some(file) => {
                self.sink.finding(silent_stem(file.stem)).await;
                Bounced(vec![None])
            }
            None => {
                let isolation = match isolations.as_slice() {
                    [only] => only.clone(),
                    several => Isolation::together(several),
                };
                let files = self.export(pass, &isolation).await?;
                Bounced(files.into_iter().map(Some).collect())
            }
        };
        for (file, path) in pass.iter().zip(&bounced.0) {
            let done = self.plan.frames();
            self.sink.stage(file.item, Stage::Verifying, done).await;
            let is_good = self.make(file, path.clone()).await?;
            let (stage, done) = match is_good {
                true => (Stage::Done, done),
                false => (Stage::Failed, 0),
            };
            self.sink.stage(file.item, stage, done).await;
        }
        Ok(())
    }

    /// Makes the asked file of what was bounced; says whether it was good enough to be delivered.
    async fn make(&self, file: &File<'_>, bounced: Option<PathBuf>) -> Result<bool> {
        let (plan, stem, role) = (self.plan.clone(), file.stem.clone(), file.role);
        let (folder, sink) = (self.folder.clone(), self.sink.clone());
        super::blocking(self.cancel.clone(), move |cancel| {
            if stem.format.is_handed_through() {
                return through::deliver(bounced.as_deref(), &plan, &stem, role, &folder, &sink);
            }
            let output = FileOutput::create(&folder, Common::of(&plan), &stem, role)?;
            let gain_db = stem.gain_db;
            let finished =
                convert::run(&plan, bounced.as_deref(), gain_db, output, &sink, &cancel)?;
            // Of a stem whose tracks are all silent nothing was bounced.
            let heard = bounced.and_then(|_| silence::of_bounce(&plan, &stem, &finished.file));
            if let Some(finding) = heard {
                let is_lost = finding.level == Level::Error;
                sink.finding_blocking(finding);
                if is_lost {
                    return Ok(false);
                }
            }
            output::deliver(finished, &folder, &sink)
        })
        .await
    }

    /// The folder that Pro Tools prints into, as it is here.
    fn folder(&self) -> Result<PathBuf> {
        match &self.scratch {
            Ok(scratch) => Ok(scratch.dir().to_owned()),
            Err(error) => Err(Error::new(error.kind, error.chain())),
        }
    }

    /// The same as Pro Tools is told it.
    fn told(&self, folder: &Path) -> Result<String> {
        let session = &self.plan.session_path;
        self.context
            .paths
            .to_theirs(folder, session)
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::Storage,
                    format!(
                        "'{}' is no path that Pro Tools can be told",
                        folder.display()
                    ),
                )
            })
    }

    /// Lets the tracks through, sets the range, bounces; gives where the files are. What somebody
    /// spoiled is printed again.
    async fn export(&mut self, pass: &[File<'_>], isolation: &Isolation) -> Result<Vec<PathBuf>> {
        let item = pass.first().map_or(0, |file| file.item);
        let mut spoiled: Option<String> = None;
        let mut was_silent = false;
        for again in 0..TRIES {
            if let Some(what) = spoiled.take() {
                self.sink.finding(printed_again(pass, &what)).await;
            }
            self.scene
                .apply(&self.client, &mut self.hold, isolation)
                .await?;
            self.select(pass).await?;
            let lease = self.hold.record();
            let name = format!(
                "pt-stem-{}-{}-{}{}",
                lease.job,
                item + 1,
                lease.taken_ms,
                if again == 0 {
                    String::new()
                } else {
                    format!("-{}", again + 1)
                }
            );
            let files = self.bounce(pass, isolation, &name).await?;
            let what = self
                .scene
                .spoiled(&self.client, &mut self.hold, isolation)
                .await?;
            let what = what.map(|what| format!("somebody changed a track meanwhile: {what}"));
            let what = match what {
                None if self.prints_selection(pass) => {
                    let selected = self.selected_instead().await?;
                    selected.map(|what| format!("somebody changed the selection meanwhile: {what}"))
                }
                what => what,
            };
            // Silence that is meant comes twice.
            let silent = match what {
                None if !was_silent => self.silent(pass, &files).await?,
                _ => None,
            };
            was_silent |= silent.is_some();
            let Some(what) = what.or(silent) else {
                return Ok(files);
            };
            for file in files {
                let _ = std::fs::remove_file(file);
            }
            spoiled = Some(what);
        }
        Err(Error::new(
            ErrorKind::Job,
            format!(
                "{} could not be bounced undisturbed in {TRIES} tries: {}",
                names(pass),
                spoiled.unwrap_or_default()
            ),
        )
        .hint("The file was not delivered; print again and leave Pro Tools alone meanwhile"))
    }

    /// Whether the bounce prints what is selected, and not what it is told.
    fn prints_selection(&self, pass: &[File<'_>]) -> bool {
        let first = pass.first();
        let is_track = first.is_some_and(|first| first.stem.way == Way::Track);
        !self.client.takes_range(is_track)
    }

    async fn selected_instead(&self) -> Result<Option<String>> {
        let (range, ruler) = (self.plan.range, &self.plan.ruler);
        self.hold.selected_instead(&self.client, range, ruler).await
    }

    /// Selects the range; where that is what a bounce prints, it must be selected before it begins.
    async fn select(&mut self, pass: &[File<'_>]) -> Result<()> {
        let range = self.plan.range;
        self.hold.set_timeline(&self.client, range).await?;
        if !self.prints_selection(pass) {
            return Ok(());
        }
        let Some(_) = self.selected_instead().await? else {
            return Ok(());
        };
        self.hold.set_timeline(&self.client, range).await?;
        match self.selected_instead().await? {
            None => Ok(()),
            Some(what) => Err(Error::new(
                ErrorKind::Refused,
                format!("Pro Tools does not take the range: {what}"),
            )
            .hint("This Pro Tools prints what is selected; look for a dialog or a mode that holds the selection, then print again")),
        }
    }

    /// A file without any sound although clips play in it, as plug-ins that slept give it.
    async fn silent(&self, pass: &[File<'_>], files: &[PathBuf]) -> Result<Option<String>> {
        for (file, path) in pass.iter().zip(files) {
            if file.stem.has_clips != Some(true) || file.stem.format.is_handed_through() {
                continue;
            }
            let path = path.clone();
            let look = move |_| convert::is_silent(&path);
            if super::blocking(self.cancel.clone(), look).await? {
                let name = &file.stem.name;
                return Ok(Some(format!(
                    "'{name}' came out silent although clips play in it"
                )));
            }
        }
        Ok(None)
    }

    /// One call of Pro Tools.
    async fn bounce(
        &self,
        pass: &[File<'_>],
        isolation: &Isolation,
        name: &str,
    ) -> Result<Vec<PathBuf>> {
        let Some(first) = pass.first() else {
            return Ok(Vec::new());
        };
        let total = self.plan.frames();
        let work = self.client.work();
        let (mut before, mut waited) = (0, false);
        let look = |bytes: Option<u64>| {
            let is_there = bytes.is_some();
            let bytes = bytes.unwrap_or(before);
            if bytes > before {
                self.client.saw_growth();
                before = bytes;
            }
            let waits = work.borrow().as_ref().is_some_and(|call| call.is_dialog);
            if !is_there && waits == waited {
                return;
            }
            waited = waits;
            let stage = match waits {
                true => Stage::Dialog,
                false => Stage::Printing,
            };
            // Stereo floats behind a header of a few dozen bytes.
            let done = (bytes / 8).min(total);
            let items = pass.iter().map(|file| file.item);
            self.sink.progress(items, stage, done);
        };
        let folder = self.folder()?;
        let directory = self.told(&folder)?;
        let paths = &self.context.paths;
        let session_file = paths.to_ours(&self.plan.session_path);
        let places = Places {
            asked: &folder,
            session_file: session_file.as_deref(),
        };
        let deadline = export::deadline(self.plan.seconds, pass.len());
        if first.stem.way == Way::Track {
            let request = self.track_request(first.stem, isolation, name, &directory)?;
            let expected = folder.join(format!("{name}.wav"));
            let call = self.client.bounce_track(&request, deadline);
            let told = export::run(call, &expected, &self.cancel, look).await?;
            let told = told.iter().filter_map(|path| paths.to_ours(path)).collect();
            return Ok(vec![export::find_track(told, name, places)?]);
        }
        let request = self.mix_request(pass, first.stem, name, &directory);
        let expected = request.file_names().into_iter().next().unwrap_or_default();
        let expected = folder.join(expected);
        let call = self.client.export_mix(&request, deadline);
        export::run(call, &expected, &self.cancel, look).await?;
        let found = export::find(&request, places)?;
        // Stems may share a source.
        Ok(pass
            .iter()
            .filter_map(|file| {
                let source = self.source(file.stem);
                let at = request.sources.iter().position(|known| known == source)?;
                found.get(at).cloned()
            })
            .collect())
    }

    fn source<'s>(&'s self, stem: &'s PlannedStem) -> &'s str {
        match (stem.is_source(), &stem.source) {
            (true, Some(source)) => source,
            _ => &self.plan.output.mix_source,
        }
    }

    fn mix_request(
        &self,
        pass: &[File<'_>],
        first: &PlannedStem,
        name: &str,
        directory: &str,
    ) -> ExportMix {
        let mut sources: Vec<String> = Vec::new();
        for file in pass {
            let source = self.source(file.stem);
            if !sources.iter().any(|known| known == source) {
                sources.push(source.to_owned());
            }
        }
        ExportMix {
            file_name: name.to_owned(),
            directory: directory.to_owned(),
            sources,
            format: export::format(first.format),
            sample_rate: self.plan.sample_rate,
            range: self.plan.range,
            offline: !self.plan.output.online,
        }
    }

    fn track_request(
        &self,
        stem: &PlannedStem,
        isolation: &Isolation,
        name: &str,
        directory: &str,
    ) -> Result<BounceTrack> {
        let id = isolation.only().filter(|id| id.starts_with('{'));
        let id = id.ok_or_else(|| {
            Error::new(
                ErrorKind::Job,
                "Pro Tools tells no identity of the track, and bounces no track without it",
            )
            .hint("Print the stem with --way solo")
        })?;
        Ok(BounceTrack {
            track: TrackId(id.to_owned()),
            file_name_prefix: name.to_owned(),
            directory: directory.to_owned(),
            format: export::format(stem.format),
            sample_rate: self.plan.sample_rate,
            range: self.plan.range,
            offline: !self.plan.output.online,
            volume_automation: true,
            pan_automation: true,
        })
    }
}

fn names(pass: &[File<'_>]) -> String {
    let names: Vec<String> = pass.iter().map(|f| format!("'{}'", f.stem.name)).collect();
    names.join(", ")
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

fn printed_again(pass: &[File<'_>], what: &str) -> Finding {
    let finding = Finding::new(
        Level::Warning,
        "printed_again",
        format!("{} is printed again: {what}", names(pass)),
    )
    .fix("leave Pro Tools alone while a job runs; what came out silent once is worth a listen");
    match pass {
        [only] => finding.stem(only.stem.name.clone()),
        _ => finding,
    }
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
