//! The edit selection and what edits do with it in place: trimming, duplicating, repeating. Refuses
//! empty selections, frozen tracks, and results beyond the session's longest.

use std::sync::Arc;

use crate::model::{Arrangement, Lane, Range, TrackKind};
use crate::ptsl::wire::CommandErrorType::{
    PtArgumentOutOfRange, PtNoClipsFound, PtNoSelection, PtNoTrackFound,
};

use super::splice::{self, Rules, Stretch};
use super::{Failure, OpenSession, Outcome};

/// Clips that one edit may lay, rounds of a repetition.
const MOST: i64 = 100_000;

/// What an edit works on: a range that is not empty, and tracks of which there is one at least.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selected {
    pub range: Range,
    /// Indices of the strips, in the order of the edit window.
    pub tracks: Vec<usize>,
}

impl OpenSession {
    /// The edit selection's range; an empty one is the edit cursor.
    pub fn edit_range(&self) -> Range {
        self.edit_selection.unwrap_or(self.selection)
    }

    /// Selects a range for editing, and on the timeline where the two are linked.
    pub fn select_edit(&mut self, range: Range) {
        match &mut self.edit_selection {
            Some(own) => *own = range,
            None => {
                self.selection = range;
                self.transport.play_start = range.start;
            }
        }
    }

    /// Links edit and timeline selection, the edit selection counts then; or lets each go its way.
    pub fn link_selections(&mut self, linked: bool) {
        match (linked, self.edit_selection) {
            (true, Some(own)) => {
                self.edit_selection = None;
                self.select_edit(own);
            }
            (false, None) => self.edit_selection = Some(self.selection),
            _ => {}
        }
    }

    /// The tracks that an edit works on: selected, with room for clips, not frozen.
    pub fn edit_tracks(&self) -> Outcome<Vec<usize>> {
        let mut tracks = Vec::new();
        for (index, strip) in self.strips.iter().enumerate() {
            let track = &strip.track;
            if !strip.selected || strip.lane.is_none() && track.kind != TrackKind::Audio {
                continue;
            }
            if track.frozen {
                let name = &track.name;
                return Err(Failure::cannot(format!("The track '{name}' is frozen.")));
            }
            tracks.push(index);
        }
        if tracks.is_empty() {
            return Err(Failure::new(
                PtNoSelection,
                "There is no edit selection: no track with clips is selected.",
            ));
        }
        Ok(tracks)
    }

    /// The edit selection, or PT_NoSelection.
    pub fn selected(&self) -> Outcome<Selected> {
        let range = self.edit_range();
        if range.is_empty() {
            return Err(Failure::new(
                PtNoSelection,
                "There is no edit selection: the range is empty.",
            ));
        }
        let tracks = self.edit_tracks()?;
        Ok(Selected { range, tracks })
    }

    /// The lane of a track that has one.
    pub fn lane(&self, strip: usize) -> Option<&Lane> {
        let lane = self.strips.get(strip)?.lane?;
        self.arrangement.lanes.get(lane)
    }

    /// The same to be changed.
    pub fn lane_mut(&mut self, strip: usize) -> Option<&mut Lane> {
        let lane = self.strips.get(strip)?.lane?;
        Arc::make_mut(&mut self.arrangement).lanes.get_mut(lane)
    }

    /// What is selected, a stretch for each track.
    pub fn copied(&self, selected: &Selected, follow: bool) -> Vec<Stretch> {
        let of = |track: &usize| match self.lane(*track) {
            Some(lane) => splice::copy(lane, selected.range, follow),
            None => Stretch {
                length: selected.range.end.saturating_sub(selected.range.start),
                ..Stretch::default()
            },
        };
        selected.tracks.iter().map(of).collect()
    }

    /// Checks that a range can be laid here: neither before the session nor beyond its longest, and
    /// not in more than `rounds` of `clips`.
    pub fn check_room(&self, range: Range, clips: usize, rounds: i64) -> Outcome<()> {
        let longest = self.info.max_length.unwrap_or_else(|| {
            let day = 24 * 3600;
            day * u64::from(self.info.sample_rate)
        });
        let end = u64::try_from(range.end).unwrap_or(0);
        if range.start < 0 || end > longest {
            return Err(Failure::new(
                PtArgumentOutOfRange,
                "The edit would reach beyond the session.",
            ));
        }
        let clips = i64::try_from(clips).unwrap_or(MOST);
        if rounds > MOST || clips.saturating_mul(rounds) > MOST {
            return Err(Failure::cannot(format!(
                "The edit would lay more than {MOST} clips."
            )));
        }
        Ok(())
    }

