//! Putting clips on tracks: lanes for tracks that have none yet, what a new clip covers, and which
//! clips are selected. Refuses tracks that hold no audio clips.

use std::sync::Arc;

use crate::model::clip::{self, Clip, Lane};
use crate::model::{Range, TrackKind};
use crate::ptsl::wire::CommandErrorType::{PtArgumentOutOfRange, PtForbiddenTrackType};

use super::{Failure, OpenSession, Outcome};

impl OpenSession {
    /// The lane of an audio track, made where it has none.
    pub fn lane_for(&mut self, strip: usize) -> Outcome<usize> {
        let Some(strip) = self.strips.get_mut(strip) else {
            return Err(Failure::invalid("There is no such track."));
        };
        let track = &strip.track;
        if track.kind != TrackKind::Audio {
            return Err(Failure::new(
                PtForbiddenTrackType,
                format!("The track '{}' holds no audio clips.", track.name),
            ));
        }
        if let Some(lane) = strip.lane {
            return Ok(lane);
        }
        let Some(layout) = track.layout() else {
            return Err(Failure::cannot(format!(
                "The track '{}' is {}: the simulator plays no clips on tracks of that format.",
                track.name, track.format
            )));
        };
        let lane = Lane {
            track: track.name.clone(),
            channels: track.channels,
            volume_db: track.volume_db.unwrap_or(0.0),
            pan: (!layout.is_wide()).then_some(track.pan.unwrap_or(0.0)),
            ..Lane::default()
        };
        let arrangement = Arc::make_mut(&mut self.arrangement);
        arrangement.lanes.push(lane);
        let at = arrangement.lanes.len() - 1;
        strip.lane = Some(at);
        Ok(at)
    }

    /// Puts a clip on the main playlist of a track. What it covers goes; a session that it reaches
    /// beyond becomes longer. Refuses places before the session's start. Part of an
    /// [`edit`](Self::edit).
    pub fn lay(&mut self, strip: usize, clip: Clip) -> Outcome<()> {
        if clip.start < 0 {
            return Err(Failure::new(
                PtArgumentOutOfRange,
                "The clip would begin before the session's start.",
            ));
        }
        let lane = self.lane_for(strip)?;
        let arrangement = Arc::make_mut(&mut self.arrangement);
        let end = clip.end();
        if let Some(lane) = arrangement.lanes.get_mut(lane) {
            clip::clear(&mut lane.clips, clip.start, end);
            lane.clips.push(clip);
            lane.clips.sort_by_key(|clip| clip.start);
        }
        arrangement.length = arrangement.length.max(u64::try_from(end).unwrap_or(0));
        Ok(())
    }

    /// Clips that lie wholly inside the selection on selected tracks: track and place in its lane.
    pub fn selected_clips(&self) -> Vec<(usize, usize)> {
        let Range { start, end } = self.edit_range();
        let mut found = Vec::new();
        for (index, strip) in self.strips.iter().enumerate() {
            let lane = strip.lane.and_then(|at| self.arrangement.lanes.get(at));
            let Some(lane) = lane.filter(|_| strip.selected) else {
                continue;
            };
            let inside = |clip: &Clip| clip.start >= start && clip.end() <= end;
            let clips = lane.clips.iter().enumerate();
            found.extend(
                clips
                    .filter(|(_, clip)| inside(clip))
                    .map(|(at, _)| (index, at)),
            );
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::world::tests::session;

    fn clip(start: i64, length: u64) -> Clip {
        Clip {
            start,
            length,
            ..Clip::default()
        }
    }

    #[test]
    fn a_clip_takes_its_place() {
        let mut session = session();
        let bass = 5;
        session.lay(bass, clip(0, 100)).unwrap();
        session.lay(bass, clip(40, 20)).unwrap();
        session.lay(bass, clip(480_000, 5)).unwrap();
        let lane = session.strips[bass].lane.unwrap();
        let clips = &session.arrangement.lanes[lane].clips;
        let places: Vec<_> = clips
            .iter()
            .map(|c| (c.start, c.offset, c.length))
            .collect();
        assert_eq!(
            places,
            [(0, 0, 40), (40, 0, 20), (60, 60, 40), (480_000, 0, 5)]
        );
        assert_eq!(session.arrangement.length, 480_005);
        assert!(session.lay(bass, clip(-1, 5)).is_err());
        assert!(session.lay(6, clip(0, 5)).is_err(), "an aux holds no clips");

        session.strips[bass].selected = true;
        session.selection = Range::new(40, 99);
        assert_eq!(session.selected_clips(), [(bass, 1)]);
    }
}
