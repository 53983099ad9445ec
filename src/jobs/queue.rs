//! The queue as data: what is in it, in which state, and what may happen next. Pure.

use serde::{Deserialize, Serialize};

use crate::model::job::{Report, Stage};
use crate::model::manifest::ManifestFile;
use crate::model::{Job, JobEvent, JobId, JobState, Plan};

/// What is asked of the runner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum JobCommand {
    Submit {
        title: String,
        plan: Box<Plan>,
    },
    Cancel(JobId),
    /// Holds a queued job, or a running render at its next block.
    Pause(JobId),
    Resume(JobId),
    /// Queues an ended job again, under its own number.
    Retry(JobId),
    /// Takes an ended job off the list.
    Remove(JobId),
    /// Lets a waiting job change places with the one before or behind it.
    Move {
        id: JobId,
        down: bool,
    },
}

impl JobCommand {
    /// The job that it is about, where that exists already.
    pub fn about(&self) -> Option<JobId> {
        match self {
            Self::Submit { .. } => None,
            Self::Cancel(id) | Self::Pause(id) | Self::Resume(id) => Some(*id),
            Self::Retry(id) | Self::Remove(id) | Self::Move { id, .. } => Some(*id),
        }
    }
}

/// Jobs in the order of running; ended ones stay until they are removed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Queue {
    jobs: Vec<Job>,
}

impl Queue {
    pub fn new(jobs: Vec<Job>) -> Self {
        Self { jobs }
    }

    pub fn jobs(&self) -> &[Job] {
        &self.jobs
    }

    pub fn get(&self, id: JobId) -> Option<&Job> {
        self.jobs.iter().find(|job| job.id == id)
    }

    fn get_mut(&mut self, id: JobId) -> Option<&mut Job> {
        self.jobs.iter_mut().find(|job| job.id == id)
    }

    /// The job that is running now; one of this program before one of another instance.
    pub fn active(&self) -> Option<&Job> {
        let active = |job: &&Job| job.state.is_active();
        let own = self.jobs.iter().filter(|job| !job.elsewhere).find(active);
        own.or_else(|| self.jobs.iter().find(active))
    }

    /// The next one to start: the first queued job, when none is active.
    pub fn next(&self) -> Option<&Job> {
        let mut own = self.jobs.iter().filter(|job| !job.elsewhere);
        if own.clone().any(|job| job.state.is_active()) {
            return None;
        }
        own.find(|job| job.state == JobState::Queued)
    }

    /// Where a waiting job and the waiting one of this program before or behind it stand.
    fn neighbours(&self, id: JobId, down: bool) -> Option<(usize, usize)> {
        let is_free = |job: &Job| job.is_waiting() && !job.elsewhere;
        let at = self.jobs.iter().position(|job| job.id == id)?;
        self.jobs.get(at).filter(|job| is_free(job))?;
        let mut places = self.jobs.iter().enumerate();
        let other = if down {
            places.find(|(place, job)| *place > at && is_free(job))
        } else {
            places.rfind(|(place, job)| *place < at && is_free(job))
        };
        Some((at, other?.0))
    }

    /// Whether a job can change places with the one before or behind it.
    pub fn can_move(&self, id: JobId, down: bool) -> bool {
        self.neighbours(id, down).is_some()
    }

    /// 0 to 1 over all jobs that run or wait, by frames; `None` when there are none.
    pub fn fraction(&self) -> Option<f64> {
        let (mut done, mut total) = (0.0, 0.0);
        for job in self.waiting() {
            let frames: f64 = job.items.iter().map(|item| item.total as f64).sum();
            done += job.fraction() * frames;
            total += frames;
        }
        (total > 0.0).then(|| done / total)
    }

    /// Seconds until everything that runs or waits is done, at the rate of the running job;
    /// `None` while that is not known.
    pub fn seconds_left(&self) -> Option<f64> {
        let active = self.active()?;
        let mut left = active.seconds_left()?;
        for job in self.waiting().filter(|job| job.state == JobState::Queued) {
            left += job.plan.seconds * job.items.len() as f64 / active.rate;
        }
        Some(left)
    }

