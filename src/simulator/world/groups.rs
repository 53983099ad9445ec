//! Clip groups: clips that carry the same name of a group, outermost first. A group changes no
//! sound. Refuses selections without clips, and regrouping what is not as it was.

use std::collections::HashSet;

use crate::model::{Clip, Range, TrackId};

use super::edit::{Selected, no_clips};
use super::splice;
use super::{Failure, OpenSession, Outcome};

/// Ungroupings that regrouping remembers.
const REMEMBERED: usize = 64;

/// A group's name, and its clips without it.
type Dissolved = (String, Vec<(TrackId, Clip)>);

/// What was ungrouped, the latest last.
#[derive(Debug, Clone, Default)]
pub struct Ungrouped(Vec<Dissolved>);

fn touches(clip: &Clip, range: Range) -> bool {
    clip.start < range.end && clip.end() > range.start
}

impl OpenSession {
    /// Whether a clip lies at least partly in the selection.
    fn in_selection(&self, selected: &Selected, is_wanted: impl Fn(&Clip) -> bool) -> bool {
        selected.tracks.iter().any(|track| {
            let clips = self.lane(*track).map_or(&[][..], |lane| &lane.clips);
            let mut touched = clips.iter().filter(|clip| touches(clip, selected.range));
            touched.any(&is_wanted)
        })
    }

    fn free_group_name(&self) -> String {
        let lanes = self.arrangement.lanes.iter();
        let clips = lanes.flat_map(|lane| &lane.clips);
        let known = self.ungrouped.0.iter().map(|(name, _)| name);
        let used: HashSet<&String> = clips.flat_map(|clip| &clip.groups).chain(known).collect();
        (1..)
            .map(|number| format!("Group-{number:02}"))
            .find(|name| !used.contains(name))
            .unwrap_or_default()
    }

    /// Groups what is selected; clips that reach out of the selection are cut there.
    pub fn group_clips(&mut self) -> Outcome<()> {
        let selected = self.selected()?;
        if !self.in_selection(&selected, |_| true) {
            return Err(no_clips());
        }
        let name = self.free_group_name();
        for track in &selected.tracks {
            let Some(lane) = self.lane_mut(*track) else {
                continue;
            };
            splice::separate(&mut lane.clips, selected.range.start);
            splice::separate(&mut lane.clips, selected.range.end);
            for clip in &mut lane.clips {
                if touches(clip, selected.range) {
                    clip.groups.insert(0, name.clone());
                }
            }
        }
        Ok(())
    }

    /// Takes the outermost group off the selected clips, or all of them.
    pub fn ungroup_clips(&mut self, all: bool) -> Outcome<()> {
        let selected = self.selected()?;
        if !self.in_selection(&selected, |clip| !clip.groups.is_empty()) {
            return Err(Failure::cannot("There is no clip group in the selection."));
        }
        loop {
            let mut taken = self.take_groups(&selected);
            if taken.is_empty() {
                return Ok(());
            }
            let memory = &mut self.ungrouped.0;
            memory.append(&mut taken);
            memory.drain(..memory.len().saturating_sub(REMEMBERED));
            if !all {
                return Ok(());
            }
        }
    }

    /// One level of groups off the selected clips.
    fn take_groups(&mut self, selected: &Selected) -> Vec<Dissolved> {
        let mut taken: Vec<Dissolved> = Vec::new();
        for track in &selected.tracks {
            let Some(id) = self.strips.get(*track).map(|s| s.track.id.clone()) else {
                continue;
            };
            let lane = self.lane_mut(*track);
            let clips = lane.map_or(&mut [][..], |lane| &mut lane.clips);
            for clip in clips {
                if !touches(clip, selected.range) || clip.groups.is_empty() {
                    continue;
                }
                let name = clip.groups.remove(0);
                let member = (id.clone(), clip.clone());
                match taken.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, members)) => members.push(member),
                    None => taken.push((name, vec![member])),
                }
            }
        }
        taken
    }

    /// Puts the groups back together that were taken off the selected clips, with those inside.
    /// A clip that changed since stays as it is.
    pub fn regroup_clips(&mut self) -> Outcome<()> {
        let selected = self.selected()?;
        let mut is_found = false;
        // Every round makes clips unlike what was remembered of them, so this ends.
        while let Some((name, members)) = self.regroupable(&selected) {
            is_found = true;
            for (id, member) in members {
                let track = self.strips.iter().position(|s| s.track.id == id);
                let lane = track.and_then(|track| self.lane_mut(track));
                let clips = lane.map_or(&mut [][..], |lane| &mut lane.clips);
                for clip in clips.iter_mut().filter(|clip| **clip == member) {
                    clip.groups.insert(0, name.clone());
                }
            }
        }
        if is_found {
            return Ok(());
        }
        Err(Failure::cannot(
            "There is nothing to regroup in the selection.",
        ))
    }

    fn regroupable(&self, selected: &Selected) -> Option<Dissolved> {
        let is_there = |(_, members): &&Dissolved| {
            selected.tracks.iter().any(|track| {
                let id = self.strips.get(*track).map(|strip| &strip.track.id);
                let clips = self.lane(*track).map_or(&[][..], |lane| &lane.clips);
                let mut touched = clips.iter().filter(|clip| touches(clip, selected.range));
                touched.any(|clip| {
                    let mut members = members.iter();
                    members.any(|(of, member)| Some(of) == id && member == clip)
                })
            })
        };
        self.ungrouped.0.iter().rfind(is_there).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::world::tests::session;
    use std::sync::Arc;

    fn groups(session: &OpenSession) -> Vec<Vec<String>> {
        let lanes = session.arrangement.lanes.iter();
        lanes
            .flat_map(|lane| &lane.clips)
            .map(|clip| clip.groups.clone())
            .collect()
    }

    #[test]
    fn groups_nest_and_come_back() {
        let mut session = session();
        let lanes = &mut Arc::make_mut(&mut session.arrangement).lanes;
        for (lane, start) in [(0, 0), (1, 50)] {
            lanes[lane].clips.push(Clip {
                start,
                length: 100,
                ..Clip::default()
            });
        }
        assert!(session.group_clips().is_err(), "nothing is selected");
        for strip in session.strips.iter_mut().skip(1).take(2) {
            strip.selected = true;
        }
        session.selection = Range::new(60, 100);
        session.group_clips().unwrap();
        let inner = ["Group-01".to_owned()];
        assert_eq!(groups(&session), [&[][..], &inner, &[], &inner, &[]]);
        session.selection = Range::new(0, 150);
        session.group_clips().unwrap();
        let grouped = groups(&session);
        assert_eq!(grouped[1], ["Group-02", "Group-01"]);
        session.ungroup_clips(false).unwrap();
        assert_eq!(groups(&session)[1], inner);
        session.regroup_clips().unwrap();
        assert_eq!(groups(&session), grouped);
        session.ungroup_clips(true).unwrap();
        assert!(groups(&session).iter().all(Vec::is_empty));
        assert!(session.ungroup_clips(true).is_err());
        session.regroup_clips().unwrap();
        assert_eq!(groups(&session), grouped);
        assert!(session.regroup_clips().is_err());
    }
}
