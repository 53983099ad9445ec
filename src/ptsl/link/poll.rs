//! What was last seen of the session, and the cycle that looks again. PTSL has no events for
//! transport, selection and names; each cycle asks a few cheap questions in turn.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::absence::{Absence, Verdict};
use super::desk::{Desk, Exit, Trouble};
use super::round_trip::RoundTrip;
use crate::error::Error;
use crate::model::track::Track;
use crate::model::{LinkEvent, LinkPhase, Marker, Range, SessionInfo, Transport, TransportState};
use crate::ptsl::client::{Client, TransportReading};
use crate::ptsl::error::PtslError;
use crate::ptsl::events::Event;
use crate::ptsl::tracks::TrackCache;
use crate::ptsl::wire::CommandId;

pub type Busy = watch::Receiver<Option<CommandId>>;

/// Cycles between two looks at the session's path, the selection, the record arm, the markers.
const PATH_EVERY: u64 = 2;
const SELECTION_EVERY: u64 = 2;
const ARMED_EVERY: u64 = 4;
const MARKERS_EVERY: u64 = 10;
/// The same while events tell most of it, and for the track list then.
const TRACKS_WITH_EVENTS: u64 = 4;
const PATH_WITH_EVENTS: u64 = 8;
/// Starting and stopping takes up to 6 s; meanwhile the transport is looked at this often.
const HURRY: Duration = Duration::from_millis(80);
const HURRY_FOR: Duration = Duration::from_secs(8);

/// Everything known, and when to look again.
#[derive(Default)]
pub struct Seen {
    info: Option<SessionInfo>,
    cache: TrackCache,
    markers: Vec<Marker>,
    selection: Option<Range>,
    pub transport: Transport,
    cycles: u64,
    absence: Absence,
    /// Everything is due in the next cycle.
    all_due: bool,
    hurry_until: Option<Instant>,
    round_trip: RoundTrip,
    last_answer_us: u64,
    /// Events come; what they tell is polled for less.
    pub is_listening: bool,
    /// Events that have come.
    heard: u64,
    /// A reading showed what no event had told; events heard by then.
    untold: Option<u64>,
    /// Commands that this server lacks.
    lacking: HashSet<CommandId>,
    /// Complaints already made.
    complained: HashSet<String>,
}

impl Seen {
    pub fn has_worked(&self) -> bool {
        self.cycles > 0
    }

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

    /// The transport is about to change.
    pub fn hurry(&mut self) {
        self.hurry_until = Some(Instant::now() + HURRY_FOR);
    }

    /// The transport has settled; the rest is looked at next.
    pub fn calm(&mut self) {
        self.hurry_until = None;
        self.all_due = true;
    }

    fn is_hurried(&self) -> bool {
        self.hurry_until.is_some_and(|until| Instant::now() < until)
    }

