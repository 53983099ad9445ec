//! The link's ear for events: opens the stream, watches every track, listens again when the stream
//! was lost or has gone deaf. Without it the link polls, as it does with old servers.

use std::collections::HashSet;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::desk::{Desk, Trouble};
use super::seen::Seen;
use crate::model::TrackId;
use crate::model::track::TrackFlag;
use crate::ptsl::client::Client;
use crate::ptsl::error::PtslError;
use crate::ptsl::events::{Event, EventStream, Watch};

/// Time before a lost stream is opened again: doubled each time, up to the last.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LAST_PAUSE: Duration = Duration::from_secs(60);

/// What comes from the stream.
#[derive(Debug)]
pub enum Heard {
    Event(Event),
    /// It has ended, for this reason.
    Lost(String),
}

/// The stream and what it watches.
pub struct Ears {
    task: Option<JoinHandle<()>>,
    watched: HashSet<TrackId>,
    retry_at: Instant,
    pause: Duration,
    /// The server has no events.
    is_deaf_for_good: bool,
}

impl Drop for Ears {
    fn drop(&mut self) {
        self.close();
    }
}

impl Ears {
    pub fn new(client: &Client) -> Self {
        Self {
            task: None,
            watched: HashSet::new(),
            retry_at: Instant::now(),
            pause: FIRST_PAUSE,
            is_deaf_for_good: !client.server().has_events,
        }
    }

    pub fn is_open(&self) -> bool {
        self.task.is_some()
    }

    fn close(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
        self.watched.clear();
    }

    /// The stream is gone or tells nothing: polling goes on, and it is tried again later.
    pub fn lose(&mut self, desk: &mut Desk, reason: &str) {
        tracing::info!("events are polled for: {reason}");
        self.close();
        desk.heard = None;
        self.retry_at = Instant::now() + self.pause;
        self.pause = (self.pause * 2).min(LAST_PAUSE);
    }

    /// Opens the stream when it is due, and watches what is not watched yet. `true` when something
    /// may have happened before it was watched.
    pub async fn attend(
        &mut self,
        desk: &mut Desk,
        client: &Client,
        seen: &Seen,
    ) -> Result<bool, Trouble> {
        if self.is_deaf_for_good || (self.task.is_none() && Instant::now() < self.retry_at) {
            return Ok(false);
        }
        let mut watches = Vec::new();
        if self.task.is_none() {
            let stream = match desk.attend(client.poll_events()).await? {
                Ok(stream) => stream,
                Err(error) => return self.refused(desk, error),
            };
            let (sender, heard) = mpsc::channel(1024);
            desk.heard = Some(heard);
            self.task = Some(tokio::spawn(listen(stream, sender)));
            watches.push(Watch::Sessions);
        }
        let known: HashSet<TrackId> = seen
            .tracks()
            .map(|track| track.id.clone())
            .filter(|id| !id.0.is_empty())
            .collect();
        let flags = [
            TrackFlag::Mute,
            TrackFlag::Solo,
            TrackFlag::RecordEnable,
            TrackFlag::InputMonitor,
        ];
        for id in known.difference(&self.watched) {
            watches.extend(flags.map(|flag| Watch::Flag(id.clone(), flag)));
        }
        self.watched = known;
        if watches.is_empty() {
            return Ok(false);
        }
        match desk.attend(client.subscribe(&watches)).await? {
            Ok(()) => Ok(true),
            Err(error) => self.refused(desk, error),
        }
    }

    fn refused(&mut self, desk: &mut Desk, error: PtslError) -> Result<bool, Trouble> {
        if error.is_lost() || error.is_unregistered() {
            return Err(error.into());
        }
        self.is_deaf_for_good = error.is_unsupported();
        self.lose(desk, &error.to_string());
        Ok(false)
    }

    /// The stream works.
    pub fn hears(&mut self) {
        self.pause = FIRST_PAUSE;
    }
}

async fn listen(mut stream: EventStream, sender: mpsc::Sender<Heard>) {
    loop {
        let heard = match stream.next().await {
            Ok(Some(event)) => Heard::Event(event),
            Ok(None) => Heard::Lost("the stream has ended".to_owned()),
            Err(error) => Heard::Lost(error.to_string()),
        };
        let is_over = matches!(heard, Heard::Lost(_));
        if sender.send(heard).await.is_err() || is_over {
            return;
        }
    }
}
