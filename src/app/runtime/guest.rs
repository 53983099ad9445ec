//! Looks on at the actors of another instance: its news go to our hub, our views' wishes to it.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::host::version;
use super::hub::{Hub, To, ViewId};
use super::instance::Instance;
use super::line::{GREETING, Greeting, HostLine, Line, PATIENCE, Welcome};
use crate::app::wire::{Ask, News, Seat};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::model::link::{Fault, RequestId};
use crate::model::{JobEvent, LinkEvent};
use crate::ptsl::request::LinkCommand;

/// A conversation with a host.
#[derive(Debug)]
pub(super) struct Guest {
    line: Line,
    pid: u32,
    /// Microseconds that the host's clock is behind ours.
    behind_us: i64,
    /// Answers that are still to come.
    open: BTreeSet<RequestId>,
    open_jobs: BTreeSet<RequestId>,
}

/// Why it is over.
#[derive(Debug)]
pub(super) enum Over {
    /// We were told to end.
    Closed,
    /// The host has ended, or does not answer.
    Lost(String),
    /// A view wants another Pro Tools.
    Elsewhere {
        host: Option<String>,
        port: Option<u16>,
    },
}

impl Guest {
    /// Fails when nobody answers there, or it is another program.
    pub(super) async fn join(instance: &Instance, clock: &dyn Clock) -> io::Result<Self> {
        let (line, welcome) = greet(instance).await?;
        let here = i64::try_from(clock.now().mono_us).unwrap_or_default();
        let there = i64::try_from(welcome.mono_us).unwrap_or_default();
        Ok(Self {
            line,
            pid: welcome.pid,
            behind_us: here.saturating_sub(there),
            open: BTreeSet::new(),
            open_jobs: BTreeSet::new(),
        })
    }

    /// Converses until something ends it.
    pub(super) async fn converse(
        mut self,
        hub: &Arc<Hub>,
        asks: &mut mpsc::UnboundedReceiver<(ViewId, Ask)>,
        close: &CancellationToken,
        address: (&str, u16),
    ) -> Over {
        let pid = self.pid;
        hub.tell(To::All, News::Seat(Seat::Guest { pid })).await;
        let over = self.turn(hub, asks, close, address).await;
        // Where it was us who ended, nobody waits.
        if !matches!(over, Over::Closed) {
            self.give_up(hub).await;
        }
        over
    }

    async fn turn(
        &mut self,
        hub: &Arc<Hub>,
        asks: &mut mpsc::UnboundedReceiver<(ViewId, Ask)>,
        close: &CancellationToken,
        address: (&str, u16),
    ) -> Over {
        let mut patience = Instant::now() + PATIENCE;
        loop {
            tokio::select! {
                biased;
                () = close.cancelled() => return Over::Closed,
                said = self.line.next::<HostLine>() => {
                    patience = Instant::now() + PATIENCE;
                    match said {
                        Ok(Some(HostLine::News(news))) => self.pass_on(hub, *news).await,
                        Ok(Some(HostLine::Called(call))) => {
                            hub.calls.count(&call.command, call.is_ok, call.took);
                        }
                        Ok(Some(HostLine::Alive)) => {}
                        Ok(Some(HostLine::Bye(reason))) => return Over::Lost(reason),
                        Ok(None) => return Over::Lost("it has ended".to_owned()),
                        Err(error) => return Over::Lost(error.to_string()),
                    }
                }
                Some((view, ask)) = asks.recv() => {
                    if let Ask::Link(LinkCommand::Connect { host, port }) = &ask
                        && is_elsewhere(host.as_deref(), *port, address)
                    {
                        return Over::Elsewhere { host: host.clone(), port: *port };
                    }
                    if let Err(error) = self.ask(hub, view, ask).await {
                        return Over::Lost(error.to_string());
                    }
                }
                () = sleep_until(patience) => {
                    return Over::Lost("it does not answer".to_owned());
                }
            }
        }
    }

    async fn pass_on(&mut self, hub: &Hub, news: News) {
        match &news {
            // Who holds the connection is known here.
            News::Seat(_) => return,
            News::Link(LinkEvent::Answer { id, .. }) => drop(self.open.remove(id)),
            News::Job(JobEvent::Answer { ask, .. }) => drop(self.open_jobs.remove(ask)),
            _ => {}
        }
        hub.tell(To::All, news.shifted(self.behind_us)).await;
    }

    async fn ask(&mut self, hub: &Hub, view: ViewId, mut ask: Ask) -> io::Result<()> {
        match &mut ask {
            Ask::Link(LinkCommand::Request { id, .. }) => {
                *id = view.tag(*id);
                self.open.insert(*id);
            }
            Ask::Job { ask: id, .. } => {
                *id = view.tag(*id);
                self.open_jobs.insert(*id);
            }
            Ask::Link(LinkCommand::Disconnect) => {
                let text = format!(
                    "the connection belongs to another pt-stem (process {}): it is not cut from here",
                    self.pid
                );
                let fault = Fault::from(Error::new(ErrorKind::Usage, text));
                let news = News::Link(LinkEvent::Notice(fault));
                hub.tell(To::One(view), news).await;
                return Ok(());
            }
            _ => {}
        }
        self.line.send(&ask).await
    }

    /// Nobody waits for an answer that will not come.
    async fn give_up(&mut self, hub: &Hub) {
        let error = || {
            let text = "the pt-stem that holds the connection ended before it answered";
            Err(Fault::from(Error::new(ErrorKind::NotConnected, text)))
        };
        for id in std::mem::take(&mut self.open) {
            let outcome = error();
            let news = News::Link(LinkEvent::Answer { id, outcome });
            hub.tell(To::All, news).await;
        }
        for ask in std::mem::take(&mut self.open_jobs) {
            let outcome = error().map(|_: Option<String>| Default::default());
            let news = News::Job(JobEvent::Answer { ask, outcome });
            hub.tell(To::All, news).await;
        }
    }
}

/// Opens a conversation. Fails when nobody answers there, or it is another program.
pub(super) async fn greet(instance: &Instance) -> io::Result<(Line, Welcome)> {
    if instance.version != version() {
        let text = format!("the running pt-stem is version {}", instance.version);
        return Err(io::Error::other(text));
    }
    let greeting = Greeting {
        token: instance.token.clone(),
        version: version(),
        pid: std::process::id(),
    };
    let greet = async {
        let mut line = Line::new(TcpStream::connect(("127.0.0.1", instance.port)).await?);
        line.send(&greeting).await?;
        let welcome = line.next::<Welcome>().await?;
        line.trust();
        io::Result::Ok((line, welcome))
    };
    match timeout(GREETING, greet).await {
        Ok(Ok((line, Some(welcome)))) => Ok((line, welcome)),
        Ok(Ok((_, None))) => Err(io::ErrorKind::UnexpectedEof.into()),
        Ok(Err(error)) => Err(error),
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

/// Whether these are another address than the present one.
pub(super) fn is_elsewhere(host: Option<&str>, port: Option<u16>, now: (&str, u16)) -> bool {
    host.is_some_and(|host| host != now.0) || port.is_some_and(|port| port != now.1)
}
