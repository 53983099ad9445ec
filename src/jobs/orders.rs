//! What the actor is told to do with its jobs, and what it refuses, with the reason.

use super::actor::{Actor, Order};
use super::outcome::all_ours;
use super::queue::JobCommand;
use super::store::Wish;
use crate::error::{Error, ErrorKind};
use crate::model::stem::{EngineKind, OnExisting};
use crate::model::{Job, JobEvent, JobId, JobState, Plan};

impl Actor {
    pub(super) async fn obey(&mut self, order: Order) {
        self.asked = order.ask;
        let about = order.command.about();
        self.carry_out(order.command).await;
        if let Some(id) = about {
            self.answer(id).await;
        }
        self.asked = None;
    }

    async fn carry_out(&mut self, command: JobCommand) {
        match command {
            JobCommand::Submit { title, plan } => self.submit(title, *plan).await,
            JobCommand::Cancel(id) => self.cancel(id).await,
            JobCommand::Pause(id) => self.pause(id).await,
            JobCommand::Resume(id) => self.resume(id).await,
            JobCommand::Move { id, down } => {
                if self.queue.can_move(id, down) {
                    self.report(JobEvent::Moved { id, down }).await;
                } else {
                    self.unfit(id, "moved there").await;
                }
            }
            JobCommand::Retry(id) => self.retry(id).await,
            JobCommand::Remove(id) => match self.queue.get(id).map(|job| job.state) {
                Some(state) if state.is_over() => self.report(JobEvent::Removed(id)).await,
                _ => self.unfit(id, "removed").await,
            },
        }
    }

    async fn unfit(&mut self, id: JobId, what: &str) {
        let text = match (self.queue.get(id), self.is_elsewhere(id)) {
            (Some(job), _) => format!("job {id} is {}: it cannot be {what}", job.state.word()),
            (None, true) => format!("job {id} belongs to another window: it cannot be {what} here"),
            (None, false) => format!("there is no job {id}"),
        };
        self.refuse(Error::new(ErrorKind::Job, text)).await;
    }

    fn is_elsewhere(&self, id: JobId) -> bool {
        self.others.iter().any(|job| job.id == id)
    }

    /// A job that cannot be kept is not taken: nobody could put its session back.
    async fn submit(&mut self, title: String, plan: Plan) {
        let highest = self.queue.jobs().iter().map(|job| job.id).max();
        let added = self
            .store
            .next_id(highest.unwrap_or_default())
            .and_then(|id| {
                let job = Job::new(id, title, plan, self.now_ms());
                let event = JobEvent::Added(Box::new(job));
                self.store.append(&event).map(|()| (id, event))
            });
        match added {
            Ok((id, event)) => {
                self.queue.apply(&event);
                self.tell(event).await;
                self.answer(id).await;
            }
            Err(error) => self.refuse(error).await,
        }
    }

    pub(super) async fn cancel(&mut self, id: JobId) {
        let state = self.queue.get(id).map(|job| job.state);
        match (state, &self.running) {
            (Some(_), Some(running)) if running.id == id => {
                running.cancel.cancel();
                self.report(JobEvent::Cancelling(id)).await;
            }
            (Some(JobState::Queued | JobState::Paused), _) => {
                self.report(JobEvent::Ended {
                    id,
                    state: JobState::Cancelled,
                    at_ms: self.now_ms(),
                    fault: None,
                    report: None,
                })
                .await;
            }
            (None, _) if self.is_elsewhere(id) => {
                if let Err(error) = self.store.pass_on(id, Wish::Cancel) {
                    self.refuse(error).await;
                }
            }
            _ => self.unfit(id, "cancelled").await,
        }
    }

    /// A running render holds at its next block; a running bounce does not, because Pro Tools
    /// would sit there soloed and muted.
    async fn pause(&mut self, id: JobId) {
        let Some(running) = self.running.as_ref().filter(|running| running.id == id) else {
            self.turn(id, JobState::Queued, JobState::Paused).await;
            return;
        };
        let engine = self.queue.get(id).map(|job| job.plan.engine);
        if engine == Some(EngineKind::Bounce) {
            let text = format!(
                "job {id} is bouncing and holds Pro Tools' solo and mute: it can be cancelled, not paused"
            );
            return self.refuse(Error::new(ErrorKind::Job, text)).await;
        }
        let brake = running.brake.clone();
        if self.turn(id, JobState::Running, JobState::Paused).await {
            brake.set(true);
        }
    }

    async fn resume(&mut self, id: JobId) {
        let now_us = self.context.clock.now().mono_us;
        let is_held = self
            .running
            .as_ref()
            .is_some_and(|running| running.id == id);
        if !is_held {
            self.turn(id, JobState::Paused, JobState::Queued).await;
        } else if self.turn(id, JobState::Paused, JobState::Running).await
            && let Some(running) = &mut self.running
        {
            running.meter.rested(now_us);
            running.brake.set(false);
        }
    }

    /// `false` when it was refused.
    async fn turn(&mut self, id: JobId, from: JobState, state: JobState) -> bool {
        if self.queue.get(id).is_none_or(|job| job.state != from) {
            let what = if state == JobState::Paused {
                "paused"
            } else {
                "resumed"
            };
            self.unfit(id, what).await;
            return false;
        }
        let at_ms = self.now_ms();
        self.report(JobEvent::State { id, state, at_ms }).await;
        true
    }

    /// Queues an ended job again. What it wrote itself and what is untouched since may be
    /// replaced; anything else in the way is refused as always.
    pub(super) async fn retry(&mut self, id: JobId) {
        let job = self.queue.get(id);
        let Some(job) = job.filter(|job| job.state.is_over() && job.state != JobState::Done) else {
            if self.queue.get(id).is_none() && self.is_elsewhere(id) {
                if let Err(error) = self.store.pass_on(id, Wish::Retry) {
                    self.refuse(error).await;
                }
                return;
            }
            return self.unfit(id, "retried").await;
        };
        let mut again = Job::new(id, job.title.clone(), job.plan.clone(), job.created_ms);
        // The names of `version` were found when the plan was made: its own files stand there now.
        if again.plan.output.on_existing != OnExisting::Replace {
            let old = job.clone();
            let ours = tokio::task::spawn_blocking(move || all_ours(&old)).await;
            if ours.unwrap_or(false) {
                again.plan.output.on_existing = OnExisting::Replace;
            }
        }
        self.report(JobEvent::Added(Box::new(again))).await;
    }
}
