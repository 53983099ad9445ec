//! The server's own view on the application: one task turns it, handlers visit it. What everybody
//! reads lies ready in a [`Shown`], so that readers wait for nobody.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::feed::Feed;
use super::shown::Shown;
use crate::action::Action;
use crate::app::runtime::App;
use crate::app::{Effect, JobCommand};
use crate::error::{Error, ErrorKind, Result};
use crate::model::JobId;

/// Visitors that may wait at the door.
const QUEUE: usize = 1024;
/// Progress is told at most this often.
const PROGRESS: Duration = Duration::from_millis(100);

/// Looks at the application until it has seen what it waits for; `true` ends it.
type Waiter = Box<dyn FnMut(&mut App) -> bool + Send>;
/// Does something at once, and may leave somebody who waits.
type Visit = Box<dyn FnOnce(&mut App) -> Option<Waiter> + Send>;

/// The way to the view. Clones share it.
#[derive(Clone)]
pub struct Desk {
    visits: mpsc::Sender<Visit>,
    feed: Feed,
}

impl Desk {
    /// Turns `app` in a task of its own until `stop`. What wants to be ended last is in the answer:
    /// the application, to be ended by whoever started it.
    pub fn start(app: App, stop: CancellationToken) -> (Self, tokio::task::JoinHandle<App>) {
        let (visits, door) = mpsc::channel(QUEUE);
        let feed = Feed::new(&app.state, app.now(), stop.clone());
        let task = tokio::spawn(turn(app, door, feed.clone(), stop));
        (Self { visits, feed }, task)
    }

    /// What the application shows now.
    pub fn shown(&self) -> Arc<Shown> {
        self.feed.shown()
    }

    /// What is told to those who listen.
    pub fn feed(&self) -> &Feed {
        &self.feed
    }

    /// Tells of every change, the newest wins.
    pub fn watch(&self) -> watch::Receiver<Arc<Shown>> {
        self.feed.watch()
    }

    async fn visit(&self, visit: Visit) -> Result<()> {
        self.visits.send(visit).await.map_err(|_| closing())
    }

    /// Does something with the application.
    pub async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut App) -> T + Send + 'static,
    ) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        self.visit(Box::new(move |app| {
            let _ = reply.send(work(app));
            None
        }))
        .await?;
        answer.await.map_err(|_| closing())
    }

    /// Begins something and waits, at most `limit`, until `look` gives what came of it.
    pub async fn follow<B, T, S, L>(&self, limit: Duration, start: S, mut look: L) -> Result<T>
    where
        B: Send + 'static,
        T: Send + 'static,
        S: FnOnce(&mut App) -> Result<B> + Send + 'static,
        L: FnMut(&mut App, &mut B) -> Option<Result<T>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let visit = move |app: &mut App| {
            let mut begun = match start(app) {
                Ok(begun) => begun,
                Err(error) => {
                    let _ = reply.send(Err(error));
                    return None;
                }
            };
            let mut reply = Some(reply);
            let waiter: Waiter = Box::new(move |app| {
                if reply.as_ref().is_none_or(oneshot::Sender::is_closed) {
                    return true;
                }
                let Some(outcome) = look(app, &mut begun) else {
                    return false;
                };
                if let Some(reply) = reply.take() {
                    let _ = reply.send(outcome);
                }
                true
            });
            Some(waiter)
        };
        self.visit(Box::new(visit)).await?;
        match timeout(limit, answer).await {
            Ok(answer) => answer.map_err(|_| closing())?,
            Err(_) => Err(late()),
        }
    }

    /// Waits, at most `limit`, until `look` gives something.
    pub async fn until<T: Send + 'static>(
        &self,
        limit: Duration,
        mut look: impl FnMut(&mut App) -> Option<Result<T>> + Send + 'static,
    ) -> Result<T> {
        self.follow(limit, |_| Ok(()), move |app, ()| look(app))
            .await
    }

    /// Carries out an action and waits for Pro Tools' answers. Gives what only a screen could do.
    pub async fn act(&self, limit: Duration, action: Action) -> Result<Vec<Effect>> {
        self.follow(
            limit,
            move |app| app.begin(action),
            |app, begun| app.outcome(begun),
        )
        .await
    }

    /// Wants something of the runner of jobs.
    pub async fn order(&self, limit: Duration, command: JobCommand) -> Result<JobId> {
        self.follow(
            limit,
            move |app| Ok(app.begin_order(command)),
            |app, ask| app.order_outcome(*ask),
        )
        .await
    }

    /// Whether it answers within `limit`.
    pub async fn answers(&self, limit: Duration) -> bool {
        matches!(timeout(limit, self.with(|_| ())).await, Ok(Ok(())))
    }

    /// A view of its own for work that takes long: a plan that asks Pro Tools.
    pub async fn view(&self) -> Result<App> {
        self.with(|app| app.join()).await
    }
}

fn closing() -> Error {
    Error::new(ErrorKind::Interrupted, "the server is ending")
}

fn late() -> Error {
    Error::new(ErrorKind::Late, "Pro Tools has not answered in time")
        .hint("It may be showing a dialog: look at its screen")
}

async fn turn(
    mut app: App,
    mut door: mpsc::Receiver<Visit>,
    feed: Feed,
    stop: CancellationToken,
) -> App {
    let mut waiting: Vec<Waiter> = Vec::new();
    let mut pace = Pace::default();
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => return app,
            count = app.next() => if count == 0 {
                return app;
            },
            Some(visit) = door.recv() => waiting.extend(visit(&mut app)),
            () = pace.due() => {}
        }
        waiting.retain_mut(|waiter| !waiter(&mut app));
        pace.publish(&app, &feed);
    }
}

/// When progress was last told, and until when it is held.
#[derive(Debug, Default)]
struct Pace {
    told: Option<Instant>,
    held: Option<Instant>,
}

impl Pace {
    async fn due(&self) {
        match self.held {
            Some(held) => sleep_until(held).await,
            None => std::future::pending().await,
        }
    }

    fn publish(&mut self, app: &App, feed: &Feed) {
        let again = self.told.map(|told| told + PROGRESS);
        self.held = again.filter(|again| *again > Instant::now());
        let before = feed.shown();
        let next = before.next(&app.state, app.now(), self.held.is_some());
        if let Some(next) = next {
            if !Arc::ptr_eq(&before.jobs, &next.jobs) {
                self.told = Some(Instant::now());
            }
            feed.tell(next, &app.state);
        }
    }
}
