//! Performs effects: owns the link and the job runner, reads folders and recipes, and feeds every
//! event as a message into one inbox. `driver` is the headless application on top of it.

mod driver;
mod reading;
mod tidying;
mod writing;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::app::{Effect, Msg, state::Mode};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::engine::{self, Context};
use crate::error::{Error, ErrorKind, Result};
use crate::jobs::hooks::Hooks;
use crate::jobs::queue::JobCommand;
use crate::jobs::runner::Runner;
use crate::jobs::store;
use crate::model::inspection::Question;
use crate::model::link::Fault;
use crate::model::overview::{OverviewOf, OverviewSource};
use crate::model::paths::PathMap;
use crate::model::{JobEvent, LinkEvent};
use crate::ptsl::link::{Link, LinkOptions};
use crate::ptsl::request::LinkCommand;

pub use driver::App;
pub use reading::{folder, read_recipe};

/// Messages that may wait for the view; the senders wait beyond that, progress is dropped.
const INBOX: usize = 1024;

/// What a runtime needs to know.
#[derive(Clone)]
pub struct RuntimeOptions {
    pub config: Arc<Config>,
    pub mode: Mode,
    pub host: String,
    pub port: u16,
    pub state_dir: PathBuf,
    pub clock: Arc<dyn Clock>,
    /// Connect at once and keep trying.
    pub autoconnect: bool,
    /// Run jobs. Without, the queue is only read once and commands about jobs are refused.
    pub with_jobs: bool,
    /// The recipe to start with; a broken one is reported, not fatal.
    pub recipe: Option<PathBuf>,
}

impl RuntimeOptions {
    /// Host, port and recipe of the settings, the system's clock, connecting at once, with jobs.
    pub fn new(config: Arc<Config>, mode: Mode, state_dir: PathBuf) -> Self {
        Self {
            host: config.connection.host.clone(),
            port: config.connection.port,
            recipe: config.output.recipe.clone(),
            config,
            mode,
            state_dir,
            clock: Arc::new(SystemClock::default()),
            autoconnect: true,
            with_jobs: true,
        }
    }
}

/// The running actors. Dropping it stops them; [`Runtime::shutdown`] also waits until a running
/// bounce has put the session back.
#[derive(Debug)]
pub struct Runtime {
    link: mpsc::UnboundedSender<LinkCommand>,
    jobs: mpsc::UnboundedSender<JobCommand>,
    runner: Option<Runner>,
    /// Ends after the runner, when everything that it told has been passed on.
    told: Option<JoinHandle<()>>,
    handle: Link,
    state_dir: PathBuf,
    paths: PathMap,
    outbox: Outbox,
    /// Stops the overview that is being read.
    overview: Mutex<CancellationToken>,
    stop_jobs: CancellationToken,
    stop_link: CancellationToken,
}

/// Where messages to the view go. After the jobs have ended nobody reads them, so they are
/// dropped and no actor ever waits for a view that is gone.
#[derive(Debug, Clone)]
pub(super) struct Outbox {
    inbox: mpsc::Sender<Msg>,
    closing: CancellationToken,
}

impl Outbox {
    async fn send(&self, msg: Msg) {
        tokio::select! {
            biased;
            () = self.closing.cancelled() => {}
            _ = self.inbox.send(msg) => {}
        }
    }
}

impl Runtime {
    /// Starts link and jobs on the current tokio runtime. Fails when the state folder cannot be
    /// used.
    pub fn start(options: RuntimeOptions) -> Result<(Self, mpsc::Receiver<Msg>)> {
        let (inbox, messages) = mpsc::channel(INBOX);
        let outbox = Outbox {
            inbox,
            closing: CancellationToken::new(),
        };
        let (stop_jobs, stop_link) = (CancellationToken::new(), CancellationToken::new());
        let connection = &options.config.connection;
        let (link_events, from_link) = mpsc::channel(256);
        let handle = Link::start(
            LinkOptions {
                host: options.host.clone(),
                port: options.port,
                timeout: seconds(connection.timeout_s),
                poll: Duration::from_millis(connection.poll_ms.max(50)),
                autoconnect: options.autoconnect,
            },
            Arc::clone(&options.clock),
            link_events,
            stop_link.clone(),
        );
        let (paths, again) = (options.config.paths.clone(), Arc::new(Notify::new()));
        let following = follow_link(from_link, paths, outbox.clone(), Arc::clone(&again));
        tokio::spawn(following);
        let (runner, told) = start_jobs(&options, &handle, &outbox, &stop_jobs, &again)?.unzip();
        if runner.is_some() {
            let tidying = tidying::own_leases(
                options.state_dir.clone(),
                handle.clone(),
                outbox.clone(),
                again,
            );
            tokio::spawn(tidying);
        }
        let link = feed_link(handle.clone(), outbox.clone());
        let jobs = feed_jobs(runner.clone(), outbox.clone());
        let runtime = Self {
            link,
            jobs,
            runner,
            told,
            handle,
            state_dir: options.state_dir,
            paths: options.config.paths.clone(),
            outbox,
            overview: Mutex::default(),
            stop_jobs,
            stop_link,
        };
        runtime.look_for_leases();
        if let Some(path) = options.recipe {
            runtime.perform(vec![Effect::LoadRecipe(path)]);
        }
        Ok((runtime, messages))
    }

