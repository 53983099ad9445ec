//! Performs effects: reads folders and recipes itself, hands the rest to the actors (link and jobs),
//! and feeds every event as a message into the inbox of each view. Several views can share one set
//! of actors: those of this process by the `hub`, those of other processes as guests of a `host`;
//! `seat` decides where the actors are. `driver` is the headless application on top of it.

mod actors;
mod driver;
mod guest;
mod history;
mod host;
mod hub;
mod instance;
mod known;
mod line;
mod planning;
mod reading;
mod seat;
mod tidying;
mod visit;
mod writing;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use self::hub::{Hub, Outbox, ViewId};
use self::seat::Keeper;
use crate::app::wire::Ask;
use crate::app::{Effect, Msg, state::Mode};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::engine;
use crate::error::Result;
use crate::jobs::queue::JobCommand;
use crate::model::link::{Fault, RequestId};
use crate::model::overview::{OverviewOf, OverviewSource};
use crate::model::{Finding, JobEvent};
use crate::telemetry::calls::Calls;

pub use driver::App;
pub use reading::{folder, read_manifest, read_recipe};
pub use visit::{Visit, visits};

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
    pub sharing: Sharing,
    /// Set before the connection is made.
    pub opened: Arc<OnceLock<Opened>>,
}

/// The session that the embedded simulator opened, and what was found then: its own copy, which it
/// tells of, is without what was left out.
#[derive(Debug)]
pub struct Opened {
    /// As clients are told.
    pub path: String,
    pub findings: Vec<Finding>,
}

impl RuntimeOptions {
    /// Host, port and recipe of the settings, the system's clock, connecting at once, with jobs.
    pub fn new(config: Arc<Config>, mode: Mode, state_dir: PathBuf) -> Self {
        Self {
            host: config.connection.host.clone(),
            port: config.connection.port,
            recipe: config.output.recipe.clone(),
            sharing: match mode.is_simulated() {
                true => Sharing::Alone,
                false => Sharing::Host,
            },
            config,
            mode,
            state_dir,
            clock: Arc::new(SystemClock::default()),
            autoconnect: true,
            with_jobs: true,
            opened: Arc::default(),
        }
    }
}

/// Whether instances on one Pro Tools share one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// A connection of its own, found by nobody.
    Alone,
    /// Uses the connection of an instance that is found, else one of its own.
    Join,
    /// The same, and is found by others.
    Host,
}

/// A view's hold on the actors. When the first one is dropped they stop; [`Runtime::shutdown`] also
/// waits until a running bounce has put the session back.
#[derive(Debug)]
pub struct Runtime {
    view: ViewId,
    hub: Arc<Hub>,
    asks: mpsc::UnboundedSender<(ViewId, Ask)>,
    outbox: Outbox,
    state_dir: PathBuf,
    /// Stops the overview that is being read.
    overview: Mutex<CancellationToken>,
    /// Of the first view only.
    keeper: Option<JoinHandle<()>>,
    close: CancellationToken,
}

impl Runtime {
    /// Starts link and jobs on the current tokio runtime, or looks on at those of another instance.
    /// Fails when the state folder cannot be used.
    pub fn start(options: RuntimeOptions) -> Result<(Self, mpsc::Receiver<Msg>)> {
        let (hub, close) = (Arc::new(Hub::default()), CancellationToken::new());
        let (view, outbox, messages) = hub.join(INBOX);
        let (state_dir, recipe) = (options.state_dir.clone(), options.recipe.clone());
        let with_jobs = options.with_jobs;
        let (keeper, asks) = Keeper::new(options, Arc::clone(&hub), close.clone())?;
        let runtime = Self {
            view,
            hub,
            asks,
            outbox,
            state_dir,
            overview: Mutex::default(),
            keeper: Some(tokio::spawn(keeper.run())),
            close,
        };
        if with_jobs {
            let dir = runtime.state_dir.clone();
            runtime.read(move || Msg::History(history::read(&dir)));
        }
        if let Some(path) = recipe {
            runtime.perform(vec![Effect::LoadRecipe(path)]);
        }
        Ok((runtime, messages))
    }

