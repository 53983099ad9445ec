//! The application over HTTP: REST as other programs know it, WebSocket, a page to watch, metrics.
//! A third view on `app`, without logic of its own: handlers translate requests into actions and
//! plans, and the state into JSON.

mod body;
mod desk;
mod feed;
mod guard;
mod listen;
mod machine;
mod metrics;
mod news;
mod page;
mod paths;
mod printing;
mod reply;
mod routes;
mod schema;
mod shown;
pub mod token;
mod watch;
mod ws;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use self::desk::Desk;
use self::guard::Guard;
pub use self::listen::Limits;
use self::machine::Machine;
use self::metrics::Meters;
use self::reply::{Failure, timestamp};
use self::watch::Watch;
use crate::app::runtime::App;
use crate::app::wire::Seat;
use crate::clock::{Clock, SystemClock};
use crate::error::{Error, ErrorKind, Result};
use crate::model::JobState;

/// How to serve.
#[derive(Clone)]
pub struct ServerOptions {
    pub bind: SocketAddr,
    /// Wanted of every request where it is given; always beyond loopback.
    pub token: Option<String>,
    /// Pages of these origins may use the interface (CORS).
    pub origins: Vec<String>,
    /// Names that a Host header may have beside those of this machine.
    pub hosts: Vec<String>,
    /// What is printed and downloaded lies below it.
    pub root: PathBuf,
    /// Further folders that may be written and downloaded from.
    pub write_roots: Vec<PathBuf>,
    pub state_dir: PathBuf,
    pub config_dir: PathBuf,
    /// How long Pro Tools may take for an ordinary command.
    pub timeout: Duration,
    /// Changing requests a second that one address may make.
    pub changes_per_second: u32,
    /// Error details in answers.
    pub debug: bool,
    pub limits: Limits,
    pub clock: Arc<dyn Clock>,
}

impl ServerOptions {
    /// Refuses to be reached by others without a token.
    pub fn check(&self) -> Result<()> {
        if self.bind.ip().is_loopback() || self.token.is_some() {
            return Ok(());
        }
        let text = format!("{} can be reached by others and needs a token", self.bind);
        Err(Error::new(ErrorKind::Usage, text)
            .hint("Make one with pt-stem token, or bind 127.0.0.1 and use an SSH tunnel"))
    }

    /// 127.0.0.1:8000, for this machine alone. `root` is where stems go; `state_dir` and
    /// `config_dir` are the program's own folders.
    pub fn new(root: PathBuf, state_dir: PathBuf, config_dir: PathBuf) -> Self {
        Self {
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 8000)),
            token: None,
            origins: Vec::new(),
            hosts: Vec::new(),
            root,
            write_roots: Vec::new(),
            state_dir,
            config_dir,
            timeout: Duration::from_secs(10),
            changes_per_second: 20,
            debug: false,
            limits: Limits::default(),
            clock: Arc::new(SystemClock::default()),
        }
    }
}

/// What every handler works with.
#[derive(Clone)]
pub struct Service {
    pub desk: Desk,
    pub options: Arc<ServerOptions>,
    pub clock: Arc<dyn Clock>,
    pub timeout: Duration,
    machine: Machine,
    pub meters: Meters,
    /// Held while a job is put into the queue, so that no more wait than may.
    queueing: Arc<tokio::sync::Mutex<()>>,
    /// Nothing may be changed any more.
    ending: CancellationToken,
    /// When the connection was last seen to stand, RFC 3339.
    connected: Arc<Mutex<Option<String>>>,
}

impl Service {
    /// Refuses while Pro Tools is not there.
    pub fn ready(&self) -> std::result::Result<(), Failure> {
        if !self.desk.shown().is_connected() {
            return Err(Failure::offline());
        }
        Ok(())
    }

    /// When the connection last stood, RFC 3339.
    pub fn last_connected(&self) -> Option<String> {
        if self.desk.shown().is_connected() {
            return Some(timestamp());
        }
        self.connected.lock().ok()?.clone()
    }
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "PT-STEM",
        description = "Prints stems from Pro Tools, and proves that their sum is the mix."
    ),
    tags(
        (name = "system", description = "Who answers, and how it is"),
        (name = "connection", description = "The connection to Pro Tools"),
        (name = "session", description = "The open session"),
        (name = "transport", description = "Play, stop, record"),
        (name = "print", description = "Stems, exports, snapshots, and the tasks that make them"),
        (name = "files", description = "What was printed"),
        (name = "live", description = "The state and what happens to it, as it happens"),
        (name = "ours", description = "State, actions and jobs, as the terminal interface has them"),
    )
)]
struct Description;

