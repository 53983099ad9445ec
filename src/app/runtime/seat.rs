//! Where the actors are: in this process, or in another one that holds the same Pro Tools already. When
//! that one ends, this one takes its place.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::actors::Actors;
use super::guest::{Guest, Over, is_elsewhere};
use super::host::{Host, Service};
use super::hub::{Hub, To, ViewId};
use super::instance::{self, Claim};
use super::{RuntimeOptions, Sharing};
use crate::app::wire::{Ask, News, Seat};
use crate::error::{Error, ErrorKind, Result};
use crate::model::LinkEvent;
use crate::model::link::Fault;
use crate::ptsl::request::LinkCommand;

/// How long a holder is looked for that has just begun, or just ended, before it is held for dead.
const PATIENCE: Duration = Duration::from_secs(3);
const AGAIN: Duration = Duration::from_millis(100);
/// Between two tries to start actors that could not be started.
const LATER: Duration = Duration::from_secs(2);

/// Actors in reach.
enum Place {
    Own(Actors, Option<Host>),
    Guest(Guest),
}

/// The task that passes wishes on to the actors, wherever they are.
pub(super) struct Keeper {
    pub options: RuntimeOptions,
    pub hub: Arc<Hub>,
    pub asks: mpsc::UnboundedReceiver<(ViewId, Ask)>,
    /// For guests of ours.
    pub asker: mpsc::UnboundedSender<(ViewId, Ask)>,
    pub close: CancellationToken,
    first: Option<Place>,
}

impl Keeper {
    /// Takes the place at once where that needs no waiting. Fails when the state folder cannot be
    /// used.
    pub(super) fn new(
        options: RuntimeOptions,
        hub: Arc<Hub>,
        close: CancellationToken,
    ) -> Result<(Self, mpsc::UnboundedSender<(ViewId, Ask)>)> {
        let (asker, asks) = mpsc::unbounded_channel();
        let mut keeper = Self {
            options,
            hub,
            asks,
            asker: asker.clone(),
            close,
            first: None,
        };
        if let Some(claim) = keeper.claim() {
            keeper.first = Some(keeper.own(claim)?);
        }
        Ok((keeper, asker))
    }

    /// Runs until it is told to close and the actors of this process have ended.
    pub(super) async fn run(mut self) {
        let mut place = self.first.take();
        loop {
            let taken = match place.take() {
                Some(taken) => Some(taken),
                None => self.take().await,
            };
            match taken {
                None => return,
                Some(Place::Own(actors, host)) => return self.keep(actors, host).await,
                Some(Place::Guest(guest)) => {
                    let address = (self.options.host.as_str(), self.options.port);
                    let talk = guest.converse(&self.hub, &mut self.asks, &self.close, address);
                    match talk.await {
                        Over::Closed => return,
                        Over::Lost(reason) => self.lost(&reason).await,
                        Over::Elsewhere { host, port } => self.move_to(host, port),
                    }
                }
            }
        }
    }

    /// Serves the views with the actors of this process, to the end.
    async fn keep(&mut self, actors: Actors, mut host: Option<Host>) {
        self.hub.tell(To::All, News::Seat(Seat::Own)).await;
        loop {
            let (view, ask) = tokio::select! {
                biased;
                () = self.close.cancelled() => break,
                Some(asked) = self.asks.recv() => asked,
            };
            let address = (self.options.host.as_str(), self.options.port);
            if let Ask::Link(LinkCommand::Connect { host: to, port }) = &ask
                && is_elsewhere(to.as_deref(), *port, address)
            {
                self.move_to(to.clone(), *port);
                // Nobody finds us under the old address.
                drop(host.take());
                host = self.claim().flatten().and_then(|claim| self.open(claim));
            }
            actors.perform(view, ask);
        }
        // Guests see the end of a running job before they lose us.
        actors.end().await;
        drop(host);
    }

    fn move_to(&mut self, host: Option<String>, port: Option<u16>) {
        self.options.host = host.unwrap_or_else(|| self.options.host.clone());
        self.options.port = port.unwrap_or(self.options.port);
        self.options.autoconnect = true;
    }

    /// The place of the one that holds the connection: `None` when another has it, `Some(None)`
    /// when nobody is to find us.
    fn claim(&self) -> Option<Option<Claim>> {
        let options = &self.options;
        if options.sharing == Sharing::Alone {
            return Some(None);
        }
        match Claim::take(&options.state_dir, &options.host, options.port) {
            Ok(Some(claim)) => Some((options.sharing == Sharing::Host).then_some(claim)),
            Ok(None) => None,
            Err(error) => {
                tracing::warn!(%error, "other instances cannot be looked for");
                Some(None)
            }
        }
    }

    fn own(&self, claim: Option<Claim>) -> Result<Place> {
        let actors = Actors::start(&self.options, Arc::clone(&self.hub))?;
        Ok(Place::Own(actors, claim.and_then(|claim| self.open(claim))))
    }

    fn open(&self, claim: Claim) -> Option<Host> {
        let service = Service {
            hub: Arc::clone(&self.hub),
            asks: self.asker.clone(),
            clock: Arc::clone(&self.options.clock),
        };
        let opened = Host::open(claim, service);
        opened
            .inspect_err(|error| tracing::warn!(error = %error.chain(), "instances"))
            .ok()
    }

    /// Joins who holds the connection, or takes the place; `None` when told to close.
    async fn take(&mut self) -> Option<Place> {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if let Some(claim) = self.claim() {
                return self.start(claim).await;
            }
            let options = &self.options;
            let found = instance::find(&options.state_dir, &options.host, options.port);
            if let Some(found) = found {
                match Guest::join(&found, options.clock.as_ref()).await {
                    Ok(guest) => return Some(Place::Guest(guest)),
                    Err(error) => tracing::debug!(%error, pid = found.pid, "no answer"),
                }
            }
            tokio::select! {
                biased;
                () = self.close.cancelled() => return None,
                () = sleep(AGAIN) => {}
            }
        }
        self.notice(
            "another pt-stem holds the connection and does not answer: connecting beside it",
        )
        .await;
        self.start(None).await
    }

    /// Starts the actors of this process, however long that takes.
    async fn start(&mut self, mut claim: Option<Claim>) -> Option<Place> {
        loop {
            match self.own(claim.take()) {
                Ok(place) => return Some(place),
                Err(error) => {
                    let news = News::Link(LinkEvent::Notice(Fault::from(error)));
                    self.hub.tell(To::All, news).await;
                }
            }
            tokio::select! {
                biased;
                () = self.close.cancelled() => return None,
                () = sleep(LATER) => {}
            }
        }
    }

    async fn lost(&self, reason: &str) {
        let text = format!("the pt-stem that held the connection is gone ({reason})");
        self.notice(&text).await;
    }

    async fn notice(&self, text: &str) {
        let fault = Fault::from(Error::new(ErrorKind::NotConnected, text));
        let news = News::Link(LinkEvent::Notice(fault));
        self.hub.tell(To::All, news).await;
    }
}
