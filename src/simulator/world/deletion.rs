//! Tracks chosen by id or by name, and what goes with a track that is deleted: its members where
//! they are not kept, its markers.

use std::collections::{BTreeSet, HashSet};

use crate::ptsl::wire::{CommandErrorType, MarkerLocation};

use super::{Failure, OpenSession, Outcome, tracks};

impl OpenSession {
    /// The tracks of these ids or else of these names, each found, none twice. Exactly one of the
    /// lists must say something.
    pub fn chosen(&self, ids: &[String], names: &[String]) -> Outcome<Vec<usize>> {
        let found = match (ids.is_empty(), names.is_empty()) {
            (false, false) => {
                return Err(Failure::invalid(
                    "Only one of track_ids and track_names can be given.",
                ));
            }
            (true, _) => self.named(names)?,
            (false, true) => ids
                .iter()
                .map(|id| {
                    let mut strips = self.strips.iter();
                    strips.position(|s| s.track.id.0 == *id).ok_or_else(|| {
                        Failure::new(
                            CommandErrorType::PtNoTrackFound,
                            format!("The track {id} was not found."),
                        )
                    })
                })
                .collect::<Outcome<Vec<_>>>()?,
        };
        let mut seen = HashSet::new();
        Ok(found.into_iter().filter(|at| seen.insert(*at)).collect())
    }

    /// Removes tracks. The members of a deleted folder move out of it, or go with it. Part of an
    /// [`OpenSession::edit`].
    pub fn delete_tracks(&mut self, chosen: &[usize], keep_members: bool) {
        let tree = self.tree();
        let mut gone: BTreeSet<usize> = chosen.iter().copied().collect();
        if !keep_members {
            for index in 0..self.strips.len() {
                let mut above = std::iter::successors(Some(index), |at| tree.parent(*at));
                if above.any(|at| chosen.contains(&at)) {
                    gone.insert(index);
                }
            }
        }
        for index in (0..self.strips.len()).filter(|index| !gone.contains(index)) {
            let stays = std::iter::successors(tree.parent(index), |at| tree.parent(*at))
                .find(|at| !gone.contains(at))
                .and_then(|at| self.strips.get(at))
                .map(|strip| (strip.track.name.clone(), strip.track.id.clone()));
            if let Some(strip) = self.strips.get_mut(index) {
                (strip.track.folder, strip.track.folder_id) = stays.unzip();
            }
        }
        for index in gone.into_iter().rev() {
            let name = self.strips.remove(index).track.name;
            if !self.strips.iter().any(|strip| strip.track.name == name) {
                self.markers
                    .retain(|m| m.location != MarkerLocation::MlcTrack || m.track != name);
            }
        }
        tracks::settle(&mut self.strips);
        self.changed = true;
    }
}

#[cfg(test)]
mod tests {
    use crate::simulator::world::OpenSession;
    use crate::simulator::world::tests::session;

    fn delete(names: &[&str], keep: bool) -> OpenSession {
        let mut session = session();
        let names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
        let chosen = session.chosen(&[], &names).unwrap();
        session.delete_tracks(&chosen, keep);
        session
    }

    fn names(session: &OpenSession) -> Vec<&str> {
        session.strips.iter().map(|s| &*s.track.name).collect()
    }

    #[test]
    fn a_folder_takes_its_members_along_or_leaves_them() {
        let without = delete(&["DRUMS", "Verb"], false);
        assert_eq!(names(&without), ["VOX", "Lead", "Bass", "Mix"]);
        let kept = delete(&["DRUMS"], true);
        let expected = ["Kick", "Snare", "VOX", "Lead", "Bass", "Verb", "Mix"];
        assert_eq!(names(&kept), expected);
        assert_eq!(kept.strips[0].track.folder, None);
        assert_eq!(kept.strips[3].track.folder.as_deref(), Some("VOX"));
        let indices: Vec<u32> = kept.strips.iter().map(|s| s.track.index).collect();
        assert_eq!(indices, [1, 2, 3, 4, 5, 6, 7]);
        let lanes = kept.to_imported().folder.arrangement.lanes.len();
        assert_eq!(lanes, 4, "every lane that is left has its track");
        assert_eq!(
            delete(&["Kick"], true)
                .to_imported()
                .folder
                .arrangement
                .lanes
                .len(),
            3
        );
    }

    #[test]
    fn a_deletion_can_be_undone() {
        let mut session = session();
        let chosen = session.chosen(&[], &["Bass".to_owned()]).unwrap();
        session
            .edit("Delete Tracks", |session| {
                session.delete_tracks(&chosen, true);
                Ok(())
            })
            .unwrap();
        assert_eq!(session.strips.len(), 7);
        session.undo(1).unwrap();
        assert_eq!(session.strips[5].track.name, "Bass");
    }

    #[test]
    fn tracks_are_chosen_by_one_list_only() {
        let session = session();
        let id = session.strips[1].track.id.0.clone();
        let kick = ["Kick".to_owned(), "Kick".to_owned()];
        assert_eq!(session.chosen(std::slice::from_ref(&id), &[]).unwrap(), [1]);
        assert_eq!(session.chosen(&[], &kick).unwrap(), [1]);
        assert!(session.chosen(&[id], &kick).is_err());
        assert!(session.chosen(&[], &[]).is_err());
        assert!(session.chosen(&["{x}".to_owned()], &[]).is_err());
    }
}