    /// Sets the effects going, without waiting. Gives back those that only the view can perform:
    /// copying, suspending, quitting.
    pub fn perform(&self, effects: Vec<Effect>) -> Vec<Effect> {
        let mut rest = Vec::new();
        for effect in effects {
            match effect {
                Effect::Link(command) => drop(self.link.send(command)),
                Effect::Job(command) => drop(self.jobs.send(command)),
                Effect::ListFiles(dir) => self.read(move || reading::list_files(&dir)),
                Effect::Survey(dir) => self.read(move || reading::survey(&dir)),
                Effect::Names(dir) => self.read(move || reading::names(dir)),
                Effect::LoadRecipe(path) => self.read(move || reading::load_recipe(path)),
                Effect::SaveRecipe {
                    path,
                    text,
                    was,
                    overwrite,
                } => self.read(move || writing::recipe(path, text, was, overwrite)),
                Effect::Snapshots { session, change } => {
                    let dir = self.state_dir.clone();
                    self.read(move || writing::snapshots(&dir, session, change));
                }
                Effect::Overview { of, source } => self.read_overview(of, source),
                Effect::Rescue => self.rescue(),
                Effect::ReadClips => self.read_clips(),
                Effect::Inspect(question) => self.inspect(*question),
                Effect::Copy(_)
                | Effect::Mouse(_)
                | Effect::Theme(_)
                | Effect::Redraw
                | Effect::Reload
                | Effect::Suspend
                | Effect::Quit => rest.push(effect),
            }
        }
        rest
    }

    /// Stops everything in order: a running job is cancelled and puts the session back while the
    /// connection still stands, then the link ends. Gives what the jobs refused or what failed
    /// after them (a hook, for one) that nobody has read from `inbox`.
    pub async fn shutdown(mut self, mut inbox: mpsc::Receiver<Msg>) -> Vec<Fault> {
        let mut left = Vec::new();
        if let Ok(overview) = self.overview.lock() {
            overview.cancel();
        }
        self.stop_jobs.cancel();
        let mut keep = |msg| {
            if let Msg::Job(JobEvent::Refused(fault)) = msg {
                left.push(fault);
            }
        };
        if let Some(told) = &mut self.told {
            loop {
                tokio::select! {
                    biased;
                    Some(msg) = inbox.recv() => keep(msg),
                    _ = &mut *told => break,
                }
            }
        }
        self.outbox.closing.cancel();
        while let Ok(msg) = inbox.try_recv() {
            keep(msg);
        }
        self.stop_link.cancel();
        left
    }

    /// Whether jobs are run here.
    pub fn has_jobs(&self) -> bool {
        self.runner.is_some()
    }

    fn read(&self, work: impl FnOnce() -> Msg + Send + 'static) {
        let outbox = self.outbox.clone();
        tokio::spawn(async move {
            if let Ok(msg) = tokio::task::spawn_blocking(work).await {
                outbox.send(msg).await;
            }
        });
    }

    fn read_overview(&self, of: OverviewOf, source: OverviewSource) {
        let cancel = CancellationToken::new();
        if let Ok(mut last) = self.overview.lock() {
            std::mem::replace(&mut *last, cancel.clone()).cancel();
        }
        let outbox = self.outbox.clone();
        tokio::spawn(async move {
            let stop = cancel.clone();
            let work = move || engine::overview::read(&source, &stop);
            let outcome = match tokio::task::spawn_blocking(work).await {
                Ok(outcome) => outcome.map(Arc::new).map_err(Fault::from),
                Err(_) => return,
            };
            if !cancel.is_cancelled() {
                outbox.send(Msg::Overview { of, outcome }).await;
            }
        });
    }

    fn read_clips(&self) {
        let (dir, paths, outbox, link) = (
            self.state_dir.clone(),
            self.paths.clone(),
            self.outbox.clone(),
            self.handle.clone(),
        );
        tokio::spawn(async move {
            let outcome = reading::clips(&dir, &paths, &link).await;
            outbox.send(Msg::Clips(outcome)).await;
        });
    }

    fn inspect(&self, question: Question) {
        let (outbox, link) = (self.outbox.clone(), self.handle.clone());
        tokio::spawn(async move {
            let outcome = reading::inspect(&question, &link).await;
            outbox.send(Msg::Inspected(outcome)).await;
        });
    }

    fn look_for_leases(&self) {
        let dir = self.state_dir.clone();
        self.read(move || reading::open_leases(&dir));
    }

