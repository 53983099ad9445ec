//! Cut, copy, paste and clear, and their special forms. What is on the clipboard goes to the
//! selected tracks in their order, one track's part to one track. Refuses an empty clipboard, and
//! mono parts on stereo tracks and the other way round.

use std::sync::Arc;

use crate::model::{Arrangement, Clip, Range, TrackKind};
use crate::ptsl::wire::AutomationDataOptions as Special;

use super::edit::Selected;
use super::splice::{self, Rules, Stretch};
use super::{Failure, OpenSession, Outcome};

/// What of the selection is on the clipboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Clips, with the automation that follows them.
    Clips,
    Automation,
    /// The gains of clips.
    Gain,
}

/// A copied selection.
#[derive(Debug, Clone)]
pub struct Clipboard {
    content: Content,
    length: i64,
    /// Where the clips' files are listed.
    source: Arc<Arrangement>,
    rows: Vec<Row>,
}

#[derive(Debug, Clone)]
struct Row {
    channels: u16,
    stretch: Stretch,
}

/// What a special form takes: nothing where this world has nothing of the kind.
fn content(special: Special) -> Outcome<Option<Content>> {
    Ok(match special {
        Special::AllAutomation | Special::PanAutomation => Some(Content::Automation),
        Special::ClipGain => Some(Content::Gain),
        Special::PlugInAutomation | Special::ClipEffects => None,
        Special::AdOptionsUnknown => {
            return Err(Failure::invalid("automation_data_option must be given."));
        }
    })
}

impl OpenSession {
    /// Copy.
    pub fn copy(&mut self, rules: Rules) -> Outcome<()> {
        let selected = self.selected()?;
        let stretches = self.copied(&selected, rules.follow);
        self.hold(Content::Clips, &selected, stretches);
        Ok(())
    }

    /// Clear.
    pub fn clear_selection(&mut self, rules: Rules) -> Outcome<()> {
        let selected = self.selected()?;
        for track in &selected.tracks {
            if let Some(lane) = self.lane_mut(*track) {
                splice::remove(lane, selected.range, rules);
            }
        }
        if rules.shuffle {
            let at = selected.range.start;
            self.select_edit(Range::new(at, at));
        }
        Ok(())
    }

    /// Cut.
    pub fn cut(&mut self, rules: Rules) -> Outcome<()> {
        self.copy(rules)?;
        self.clear_selection(rules)
    }

    fn hold(&mut self, content: Content, selected: &Selected, stretches: Vec<Stretch>) {
        let channels = |track: &usize| match self.lane(*track) {
            Some(lane) => lane.channels,
            None => self.strips.get(*track).map_or(0, |s| s.track.channels),
        };
        let rows = selected.tracks.iter().zip(stretches);
        self.clipboard = Some(Clipboard {
            content,
            length: selected.range.end.saturating_sub(selected.range.start),
            source: Arc::clone(&self.arrangement),
            rows: rows
                .map(|(track, stretch)| Row {
                    channels: channels(track),
                    stretch,
                })
                .collect(),
        });
    }

    /// Copy Special.
    pub fn copy_special(&mut self, special: Special) -> Outcome<()> {
        let selected = self.selected()?;
        let Some(content) = content(special)? else {
            return Ok(());
        };
        let mut stretches = self.copied(&selected, true);
        for stretch in &mut stretches {
            if content == Content::Automation {
                stretch.clips.clear();
            }
            if special == Special::PanAutomation {
                stretch.volume.clear();
            }
        }
        self.hold(content, &selected, stretches);
        Ok(())
    }

    /// Clear Special: automation runs straight over the gap, clip gain goes back to 0 dB.
    pub fn clear_special(&mut self, special: Special) -> Outcome<()> {
        let selected = self.selected()?;
        let Some(content) = content(special)? else {
            return Ok(());
        };
        let Range { start, end } = selected.range;
        for track in &selected.tracks {
            let Some(lane) = self.lane_mut(*track) else {
                continue;
            };
            if content == Content::Gain {
                set_gain(&mut lane.clips, selected.range, 0.0);
                continue;
            }
            if special == Special::AllAutomation {
                super::points::remove(&mut lane.volume_points, start, end, false);
            }
            super::points::remove(&mut lane.pan_points, start, end, false);
        }
        Ok(())
    }

