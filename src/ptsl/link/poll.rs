//! The cycle that looks again at the session. PTSL has no events for transport, selection and names;
//! each cycle asks a few cheap questions in turn.

use std::time::Duration;

use tokio::time::Instant;

use super::absence::Verdict;
use super::desk::{Desk, Exit, Trouble};
use super::seen::{Busy, Seen, is_rolling};
use crate::model::{LinkEvent, LinkPhase, Transport, TransportState};
use crate::ptsl::client::Client;
use crate::ptsl::error::PtslError;
use crate::ptsl::tracks::TrackCache;
use crate::ptsl::wire::CommandId;

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

impl Seen {
    pub fn has_worked(&self) -> bool {
        self.cycles > 0
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
}

/// What is known of the session was not confirmed for a while.
fn is_doubtful(phase: &LinkPhase) -> bool {
    matches!(phase, LinkPhase::Stale { .. } | LinkPhase::Blocked { .. })
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
