//! Which tracks of a session were soloed and muted at one moment, under a name.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::track::{Track, TrackFlag, TrackId};
use super::tree::Tree;

/// A track as it is found again: by its identity, else by its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    pub id: TrackId,
    pub name: String,
}

impl Kept {
    fn is_by_id(&self, track: &Track) -> bool {
        !self.id.0.is_empty() && self.id == track.id
    }
}

/// Solo and mute of all tracks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    pub name: String,
    /// Milliseconds since 1970.
    pub at_ms: u64,
    pub soloed: Vec<Kept>,
    pub muted: Vec<Kept>,
}

impl Snapshot {
    /// What the tracks are now.
    pub fn of(name: String, tracks: &[Track], at_ms: u64) -> Self {
        let kept = |flag| {
            let on = tracks.iter().filter(|track| track.flag(flag));
            on.map(|track| Kept {
                id: track.id.clone(),
                name: track.name.clone(),
            })
            .collect()
        };
        Self {
            name,
            at_ms,
            soloed: kept(TrackFlag::Solo),
            muted: kept(TrackFlag::Mute),
        }
    }

    fn kept(&self, flag: TrackFlag) -> &[Kept] {
        match flag {
            TrackFlag::Solo => &self.soloed,
            TrackFlag::Mute => &self.muted,
            _ => &[],
        }
    }

    /// The tracks on which the switch was on, of those that are there.
    pub fn on<'a>(&self, flag: TrackFlag, tracks: &'a [Track]) -> Vec<&'a Track> {
        let find = |kept: &Kept| {
            let by_id = tracks.iter().find(|track| kept.is_by_id(track));
            by_id.or_else(|| tracks.iter().find(|track| track.name == kept.name))
        };
        self.kept(flag).iter().filter_map(find).collect()
    }

    /// The tracks that sound: the soloed and solo-safe ones where something is soloed, else all;
    /// without the muted. A folder stands for what is in it.
    pub fn heard<'a>(&self, tracks: &'a [Track]) -> Vec<&'a Track> {
        let tree = Tree::new(tracks);
        let below = |flag| -> Vec<bool> {
            let on: HashSet<&TrackId> = self.on(flag, tracks).iter().map(|t| &t.id).collect();
            let is_on = |at: usize| tracks.get(at).is_some_and(|track| on.contains(&track.id));
            let reaches = |index: usize| {
                let mut at = Some(index);
                while let Some(here) = at.filter(|here| !is_on(*here)) {
                    at = tree.parent(here);
                }
                at.is_some()
            };
            (0..tracks.len()).map(reaches).collect()
        };
        let (soloed, muted) = (below(TrackFlag::Solo), below(TrackFlag::Mute));
        let has_solo = !self.on(TrackFlag::Solo, tracks).is_empty();
        let rows = tracks.iter().zip(soloed).zip(muted);
        rows.filter(|((track, soloed), muted)| {
            let in_solo = !has_solo || *soloed || track.solo_safe;
            track.kind.is_sounding() && in_solo && !muted
        })
        .map(|((track, _), _)| track)
        .collect()
    }

    /// Names of the tracks that are not there any more.
    pub fn gone(&self, tracks: &[Track]) -> Vec<&str> {
        let is_there = |kept: &&Kept| {
            let mut tracks = tracks.iter();
            tracks.any(|track| kept.is_by_id(track) || track.name == kept.name)
        };
        let all = self.soloed.iter().chain(&self.muted);
        let mut names: Vec<&str> = all
            .filter(|kept| !is_there(kept))
            .map(|kept| kept.name.as_str())
            .collect();
        names.dedup();
        names
    }
}

/// A change of the snapshots of one session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SnapshotChange {
    /// In the place of one of the same name.
    Store(Snapshot),
    Delete(String),
}