/// A running server.
pub struct Server {
    address: SocketAddr,
    stop: CancellationToken,
    ending: CancellationToken,
    served: JoinHandle<()>,
    view: Desk,
    desk: JoinHandle<App>,
}

impl Server {
    /// Binds and serves until [`Server::end`]. Fails when the address cannot be taken, or is open
    /// to others without a token.
    pub async fn start(app: App, options: ServerOptions) -> Result<Self> {
        options.check()?;
        let listener = TcpListener::bind(options.bind).await.map_err(|error| {
            Error::new(
                ErrorKind::Usage,
                format!("{} cannot be served", options.bind),
            )
            .because(error)
            .hint("Another program may use the port: choose one with --bind")
        })?;
        let address = listener.local_addr().map_err(|error| {
            Error::new(ErrorKind::Internal, "the address is not known").because(error)
        })?;
        let (stop, ending) = (CancellationToken::new(), CancellationToken::new());
        let limits = options.limits.clone();
        let (desk, turning) = Desk::start(app, stop.clone());
        let service = Service {
            clock: Arc::clone(&options.clock),
            timeout: options.timeout,
            meters: Meters::default(),
            machine: Machine::start(options.root.clone(), stop.clone()),
            options: Arc::new(options),
            desk,
            queueing: Arc::default(),
            ending: ending.clone(),
            connected: Arc::default(),
        };
        tokio::spawn(remember(service.clone()));
        tokio::spawn(service.meters.clone().follow(service.clone()));
        let view = service.desk.clone();
        let router = router(service);
        let served = tokio::spawn(listen::serve(listener, router, limits, stop.clone()));
        Ok(Self {
            address,
            stop,
            ending,
            served,
            view,
            desk: turning,
        })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether the application still answers its visitors, within `limit`.
    pub async fn is_well(&self, limit: Duration) -> bool {
        self.view.answers(limit).await
    }

    /// Takes no more changes, and waits until the jobs of this program are over.
    pub async fn finish(&self) {
        self.ending.cancel();
        let is_over = |app: &mut App| {
            // Another process goes on without us.
            if app.state.link.seat != Seat::Own {
                return Some(Ok(()));
            }
            let mut jobs = app.state.own_jobs();
            let works = jobs.any(|job| job.state.is_active() || job.state == JobState::Queued);
            (!works).then_some(Ok(()))
        };
        // Ends early only when the application does.
        let _ = self.view.until(Duration::MAX, is_over).await;
    }

    /// Ends in order: no new requests, the open ones are answered, and gives the application back.
    pub async fn end(self) -> Option<App> {
        self.stop.cancel();
        let app = self.desk.await.ok();
        // Streams that never end are cut.
        let _ = tokio::time::timeout(Duration::from_secs(2), self.served).await;
        app
    }
}

/// Keeps the moment when the connection last stood.
async fn remember(service: Service) {
    let mut watch = service.desk.watch();
    let mut stood = false;
    loop {
        let stands = watch.borrow_and_update().is_connected();
        if stood
            && !stands
            && let Ok(mut connected) = service.connected.lock()
        {
            *connected = Some(timestamp());
        }
        stood = stands;
        if watch.changed().await.is_err() {
            return;
        }
    }
}

/// Everything that is answered, with what guards it.
fn router(service: Service) -> Router {
    let guard = Guard::new(&service.options);
    let watch = Watch::new(&service);
    let (routes, description) = OpenApiRouter::with_openapi(Description::openapi())
        .merge(routes::all())
        .merge(ws::routes())
        .merge(metrics::routes())
        .split_for_parts();
    let docs = utoipa_swagger_ui::SwaggerUi::new("/docs").url("/openapi.json", description);
    let router = routes.merge(page::routes()).with_state(service).merge(docs);
    let router = router
        .fallback(routes::nowhere)
        .method_not_allowed_fallback(routes::no_method);
    watch.over(guard.over(router))
}