    fn waiting(&self) -> impl Iterator<Item = &Job> {
        self.jobs
            .iter()
            .filter(|job| job.state.is_active() || job.state == JobState::Queued)
    }

    /// Follows an event. Events about unknown jobs, and what comes too late for an ended job, are
    /// ignored.
    pub fn apply(&mut self, event: &JobEvent) {
        match event {
            JobEvent::Restored(jobs) => self.jobs.clone_from(jobs),
            JobEvent::Added(job) => {
                self.jobs.retain(|other| other.id != job.id);
                self.jobs.push((**job).clone());
            }
            JobEvent::State { id, state, at_ms } => self.set_state(*id, *state, *at_ms),
            JobEvent::Progress {
                id,
                item,
                stage,
                done,
                rate,
            } => {
                let Some(job) = self.get_mut(*id).filter(|job| job.state.is_active()) else {
                    return;
                };
                job.rate = *rate;
                if let Some(item) = job.items.get_mut(*item) {
                    item.stage = *stage;
                    item.done = (*done).min(item.total);
                }
            }
            JobEvent::Levels { id, item, levels } => {
                if let Some(job) = self.get_mut(*id).filter(|job| job.state.is_active())
                    && let Some(item) = job.items.get_mut(*item)
                {
                    item.live = Some(levels.clone());
                }
            }
            JobEvent::FileDone { id, file } => {
                if let Some(job) = self.get_mut(*id) {
                    file_done(job, file);
                }
            }
            JobEvent::Finding { id, finding } => {
                if let Some(job) = self.get_mut(*id) {
                    let report = job.report.get_or_insert_with(Report::default);
                    report.findings.push(finding.clone());
                }
            }
            JobEvent::Ended {
                id,
                state,
                at_ms,
                fault,
                report,
            } => {
                let Some(job) = self.get_mut(*id).filter(|job| !job.state.is_over()) else {
                    return;
                };
                Self::end(job, *state, *at_ms);
                job.fault.clone_from(fault);
                if let Some(report) = report {
                    job.report = Some((**report).clone());
                }
            }
            JobEvent::Moved { id, down } => {
                if let Some((at, other)) = self.neighbours(*id, *down) {
                    self.jobs.swap(at, other);
                }
            }
            JobEvent::Removed(id) => self.jobs.retain(|job| job.id != *id),
            JobEvent::Cancelling(id) => {
                if let Some(job) = self.get_mut(*id).filter(|job| job.has_begun()) {
                    job.cancelling = true;
                }
            }
            JobEvent::Refused(_) | JobEvent::Answer { .. } => {}
        }
    }

    /// Ends a job: what was under way has failed, what was waiting still waits.
    pub(super) fn end(job: &mut Job, state: JobState, at_ms: u64) {
        job.state = state;
        job.ended_ms = Some(at_ms);
        job.rate = 0.0;
        job.cancelling = false;
        for item in &mut job.items {
            item.live = None;
            if state == JobState::Done {
                item.stage = Stage::Done;
                item.done = item.total;
            } else if !matches!(item.stage, Stage::Done | Stage::Waiting) {
                item.stage = Stage::Failed;
            }
        }
    }

    fn set_state(&mut self, id: JobId, state: JobState, at_ms: u64) {
        let Some(job) = self.get_mut(id).filter(|job| !job.state.is_over()) else {
            return;
        };
        if state == JobState::Running && job.started_ms.is_none() {
            job.started_ms = Some(at_ms);
        }
        job.state = state;
    }
}

/// A file is finished; kept in the report, so that a retry knows what it wrote itself.
fn file_done(job: &mut Job, file: &ManifestFile) {
    let report = job.report.get_or_insert_with(Report::default);
    report.files.retain(|other| other.path != file.path);
    report.files.push(file.clone());
    let files = &report.files;
    let is_its =
        |item: &&mut crate::model::job::Item| item.written().any(|name| *name == file.path);
    let is_there = |name: &String| files.iter().any(|done| done.path == *name);
    let item = job.items.iter_mut().find(is_its);
    if let Some(item) = item.filter(|item| item.written().all(is_there)) {
        item.live = None;
        item.stage = Stage::Done;
        item.done = item.total;
    }
}
