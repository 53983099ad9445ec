//! What was last seen of the session, and the readings that each bring one part of it up to date:
//! what is new is told, what this server lacks is not asked for again.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use tokio::sync::watch;
use tokio::time::Instant;

use super::absence::Absence;
use super::desk::{Desk, Exit, Trouble};
use super::round_trip::RoundTrip;
use crate::error::Error;
use crate::model::track::Track;
use crate::model::{LinkEvent, Marker, Range, SessionInfo, Transport, TransportState};
use crate::ptsl::client::{Client, TransportReading};
use crate::ptsl::error::PtslError;
use crate::ptsl::events::Event;
use crate::ptsl::tracks::TrackCache;
use crate::ptsl::wire::CommandId;

pub type Busy = watch::Receiver<Option<CommandId>>;

/// Everything known, and when to look again.
#[derive(Default)]
pub struct Seen {
    pub(super) info: Option<SessionInfo>,
    pub(super) cache: TrackCache,
    pub(super) markers: Vec<Marker>,
    pub(super) selection: Option<Range>,
    pub transport: Transport,
    pub(super) cycles: u64,
    pub(super) absence: Absence,
    /// Everything is due in the next cycle.
    pub(super) all_due: bool,
    pub(super) hurry_until: Option<Instant>,
    pub(super) round_trip: RoundTrip,
    pub(super) last_answer_us: u64,
    /// Events come; what they tell is polled for less.
    pub is_listening: bool,
    /// Events that have come.
    heard: u64,
    /// A reading showed what no event had told; events heard by then.
    untold: Option<u64>,
    /// Commands that this server lacks.
    pub(super) lacking: HashSet<CommandId>,
    /// Complaints already made.
    complained: HashSet<String>,
}

impl Seen {
    pub fn last_answer_us(&self) -> u64 {
        self.last_answer_us
    }

    pub fn tracks(&self) -> impl Iterator<Item = &Track> {
        self.cache.iter()
    }

    /// Everything is read and told again.
    pub fn forget(&mut self) {
        self.info = None;
        self.cache = TrackCache::default();
    }

    /// Something was done: all is looked at in the next cycle.
    pub fn expect_change(&mut self) {
        self.all_due = true;
    }

    /// Says once what keeps going wrong.
    pub async fn complain(&mut self, desk: &Desk, error: PtslError) -> Result<(), Exit> {
        tracing::warn!("{error}");
        if self.complained.len() < 64 && self.complained.insert(error.to_string()) {
            desk.emit(LinkEvent::Notice(Error::from(error).into()))
                .await?;
        }
        Ok(())
    }

    /// Reads the track list and tells it when something in it is new.
    pub async fn refresh_tracks(
        &mut self,
        desk: &mut Desk,
        client: &Client,
        busy: &mut Busy,
    ) -> Result<(), Trouble> {
        let before = self.is_listening.then(|| self.watched_states());
        let work = client.refresh_tracks(&mut self.cache);
        if desk.read(busy, work).await? {
            if before.is_some_and(|before| before != self.watched_states()) {
                self.untold.get_or_insert(self.heard);
            }
            desk.emit(LinkEvent::Tracks(self.cache.tracks())).await?;
        }
        Ok(())
    }

    /// What events should tell, as one number.
    fn watched_states(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for track in self.cache.iter() {
            let states = (
                track.muted,
                track.soloed,
                track.record_enabled,
                track.input_monitoring,
            );
            (&track.id, states).hash(&mut hasher);
        }
        hasher.finish()
    }

    /// Polling has shown a change that no event told within a cycle: the stream is dead.
    pub fn is_deaf(&mut self) -> bool {
        let untold = self.untold.take();
        let is_deaf = self.is_listening && untold == Some(self.heard);
        if is_deaf {
            self.is_listening = false;
        }
        is_deaf
    }

    /// Takes what events told.
    pub async fn take(
        &mut self,
        desk: &mut Desk,
        client: &Client,
        event: Event,
    ) -> Result<(), Exit> {
        self.heard += 1;
        match event {
            Event::SessionOpened => self.forget(),
            Event::SessionClosed => {
                self.absence.tell();
                self.all_due = true;
            }
            Event::Flag { track, flag, on } => {
                let name = self
                    .cache
                    .iter()
                    .find(|known| known.id == track)
                    .map(|known| known.name.clone());
                let Some(name) = name else { return Ok(()) };
                let is_outdated = client.echoes().is_outdated(flag, &name, on);
                if !is_outdated && self.cache.set(&track, flag, on) {
                    desk.emit(LinkEvent::Tracks(self.cache.tracks())).await?;
                }
            }
            Event::Other => {}
        }
        Ok(())
    }

    pub(super) async fn refresh_timeline(
        &mut self,
        desk: &mut Desk,
        client: &Client,
        busy: &mut Busy,
    ) -> Result<(), Trouble> {
        if self.lacking.contains(&CommandId::GetTimelineSelection) {
            return Ok(());
        }
        let read = desk.read(busy, client.timeline()).await;
        let Some((play_start, range)) = self.optional(CommandId::GetTimelineSelection, read)?
        else {
            return Ok(());
        };
        if self.selection != Some(range) {
            self.selection = Some(range);
            desk.emit(LinkEvent::Selection(self.selection)).await?;
        }
        let transport = Transport {
            play_start,
            ..self.transport
        };
        Ok(self.tell_transport(desk, transport).await?)
    }

    /// Reads the transport and tells it when it is another one.
    pub async fn transport(
        &mut self,
        desk: &mut Desk,
        client: &Client,
        busy: &mut Busy,
    ) -> Result<TransportState, Trouble> {
        let reading = desk.read(busy, client.transport()).await?;
        self.take_transport(desk, reading).await?;
        Ok(reading.state)
    }

    pub async fn take_transport(
        &mut self,
        desk: &mut Desk,
        reading: TransportReading,
    ) -> Result<(), Exit> {
        let since = match self.transport.since {
            _ if !is_rolling(reading.state) => None,
            Some(since) => Some(since),
            None => Some(desk.now()),
        };
        let transport = Transport {
            state: reading.state,
            half_speed: reading.half_speed,
            since,
            ..self.transport
        };
        self.tell_transport(desk, transport).await
    }

    pub async fn tell_transport(
        &mut self,
        desk: &mut Desk,
        transport: Transport,
    ) -> Result<(), Exit> {
        if self.transport == transport {
            return Ok(());
        }
        self.transport = transport;
        desk.emit(LinkEvent::Transport(transport)).await
    }

    /// What this server lacks, or tells in no way that can be read, is not asked for again.
    pub(super) fn optional<T>(
        &mut self,
        command: CommandId,
        read: Result<T, Trouble>,
    ) -> Result<Option<T>, Trouble> {
        match read {
            Ok(value) => Ok(Some(value)),
            Err(Trouble::Ptsl(error))
                if error.is_unsupported() || matches!(error, PtslError::Unreadable { .. }) =>
            {
                tracing::info!("not asked for again: {error}");
                self.lacking.insert(command);
                Ok(None)
            }
            Err(Trouble::Ptsl(error @ PtslError::Refused { .. })) if !error.is_no_session() => {
                tracing::debug!("{error}");
                Ok(None)
            }
            Err(trouble) => Err(trouble),
        }
    }
}

pub(super) fn is_rolling(state: TransportState) -> bool {
    matches!(state, TransportState::Playing | TransportState::Recording)
}
