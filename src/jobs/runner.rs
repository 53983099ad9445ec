//! The actor that takes jobs from the queue, runs them one after another and reports. It alone
//! writes the record; every change stands there before anybody hears of it.

use std::collections::HashMap;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use super::hooks::Hooks;
use super::outcome::{all_ours, failed_check, panicked, sweep};
use super::queue::{JobCommand, Queue};
use super::rate::Meter;
use super::store::{Store, Wish};
use crate::engine::{self, Context, EngineEvent};
use crate::error::{Error, ErrorKind, Result};
use crate::model::job::{Report, Stage};
use crate::model::link::Fault;
use crate::model::stem::OnExisting;
use crate::model::{Job, JobEvent, JobId, JobState, Plan};

/// Time between two looks at what other processes want and do.
const LOOK: Duration = Duration::from_secs(1);
/// Microseconds between two reports of progress of one stage.
const PROGRESS_US: u64 = 50_000;

/// What carries a plan out; [`engine::print`] but in tests.
pub type Print = Arc<
    dyn Fn(
            JobId,
            Plan,
            Context,
            mpsc::Sender<EngineEvent>,
            CancellationToken,
        ) -> Pin<Box<dyn Future<Output = Result<Report>> + Send>>
        + Send
        + Sync,
>;

/// The handle of a running runner. When the last clone is dropped the actor stops.
#[derive(Debug, Clone)]
pub struct Runner {
    commands: mpsc::Sender<JobCommand>,
}

impl Runner {
    /// Opens the store in `state_dir`, reports [`JobEvent::Restored`], and starts. When `stop` is
    /// cancelled, a running job is cancelled and put back in order before the actor ends.
    pub fn start(
        state_dir: PathBuf,
        context: Context,
        hooks: Hooks,
        events: mpsc::Sender<JobEvent>,
        stop: CancellationToken,
    ) -> Result<Self> {
        let print: Print = Arc::new(|id, plan, context, events, cancel| {
            Box::pin(async move { engine::print(id, &plan, &context, events, cancel).await })
        });
        Self::start_with(print, &state_dir, context, hooks, events, stop)
    }

    /// The same with another engine.
    pub fn start_with(
        print: Print,
        state_dir: &Path,
        context: Context,
        hooks: Hooks,
        events: mpsc::Sender<JobEvent>,
        stop: CancellationToken,
    ) -> Result<Self> {
        let (store, opened) = Store::open(state_dir, context.clock.now().unix_ms)?;
        let (commands, inbox) = mpsc::channel(64);
        let actor = Actor {
            store,
            queue: opened.queue,
            others: Vec::new(),
            context,
            print,
            events,
            running: None,
            hooks,
            hooking: JoinSet::new(),
        };
        tokio::spawn(actor.run(inbox, stop, opened.notices));
        Ok(Self { commands })
    }

    /// Queues a command; `false` when the actor has ended.
    pub async fn send(&self, command: JobCommand) -> bool {
        self.commands.send(command).await.is_ok()
    }

    /// Resolves when the actor has ended and the session is back in order.
    pub async fn closed(&self) {
        self.commands.closed().await;
    }
}

struct Running {
    id: JobId,
    cancel: CancellationToken,
    events: mpsc::Receiver<EngineEvent>,
    task: JoinHandle<Result<Report>>,
    meter: Meter,
    /// Stage and moment of the last report of each file.
    reported: HashMap<usize, (Stage, u64)>,
}

enum Step {
    Event(EngineEvent),
    Ended(std::result::Result<Result<Report>, JoinError>),
}

/// The next thing that the running job does; never, when none runs.
async fn step(running: &mut Option<Running>) -> Step {
    let Some(running) = running else {
        return std::future::pending().await;
    };
    tokio::select! {
        biased;
        Some(event) = running.events.recv() => Step::Event(event),
        outcome = &mut running.task => Step::Ended(outcome),
    }
}

struct Actor {
    store: Store,
    queue: Queue,
    /// Jobs of other instances, to be shown.
    others: Vec<Job>,
    context: Context,
    print: Print,
    events: mpsc::Sender<JobEvent>,
    running: Option<Running>,
    hooks: Hooks,
    /// Hooks of ended jobs that are still at work.
    hooking: JoinSet<Vec<Error>>,
}

