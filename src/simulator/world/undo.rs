//! Undo and redo. Every edit of the timeline goes through [`OpenSession::edit`], which remembers
//! what it changed: clips, automation, markers, tracks that it made or removed. Mute, solo, names
//! and the like are no edits: undo leaves them as they are now.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::model::{Arrangement, Now, TrackId};
use crate::ptsl::wire::UndoHistoryOperation;

use super::markers::MemoryLocation;
use super::tracks::{self, Strip};
use super::{Failure, OpenSession, Outcome};

/// Levels of undo, as many as Pro Tools has.
const LEVELS: usize = 64;

/// What undo brings back. Cheap to take: clips are shared until someone changes them.
#[derive(Debug, Clone)]
struct Timeline {
    arrangement: Arc<Arrangement>,
    markers: Vec<MemoryLocation>,
    /// Which lane each track plays.
    lanes: HashMap<TrackId, Option<usize>>,
}

impl Timeline {
    fn of(session: &OpenSession) -> Self {
        Self {
            arrangement: Arc::clone(&session.arrangement),
            markers: session.markers.clone(),
            lanes: lanes(&session.strips),
        }
    }

    fn has_arrangement_of(&self, other: &Self) -> bool {
        let is_shared = Arc::ptr_eq(&self.arrangement, &other.arrangement);
        is_shared || self.arrangement == other.arrangement
    }

    fn is(&self, other: &Self) -> bool {
        self.markers == other.markers && self.lanes == other.lanes && self.has_arrangement_of(other)
    }

    /// Puts back what differs between the two states; the rest may have changed since.
    fn restore(&self, from: &Self, session: &mut OpenSession) {
        if self.markers != from.markers {
            session.markers.clone_from(&self.markers);
        }
        if !self.has_arrangement_of(from) || self.lanes != from.lanes {
            session.arrangement = Arc::clone(&self.arrangement);
            for strip in &mut session.strips {
                // A track that came later had nothing to play yet.
                strip.lane = self.lanes.get(&strip.track.id).copied().flatten();
            }
        }
    }
}

fn lanes(strips: &[Strip]) -> HashMap<TrackId, Option<usize>> {
    strips
        .iter()
        .map(|strip| (strip.track.id.clone(), strip.lane))
        .collect()
}

/// One edit.
#[derive(Debug, Clone)]
struct Edit {
    operation: String,
    /// When it was made.
    at: Now,
    before: Timeline,
    after: Timeline,
    /// Tracks that it made, and those that it removed, with their places.
    made: Vec<(usize, Strip)>,
    removed: Vec<(usize, Strip)>,
}

/// Edits that can be undone, and those that were.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// The time of the command that is being carried out.
    pub now: Now,
    done: VecDeque<Edit>,
    undone: Vec<Edit>,
}

impl History {
    /// Forgets everything: nothing before this can be undone.
    pub fn clear(&mut self) {
        self.done.clear();
        self.undone.clear();
    }

    /// How many edits can be undone and redone.
    pub fn depth(&self) -> (usize, usize) {
        (self.done.len(), self.undone.len())
    }
}

/// Tracks in `strips` that are not in `others`, with their places.
fn missing(strips: &[Strip], others: &HashMap<TrackId, Option<usize>>) -> Vec<(usize, Strip)> {
    strips
        .iter()
        .enumerate()
        .filter(|(_, strip)| !others.contains_key(&strip.track.id))
        .map(|(index, strip)| (index, strip.clone()))
        .collect()
}

/// Takes tracks out as they are now, and puts others in at their places.
fn exchange(strips: &mut Vec<Strip>, out: &mut [(usize, Strip)], back: &[(usize, Strip)]) {
    for (place, strip) in out.iter_mut().rev() {
        if let Some(at) = strips.iter().position(|s| s.track.id == strip.track.id) {
            (*place, *strip) = (at, strips.remove(at));
        }
    }
    for (place, strip) in back {
        strips.insert((*place).min(strips.len()), strip.clone());
    }
    if !(out.is_empty() && back.is_empty()) {
        tracks::settle(strips);
    }
}

impl OpenSession {
    /// Carries out an edit of the timeline under the name that the undo history shows. When
    /// `change` fails everything is as before; when it changes nothing there is nothing to undo.
    pub fn edit<T>(
        &mut self,
        operation: &str,
        change: impl FnOnce(&mut Self) -> Outcome<T>,
    ) -> Outcome<T> {
        let before = Timeline::of(self);
        let strips = self.strips.clone();
        let outcome = change(self);
        if outcome.is_err() {
            self.strips = strips;
            before.restore(&Timeline::of(self), self);
            return outcome;
        }
        let after = Timeline::of(self);
        if !before.is(&after) {
            self.changed = true;
            self.history.undone.clear();
            if self.history.done.len() >= LEVELS {
                self.history.done.pop_front();
            }
            self.history.done.push_back(Edit {
                operation: operation.to_owned(),
                at: self.history.now,
                made: missing(&self.strips, &before.lanes),
                removed: missing(&strips, &after.lanes),
                before,
                after,
            });
        }
        outcome
    }

