//! A running link, and what it has told.

use std::sync::Arc;
use std::time::Duration;

use pt_stem::clock::SystemClock;
use pt_stem::model::link::{Fault, RequestId};
use pt_stem::model::track::TrackFlag;
use pt_stem::model::{LinkEvent, LinkPhase, Track};
use pt_stem::ptsl::link::{Link, LinkOptions};
use pt_stem::ptsl::request::{LinkCommand, Request};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::scripted::{Script, Server};

/// Far beyond what anything takes; reached only when something is wrong.
pub const GUARD: Duration = Duration::from_secs(60);

pub struct Bench {
    pub link: Link,
    pub events: mpsc::Receiver<LinkEvent>,
    pub stop: CancellationToken,
    asked: u64,
    seen: Vec<String>,
}

impl Bench {
    pub fn start(port: u16) -> Self {
        Self::with(port, Duration::from_secs(20), true)
    }

    /// Linked to a server that follows the script, with all read that it tells.
    pub async fn beside(script: &Arc<Script>) -> (Server, Self) {
        let server = Server::start(script);
        let mut bench = Self::start(server.port());
        bench.settled().await;
        (server, bench)
    }

    pub fn with(port: u16, timeout: Duration, autoconnect: bool) -> Self {
        Self::looking(port, timeout, autoconnect, Duration::from_millis(10))
    }

    /// Polls this often.
    pub fn polling(port: u16, poll: Duration) -> Self {
        Self::looking(port, Duration::from_secs(20), true, poll)
    }

    fn looking(port: u16, timeout: Duration, autoconnect: bool, poll: Duration) -> Self {
        let (sender, events) = mpsc::channel(8);
        let stop = CancellationToken::new();
        let options = LinkOptions {
            host: "127.0.0.1".to_owned(),
            port,
            timeout,
            poll,
            autoconnect,
        };
        let clock = Arc::new(SystemClock::default());
        let link = Link::start(options, clock, sender, stop.clone());
        Self {
            link,
            events,
            stop,
            asked: 0,
            seen: Vec::new(),
        }
    }

    /// The next event for which `pick` gives something.
    pub async fn until<T>(&mut self, mut pick: impl FnMut(LinkEvent) -> Option<T>) -> T {
        let seen = &mut self.seen;
        let events = &mut self.events;
        let waited = tokio::time::timeout(GUARD, async {
            loop {
                let event = events.recv().await.expect("the link ended");
                let text = format!("{event:?}");
                seen.push(text.chars().take(120).collect());
                if let Some(found) = pick(event) {
                    return found;
                }
            }
        })
        .await;
        waited.unwrap_or_else(|_| panic!("nothing came after {:#?}", self.seen))
    }

    pub async fn phase(&mut self, wanted: impl Fn(&LinkPhase) -> bool) {
        self.until(|event| {
            matches!(&event, LinkEvent::Phase(phase) if wanted(phase)).then_some(())
        })
        .await;
    }

    pub async fn linked(&mut self) {
        self.phase(|phase| *phase == LinkPhase::Linked).await;
    }

    pub async fn tracks(&mut self) -> Arc<Vec<Track>> {
        self.until(|event| match event {
            LinkEvent::Tracks(tracks) => Some(tracks),
            _ => None,
        })
        .await
    }

    /// The transport is the last that a fetch tells.
    pub async fn settled(&mut self) {
        self.until(|event| matches!(event, LinkEvent::Transport(_)).then_some(()))
            .await;
    }

    pub async fn ask(&mut self, request: Request) -> Result<Option<String>, Fault> {
        let id = self.send(request).await;
        self.until(|event| match event {
            LinkEvent::Answer {
                id: answered,
                outcome,
            } if answered == id => Some(outcome),
            _ => None,
        })
        .await
    }

    pub async fn send(&mut self, request: Request) -> RequestId {
        self.asked += 1;
        let id = RequestId(self.asked);
        assert!(self.link.send(LinkCommand::Request { id, request }).await);
        id
    }
}

pub fn mute(names: &[&str], on: bool) -> Request {
    Request::SetFlag {
        flag: TrackFlag::Mute,
        tracks: names.iter().map(|name| (*name).to_owned()).collect(),
        on,
    }
}
