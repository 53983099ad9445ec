//! Where an engine reports to: finished files and findings are kept and delivered, progress is
//! thinned and dropped when nobody takes it in time.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use super::EngineEvent;
use crate::model::Finding;
use crate::model::job::Stage;
use crate::model::level::LiveLevels;
use crate::model::manifest::ManifestFile;

/// Time between two progress reports.
const PACE: Duration = Duration::from_millis(50);

#[derive(Debug, Default)]
struct Kept {
    files: Vec<ManifestFile>,
    findings: Vec<Finding>,
    last: Option<Instant>,
    /// What was last told of each item.
    stages: BTreeMap<usize, Stage>,
    last_levels: Option<Instant>,
}

/// Time between two reports of levels: ten a second are as many as anybody can read.
const LEVELS_PACE: Duration = Duration::from_millis(100);

/// The reports of one job.
#[derive(Debug)]
pub struct Sink {
    events: mpsc::Sender<EngineEvent>,
    kept: Mutex<Kept>,
}

impl Sink {
    pub fn new(events: mpsc::Sender<EngineEvent>) -> Self {
        Self {
            events,
            kept: Mutex::default(),
        }
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Files that have their final name, and what was found.
    pub fn take(&self) -> (Vec<ManifestFile>, Vec<Finding>) {
        let mut kept = self.kept();
        (
            std::mem::take(&mut kept.files),
            std::mem::take(&mut kept.findings),
        )
    }

    /// How far the items are, at most twenty times a second unless their stage is another one.
    pub fn progress(
        &self,
        items: impl IntoIterator<Item = usize, IntoIter: Clone>,
        stage: Stage,
        done: u64,
    ) {
        let (items, mut kept) = (items.into_iter(), self.kept());
        let is_news = |item| kept.stages.get(&item) != Some(&stage);
        let is_early = kept.last.is_some_and(|last| last.elapsed() < PACE);
        if is_early && !items.clone().any(is_news) {
            return;
        }
        kept.last = Some(Instant::now());
        for item in items {
            let event = EngineEvent::Progress { item, stage, done };
            if self.events.try_send(event).is_ok() {
                kept.stages.insert(item, stage);
            }
        }
    }

    /// What the files sound like, at most ten times a second, and at their end in every case;
    /// `measure` is only asked when it is time.
    pub fn levels(&self, at_end: bool, measure: impl FnOnce() -> Vec<LiveLevels>) {
        {
            let mut kept = self.kept();
            let early = kept.last_levels.is_some_and(|l| l.elapsed() < LEVELS_PACE);
            if early && !at_end {
                return;
            }
            kept.last_levels = Some(Instant::now());
        }
        for (item, levels) in measure().into_iter().enumerate() {
            let levels = Box::new(levels);
            let event = EngineEvent::Levels { item, levels };
            if at_end {
                self.deliver_blocking(event);
            } else {
                let _ = self.events.try_send(event);
            }
        }
    }

    /// A change of stage, delivered. From async code.
    pub async fn stage(&self, item: usize, stage: Stage, done: u64) {
        let _ = self
            .events
            .send(EngineEvent::Progress { item, stage, done })
            .await;
    }

    /// The same from a blocking thread.
    pub fn stage_blocking(&self, item: usize, stage: Stage, done: u64) {
        self.deliver_blocking(EngineEvent::Progress { item, stage, done });
    }

    /// A file has its final name. From a blocking thread.
    pub fn file_blocking(&self, file: ManifestFile) {
        self.kept().files.push(file.clone());
        self.deliver_blocking(EngineEvent::FileDone(Box::new(file)));
    }

    /// From async code.
    pub async fn finding(&self, finding: Finding) {
        self.kept().findings.push(finding.clone());
        let _ = self.events.send(EngineEvent::Finding(finding)).await;
    }

    /// From a blocking thread.
    pub fn finding_blocking(&self, finding: Finding) {
        self.kept().findings.push(finding.clone());
        self.deliver_blocking(EngineEvent::Finding(finding));
    }

    fn deliver_blocking(&self, event: EngineEvent) {
        if let Err(TrySendError::Full(event)) = self.events.try_send(event) {
            let _ = self.events.blocking_send(event);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_thinned_and_another_stage_is_told_at_once() {
        let (events, mut told) = mpsc::channel(8);
        let sink = Sink::new(events);
        let began = Instant::now();
        sink.progress([0, 1], Stage::Printing, 1);
        sink.progress([0, 1], Stage::Printing, 2);
        sink.progress([1], Stage::Dialog, 2);
        sink.progress([1], Stage::Dialog, 2);
        let is_quick = began.elapsed() < PACE;
        let mut seen = Vec::new();
        while let Ok(event) = told.try_recv() {
            if let EngineEvent::Progress { item, stage, done } = event {
                seen.push((item, stage, done));
            }
        }
        let once = [
            (0, Stage::Printing, 1),
            (1, Stage::Printing, 1),
            (1, Stage::Dialog, 2),
        ];
        assert!(once.iter().all(|event| seen.contains(event)), "{seen:?}");
        assert!(!is_quick || seen == once, "{seen:?}");
    }
}