    /// Cut Special.
    pub fn cut_special(&mut self, special: Special) -> Outcome<()> {
        self.copy_special(special)?;
        self.clear_special(special)
    }

    /// Paste at the start of the edit selection; the pasted range is selected. In shuffle mode a
    /// selected range goes first.
    pub fn paste(&mut self, rules: Rules) -> Outcome<()> {
        let clipboard = self.held()?;
        let at = self.edit_range();
        if rules.shuffle && clipboard.content == Content::Clips && !at.is_empty() {
            self.clear_selection(rules)?;
        }
        self.put(&clipboard, at.start, clipboard.length, rules)
    }

    /// Paste Special > Repeat to Fill Selection.
    pub fn paste_to_fill(&mut self, rules: Rules) -> Outcome<()> {
        let clipboard = self.held()?;
        let selected = self.selected()?;
        let length = selected.range.end.saturating_sub(selected.range.start);
        if rules.shuffle && clipboard.content == Content::Clips {
            self.clear_selection(rules)?;
        }
        self.put(&clipboard, selected.range.start, length, rules)
    }

    fn held(&self) -> Outcome<Clipboard> {
        self.clipboard
            .clone()
            .ok_or_else(|| Failure::cannot("The clipboard is empty."))
    }

    /// Lays the clipboard at `at`, repeated or cut short to `length`.
    fn put(&mut self, clipboard: &Clipboard, at: i64, length: i64, rules: Rules) -> Outcome<()> {
        let tracks = self.edit_tracks()?;
        let range = Range::new(at, at.saturating_add(length));
        let clips = clipboard.rows.iter().map(|row| row.stretch.clips.len());
        let rounds = length / clipboard.length.max(1);
        self.check_room(range, clips.sum(), rounds.saturating_add(1))?;
        for (track, row) in tracks.into_iter().zip(&clipboard.rows) {
            let mut stretch = splice::fill(&row.stretch, length);
            if clipboard.content == Content::Clips && !stretch.clips.is_empty() {
                self.check_channels(track, row.channels)?;
                self.lane_for(track)?;
                self.find_files(&mut stretch.clips, &clipboard.source);
            }
            let Some(lane) = self.lane_mut(track) else {
                continue;
            };
            match clipboard.content {
                Content::Clips => splice::insert(lane, at, &stretch, rules),
                Content::Automation => {
                    splice::insert_points(lane, at, &stretch, false);
                }
                Content::Gain => {
                    for from in &stretch.clips {
                        let start = from.start.saturating_add(at);
                        let end = from.end().saturating_add(at);
                        set_gain(&mut lane.clips, Range::new(start, end), from.gain_db);
                    }
                }
            }
        }
        self.lengthen();
        self.select_edit(range);
        Ok(())
    }

    fn check_channels(&self, track: usize, channels: u16) -> Outcome<()> {
        let Some(strip) = self.strips.get(track) else {
            return Ok(());
        };
        let has = self
            .lane(track)
            .map_or(strip.track.channels, |lane| lane.channels);
        if has == channels && strip.track.kind == TrackKind::Audio {
            return Ok(());
        }
        Err(Failure::cannot(format!(
            "Clips of {channels} channels cannot be pasted on the track '{}', which has {has}.",
            strip.track.name
        )))
    }

    /// Lets clips that came from another state of the session find their files in this one.
    fn find_files(&mut self, clips: &mut [Clip], source: &Arrangement) {
        let is_same =
            |clip: &Clip| self.arrangement.files.get(clip.file) == source.files.get(clip.file);
        if clips.iter().all(is_same) {
            return;
        }
        let arrangement = Arc::make_mut(&mut self.arrangement);
        for clip in clips {
            let Some(file) = source.files.get(clip.file) else {
                continue;
            };
            let known = arrangement.files.iter().position(|known| known == file);
            clip.file = known.unwrap_or_else(|| {
                arrangement.files.push(file.clone());
                arrangement.files.len() - 1
            });
        }
    }
}

