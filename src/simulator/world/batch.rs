//! Batch jobs: one at a time, owned by one connection; requests that carry its id move its
//! progress. While one runs, other connections have to wait. Finished jobs are remembered for a
//! while, so that their status can be asked for.

use std::collections::VecDeque;

use crate::model::Now;
use crate::ptsl::wire::{
    BatchJobDefinition, BatchJobStatus as Status, BatchJobStatusInfo, CommandErrorType,
};

use super::tracks::identity;
use super::{Failure, Outcome};

/// Jobs that are remembered.
const REMEMBERED: usize = 256;
/// Bytes of a name or description.
const LONGEST_TEXT: usize = 4096;

/// One job.
#[derive(Debug, Clone)]
struct BatchJob {
    id: String,
    definition: BatchJobDefinition,
    /// session_id of the connection that made it.
    owner: String,
    progress: i32,
    status: Status,
    /// When a request last carried it.
    touched: Now,
}

/// All jobs of the program.
#[derive(Debug, Clone, Default)]
pub struct BatchJobs {
    jobs: VecDeque<BatchJob>,
    made: u64,
}

impl BatchJobs {
    fn find(&mut self, id: &str) -> Outcome<&mut BatchJob> {
        self.jobs
            .iter_mut()
            .find(|job| job.id == id)
            .ok_or_else(|| Failure::invalid("There is no batch job with that id."))
    }

    fn running(&mut self, id: &str) -> Outcome<&mut BatchJob> {
        let job = self.find(id)?;
        match job.status {
            Status::BjStatusRunning => Ok(job),
            _ => Err(Failure::cannot("The batch job has ended.")),
        }
    }

    /// Ends a job that no request has carried for longer than its timeout.
    pub fn settle(&mut self, now: Now) {
        for job in &mut self.jobs {
            let timeout = u64::try_from(job.definition.timeout).unwrap_or(0) * 1000;
            let idle = now.mono_us.saturating_sub(job.touched.mono_us);
            if job.status == Status::BjStatusRunning && timeout > 0 && idle > timeout {
                job.status = Status::BjStatusTimedOut;
            }
        }
    }

    /// session_id of the client whose job is running.
    pub fn owner(&self) -> Option<&str> {
        let mut jobs = self.jobs.iter();
        let running = jobs.find(|job| job.status == Status::BjStatusRunning)?;
        Some(&running.owner)
    }

    /// The client of the running job is gone: the job has failed.
    pub fn abandon(&mut self) {
        for job in &mut self.jobs {
            if job.status == Status::BjStatusRunning {
                job.status = Status::BjStatusFailed;
            }
        }
    }

    /// Begins a job; its id.
    pub fn create(
        &mut self,
        definition: BatchJobDefinition,
        owner: &str,
        now: Now,
    ) -> Outcome<String> {
        if definition.name.trim().is_empty() {
            return Err(Failure::invalid("A batch job needs a name."));
        }
        if definition.name.len().max(definition.description.len()) > LONGEST_TEXT {
            return Err(Failure::invalid("The name or description is too long."));
        }
        if definition.timeout < 0 {
            return Err(Failure::invalid("The timeout cannot be negative."));
        }
        let is_running = |job: &BatchJob| job.status == Status::BjStatusRunning;
        if self.jobs.iter().any(is_running) {
            return Err(Failure::cannot("Another batch job is running."));
        }
        self.made += 1;
        let id = identity(&[owner, &self.made.to_string(), "batch job"]);
        if self.jobs.len() >= REMEMBERED {
            self.jobs.pop_front();
        }
        self.jobs.push_back(BatchJob {
            id: id.clone(),
            definition,
            owner: owner.to_owned(),
            progress: 0,
            status: Status::BjStatusRunning,
            touched: now,
        });
        Ok(id)
    }

    /// Lets a request in: one that carries a job moves it on, one of another connection than the
    /// running job's waits.
    pub fn enter(&mut self, owner: &str, header: Option<(&str, i32)>, now: Now) -> Outcome<()> {
        if let Some((id, progress)) = header {
            let job = self.running(id)?;
            if !(0..=100).contains(&progress) {
                return Err(Failure::invalid("Progress goes from 0 to 100."));
            }
            job.progress = job.progress.max(progress);
            job.touched = now;
            return Ok(());
        }
        let is_other = |job: &BatchJob| job.status == Status::BjStatusRunning && job.owner != owner;
        if self.jobs.iter().any(is_other) {
            return Err(Failure::new(
                CommandErrorType::PtHostIsBusy,
                "A batch job of another client is running.",
            ));
        }
        Ok(())
    }