    /// Makes the session as long as its clips are.
    pub fn lengthen(&mut self) {
        let last = |arrangement: &Arrangement| {
            let clips = arrangement.lanes.iter().flat_map(|lane| &lane.clips);
            clips.map(crate::model::Clip::end).max().unwrap_or(0)
        };
        let end = u64::try_from(last(&self.arrangement)).unwrap_or(0);
        if end > self.arrangement.length {
            Arc::make_mut(&mut self.arrangement).length = end;
        }
    }

    /// Trim Clip > To Selection: of the clips that the selection touches, only what is in it stays.
    /// In shuffle mode the rest closes up.
    pub fn trim_to_selection(&mut self, rules: Rules) -> Outcome<()> {
        let Selected { range, tracks } = self.selected()?;
        let mut is_touched = false;
        for track in tracks {
            let Some(lane) = self.lane(track) else {
                continue;
            };
            let touched = lane
                .clips
                .iter()
                .filter(|clip| clip.start < range.end && clip.end() > range.start);
            let (start, end) = touched.fold((range.start, range.end), |(start, end), clip| {
                is_touched = true;
                (start.min(clip.start), end.max(clip.end()))
            });
            if (start, end) == (range.start, range.end) {
                continue;
            }
            // Only the touched clips go: others may lie under their overhang.
            if let Some(lane) = self.lane_mut(track) {
                lane.clips = lane
                    .clips
                    .iter()
                    .filter_map(|clip| {
                        let is_touched = clip.start < range.end && clip.end() > range.start;
                        if is_touched {
                            clip.between(range.start, range.end)
                        } else {
                            Some(clip.clone())
                        }
                    })
                    .collect();
                if rules.shuffle {
                    splice::remove(lane, Range::new(range.end, end), rules);
                    splice::remove(lane, Range::new(start, range.start), rules);
                }
            }
        }
        if is_touched { Ok(()) } else { Err(no_clips()) }
    }

    /// Repeats the selection behind itself and selects the repetitions.
    pub fn repeat_selection(&mut self, times: i64, rules: Rules) -> Outcome<()> {
        if times < 1 {
            return Err(Failure::invalid("A selection is repeated once at least."));
        }
        let selected = self.selected()?;
        let range = selected.range;
        let stretches = self.copied(&selected, rules.follow);
        let length = range.end.saturating_sub(range.start);
        let total = length.saturating_mul(times);
        let new = Range::new(range.end, range.end.saturating_add(total));
        let clips = stretches.iter().map(|stretch| stretch.clips.len()).sum();
        self.check_room(new, clips, times)?;
        for (track, stretch) in selected.tracks.iter().zip(&stretches) {
            if let Some(lane) = self.lane_mut(*track) {
                let stretch = splice::fill(stretch, total);
                splice::insert(lane, new.start, &stretch, rules);
            }
        }
        self.lengthen();
        self.select_edit(new);
        Ok(())
    }

    /// Selects all clips of a track, and that track alone.
    pub fn select_all_clips(&mut self, track: usize) -> Outcome<()> {
        let clips = self.lane(track).map_or(&[][..], |lane| &lane.clips);
        let start = clips.iter().map(|clip| clip.start).min();
        let end = clips.iter().map(crate::model::Clip::end).max();
        let (Some(start), Some(end)) = (start, end) else {
            return Err(no_clips());
        };
        for (index, strip) in self.strips.iter_mut().enumerate() {
            strip.selected = index == track;
        }
        self.select_edit(Range::new(start, end));
        Ok(())
    }

    /// The track of that id, or else of that name.
    pub fn track_at(&self, id: &str, name: &str) -> Outcome<usize> {
        let found = self.strips.iter().position(|strip| {
            if id.is_empty() {
                strip.track.name == name
            } else {
                strip.track.id.0 == id
            }
        });
        found.ok_or_else(|| {
            let wanted = if id.is_empty() { name } else { id };
            Failure::new(
                PtNoTrackFound,
                format!("The track '{wanted}' was not found."),
            )
        })
    }
}

/// PT_NoClipsFound.
pub fn no_clips() -> Failure {
    Failure::new(PtNoClipsFound, "There is no clip in the selection.")
}