/// Sets the gain of what the clips play in the range; clips that reach out of it are cut there.
fn set_gain(clips: &mut Vec<Clip>, range: Range, gain_db: f64) {
    let is_other = |clip: &&Clip| {
        let is_inside = clip.start < range.end && clip.end() > range.start;
        is_inside && clip.gain_db.to_bits() != gain_db.to_bits()
    };
    if !clips.iter().any(|clip| is_other(&clip)) {
        return;
    }
    splice::separate(clips, range.start);
    splice::separate(clips, range.end);
    for clip in clips.iter_mut() {
        if clip.start >= range.start && clip.end() <= range.end {
            clip.gain_db = gain_db;
        }
    }
}
#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::clip::SourceFile;
    use crate::simulator::world::tests::session;

    const RULES: Rules = Rules {
        shuffle: false,
        follow: true,
    };

    /// Kick selected from 20 to 40, with one clip of -6 dB from 0 to 100 and a ramp of volume.
    fn kick() -> OpenSession {
        let mut session = session();
        session.strips[1].selected = true;
        session.selection = Range::new(20, 40);
        let arrangement = Arc::make_mut(&mut session.arrangement);
        arrangement.files.push(SourceFile {
            path: "/nowhere/kick.wav".into(),
            name: "kick.wav".to_owned(),
        });
        arrangement.lanes[0].clips.push(Clip {
            length: 100,
            gain_db: -6.0,
            ..Clip::default()
        });
        arrangement.lanes[0].volume_points =
            [(0, 0.0), (30, -3.0), (60, 0.0)].map(Into::into).to_vec();
        session
    }

    fn gains(session: &OpenSession) -> Vec<(i64, i64, f64)> {
        let clips = session.arrangement.lanes[0].clips.iter();
        clips
            .map(|clip| (clip.start, clip.end(), clip.gain_db))
            .collect()
    }

    #[test]
    fn clip_gain_is_cut_and_pasted_alone() {
        let mut session = kick();
        session.cut_special(Special::ClipGain).unwrap();
        let cut = [(0, 20, -6.0), (20, 40, 0.0), (40, 100, -6.0)];
        assert_eq!(gains(&session), cut);
        session.selection = Range::new(25, 25);
        session.paste(RULES).unwrap();
        let pasted = [
            (0, 20, -6.0),
            (20, 25, 0.0),
            (25, 40, -6.0),
            (40, 45, -6.0),
            (45, 100, -6.0),
        ];
        assert_eq!(gains(&session), pasted);
        assert_eq!(session.selection, Range::new(25, 45));
    }

    #[test]
    fn automation_is_cut_and_pasted_alone() {
        let mut session = kick();
        session.cut_special(Special::PanAutomation).unwrap();
        assert_eq!(session.arrangement.lanes[0].volume_points.len(), 3);
        session.cut_special(Special::AllAutomation).unwrap();
        let value = |session: &OpenSession, at| {
            let points = &session.arrangement.lanes[0].volume_points;
            crate::audio::automation::Points::new(points)
                .value(at)
                .unwrap()
        };
        assert_eq!(value(&session, 30), -2.0, "straight from 20 to 40");
        session.selection = Range::new(200, 200);
        session.paste(RULES).unwrap();
        assert_eq!(value(&session, 210), -3.0);
        assert_eq!((value(&session, 199), value(&session, 220)), (0.0, 0.0));
        assert_eq!(gains(&session), [(0, 100, -6.0)], "no clip was touched");
    }

    #[test]
    fn clips_find_their_files_in_another_state() {
        let mut session = kick();
        session.copy(RULES).unwrap();
        let arrangement = Arc::make_mut(&mut session.arrangement);
        arrangement.files[0].path = "/nowhere/other.wav".into();
        session.paste(RULES).unwrap();
        let arrangement = &session.arrangement;
        assert_eq!(arrangement.files.len(), 2);
        let files: Vec<usize> = arrangement.lanes[0].clips.iter().map(|c| c.file).collect();
        assert_eq!(files, [0, 1, 0]);
    }
}
