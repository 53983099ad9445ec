//! The actor that takes jobs from the queue, runs them one after another and reports. It alone
//! writes the record; every change stands there before anybody hears of it.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use super::hooks::Hooks;
use super::outcome::{failed_check, panicked, sweep};
use super::progress;
use super::queue::{JobCommand, Queue};
use super::rate::Meter;
use super::running::{Print, Running, Step, step};
use super::store::{Store, Wish};
use crate::engine::{Brake, Context, EngineEvent};
use crate::error::{Error, ErrorKind, Result};
use crate::model::job::{Report, Stage};
use crate::model::link::{Fault, RequestId};
use crate::model::{Job, JobEvent, JobId, JobState};

/// Time between two looks at what other processes want and do.
const LOOK: Duration = Duration::from_secs(1);
/// The same for what concerns the job that runs.
const QUICK_LOOK: Duration = Duration::from_millis(50);
/// Microseconds between two reports of progress of one stage.
const PROGRESS_US: u64 = 50_000;

/// A command, and the number that its answer is wanted under.
pub(super) struct Order {
    pub(super) ask: Option<RequestId>,
    pub(super) command: JobCommand,
}

pub(super) struct Actor {
    pub(super) store: Store,
    pub(super) queue: Queue,
    /// Jobs of other instances, to be shown.
    pub(super) others: Vec<Job>,
    pub(super) context: Context,
    pub(super) print: Print,
    pub(super) events: mpsc::Sender<JobEvent>,
    pub(super) running: Option<Running>,
    pub(super) hooks: Hooks,
    /// Hooks of ended jobs that are still at work.
    pub(super) hooking: JoinSet<Vec<Error>>,
    /// Who waits for the command that is being obeyed.
    pub(super) asked: Option<RequestId>,
}

impl Actor {
    pub(super) async fn run(
        mut self,
        mut inbox: mpsc::Receiver<Order>,
        stop: CancellationToken,
        notices: Vec<String>,
    ) {
        sweep(self.queue.jobs(), &self.context.state_dir).await;
        self.look_at_others();
        progress::sweep(&self.context.state_dir, |id| {
            self.others.iter().any(|job| job.id == id)
        });
        self.tell(JobEvent::Restored(self.everything())).await;
        for notice in notices {
            tracing::warn!(notice, "the record of jobs");
        }
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut quick_look = tokio::time::interval(QUICK_LOOK);
        quick_look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut stopping = false;
        loop {
            if !stopping {
                self.start_next().await;
            } else if self.running.is_none() {
                return self.finish_hooks().await;
            }
            tokio::select! {
                biased;
                () = stop.cancelled(), if !stopping => stopping = self.stop().await,
                command = inbox.recv(), if !stopping => match command {
                    Some(order) => self.obey(order).await,
                    None => stopping = self.stop().await,
                },
                Some(wrong) = self.hooking.join_next() => self.hooked(wrong).await,
                _ = look.tick(), if !stopping => self.look_around().await,
                _ = quick_look.tick(), if !stopping && self.running.is_some() => self.heed().await,
                // Last, so that a busy engine never keeps a cancel waiting.
                step = step(&mut self.running) => match step {
                    Step::Event(event) => self.follow(event).await,
                    Step::Ended(outcome) => self.ended(outcome).await,
                },
            }
        }
    }

    async fn stop(&mut self) -> bool {
        if let Some(running) = &self.running {
            running.cancel.cancel();
            let id = running.id;
            self.report(JobEvent::Cancelling(id)).await;
        }
        true
    }

    pub(super) fn now_ms(&self) -> u64 {
        self.context.clock.now().unix_ms
    }

    /// Our jobs and those of other instances.
    fn everything(&self) -> Vec<Job> {
        let others = self
            .others
            .iter()
            .filter(|job| self.queue.get(job.id).is_none());
        others.chain(self.queue.jobs()).cloned().collect()
    }

    /// Tells the view without touching record and queue.
    pub(super) async fn tell(&self, event: JobEvent) {
        let _ = self.events.send(event).await;
    }

    /// To who waits for the present command, or to everybody.
    pub(super) async fn refuse(&mut self, error: Error) {
        let fault = Fault::from(error);
        let event = match self.asked.take() {
            Some(ask) => JobEvent::Answer {
                ask,
                outcome: Err(fault),
            },
            None => JobEvent::Refused(fault),
        };
        self.tell(event).await;
    }

    pub(super) async fn answer(&mut self, id: JobId) {
        if let Some(ask) = self.asked.take() {
            let outcome = Ok(id);
            self.tell(JobEvent::Answer { ask, outcome }).await;
        }
    }

    /// Keeps, follows, tells. A record that cannot be written is reported and does not stop a job.
    pub(super) async fn report(&mut self, event: JobEvent) {
        let kept = self.store.append(&event);
        self.queue.apply(&event);
        self.tell(event).await;
        if let Err(error) = kept {
            self.refuse(error).await;
        }
    }

    async fn start_next(&mut self) {
        if self.running.is_some() {
            return;
        }
        let Some(job) = self.queue.next() else {
            return;
        };
        let (id, plan) = (job.id, job.plan.clone());
        let at_ms = self.now_ms();
        let state = JobState::Running;
        self.report(JobEvent::State { id, state, at_ms }).await;
        let (sender, events) = mpsc::channel(64);
        let cancel = CancellationToken::new();
        let meter = Meter::new(plan.output.rate, self.context.clock.now().mono_us);
        let brake = Brake::default();
        let context = Context {
            brake: brake.clone(),
            ..self.context.clone()
        };
        let work = (self.print)(id, plan, context, sender, cancel.clone());
        self.running = Some(Running {
            id,
            cancel,
            events,
            task: tokio::spawn(work),
            meter,
            brake,
            told_us: None,
            reported: HashMap::new(),
        });
    }

