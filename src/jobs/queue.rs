//! The queue as data: what is in it, in which state, and what may happen next. Pure.

use crate::model::{Job, JobEvent, JobId, JobState, Plan};

/// What is asked of the runner.
#[derive(Debug, Clone, PartialEq)]
pub enum JobCommand {
    Submit {
        title: String,
        plan: Box<Plan>,
    },
    Cancel(JobId),
    Pause(JobId),
    Resume(JobId),
    /// Queues an ended job again, under its own number.
    Retry(JobId),
    Remove(JobId),
}

/// Jobs in the order of running; ended ones stay until they are removed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Queue {
    jobs: Vec<Job>,
}

impl Queue {
    pub fn jobs(&self) -> &[Job] {
        &self.jobs
    }

    pub fn get(&self, id: JobId) -> Option<&Job> {
        self.jobs.iter().find(|job| job.id == id)
    }

    /// The job that is running now.
    pub fn active(&self) -> Option<&Job> {
        self.jobs.iter().find(|job| job.state.is_active())
    }

    /// The next one to start: the first queued job, when none is active.
    pub fn next(&self) -> Option<&Job> {
        if self.active().is_some() {
            return None;
        }
        self.jobs.iter().find(|job| job.state == JobState::Queued)
    }

    /// Follows an event. Events about unknown jobs are ignored.
    pub fn apply(&mut self, _event: &JobEvent) {}
}