impl Actor {
    async fn run(
        mut self,
        mut inbox: mpsc::Receiver<JobCommand>,
        stop: CancellationToken,
        notices: Vec<String>,
    ) {
        sweep(self.queue.jobs(), &self.context.state_dir).await;
        self.look_at_others();
        self.tell(JobEvent::Restored(self.everything())).await;
        for notice in notices {
            tracing::warn!(notice, "the record of jobs");
        }
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut stopping = false;
        loop {
            if !stopping {
                self.start_next().await;
            } else if self.running.is_none() {
                return self.finish_hooks().await;
            }
            tokio::select! {
                biased;
                () = stop.cancelled(), if !stopping => stopping = self.stop(),
                command = inbox.recv(), if !stopping => match command {
                    Some(command) => self.obey(command).await,
                    None => stopping = self.stop(),
                },
                Some(wrong) = self.hooking.join_next() => self.hooked(wrong).await,
                _ = look.tick(), if !stopping => self.look_around().await,
                // Last, so that a busy engine never keeps a cancel waiting.
                step = step(&mut self.running) => match step {
                    Step::Event(event) => self.follow(event).await,
                    Step::Ended(outcome) => self.ended(outcome).await,
                },
            }
        }
    }

    fn stop(&mut self) -> bool {
        if let Some(running) = &self.running {
            running.cancel.cancel();
        }
        true
    }

    fn now_ms(&self) -> u64 {
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
    async fn tell(&self, event: JobEvent) {
        let _ = self.events.send(event).await;
    }

    async fn refuse(&self, error: Error) {
        self.tell(JobEvent::Refused(Fault::from(error))).await;
    }

    /// Keeps, follows, tells. A record that cannot be written is reported and does not stop a job.
    async fn report(&mut self, event: JobEvent) {
        let kept = self.store.append(&event);
        self.queue.apply(&event);
        self.tell(event).await;
        if let Err(error) = kept {
            self.refuse(error).await;
        }
    }

    async fn obey(&mut self, command: JobCommand) {
        match command {
            JobCommand::Submit { title, plan } => self.submit(title, *plan).await,
            JobCommand::Cancel(id) => self.cancel(id).await,
            JobCommand::Pause(id) => self.turn(id, JobState::Queued, JobState::Paused).await,
            JobCommand::Resume(id) => self.turn(id, JobState::Paused, JobState::Queued).await,
            JobCommand::Retry(id) => self.retry(id).await,
            JobCommand::Remove(id) => match self.queue.get(id).map(|job| job.state) {
                Some(state) if state.is_over() => self.report(JobEvent::Removed(id)).await,
                _ => self.unfit(id, "removed").await,
            },
        }
    }

    async fn unfit(&self, id: JobId, what: &str) {
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
                self.store.append(&event).map(|()| event)
            });
        match added {
            Ok(event) => {
                self.queue.apply(&event);
                self.tell(event).await;
            }
            Err(error) => self.refuse(error).await,
        }
    }

    async fn cancel(&mut self, id: JobId) {
        let state = self.queue.get(id).map(|job| job.state);
        match (state, &self.running) {
            (Some(_), Some(running)) if running.id == id => running.cancel.cancel(),
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

    async fn turn(&mut self, id: JobId, from: JobState, state: JobState) {
        if self.queue.get(id).is_none_or(|job| job.state != from) {
            let what = if state == JobState::Paused {
                "paused"
            } else {
                "resumed"
            };
            return self.unfit(id, what).await;
        }
        let at_ms = self.now_ms();
        self.report(JobEvent::State { id, state, at_ms }).await;
    }

    /// Queues an ended job again. What it wrote itself and what is untouched since may be
    /// replaced; anything else in the way is refused as always.
    async fn retry(&mut self, id: JobId) {
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
        let work = (self.print)(id, plan, self.context.clone(), sender, cancel.clone());
        self.running = Some(Running {
            id,
            cancel,
            events,
            task: tokio::spawn(work),
            meter,
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
        let rate = running.meter.update(frames, now.mono_us);
        let last = running.reported.get(&item).copied();
        let is_due = last.is_none_or(|(last, at)| {
            last != stage || now.mono_us.saturating_sub(at) >= PROGRESS_US
        });
        self.queue.apply(&event(rate));
        if is_due {
            running.reported.insert(item, (stage, now.mono_us));
            // Newest wins: nobody waits for a view that is behind.
            let _ = self.events.try_send(event(rate));
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

    async fn hooked(&self, outcome: std::result::Result<Vec<Error>, JoinError>) {
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

    /// Picks up what other processes want, and what other instances' jobs came to.
    async fn look_around(&mut self) {
        for (id, wish) in self.store.wishes(&self.queue) {
            match wish {
                Wish::Cancel => self.cancel(id).await,
                Wish::Retry => self.retry(id).await,
            }
        }
        if self.look_at_others() {
            self.tell(JobEvent::Restored(self.everything())).await;
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
