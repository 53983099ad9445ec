//! What only the open Pro Tools can tell about a bounce before it starts: mix sources, clips that are
//! muted, audio that is offline. A record: the engine asks, the plan judges.

use serde::{Deserialize, Serialize};

use std::collections::{BTreeMap, BTreeSet};

use super::plan::{PlannedSet, PlannedTrack};
use super::{Range, Track, TrackKind};

/// The types that a mix source may have before its colon.
const KINDS: [&str; 4] = ["output", "bus", "physical", "renderer"];

/// What is to be asked.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Question {
    /// Path of the session that is meant.
    pub session: String,
    /// Types of mix sources.
    pub kinds: BTreeSet<String>,
    /// Audio tracks whose clips matter.
    pub tracks: Vec<Track>,
}

/// What was told.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Inspection {
    /// Path of the session that was asked.
    pub session: String,
    /// Names of mix sources by type; a type that was not told is not there.
    pub sources: BTreeMap<String, Vec<String>>,
    /// What lies on the playlist that sounds, of each track that was asked about.
    pub lanes: Vec<(Track, Vec<Place>)>,
    /// Paths of all files that Pro Tools cannot find, on its machine.
    pub offline: Vec<String>,
    /// Names of tracks that there was no time to look at.
    pub unread: Vec<String>,
}

/// A clip on the timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub range: Range,
    pub muted: bool,
    /// Its file, where that is offline.
    pub offline: Option<String>,
}

/// Type and name of a mix source, as in `bus:Drums`; without a type it is an output.
pub fn source_parts(source: &str) -> (String, &str) {
    if let Some((kind, name)) = source.split_once(':') {
        let kind = kind.trim().to_ascii_lowercase();
        if KINDS.contains(&kind.as_str()) {
            return (kind, name.trim());
        }
    }
    ("output".to_owned(), source.trim())
}

impl Question {
    /// About these mix sources and tracks, of those that the session has.
    pub fn new<'a>(
        session: &str,
        sources: impl IntoIterator<Item = &'a str>,
        planned: impl IntoIterator<Item = &'a PlannedTrack>,
        tracks: &[Track],
    ) -> Self {
        let heard: PlannedSet<'_> = planned.into_iter().filter(|t| !t.silent).collect();
        let is_asked = |track: &&Track| track.kind == TrackKind::Audio && heard.contains(track);
        Self {
            session: session.to_owned(),
            kinds: sources.into_iter().map(|s| source_parts(s).0).collect(),
            tracks: tracks.iter().filter(is_asked).cloned().collect(),
        }
    }
}