    /// Time to wait after a cycle that took `took`: no more than half of Pro Tools' time is ours.
    pub fn pause(&self, poll: Duration, took: Duration) -> Duration {
        if self.all_due {
            Duration::ZERO
        } else if self.is_hurried() {
            HURRY.min(poll)
        } else {
            poll.max(took).min(Duration::from_secs(5).max(poll))
        }
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

    /// One look at what is due.
    pub async fn cycle(
        &mut self,
        desk: &mut Desk,
        client: &Client,
        busy: &mut Busy,
    ) -> Result<(), Trouble> {
        if std::mem::take(&mut desk.refresh) {
            self.forget();
        }
        match self.look(desk, client, busy).await {
            Ok(()) => {
                self.cycles += 1;
                self.absence.end();
            }
            Err(Trouble::Ptsl(error)) if error.is_no_session() => {
                self.cycles += 1;
                self.missing(desk, &error).await?;
            }
            Err(trouble) => {
                if let Trouble::Ptsl(error) = &trouble
                    && matches!(
                        error,
                        PtslError::Refused { .. } | PtslError::Unreadable { .. }
                    )
                {
                    self.last_answer_us = desk.now().mono_us;
                }
                return Err(trouble);
            }
        }
        self.last_answer_us = desk.now().mono_us;
        if let Some(micros) = self.round_trip.measured(client.round_trip_us()) {
            desk.emit(LinkEvent::RoundTrip(micros)).await?;
        }
        Ok(())
    }

    async fn look(
        &mut self,
        desk: &mut Desk,
        client: &Client,
        busy: &mut Busy,
    ) -> Result<(), Trouble> {
        if self.info.is_some() && is_doubtful(&desk.phase) {
            // One cheap question first; when it is answered, nothing old is trusted.
            self.transport(desk, client, busy).await?;
            self.forget();
        }
        match self.info {
            None => self.look_for_session(desk, client, busy).await,
            Some(_) => self.look_around(desk, client, busy).await,
        }
    }

    /// The server says that no session is open.
    async fn missing(&mut self, desk: &mut Desk, error: &PtslError) -> Result<(), Exit> {
        self.all_due = false;
        let was_open = self.info.is_some();
        match self.absence.judge(error, was_open, self.is_listening) {
            Verdict::Wait => Ok(()),
            Verdict::Blocked => desk.block().await,
            verdict => self.closed(desk, verdict == Verdict::Unclear).await,
        }
    }

    async fn closed(&mut self, desk: &mut Desk, may_be_dialog: bool) -> Result<(), Exit> {
        if !matches!(desk.phase, LinkPhase::NoSession { .. }) {
            self.forget();
            desk.emit(LinkEvent::Session(None)).await?;
        }
        desk.enter(LinkPhase::NoSession { may_be_dialog }).await
    }

    async fn look_for_session(
        &mut self,
        desk: &mut Desk,
        client: &Client,
        busy: &mut Busy,
    ) -> Result<(), Trouble> {
        let path = desk.read(busy, client.session_path()).await?;
        if path.is_empty() {
            return Ok(self.closed(desk, false).await?);
        }
        let info = desk.read(busy, client.session_at(path)).await?;
        self.cache = TrackCache::default();
        desk.emit(LinkEvent::Session(Some(Box::new(info.clone()))))
            .await?;
        desk.enter(LinkPhase::Linked).await?;
        desk.read(busy, client.refresh_tracks(&mut self.cache))
            .await?;
        desk.emit(LinkEvent::Tracks(self.cache.tracks())).await?;
        let read = desk.read(busy, client.markers()).await;
        self.markers = self
            .optional(CommandId::GetMemoryLocations, read)?
            .unwrap_or_default();
        desk.emit(LinkEvent::Markers(self.markers.clone())).await?;
        let read = desk.read(busy, client.timeline()).await;
        let timeline = self.optional(CommandId::GetTimelineSelection, read)?;
        self.selection = timeline.map(|(_, range)| range);
        desk.emit(LinkEvent::Selection(self.selection)).await?;
        let reading = desk.read(busy, client.transport()).await?;
        let read = desk.read(busy, client.record_armed()).await;
        let record_armed = self
            .optional(CommandId::GetTransportArmed, read)?
            .unwrap_or(false);
        let now = desk.now();
        self.transport = Transport {
            state: reading.state,
            record_armed,
            play_start: timeline.map_or(0, |(start, _)| start),
            since: is_rolling(reading.state).then(|| self.transport.since.unwrap_or(now)),
            half_speed: reading.half_speed,
        };
        desk.emit(LinkEvent::Transport(self.transport)).await?;
        self.info = Some(info);
        self.all_due = false;
        Ok(())
    }

    async fn look_around(
        &mut self,
        desk: &mut Desk,
        client: &Client,
        busy: &mut Busy,
    ) -> Result<(), Trouble> {
        let all = std::mem::take(&mut self.all_due);
        let cycle = self.cycles;
        let due = |every: u64| all || cycle.is_multiple_of(every);
        let before = self.transport.state;
        let state = self.transport(desk, client, busy).await?;
        if self.is_hurried() && !all && !due(MARKERS_EVERY) {
            // Only the transport is in a hurry; it calms down as soon as it has settled.
            if state != before && state != TransportState::Busy {
                self.calm();
            }
            return Ok(());
        }
        let path_every = if self.is_listening {
            PATH_WITH_EVENTS
        } else {
            PATH_EVERY
        };
        if due(path_every) {
            let path = desk.read(busy, client.session_path()).await?;
            if self.info.as_ref().is_some_and(|info| info.path != path) {
                self.forget();
                self.all_due = true;
                return Ok(());
            }
        }
        if !self.is_listening || due(TRACKS_WITH_EVENTS) {
            self.refresh_tracks(desk, client, busy).await?;
        }
        if due(SELECTION_EVERY) || state != before {
            self.refresh_timeline(desk, client, busy).await?;
        }
        if (due(ARMED_EVERY) || state != before)
            && !self.lacking.contains(&CommandId::GetTransportArmed)
        {
            let read = desk.read(busy, client.record_armed()).await;
            if let Some(record_armed) = self.optional(CommandId::GetTransportArmed, read)? {
                let transport = Transport {
                    record_armed,
                    ..self.transport
                };
                self.tell_transport(desk, transport).await?;
            }
        }
        if due(MARKERS_EVERY) && !self.lacking.contains(&CommandId::GetMemoryLocations) {
            let read = desk.read(busy, client.markers()).await;
            if let Some(markers) = self.optional(CommandId::GetMemoryLocations, read)?
                && markers != self.markers
            {
                self.markers.clone_from(&markers);
                desk.emit(LinkEvent::Markers(markers)).await?;
            }
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

    async fn refresh_timeline(
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
    fn optional<T>(
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

/// What is known of the session was not confirmed for a while.
fn is_doubtful(phase: &LinkPhase) -> bool {
    matches!(phase, LinkPhase::Stale { .. } | LinkPhase::Blocked { .. })
}

fn is_rolling(state: TransportState) -> bool {
    matches!(state, TransportState::Playing | TransportState::Recording)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_servers_are_asked_less_often() {
        let seen = Seen::default();
        let poll = Duration::from_millis(500);
        assert_eq!(seen.pause(poll, Duration::from_millis(20)), poll);
        let slow = Duration::from_secs(2);
        assert_eq!(seen.pause(poll, slow), slow);
        assert_eq!(
            seen.pause(poll, Duration::from_secs(60)),
            Duration::from_secs(5)
        );
    }
}
