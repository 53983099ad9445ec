//! The actors of this process: the link to Pro Tools, the runner of jobs, and who puts sessions back.
//! What they tell goes to the hub.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::hub::{Hub, To, ViewId};
use super::{Opened, RuntimeOptions, reading, tidying};
use crate::app::wire::{Ask, News};
use crate::engine::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::jobs::hooks::Hooks;
use crate::jobs::queue::JobCommand;
use crate::jobs::runner::Runner;
use crate::jobs::store;
use crate::model::inspection::Question;
use crate::model::link::{Fault, RequestId};
use crate::model::paths::PathMap;
use crate::model::{Finding, JobEvent, LinkEvent};
use crate::ptsl::link::{Link, LinkOptions};
use crate::ptsl::request::LinkCommand;

/// Link and jobs, running until [`Actors::end`].
#[derive(Debug)]
pub(super) struct Actors {
    link: mpsc::UnboundedSender<LinkCommand>,
    jobs: mpsc::UnboundedSender<(RequestId, JobCommand)>,
    /// Ends after the runner, when everything that it told has been passed on.
    told: Option<JoinHandle<()>>,
    handle: Link,
    state_dir: PathBuf,
    paths: PathMap,
    hub: Arc<Hub>,
    stop_jobs: CancellationToken,
    stop_link: CancellationToken,
}

impl Actors {
    /// Starts them on the current tokio runtime. Fails when the state folder cannot be used.
    pub(super) fn start(options: &RuntimeOptions, hub: Arc<Hub>) -> Result<Self> {
        let (stop_jobs, stop_link) = (CancellationToken::new(), CancellationToken::new());
        let connection = &options.config.connection;
        let (link_events, from_link) = mpsc::channel(256);
        let handle = Link::counted(
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
            hub.calls.clone(),
        );
        let (paths, again) = (options.config.paths.clone(), Arc::new(Notify::new()));
        let reader = Reader {
            paths,
            hub: Arc::clone(&hub),
            opened: Arc::clone(&options.opened),
            current: Arc::default(),
        };
        let following = follow_link(from_link, reader, Arc::clone(&again));
        tokio::spawn(following);
        let started = start_jobs(options, &handle, &hub, &stop_jobs, &again);
        let (runner, told) = started.inspect_err(|_| stop_link.cancel())?.unzip();
        if runner.is_some() {
            let tidying = tidying::own_leases(
                options.state_dir.clone(),
                handle.clone(),
                Arc::clone(&hub),
                again,
                stop_link.clone(),
            );
            tokio::spawn(tidying);
        }
        let actors = Self {
            link: feed_link(handle.clone(), Arc::clone(&hub)),
            jobs: feed_jobs(runner, Arc::clone(&hub)),
            told,
            handle,
            state_dir: options.state_dir.clone(),
            paths: options.config.paths.clone(),
            hub,
            stop_jobs,
            stop_link,
        };
        actors.look_for_leases();
        Ok(actors)
    }

    /// Sets going what a view wants, without waiting.
    pub(super) fn perform(&self, view: ViewId, ask: Ask) {
        match ask {
            Ask::Link(LinkCommand::Request { id, request }) => {
                let id = view.tag(id);
                drop(self.link.send(LinkCommand::Request { id, request }));
            }
            Ask::Link(command) => drop(self.link.send(command)),
            Ask::Job { ask, command } => drop(self.jobs.send((view.tag(ask), command))),
            Ask::ReadClips => self.read_clips(view),
            Ask::Inspect(question) => self.inspect(view, *question),
            Ask::Rescue => self.rescue(view),
        }
    }

    /// Stops everything in order: a running job is cancelled and puts the session back while the
    /// connection still stands, then the link ends.
    pub(super) async fn end(self) {
        self.stop_jobs.cancel();
        if let Some(told) = self.told {
            let _ = told.await;
        }
        self.stop_link.cancel();
    }

    fn read_clips(&self, view: ViewId) {
        let (dir, paths, hub, link) = (
            self.state_dir.clone(),
            self.paths.clone(),
            Arc::clone(&self.hub),
            self.handle.clone(),
        );
        tokio::spawn(async move {
            let outcome = reading::clips(&dir, &paths, &link).await;
            hub.tell(To::One(view), News::Clips(outcome)).await;
        });
    }

    fn inspect(&self, view: ViewId, question: Question) {
        let (hub, link) = (Arc::clone(&self.hub), self.handle.clone());
        tokio::spawn(async move {
            let outcome = reading::inspect(&question, &link).await;
            hub.tell(To::One(view), News::Inspected(outcome)).await;
        });
    }

    fn look_for_leases(&self) {
        let (dir, hub) = (self.state_dir.clone(), Arc::clone(&self.hub));
        tokio::spawn(async move { tell_leases(dir, &hub).await });
    }