    /// Passes on what the engine tells.
    async fn follow(&mut self, event: EngineEvent) {
        let Some(id) = self.running.as_ref().map(|running| running.id) else {
            return;
        };
        match event {
            EngineEvent::FileDone(file) => self.report(JobEvent::FileDone { id, file }).await,
            EngineEvent::Finding(finding) => {
                self.report(JobEvent::Finding { id, finding }).await;
            }
            EngineEvent::Levels { item, levels } => {
                let event = JobEvent::Levels { id, item, levels };
                self.queue.apply(&event);
                let _ = self.events.try_send(event);
            }
            EngineEvent::Progress { item, stage, done } => {
                self.progress(id, item, stage, done).await;
            }
        }
    }

    async fn progress(&mut self, id: JobId, item: usize, stage: Stage, done: u64) {
        let now = self.context.clock.now();
        let event = |rate| JobEvent::Progress {
            id,
            item,
            stage,
            done,
            rate,
        };
        self.queue.apply(&event(0.0));
        let (mut frames, mut all_checked, mut is_running) = (0_u64, true, false);
        if let Some(job) = self.queue.get(id) {
            frames = job.items.iter().map(|item| item.done).sum();
            let is_checked = |stage| matches!(stage, Stage::Verifying | Stage::Done);
            all_checked = job.items.iter().all(|item| is_checked(item.stage));
            is_running = job.state == JobState::Running;
        }
        let Some(running) = &mut self.running else {
            return;
        };
        if stage == Stage::Dialog {
            running.meter.rested(now.mono_us);
        }
        let rate = running.meter.update(frames, now.mono_us);
        let last = running.reported.get(&item).copied();
        let is_turn = last.is_none_or(|(last, _)| last != stage);
        let is_due = last.is_none_or(|(_, at)| now.mono_us.saturating_sub(at) >= PROGRESS_US);
        self.queue.apply(&event(rate));
        // Newest wins: nobody waits for a view that is behind.
        if (is_turn || is_due) && self.events.try_send(event(rate)).is_ok() {
            running.reported.insert(item, (stage, now.mono_us));
        }
        let (due, told) = (now.mono_us, running.told_us);
        let is_due = told.is_none_or(|told| due.saturating_sub(told) >= progress::PACE_US);
        if is_due || is_turn && stage == Stage::Dialog {
            running.told_us = Some(due);
            if let Some(job) = self.queue.get(id)
                && let Err(error) = progress::write(&self.context.state_dir, job)
            {
                tracing::debug!(%error, "progress for other processes");
            }
        }
        if all_checked && is_running {
            let (state, at_ms) = (JobState::Verifying, now.unix_ms);
            self.report(JobEvent::State { id, state, at_ms }).await;
        }
    }

    async fn ended(&mut self, outcome: std::result::Result<Result<Report>, JoinError>) {
        while let Some(running) = &mut self.running {
            match running.events.try_recv() {
                Ok(event) => self.follow(event).await,
                Err(_) => break,
            }
        }
        let Some(running) = self.running.take() else {
            return;
        };
        progress::forget(&self.context.state_dir, running.id);
        let (state, fault, report) = match outcome {
            Ok(Ok(report)) => match failed_check(&report) {
                Some(fault) => (JobState::Failed, Some(fault), Some(Box::new(report))),
                None => (JobState::Done, None, Some(Box::new(report))),
            },
            Ok(Err(error)) if error.kind == ErrorKind::Interrupted => {
                (JobState::Cancelled, None, None)
            }
            Ok(Err(error)) => (JobState::Failed, Some(Fault::from(error)), None),
            Err(error) => (JobState::Failed, Some(panicked(error)), None),
        };
        self.report(JobEvent::Ended {
            id: running.id,
            state,
            at_ms: self.now_ms(),
            fault,
            report,
        })
        .await;
        self.start_hooks(running.id);
    }

    /// Sets the hooks of an ended job going.
    fn start_hooks(&mut self, id: JobId) {
        if let Some(job) = self.queue.get(id).filter(|_| !self.hooks.is_empty()) {
            let (hooks, job) = (self.hooks.clone(), job.clone());
            self.hooking.spawn_blocking(move || hooks.run(&job));
        }
    }

    async fn hooked(&mut self, outcome: std::result::Result<Vec<Error>, JoinError>) {
        for error in outcome.unwrap_or_default() {
            tracing::warn!(error = %error.chain(), "hook");
            self.refuse(error).await;
        }
    }

    async fn finish_hooks(&mut self) {
        while let Some(outcome) = self.hooking.join_next().await {
            self.hooked(outcome).await;
        }
    }

    /// Does what other processes want.
    async fn heed(&mut self) {
        for (id, wish) in self.store.wishes(&self.queue) {
            match wish {
                Wish::Cancel => self.cancel(id).await,
                Wish::Retry => self.retry(id).await,
            }
        }
    }

    /// Picks up what other processes want, and what other instances' jobs came to.
    async fn look_around(&mut self) {
        self.heed().await;
        if self.look_at_others() {
            self.tell(JobEvent::Restored(self.everything())).await;
        }
        for job in &mut self.others {
            for event in progress::follow(&self.context.state_dir, job) {
                let _ = self.events.try_send(event);
            }
        }
    }

    fn look_at_others(&mut self) -> bool {
        match self.store.others(self.now_ms()) {
            Some(jobs) => {
                let changed = self.others != jobs;
                self.others = jobs;
                changed
            }
            None => false,
        }
    }
}
