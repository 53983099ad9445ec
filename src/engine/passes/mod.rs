//! The passes of one bounce, between taking the lease and putting the session back: which files come
//! out of one call of Pro Tools, and how each is made of what it printed.

mod call;
mod findings;
mod grouping;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use self::findings::{about, not_mono, silent_stem};
use self::grouping::{File, passes};
use crate::engine::hold::Hold;
use crate::engine::isolate::{Isolation, Scene};
use crate::engine::sink::Sink;
use crate::engine::writing::deliver::deliver;
use crate::engine::writing::folder::{OutputFolder, Scratch};
use crate::engine::writing::output::Common;
use crate::engine::writing::stem_files::StemFiles;
use crate::engine::{Context, blocking, convert, interrupted, silence, through};
use crate::error::Result;
use crate::model::job::Stage;
use crate::model::{Level, Plan};
use crate::ptsl::client::Client;

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
    /// What versions are computed from, by the place of the file in the plan.
    pub kept: HashMap<usize, Bounced>,
}

/// What Pro Tools printed, wherever it put it; nothing where no track sounds. Dropped, it is removed.
#[derive(Default)]
pub struct Bounced(Vec<Option<PathBuf>>);

impl Drop for Bounced {
    fn drop(&mut self) {
        for path in self.0.iter().flatten() {
            let _ = std::fs::remove_file(path);
        }
    }
}

impl Bounced {
    /// Of one file.
    pub fn path(&self) -> Option<&PathBuf> {
        self.0.first()?.as_ref()
    }
}

impl Bounce<'_> {
    /// Makes all files that are printed.
    pub async fn run(&mut self) -> Result<()> {
        for (id, name) in std::mem::take(&mut self.scene.renames) {
            self.hold.rename(&self.client, &id, &name).await?;
        }
        for pass in passes(self.plan) {
            if self.cancel.is_cancelled() {
                return Err(interrupted());
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

    /// Whether a version is computed from it.
    fn is_kept(&self, item: usize) -> bool {
        let formulas = self.plan.versions.iter().filter_map(|v| v.formula.as_ref());
        let mut terms = formulas.flat_map(|formula| &formula.terms);
        terms.any(|term| term.file == item)
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
        let mut bounced: Bounced = match silent {
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
        for (file, path) in pass.iter().zip(&mut bounced.0) {
            let done = self.plan.frames();
            self.sink.stage(file.item, Stage::Verifying, done).await;
            let is_good = self.make(file, path.clone()).await?;
            let (stage, done) = match is_good {
                true => (Stage::Done, done),
                false => (Stage::Failed, 0),
            };
            self.sink.stage(file.item, stage, done).await;
            if self.is_kept(file.item) {
                self.kept.insert(file.item, Bounced(vec![path.take()]));
            }
        }
        Ok(())
    }

    /// Makes the asked file of what was bounced; says whether it was good enough to be delivered.
    async fn make(&self, file: &File<'_>, bounced: Option<PathBuf>) -> Result<bool> {
        let (plan, stem, role) = (self.plan.clone(), file.stem.clone(), file.role);
        let (folder, sink) = (self.folder.clone(), self.sink.clone());
        blocking(self.cancel.clone(), move |cancel| {
            if stem.format.is_handed_through() {
                return through::deliver(bounced.as_deref(), &plan, &stem, role, &folder, &sink);
            }
            let common = Common::of(&plan, folder.begun());
            let output = StemFiles::create(&folder, common, &stem, role)?;
            let gain_db = stem.gain_db;
            let (finished, apart) =
                convert::run(&plan, bounced.as_deref(), gain_db, output, &sink, &cancel)?;
            if let Some(finding) = not_mono(&stem, apart) {
                sink.finding_blocking(finding);
                return Ok(false);
            }
            // Of a stem whose tracks are all silent nothing was bounced.
            let is_silent = finished.iter().all(|file| file.file.levels.silent);
            let first = finished.first().filter(|_| is_silent && bounced.is_some());
            let heard = first.and_then(|first| silence::of_bounce(&plan, &stem, &first.file));
            if let Some(finding) = heard {
                let is_lost = finding.level == Level::Error;
                sink.finding_blocking(finding);
                if is_lost {
                    return Ok(false);
                }
            }
            deliver(finished, &folder, &sink)
        })
        .await
    }
}