    /// Undoes up to `levels` edits, the latest first; returns them in that order. Refuses when
    /// there is none.
    pub fn undo(&mut self, levels: usize) -> Outcome<Vec<UndoHistoryOperation>> {
        if self.history.done.is_empty() {
            return Err(Failure::cannot("There is nothing to undo."));
        }
        let mut operations = Vec::new();
        while operations.len() < levels
            && let Some(mut edit) = self.history.done.pop_back()
        {
            exchange(&mut self.strips, &mut edit.made, &edit.removed);
            edit.before.restore(&edit.after, self);
            operations.push(edit.to_wire());
            self.history.undone.push(edit);
        }
        self.changed = true;
        Ok(operations)
    }

    /// Does up to `levels` undone edits again, in the order in which they were made. Refuses when
    /// there is none.
    pub fn redo(&mut self, levels: usize) -> Outcome<Vec<UndoHistoryOperation>> {
        if self.history.undone.is_empty() {
            return Err(Failure::cannot("There is nothing to redo."));
        }
        let mut operations = Vec::new();
        while operations.len() < levels
            && let Some(mut edit) = self.history.undone.pop()
        {
            exchange(&mut self.strips, &mut edit.removed, &edit.made);
            edit.after.restore(&edit.before, self);
            operations.push(edit.to_wire());
            self.history.done.push_back(edit);
        }
        self.changed = true;
        Ok(operations)
    }
}

impl Edit {
    fn to_wire(&self) -> UndoHistoryOperation {
        let seconds = self.at.local_ms(self.at.unix_ms) / 1000 % 86_400;
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        UndoHistoryOperation {
            time: format!("{hours:02}:{minutes:02}:{:02}", seconds % 60),
            operation: self.operation.clone(),
            details: String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Clip;
    use crate::ptsl::wire::TrackInsertionPoint;
    use crate::simulator::world::tests::session;
    use crate::simulator::world::tracks::{NewTracks, Switch};

    fn lay(session: &mut OpenSession, start: i64) {
        session
            .edit("Paste", |session| {
                let lanes = &mut Arc::make_mut(&mut session.arrangement).lanes;
                lanes[0].clips.push(Clip {
                    start,
                    length: 10,
                    ..Clip::default()
                });
                Ok(())
            })
            .unwrap();
    }

    fn starts(session: &OpenSession) -> Vec<i64> {
        let clips = &session.arrangement.lanes[0].clips;
        clips.iter().map(|clip| clip.start).collect()
    }

    #[test]
    fn undo_and_redo_walk_through_the_edits() {
        let mut session = session();
        session.history.now.unix_ms = 3_723_000;
        assert!(session.undo(1).is_err());
        for start in [0, 100, 200] {
            lay(&mut session, start);
        }
        let operations = session.undo(2).unwrap();
        assert_eq!(operations.len(), 2);
        assert_eq!(operations[0].operation, "Paste");
        assert_eq!(operations[0].time, "01:02:03");
        assert_eq!(starts(&session), [0]);
        session.redo(1).unwrap();
        assert_eq!(starts(&session), [0, 100]);
        lay(&mut session, 300);
        assert!(session.redo(1).is_err(), "a new edit ends the redo queue");
        assert_eq!(session.undo(9).unwrap().len(), 3);
        assert!(starts(&session).is_empty());
    }

    #[test]
    fn a_failed_or_empty_edit_leaves_no_trace() {
        let mut session = session();
        let failed: Outcome<()> = session.edit("Cut", |session| {
            Arc::make_mut(&mut session.arrangement).lanes.clear();
            session.markers.clear();
            session.strips.truncate(1);
            Err(Failure::cannot("No."))
        });
        assert!(failed.is_err());
        assert_eq!(session.arrangement.lanes.len(), 4);
        assert_eq!(session.strips.len(), 8);
        session.edit("Cut", |_| Ok(())).unwrap();
        assert_eq!(session.history.depth(), (0, 0));
        assert!(!session.changed);
    }

    #[test]
    fn tracks_come_and_go_with_their_edit_and_switches_stay() {
        let mut session = session();
        let new = NewTracks {
            count: 1,
            name: "New".to_owned(),
            kind: crate::model::TrackKind::Audio,
            channels: 1,
            format: "mono".to_owned(),
            at: TrackInsertionPoint::TiPointFirst,
            beside: String::new(),
        };
        session
            .edit("Import", |session| session.create_tracks(&new))
            .unwrap();
        session
            .switch(Switch::Mute, &["New".to_owned(), "Bass".to_owned()], true)
            .unwrap();
        let names = |session: &OpenSession| -> Vec<String> {
            let names = session.strips.iter().map(|s| s.track.name.clone());
            names.collect()
        };
        let with = names(&session);
        session.undo(1).unwrap();
        assert!(!names(&session).contains(&"New".to_owned()));
        let bass = |session: &OpenSession| session.named(&["Bass".to_owned()]).unwrap()[0];
        assert!(session.strips[bass(&session)].track.muted);
        session.redo(1).unwrap();
        assert_eq!(names(&session), with);
        assert!(session.strips[0].track.muted, "as it was when it went");
    }

    #[test]
    fn the_history_has_an_end() {
        let mut session = session();
        for start in 0..100 {
            lay(&mut session, start * 10);
        }
        assert_eq!(session.undo(usize::MAX).unwrap().len(), LEVELS);
        assert_eq!(starts(&session).len(), 100 - LEVELS);
        session.history.clear();
        assert_eq!(session.history.depth(), (0, 0));
    }
}
