//! One call of Pro Tools: the range and the tracks set, the bounce, and a look whether somebody's
//! hand or a sleeping plug-in spoiled it.

use std::path::{Path, PathBuf};

use super::Bounce;
use super::findings::{names, printed_again};
use super::grouping::File;
use crate::engine::export::{self, Places};
use crate::engine::isolate::Isolation;
use crate::engine::{blocking, convert};
use crate::error::{Error, ErrorKind, Result};
use crate::model::TrackId;
use crate::model::job::Stage;
use crate::model::plan::PlannedStem;
use crate::model::stem::Way;
use crate::ptsl::client::{BounceTrack, ExportMix};

/// How often a file is printed that somebody's hand spoils.
const TRIES: usize = 3;

impl Bounce<'_> {
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
    pub(super) async fn export(
        &mut self,
        pass: &[File<'_>],
        isolation: &Isolation,
    ) -> Result<Vec<PathBuf>> {
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
            if blocking(self.cancel.clone(), look).await? {
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
            // While it waits it is told again and again: the one word may have been lost.
            if !is_there && !waits && !waited {
                return;
            }
            waited = waits;
            let stage = match waits {
                true => Stage::Dialog,
                false => Stage::Printing,
            };
            // Floats behind a header of a few dozen bytes.
            let frame = 4 * u64::from(first.stem.channel_count.max(2));
            let frames = u128::from(bytes / frame) * u128::from(self.plan.output.rate);
            let frames = frames / u128::from(self.plan.sample_rate.max(1));
            let done = u64::try_from(frames).unwrap_or(total).min(total);
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
