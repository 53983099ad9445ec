//! The track list as a tree of folders.

use std::collections::HashMap;

use super::{Track, TrackId};

/// A row of the tree: which track, how deep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeRow {
    /// Index into the track list.
    pub track: usize,
    pub depth: u16,
    /// Whether tracks lie below it.
    pub has_children: bool,
}

/// Folder relations of a track list, computed once a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tree {
    parents: Vec<Option<usize>>,
    depths: Vec<u16>,
    has_children: Vec<bool>,
}

impl Tree {
    /// Links each track to its folder, by id where known, else by name among the folders. Loops
    /// (a hostile server's) are cut.
    pub fn new(tracks: &[Track]) -> Self {
        let mut by_id: HashMap<&TrackId, usize> = HashMap::new();
        let mut by_name: HashMap<&str, usize> = HashMap::new();
        for (index, track) in tracks.iter().enumerate() {
            if track.kind.is_folder() {
                if !track.id.0.is_empty() {
                    by_id.entry(&track.id).or_insert(index);
                }
                by_name.entry(&track.name).or_insert(index);
            }
        }
        let mut parents: Vec<Option<usize>> = tracks
            .iter()
            .enumerate()
            .map(|(index, track)| {
                track
                    .folder_id
                    .as_ref()
                    .and_then(|id| by_id.get(id))
                    .or_else(|| track.folder.as_deref().and_then(|name| by_name.get(name)))
                    .copied()
                    .filter(|parent| *parent != index)
            })
            .collect();
        let mut depths = vec![0_u16; tracks.len()];
        for index in 0..tracks.len() {
            let mut depth = 0_u16;
            let mut at = index;
            while let Some(parent) = parents.get(at).copied().flatten() {
                depth += 1;
                if depth > 64 {
                    if let Some(slot) = parents.get_mut(index) {
                        *slot = None;
                    }
                    depth = 0;
                    break;
                }
                at = parent;
            }
            if let Some(slot) = depths.get_mut(index) {
                *slot = depth;
            }
        }
        let mut has_children = vec![false; tracks.len()];
        for parent in parents.iter().flatten() {
            if let Some(slot) = has_children.get_mut(*parent) {
                *slot = true;
            }
        }
        Self {
            parents,
            depths,
            has_children,
        }
    }

    /// The folder that the track at `index` is in.
    pub fn parent(&self, index: usize) -> Option<usize> {
        self.parents.get(index).copied().flatten()
    }

    /// Whether `index` lies below `folder`, at any depth.
    pub fn is_below(&self, index: usize, folder: usize) -> bool {
        let mut at = self.parent(index);
        while let Some(parent) = at {
            if parent == folder {
                return true;
            }
            at = self.parent(parent);
        }
        false
    }

    /// Which tracks add nothing: those that are muted or inactive themselves, or that lie in a
    /// folder that is.
    pub fn silent(&self, tracks: &[Track]) -> Vec<bool> {
        let own: Vec<bool> = tracks
            .iter()
            .map(|track| track.muted || track.inactive.is_set())
            .collect();
        (0..own.len())
            .map(|index| {
                let mut at = Some(index);
                while let Some(track) = at {
                    if own.get(track).copied().unwrap_or(false) {
                        return true;
                    }
                    at = self.parent(track);
                }
                false
            })
            .collect()
    }

    /// Rows in session order, leaving out what `is_folded` folders and `is_hidden` tracks hide.
    pub fn rows(
        &self,
        is_folded: impl Fn(usize) -> bool,
        is_hidden: impl Fn(usize) -> bool,
    ) -> Vec<TreeRow> {
        (0..self.parents.len())
            .filter(|index| !is_hidden(*index))
            .filter(|index| {
                let mut at = self.parent(*index);
                while let Some(parent) = at {
                    if is_folded(parent) {
                        return false;
                    }
                    at = self.parent(parent);
                }
                true
            })
            .map(|index| TreeRow {
                track: index,
                depth: self.depths.get(index).copied().unwrap_or(0),
                has_children: self.has_children.get(index).copied().unwrap_or(false),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TrackKind;

    /// Folders as `(name, parent)`, linked by id or by name.
    fn list(rows: &[(&str, &str)], ids: bool) -> Vec<Track> {
        let id = |name: &str| TrackId(if ids { name.to_owned() } else { String::new() });
        rows.iter()
            .map(|(name, folder)| Track {
                id: id(name),
                name: (*name).to_owned(),
                kind: TrackKind::Folder,
                folder: (!folder.is_empty()).then(|| (*folder).to_owned()),
                folder_id: (!folder.is_empty()).then(|| id(folder)),
                ..Track::default()
            })
            .collect()
    }

    fn depths(tree: &Tree) -> Vec<u16> {
        let rows = tree.rows(|_| false, |_| false);
        rows.iter().map(|row| row.depth).collect()
    }

    #[test]
    fn folders_nest_by_id_or_name() {
        for ids in [true, false] {
            let tracks = list(
                &[
                    ("A", ""),
                    ("B", "A"),
                    ("C", "B"),
                    ("D", "nowhere"),
                    ("E", ""),
                ],
                ids,
            );
            let tree = Tree::new(&tracks);
            assert_eq!(depths(&tree), [0, 1, 2, 0, 0]);
            assert!(tree.is_below(2, 0) && !tree.is_below(0, 2));
            let folded = tree.rows(|index| index == 0, |_| false);
            assert_eq!(
                folded.iter().map(|row| row.track).collect::<Vec<_>>(),
                [0, 3, 4]
            );
            assert!(folded[0].has_children && !folded[1].has_children);
            assert_eq!(tree.rows(|_| false, |index| index == 1).len(), 4);
        }
    }

    #[test]
    fn loops_are_cut_and_nothing_is_lost() {
        for rows in [
            &[("A", "A")][..],
            &[("A", "B"), ("B", "A"), ("C", "A")],
            &[("C", "A"), ("A", "B"), ("B", "D"), ("D", "A")],
        ] {
            let tracks = list(rows, true);
            let tree = Tree::new(&tracks);
            assert_eq!(tree.rows(|_| false, |_| false).len(), rows.len());
            for index in 0..rows.len() {
                assert!(!tree.is_below(index, index));
            }
            assert_eq!(tree.silent(&tracks), vec![false; rows.len()]);
        }
    }

    #[test]
    fn ten_thousand_folders_one_in_the_other_end_somewhere() {
        let names: Vec<String> = (0..10_000).map(|n| format!("T{n}")).collect();
        let mut rows = vec![("T0", "")];
        rows.extend(
            names
                .windows(2)
                .map(|pair| (pair[1].as_str(), pair[0].as_str())),
        );
        let tree = Tree::new(&list(&rows, true));
        assert!(depths(&tree).iter().all(|depth| *depth <= 64));
    }

    #[test]
    fn silence_is_passed_down() {
        let rows = [
            ("A", ""),
            ("B", "A"),
            ("C", "B"),
            ("D", ""),
            ("E", "D"),
            ("F", ""),
        ];
        let mut tracks = list(&rows, true);
        tracks[0].muted = true;
        tracks[3].inactive.implicit = true;
        let silent = Tree::new(&tracks).silent(&tracks);
        assert_eq!(silent, [true, true, true, true, true, false]);
    }
}
