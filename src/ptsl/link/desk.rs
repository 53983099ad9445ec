//! Where commands come in and events go out. Every wait of the actor goes through here, so that a
//! cancellation, a disconnect or another address ends it at once.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::ears::Heard;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::model::link::{Fault, RequestId};
use crate::model::{LinkEvent, LinkPhase, Now};
use crate::ptsl::error::PtslError;
use crate::ptsl::request::{LinkCommand, Request};
use crate::ptsl::wire::CommandId;

/// Requests that wait their turn at most; more are refused.
const MOST_WAITING: usize = 256;

/// Why a wait ended early.
#[derive(Debug)]
pub enum Exit {
    /// Cancelled, or nobody listens any more.
    Stop,
    Disconnect,
    /// "Now", or to another address.
    Connect,
}

/// Why a piece of work was not finished.
#[derive(Debug)]
pub enum Trouble {
    Exit(Exit),
    Ptsl(PtslError),
    /// A bounce or another long call of somebody else has begun.
    Busy,
}

impl From<Exit> for Trouble {
    fn from(exit: Exit) -> Self {
        Self::Exit(exit)
    }
}

impl From<PtslError> for Trouble {
    fn from(error: PtslError) -> Self {
        Self::Ptsl(error)
    }
}

pub struct Desk {
    inbox: mpsc::Receiver<LinkCommand>,
    events: mpsc::Sender<LinkEvent>,
    stop: CancellationToken,
    clock: Arc<dyn Clock>,
    /// All handles are gone; nothing more will be asked.
    deaf: bool,
    pub phase: LinkPhase,
    /// Requests taken and not yet carried out.
    pub queue: VecDeque<(RequestId, Request)>,
    /// Requests are kept for later; otherwise they are answered "not connected" at once.
    pub is_open: bool,
    /// Everything is to be read and told again.
    pub refresh: bool,
    /// The stream of events, while there is one.
    pub heard: Option<mpsc::Receiver<Heard>>,
    /// What came from it and was not looked at.
    pub news: VecDeque<Heard>,
    /// The address asked for by the last [`Exit::Connect`].
    pub wanted: (Option<String>, Option<u16>),
}

impl Desk {
    pub fn new(
        inbox: mpsc::Receiver<LinkCommand>,
        events: mpsc::Sender<LinkEvent>,
        stop: CancellationToken,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            inbox,
            events,
            stop,
            clock,
            deaf: false,
            phase: LinkPhase::Offline,
            queue: VecDeque::new(),
            is_open: false,
            refresh: false,
            heard: None,
            news: VecDeque::new(),
            wanted: (None, None),
        }
    }

    pub fn now(&self) -> Now {
        self.clock.now()
    }

    /// Sends an event, waiting while the receiver is behind.
    pub async fn emit(&self, event: LinkEvent) -> Result<(), Exit> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(Exit::Stop),
            sent = self.events.send(event) => sent.map_err(|_| Exit::Stop),
        }
    }

    /// Tells the phase when it is another one.
    pub async fn enter(&mut self, phase: LinkPhase) -> Result<(), Exit> {
        if self.phase == phase {
            return Ok(());
        }
        self.phase = phase.clone();
        self.emit(LinkEvent::Phase(phase)).await
    }

    /// Tells once that nothing gets through.
    pub async fn block(&mut self) -> Result<(), Exit> {
        if matches!(self.phase, LinkPhase::Blocked { .. }) {
            return Ok(());
        }
        let since_us = self.now().mono_us;
        self.enter(LinkPhase::Blocked { since_us }).await
    }

    pub async fn answer(
        &self,
        id: RequestId,
        outcome: Result<Option<String>, Fault>,
    ) -> Result<(), Exit> {
        self.emit(LinkEvent::Answer { id, outcome }).await
    }

    /// Does the work to its end unless the connection is to be given up.
    pub async fn attend<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Exit> {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return Err(Exit::Stop),
                command = self.inbox.recv(), if !self.deaf => self.take(command).await?,
                done = &mut work => return Ok(done),
            }
        }
    }

    /// Reads something, and leaves it as soon as a long call of somebody else wants Pro Tools.
    pub async fn read<T>(
        &mut self,
        busy: &mut watch::Receiver<Option<CommandId>>,
        work: impl Future<Output = Result<T, PtslError>>,
    ) -> Result<T, Trouble> {
        let done = self
            .attend(async {
                tokio::select! {
                    biased;
                    done = work => Some(done),
                    Ok(()) = async { busy.wait_for(Option::is_some).await.map(drop) } => None,
                }
            })
            .await?;
        Ok(done.ok_or(Trouble::Busy)??)
    }

    /// Waits until the time is over, a request has come, or everything is to be read again.
    pub async fn rest(&mut self, pause: Duration) -> Result<(), Exit> {
        self.rest_until(tokio::time::sleep(pause)).await
    }

    pub async fn rest_until(&mut self, end: impl Future) -> Result<(), Exit> {
        let mut end = pin!(end);
        while self.queue.is_empty() && !self.refresh {
            self.hark();
            if !self.news.is_empty() {
                return Ok(());
            }
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return Err(Exit::Stop),
                command = self.inbox.recv(), if !self.deaf => self.take(command).await?,
                heard = hear(&mut self.heard) => self.news.extend(heard),
                _ = &mut end => return Ok(()),
            }
        }
        Ok(())
    }

    /// Takes what the stream of events holds.
    pub fn hark(&mut self) {
        while let Some(heard) = self.heard.as_mut().and_then(|heard| heard.try_recv().ok()) {
            self.news.push_back(heard);
        }
    }

    /// Waits for a command that changes something.
    pub async fn idle(&mut self) -> Exit {
        match self.attend(std::future::pending::<()>()).await {
            Ok(()) => Exit::Stop,
            Err(exit) => exit,
        }
    }

    async fn take(&mut self, command: Option<LinkCommand>) -> Result<(), Exit> {
        match command {
            None => self.deaf = true,
            Some(LinkCommand::Disconnect) => return Err(Exit::Disconnect),
            Some(LinkCommand::Refresh) => self.refresh = true,
            Some(LinkCommand::Connect { host, port }) => {
                // While connected to that very place there is nothing to do.
                let is_news = host.is_some() || port.is_some() || !self.is_open;
                self.wanted = (host, port);
                if is_news {
                    return Err(Exit::Connect);
                }
            }
            Some(LinkCommand::Request { id, request }) => {
                if self.is_open && self.queue.len() < MOST_WAITING {
                    self.queue.push_back((id, request));
                } else {
                    self.answer(id, Err(self.refusal())).await?;
                }
            }
        }
        Ok(())
    }

    fn refusal(&self) -> Fault {
        if self.is_open {
            Error::new(ErrorKind::Refused, "too many requests wait for Pro Tools").into()
        } else {
            Error::new(ErrorKind::NotConnected, "Pro Tools is not connected")
                .hint("Connect first, or wait for the next try")
                .into()
        }
    }

    /// Answers everything that waits, when the connection is gone.
    pub async fn close(&mut self) -> Result<(), Exit> {
        self.is_open = false;
        self.refresh = false;
        self.heard = None;
        self.news.clear();
        while let Some((id, _)) = self.queue.pop_front() {
            self.answer(id, Err(self.refusal())).await?;
        }
        Ok(())
    }
}

/// The next of the stream; never without one.
async fn hear(heard: &mut Option<mpsc::Receiver<Heard>>) -> Option<Heard> {
    match heard {
        Some(stream) => {
            let next = stream.recv().await;
            if next.is_none() {
                *heard = None;
            }
            next
        }
        None => std::future::pending().await,
    }
}