    fn rescue(&self) {
        let (dir, outbox, link) = (
            self.state_dir.clone(),
            self.outbox.clone(),
            self.handle.clone(),
        );
        tokio::spawn(async move {
            let outcome = reading::rescue(&dir, &link).await;
            outbox.send(Msg::Rescued(outcome)).await;
            if let Ok(msg) = tokio::task::spawn_blocking(move || reading::open_leases(&dir)).await {
                outbox.send(msg).await;
            }
        });
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.outbox.closing.cancel();
        self.stop_jobs.cancel();
        if self.runner.is_none() {
            self.stop_link.cancel();
        }
    }
}

fn seconds(value: f64) -> Duration {
    Duration::try_from_secs_f64(value.clamp(0.1, 3600.0)).unwrap_or(Duration::from_secs(10))
}

fn start_jobs(
    options: &RuntimeOptions,
    link: &Link,
    outbox: &Outbox,
    stop: &CancellationToken,
    again: &Arc<Notify>,
) -> Result<Option<(Runner, JoinHandle<()>)>> {
    let (events, mut from_jobs) = mpsc::channel(256);
    if options.with_jobs {
        let context = Context {
            client: Some(link.client()),
            clock: Arc::clone(&options.clock),
            state_dir: options.state_dir.clone(),
            is_embedded: options.mode.is_simulated(),
            paths: options.config.paths.clone(),
            brake: Default::default(),
        };
        let hooks = Hooks {
            job_done: options.config.hooks.job_done.clone(),
            webhook: options.config.hooks.webhook.clone(),
        };
        let state_dir = options.state_dir.clone();
        let runner = Runner::start(state_dir, context, hooks, events, stop.clone())?;
        let (outbox, again) = (outbox.clone(), Arc::clone(again));
        let told = tokio::spawn(async move {
            while let Some(event) = from_jobs.recv().await {
                let has_ended = matches!(event, JobEvent::Ended { .. });
                outbox.send(Msg::Job(event)).await;
                if has_ended {
                    again.notify_one();
                }
            }
        });
        return Ok(Some((runner, told)));
    }
    let jobs = store::read_all(&options.state_dir)?;
    let outbox = outbox.clone();
    tokio::spawn(async move { outbox.send(Msg::Job(JobEvent::Restored(jobs))).await });
    Ok(None)
}

/// Passes commands on to the link, each in its turn, without making the view wait.
fn feed_link(link: Link, outbox: Outbox) -> mpsc::UnboundedSender<LinkCommand> {
    let (sender, mut commands) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(command) = commands.recv().await {
            let id = match &command {
                LinkCommand::Request { id, .. } => Some(*id),
                _ => None,
            };
            if !link.send(command).await
                && let Some(id) = id
            {
                let error = Error::new(ErrorKind::NotConnected, "the connection has ended");
                let outcome = Err(Fault::from(error));
                outbox
                    .send(Msg::Link(LinkEvent::Answer { id, outcome }))
                    .await;
            }
        }
    });
    sender
}

fn feed_jobs(runner: Option<Runner>, outbox: Outbox) -> mpsc::UnboundedSender<JobCommand> {
    let (sender, mut commands) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(command) = commands.recv().await {
            let taken = match &runner {
                Some(runner) => runner.send(command).await,
                None => false,
            };
            if !taken {
                let error = Error::new(ErrorKind::Job, "no jobs are run here");
                let refused = JobEvent::Refused(Fault::from(error));
                outbox.send(Msg::Job(refused)).await;
            }
        }
    });
    sender
}

/// Passes the link's events on, and reads the session's folder whenever another session opens;
/// `again` is told of that.
async fn follow_link(
    mut events: mpsc::Receiver<LinkEvent>,
    paths: PathMap,
    outbox: Outbox,
    again: Arc<Notify>,
) {
    let current: Arc<Mutex<Option<String>>> = Arc::default();
    while let Some(event) = events.recv().await {
        let opened = match &event {
            LinkEvent::Session(info) => Some(info.as_ref().map(|info| info.path.clone())),
            _ => None,
        };
        outbox.send(Msg::Link(event)).await;
        if let Some(path) = opened {
            again.notify_one();
            if let Ok(mut current) = current.lock() {
                current.clone_from(&path);
            }
            if let Some(path) = path {
                let (paths, outbox, current) =
                    (paths.clone(), outbox.clone(), Arc::clone(&current));
                tokio::spawn(async move { read_folder(path, &paths, &current, &outbox).await });
            }
        }
    }
}

/// Reads the folder and tells it, unless another session has been opened meanwhile.
async fn read_folder(
    path: String,
    paths: &PathMap,
    current: &Mutex<Option<String>>,
    outbox: &Outbox,
) {
    let ours = paths.to_ours(&path);
    let read = tokio::task::spawn_blocking(move || reading::session_folder(ours.as_deref())).await;
    let is_current = current
        .lock()
        .is_ok_and(|current| current.as_ref() == Some(&path));
    if !is_current {
        return;
    }
    let messages = read.unwrap_or_else(|_| {
        let error = Error::new(ErrorKind::Internal, "reading the session's folder failed");
        vec![
            Msg::Link(LinkEvent::Notice(Fault::from(error))),
            Msg::Link(LinkEvent::Folder(None)),
        ]
    });
    for msg in messages {
        outbox.send(msg).await;
    }
}
