//! A plan that is sure to be of the present session: what only Pro Tools tells is asked for, the
//! folder is looked at.

use std::path::PathBuf;

use tokio_util::sync::CancellationToken;

use super::driver::App;
use super::reading::look;
use crate::clock;
use crate::error::{Error, ErrorKind, Result};
use crate::model::plan::PlanKind;
use crate::model::stem::EngineKind;
use crate::model::{Finding, Plan, Session};
use crate::plan::{self, Overrides, Source, Surroundings, inspected};

impl App {
    /// Makes a plan for the open session.
    pub async fn plan(
        &mut self,
        source: &Source,
        overrides: Overrides,
        kind: PlanKind,
        cancel: &CancellationToken,
    ) -> Result<Plan> {
        if overrides.engine == Some(EngineKind::Render) {
            self.read_clips(cancel).await?;
        }
        let dir = self.output_dir(source, &overrides);
        let (looked, session) = (dir.clone(), self.session()?);
        let (path, folder) = (session.info.path.clone(), session.folder.clone());
        let look = move || look(&looked, &path, folder.as_deref());
        let survey = tokio::task::spawn_blocking(look);
        let survey = survey.await.map_err(|error| {
            Error::new(ErrorKind::Internal, "the folder cannot be looked at").because(error)
        })?;
        let overrides = Overrides {
            dir: Some(dir),
            ..overrides
        };
        let state = &self.state;
        let mut around = Surroundings {
            simulated: state.mode.is_simulated(),
            free_bytes: survey.free_bytes,
            existing: survey.existing,
            own_audio: survey.own_audio,
            date: clock::local_date(self.now().unix_ms),
            kind,
            told: None,
        };
        let session = self.session()?;
        let mut plan = plan::make(session, source, &overrides, &around)?;
        let question = inspected::question(&plan, &session.info.path, &session.tracks);
        if let Some(question) = question {
            around.told = Some(self.inspect(question, cancel).await?);
            let session = self.session()?;
            plan = plan::make(session, source, &overrides, &around)?;
        }
        self.add_findings(&mut plan);
        Ok(plan)
    }

    /// What was found on opening concerns whoever prints. What is wrong with the audio of tracks
    /// the plan has judged.
    fn add_findings(&self, plan: &mut Plan) {
        let session = self.state.session.as_ref();
        let folder = session.and_then(|session| session.folder.as_ref());
        let judged = folder.map_or(&[][..], |folder| &folder.audio_findings);
        let is_judged = |finding: &&Finding| {
            let same = |known: &Finding| known.code == finding.code && known.track == finding.track;
            finding.track.is_some() && judged.iter().any(same)
        };
        let found = self.state.findings.iter();
        for finding in found.filter(|finding| !is_judged(finding)) {
            if !plan.findings.iter().any(|known| known.text == finding.text) {
                plan.findings.push(finding.clone());
            }
        }
    }

    fn session(&self) -> Result<&Session> {
        let session = self.state.session.as_ref();
        session.ok_or_else(|| Error::new(ErrorKind::NoSession, "No session is open"))
    }

    fn output_dir(&self, source: &Source, overrides: &Overrides) -> PathBuf {
        let from_recipe = match source {
            Source::Recipe(recipe) => recipe.output.root.clone(),
            _ => None,
        };
        let dir = overrides
            .dir
            .clone()
            .or(from_recipe)
            .unwrap_or_else(|| self.state.config.output.root.clone());
        std::path::absolute(&dir).unwrap_or(dir)
    }
}
