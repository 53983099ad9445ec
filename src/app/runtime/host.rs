//! Lets other instances look on: listens on a loopback port that the instance file tells, and is to
//! each guest what the hub is to the views of this process.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use subtle::ConstantTimeEq as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{interval, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::hub::{Hub, ViewId};
use super::instance::{Claim, Instance};
use super::line::{GREETING, Greeting, HEARTBEAT, HostLine, Line, Welcome};
use crate::app::wire::{Ask, News};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::model::link::RequestId;
use crate::model::{JobEvent, LinkEvent};
use crate::ptsl::request::LinkCommand;

/// Guests at once.
const MOST: usize = 32;
/// Messages that may wait for one of them.
const ROOM: usize = 4096;

/// Open as long as the value lives.
#[derive(Debug)]
pub(super) struct Host {
    _claim: Claim,
    _stop: DropGuard,
}

/// What every guest is served with.
#[derive(Clone)]
pub(super) struct Service {
    pub hub: Arc<Hub>,
    pub asks: mpsc::UnboundedSender<(ViewId, Ask)>,
    pub clock: Arc<dyn Clock>,
}

impl Host {
    /// Opens a port and tells it.
    pub(super) fn open(claim: Claim, service: Service) -> Result<Self> {
        let failed = |error: io::Error| {
            let text = "other instances cannot be let in";
            Error::new(ErrorKind::Storage, text).because(error)
        };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listener = std::net::TcpListener::bind(address).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let instance = Instance {
            version: version(),
            pid: std::process::id(),
            port: listener.local_addr().map_err(failed)?.port(),
            token: crate::platform::secret::token()?,
        };
        let listener = TcpListener::from_std(listener).map_err(failed)?;
        claim.tell(&instance).map_err(failed)?;
        let stop = CancellationToken::new();
        tokio::spawn(listen(listener, instance.token, service, stop.clone()));
        Ok(Self {
            _claim: claim,
            _stop: stop.drop_guard(),
        })
    }
}

/// Only equal programs understand each other.
pub(super) fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

async fn listen(listener: TcpListener, token: String, service: Service, stop: CancellationToken) {
    let room = Arc::new(Semaphore::new(MOST));
    loop {
        let stream = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                // Out of descriptors, most likely: others may end.
                Err(_) => {
                    tokio::time::sleep(HEARTBEAT).await;
                    continue;
                }
            },
        };
        let Ok(place) = Arc::clone(&room).try_acquire_owned() else {
            continue;
        };
        let (token, service, stop) = (token.clone(), service.clone(), stop.clone());
        tokio::spawn(async move {
            let _place = place;
            if let Some(line) = admit(stream, &token, &service).await {
                let outcome = serve(line, &service, &stop).await;
                tracing::info!(?outcome, "a guest has left");
            }
        });
    }
}

/// Lets in who knows the token; everybody else hears nothing.
async fn admit(stream: TcpStream, token: &str, service: &Service) -> Option<Line> {
    let mut line = Line::new(stream);
    let greeting = timeout(GREETING, line.next::<Greeting>())
        .await
        .ok()?
        .ok()??;
    let is_known = bool::from(greeting.token.as_bytes().ct_eq(token.as_bytes()));
    if !is_known || greeting.version != version() {
        return None;
    }
    line.trust();
    let welcome = Welcome {
        pid: std::process::id(),
        mono_us: service.clock.now().mono_us,
    };
    line.send(&welcome).await.ok()?;
    tracing::info!(pid = greeting.pid, "another instance looks on");
    Some(line)
}

async fn serve(line: Line, service: &Service, stop: &CancellationToken) -> io::Result<()> {
    let (view, news) = service.hub.listen(ROOM);
    let outcome = converse(line, view, news, service, stop).await;
    service.hub.leave(view);
    outcome
}

async fn converse(
    mut line: Line,
    view: ViewId,
    mut news: mpsc::Receiver<News>,
    service: &Service,
    stop: &CancellationToken,
) -> io::Result<()> {
    let mut numbers = Numbers::default();
    let mut calls = service.hub.calls.listen();
    let mut heartbeat = interval(HEARTBEAT);
    loop {
        tokio::select! {
            biased;
            told = news.recv() => match told {
                Some(mut told) => {
                    numbers.restore(&mut told);
                    line.send(&HostLine::News(Box::new(told))).await?;
                }
                None => {
                    let reason = "it did not keep up with what was told".to_owned();
                    return line.send(&HostLine::Bye(reason)).await;
                }
            },
            asked = line.next::<Ask>() => match asked? {
                Some(mut ask) => {
                    numbers.replace(&mut ask);
                    let _ = service.asks.send((view, ask));
                }
                None => return Ok(()),
            },
            Ok(call) = calls.recv() => line.send(&HostLine::Called(call)).await?,
            _ = heartbeat.tick() => line.send(&HostLine::Alive).await?,
            () = stop.cancelled() => {
                return line.send(&HostLine::Bye("it has ended".to_owned())).await;
            }
        }
    }
}

/// The guest's numbers of requests, for ours.
#[derive(Debug, Default)]
struct Numbers {
    made: u64,
    theirs: HashMap<u64, RequestId>,
}

impl Numbers {
    fn replace(&mut self, ask: &mut Ask) {
        let id = match ask {
            Ask::Link(LinkCommand::Request { id, .. }) => id,
            Ask::Job { ask, .. } => ask,
            _ => return,
        };
        self.made += 1;
        let theirs = std::mem::replace(id, RequestId(self.made));
        self.theirs.insert(self.made, theirs);
    }

    fn restore(&mut self, told: &mut News) {
        let id = match told {
            News::Link(LinkEvent::Answer { id, .. }) => id,
            News::Job(JobEvent::Answer { ask, .. }) => ask,
            _ => return,
        };
        if let Some(theirs) = self.theirs.remove(&id.0) {
            *id = theirs;
        }
    }
}