    /// What was asked of Pro Tools by this process, and by the one that it looks on.
    pub fn calls(&self) -> Calls {
        self.hub.calls.clone()
    }

    /// Another view on the same actors. It hears what is known already, then what is new.
    pub fn join(&self) -> (Self, mpsc::Receiver<Msg>) {
        let (view, outbox, messages) = self.hub.join(INBOX);
        let runtime = Self {
            view,
            hub: Arc::clone(&self.hub),
            asks: self.asks.clone(),
            outbox,
            state_dir: self.state_dir.clone(),
            overview: Mutex::default(),
            keeper: None,
            close: CancellationToken::new(),
        };
        (runtime, messages)
    }

    /// Sets the effects going, without waiting. Gives back those that only the view can perform:
    /// copying, suspending, quitting.
    pub fn perform(&self, effects: Vec<Effect>) -> Vec<Effect> {
        let mut rest = Vec::new();
        for effect in effects {
            match effect {
                Effect::Link(command) => self.ask(Ask::Link(command)),
                Effect::Job(command) => self.order(RequestId(0), command),
                Effect::ListFiles(dir) => self.read(move || reading::list_files(&dir)),
                Effect::Survey { dir, path, folder } => {
                    self.read(move || reading::survey(&dir, &path, folder.as_deref()));
                }
                Effect::Names(dir) => self.read(move || reading::names(dir)),
                Effect::Remember(line) => self.remember(line),
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
                Effect::Plan(planning) => {
                    self.read(move || Msg::Planned(Box::new(planning.make())));
                }
                Effect::Overview { of, source } => self.read_overview(of, source),
                Effect::Rescue => self.ask(Ask::Rescue),
                Effect::ReadClips => self.ask(Ask::ReadClips),
                Effect::Inspect(question) => self.ask(Ask::Inspect(question)),
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

    /// Wants something of the runner; [`JobEvent::Answer`] comes with the number.
    pub fn order(&self, ask: RequestId, command: JobCommand) {
        self.ask(Ask::Job { ask, command });
    }

    fn ask(&self, ask: Ask) {
        // Without a keeper everything is over.
        let _ = self.asks.send((self.view, ask));
    }

    /// Stops everything in order: a running job of this process is cancelled and puts the session
    /// back while the connection still stands, then the link ends. Gives what the jobs refused or
    /// what failed after them (a hook, for one) that nobody has read from `inbox`.
    pub async fn shutdown(mut self, mut inbox: mpsc::Receiver<Msg>) -> Vec<Fault> {
        let mut left = Vec::new();
        if let Ok(overview) = self.overview.lock() {
            overview.cancel();
        }
        self.close.cancel();
        let mut keep = |msg| match msg {
            Msg::Job(JobEvent::Refused(fault)) => left.push(fault),
            Msg::Job(JobEvent::Answer { outcome, .. }) => left.extend(outcome.err()),
            _ => {}
        };
        if let Some(keeper) = &mut self.keeper {
            loop {
                tokio::select! {
                    biased;
                    Some(msg) = inbox.recv() => keep(msg),
                    _ = &mut *keeper => break,
                }
            }
        }
        self.outbox.closing.cancel();
        while let Ok(msg) = inbox.try_recv() {
            keep(msg);
        }
        left
    }

    fn read(&self, work: impl FnOnce() -> Msg + Send + 'static) {
        let outbox = self.outbox.clone();
        tokio::spawn(async move {
            if let Ok(msg) = tokio::task::spawn_blocking(work).await {
                outbox.send(msg).await;
            }
        });
    }

    fn remember(&self, line: String) {
        let dir = self.state_dir.clone();
        tokio::task::spawn_blocking(move || history::keep(&dir, &line));
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
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.outbox.closing.cancel();
        self.hub.leave(self.view);
        self.close.cancel();
    }
}
