//! A Pro Tools to talk to: a pure world behind a gRPC server, with sessions and faults.

mod answer;
mod api;
mod batch;
mod beside;
mod commands;
pub mod control;
mod dialogs;
pub mod faults;
mod fence;
mod front;
mod queue;
pub mod serve;
pub mod sessions;
mod sockets;
mod sound;
mod spoil;
mod store;
mod streams;
mod turn;
mod work;
pub mod world;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::{CancellationToken, DropGuard};

use self::fence::Fence;
use self::world::World;

pub use api::Api;
pub use control::Control;

use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
pub use crate::import::text_export::Options as ExportOptions;
use crate::model::Finding;

/// What the simulator opens and how it behaves.
#[derive(Clone)]
pub struct Options {
    pub session: SessionChoice,
    /// Where it listens; several for IPv4 and IPv6. Port 0 picks a free one.
    pub bind: Vec<SocketAddr>,
    pub faults: faults::Faults,
    /// Folder of its own for the world's copies, the demo's audio and the like.
    pub state_dir: PathBuf,
    pub clock: Arc<dyn Clock>,
    /// The PTSL version that it is.
    pub api: Api,
    /// Whether clients may send the private control command.
    pub allow_control: bool,
    /// The only folder that clients may write to and read from, where there is one; copies of
    /// opened sessions lie in it then.
    pub root: Option<PathBuf>,
}

impl Default for Options {
    /// No session, a free port, no faults, the newest version; files lie in the temporary folder.
    fn default() -> Self {
        Self {
            session: SessionChoice::None,
            bind: vec![SocketAddr::from(([127, 0, 0, 1], 0))],
            faults: faults::Faults::default(),
            state_dir: std::env::temp_dir().join("pt-stem-simulator"),
            clock: Arc::new(crate::clock::SystemClock::default()),
            api: Api::default(),
            allow_control: false,
            root: None,
        }
    }
}

/// Which session is open at the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionChoice {
    /// A built-in session by name; `demo` is the first.
    Demo(String),
    /// A session folder or plain folder. Never written to.
    Open(PathBuf),
    /// A text export of Pro Tools, with what is known of its audio. Never written to.
    Export(PathBuf, ExportOptions),
    None,
}

/// The session that was open at the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    pub name: String,
    /// The session file that clients are told.
    pub path: String,
    pub tracks: usize,
}

/// A running simulator.
#[derive(Debug)]
pub struct Simulator {
    addresses: Vec<SocketAddr>,
    findings: Vec<Finding>,
    control: Control,
    opened: Option<Opened>,
    tasks: JoinSet<()>,
}

/// A simulator that listens and has no session yet: clients are told that it is not ready.
pub struct Starting {
    addresses: Vec<SocketAddr>,
    session: SessionChoice,
    state_dir: PathBuf,
    fence: Fence,
    clock: Arc<dyn Clock>,
    sender: mpsc::Sender<queue::Job>,
    jobs: mpsc::Receiver<queue::Job>,
    front: Arc<front::Front>,
    stop: CancellationToken,
    /// Stops serving when nothing comes of it.
    guard: DropGuard,
    tasks: JoinSet<()>,
}

impl Starting {
    /// Where it listens.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Reads or makes the session, and is ready then.
    ///
    /// # Errors
    /// What is wrong with the session.
    pub async fn open(mut self) -> Result<Simulator> {
        let (choice, state_dir, fence) = (self.session, self.state_dir, self.fence);
        let opening = move || world_of(choice, &state_dir, fence);
        let opened = tokio::task::spawn_blocking(opening).await;
        let (mut world, home) = opened.map_err(|error| {
            Error::new(ErrorKind::Internal, "opening the session broke off").because(error)
        })??;
        world.api = self.front.api;
        let session = world.session.as_ref();
        let findings = session.map(|s| s.findings.clone()).unwrap_or_default();
        let opened = session.map(|session| Opened {
            name: session.info.name.clone(),
            path: session.info.path.clone(),
            tracks: session.strips.len(),
        });
        let front = Arc::clone(&self.front);
        let queue = queue::Queue::new(world, home, front, self.clock, self.stop);
        self.tasks.spawn(queue.run(self.jobs));
        self.front.start();
        self.guard.disarm();
        Ok(Simulator {
            addresses: self.addresses,
            findings,
            control: Control {
                front: self.front,
                jobs: self.sender.downgrade(),
            },
            opened,
            tasks: self.tasks,
        })
    }
}

impl Simulator {
    /// Listens, reads or makes the session, and serves until `stop` is cancelled.
    ///
    /// Fails with what is wrong with the session, or when an address is taken.
    pub async fn start(options: Options, stop: CancellationToken) -> Result<Self> {
        Self::listen(options, stop).await?.open().await
    }

    /// Listens, and tells clients that it is not ready until the session is opened.
    ///
    /// # Errors
    /// When an address is taken.
    pub async fn listen(options: Options, stop: CancellationToken) -> Result<Starting> {
        let Options {
            session,
            bind,
            faults,
            state_dir,
            clock,
            api,
            allow_control,
            root,
        } = options;
        crate::ptsl::wire::prepare();
        let fence = match root {
            Some(root) => Fence::around(&root)?,
            None => Fence::default(),
        };
        let listeners = sockets::bind(&bind).await?;
        let stop = stop.child_token();
        let addresses = listeners
            .iter()
            .filter_map(|listener| listener.local_addr().ok())
            .collect();
        let mut tasks = JoinSet::new();
        let front = Arc::new(front::Front::new(api, allow_control, faults));
        let (sender, jobs) = mpsc::channel(1024);
        let service = serve::Service {
            jobs: sender.clone(),
            front: Arc::clone(&front),
            stop: stop.clone(),
        };
        for listener in listeners {
            let serving = serve::serve(listener, service.clone(), stop.clone());
            tasks.spawn(async move {
                if let Err(error) = serving.await {
                    tracing::error!(%error, "the simulator's server ended");
                }
            });
        }
        Ok(Starting {
            addresses,
            session,
            state_dir,
            fence,
            clock,
            sender,
            jobs,
            front,
            guard: stop.clone().drop_guard(),
            stop,
            tasks,
        })
    }

    /// What was found when the first session was read, such as files that were left out.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The hand behind the stage: other faults, dismissed dialogs, a human, restarts, counts.
    pub fn control(&self) -> Control {
        self.control.clone()
    }

    /// The session that was open at the start.
    pub fn session(&self) -> Option<&Opened> {
        self.opened.as_ref()
    }

    /// Where it listens.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Resolves when it has ended.
    pub async fn closed(mut self) {
        while self.tasks.join_next().await.is_some() {}
    }
}

fn world_of(choice: SessionChoice, state_dir: &Path, fence: Fence) -> Result<(World, store::Home)> {
    let home = store::Home::new(match fence.root() {
        Some(root) => root.join("Sessions"),
        None => state_dir.join("worlds"),
    });
    let session = match choice {
        SessionChoice::None => None,
        SessionChoice::Open(path) => Some(home.open_copy(&path, &ExportOptions::default())?),
        SessionChoice::Export(path, options) => Some(home.open_copy(&path, &options)?),
        SessionChoice::Demo(name) => {
            let folder = sessions::make(&name, state_dir)?;
            Some(home.open_copy(&folder, &ExportOptions::default())?)
        }
    };
    let world = World {
        fence: match &session {
            Some(session) => fence.serving(session),
            None => fence,
        },
        session,
        ..World::default()
    };
    Ok((world, home))
}
