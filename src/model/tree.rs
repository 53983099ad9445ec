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
            if !track.id.0.is_empty() {
                by_id.entry(&track.id).or_insert(index);
            }
            if track.kind.is_folder() {
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