    /// A command of the job failed: the job ends where it asked for that.
    pub fn failed(&mut self, id: &str) {
        if let Ok(job) = self.running(id)
            && job.definition.cancel_on_failure
        {
            job.status = Status::BjStatusFailed;
        }
    }

    pub fn complete(&mut self, id: &str) -> Outcome<()> {
        let job = self.running(id)?;
        job.status = Status::BjStatusCompleted;
        job.progress = 100;
        Ok(())
    }

    /// Ends a job early; refused for one that is not cancelable.
    pub fn cancel(&mut self, id: &str) -> Outcome<()> {
        let job = self.running(id)?;
        if !job.definition.is_cancelable {
            return Err(Failure::cannot("The batch job cannot be cancelled."));
        }
        job.status = Status::BjStatusCanceled;
        Ok(())
    }

    pub fn info(&mut self, id: &str) -> Outcome<BatchJobStatusInfo> {
        self.find(id).map(|job| BatchJobStatusInfo {
            job_data: Some(job.definition.clone()),
            id: job.id.clone(),
            progress: job.progress,
            status: job.status as i32,
        })
    }

    /// Id and status of every job, oldest first.
    pub fn statuses(&self) -> Vec<(String, Status)> {
        self.jobs
            .iter()
            .map(|job| (job.id.clone(), job.status))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Now {
        Now {
            mono_us: millis * 1000,
            ..Now::default()
        }
    }

    fn job(timeout: i32, cancelable: bool) -> BatchJobDefinition {
        BatchJobDefinition {
            name: "Stems".to_owned(),
            timeout,
            is_cancelable: cancelable,
            cancel_on_failure: true,
            ..Default::default()
        }
    }

    #[test]
    fn one_job_at_a_time_keeps_others_out() {
        let mut jobs = BatchJobs::default();
        let id = jobs.create(job(0, false), "me", at(0)).unwrap();
        assert!(jobs.create(job(0, false), "me", at(0)).is_err());
        assert!(jobs.enter("me", None, at(1)).is_ok());
        let busy = jobs.enter("you", None, at(1)).unwrap_err();
        assert_eq!(busy.kind, CommandErrorType::PtHostIsBusy);
        jobs.enter("me", Some((&id, 40)), at(1)).unwrap();
        assert_eq!(jobs.info(&id).unwrap().progress, 40);
        assert!(jobs.enter("me", Some((&id, 101)), at(1)).is_err());
        assert!(jobs.cancel(&id).is_err(), "not cancelable");
        jobs.complete(&id).unwrap();
        assert!(jobs.enter("you", None, at(2)).is_ok());
        assert!(jobs.enter("me", Some((&id, 50)), at(2)).is_err(), "ended");
        assert_eq!(jobs.info(&id).unwrap().progress, 100);
    }

    #[test]
    fn jobs_end_by_failure_cancel_and_time() {
        let mut jobs = BatchJobs::default();
        let status = |jobs: &mut BatchJobs, id: &str| jobs.info(id).unwrap().status();
        let id = jobs.create(job(0, true), "me", at(0)).unwrap();
        jobs.failed(&id);
        assert_eq!(status(&mut jobs, &id), Status::BjStatusFailed);
        let id = jobs.create(job(0, true), "me", at(0)).unwrap();
        jobs.cancel(&id).unwrap();
        assert_eq!(status(&mut jobs, &id), Status::BjStatusCanceled);
        let id = jobs.create(job(100, true), "me", at(0)).unwrap();
        jobs.enter("me", Some((&id, 10)), at(90)).unwrap();
        jobs.settle(at(190));
        assert_eq!(status(&mut jobs, &id), Status::BjStatusRunning);
        jobs.settle(at(191));
        assert_eq!(status(&mut jobs, &id), Status::BjStatusTimedOut);
        assert!(jobs.info("x").is_err());
        assert!(jobs.create(job(-1, true), "me", at(0)).is_err());
    }
}