    fn rescue(&self, view: ViewId) {
        let (dir, hub, link) = (
            self.state_dir.clone(),
            Arc::clone(&self.hub),
            self.handle.clone(),
        );
        tokio::spawn(async move {
            let outcome = reading::rescue(&dir, &link).await;
            hub.tell(To::One(view), News::Rescued(outcome)).await;
            tell_leases(dir, &hub).await;
        });
    }
}

/// Tells what interrupted bounces left behind.
pub(super) async fn tell_leases(state_dir: PathBuf, hub: &Hub) {
    let read = tokio::task::spawn_blocking(move || reading::open_leases(&state_dir)).await;
    if let Ok(news) = read {
        hub.tell(To::All, news).await;
    }
}

fn seconds(value: f64) -> Duration {
    Duration::try_from_secs_f64(value.clamp(0.1, 3600.0)).unwrap_or(Duration::from_secs(10))
}

fn start_jobs(
    options: &RuntimeOptions,
    link: &Link,
    hub: &Arc<Hub>,
    stop: &CancellationToken,
    again: &Arc<Notify>,
) -> Result<Option<(Runner, JoinHandle<()>)>> {
    let (events, mut from_jobs) = mpsc::channel(256);
    let hub = Arc::clone(hub);
    if !options.with_jobs {
        let jobs = store::read_all(&options.state_dir)?;
        let news = News::Job(JobEvent::Restored(jobs));
        tokio::spawn(async move { hub.tell(To::All, news).await });
        return Ok(None);
    }
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
    let again = Arc::clone(again);
    let told = tokio::spawn(async move {
        while let Some(event) = from_jobs.recv().await {
            let has_ended = matches!(event, JobEvent::Ended { .. });
            hub.tell(To::All, News::Job(event)).await;
            if has_ended {
                again.notify_one();
            }
        }
    });
    Ok(Some((runner, told)))
}

/// Passes commands on to the link, each in its turn, without making the view wait.
fn feed_link(link: Link, hub: Arc<Hub>) -> mpsc::UnboundedSender<LinkCommand> {
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
                let news = News::Link(LinkEvent::Answer { id, outcome });
                hub.tell(To::All, news).await;
            }
        }
    });
    sender
}

fn feed_jobs(
    runner: Option<Runner>,
    hub: Arc<Hub>,
) -> mpsc::UnboundedSender<(RequestId, JobCommand)> {
    let (sender, mut commands) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some((ask, command)) = commands.recv().await {
            let taken = match &runner {
                Some(runner) => runner.order(Some(ask), command).await,
                None => false,
            };
            if !taken {
                let error = Error::new(ErrorKind::Job, "no jobs are run here");
                let outcome = Err(Fault::from(error));
                let news = News::Job(JobEvent::Answer { ask, outcome });
                hub.tell(To::All, news).await;
            }
        }
    });
    sender
}

/// Reads the folders of sessions.
#[derive(Clone)]
struct Reader {
    paths: PathMap,
    hub: Arc<Hub>,
    opened: Arc<OnceLock<Opened>>,
    /// The session file that is open now.
    current: Arc<Mutex<Option<String>>>,
}

/// Passes the link's events on, and reads the session's folder whenever another session opens;
/// `again` is told of that.
async fn follow_link(mut events: mpsc::Receiver<LinkEvent>, reader: Reader, again: Arc<Notify>) {
    while let Some(event) = events.recv().await {
        let opened = match &event {
            LinkEvent::Session(info) => Some(info.as_ref().map(|info| info.path.clone())),
            _ => None,
        };
        reader.hub.tell(To::All, News::Link(event)).await;
        if let Some(path) = opened {
            again.notify_one();
            if let Ok(mut current) = reader.current.lock() {
                current.clone_from(&path);
            }
            if let Some(path) = path {
                tokio::spawn(reader.clone().read(path));
            }
        }
    }
}

impl Reader {
    /// Reads the folder and tells it, unless another session has been opened meanwhile.
    async fn read(self, path: String) {
        let ours = self.paths.to_ours(&path);
        let read = move || reading::session_folder(ours.as_deref());
        let read = tokio::task::spawn_blocking(read).await;
        let current = self.current.lock();
        if !current.is_ok_and(|current| current.as_ref() == Some(&path)) {
            return;
        }
        let (mut findings, folder) = read.unwrap_or_else(|_| {
            let error = Error::new(ErrorKind::Internal, "reading the session's folder failed");
            (Vec::new(), Err(Some(Fault::from(error))))
        });
        if let Some(opened) = self.opened.get().filter(|opened| opened.path == path) {
            let is_new = |known: &Finding| !findings.contains(known);
            let found = opened.findings.iter().filter(|finding| is_new(finding));
            let found: Vec<Finding> = found.cloned().collect();
            findings.extend(found);
        }
        let mut news = vec![News::Findings(findings)];
        if let Err(Some(fault)) = &folder {
            news.push(News::Link(LinkEvent::Notice(fault.clone())));
        }
        news.push(News::Link(LinkEvent::Folder(folder.ok())));
        for news in news {
            self.hub.tell(To::All, news).await;
        }
    }
}
