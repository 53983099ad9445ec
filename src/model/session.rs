//! The session: its facts, its tracks, and what a readable session folder adds.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::routing::Routing;
use super::{
    Arrangement, Finding, Marker, Range, Ruler, StemSpec, TimecodeRate, Track, TrackId, Transport,
};

/// The constant facts of a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionInfo {
    pub name: String,
    /// Path of the session file as the server says it; not necessarily readable here.
    pub path: String,
    /// Identities as the server says them; empty where it has none.
    pub origin_id: String,
    pub instance_id: String,
    /// Hz.
    pub sample_rate: u32,
    /// 16, 24, or 32 for float.
    pub bit_depth: u16,
    /// Timecode rate and start of the session.
    pub ruler: Ruler,
    /// Configured maximum, samples: never a printing range.
    pub max_length: Option<u64>,
    /// `WAV`, `AIFF`.
    pub audio_format: String,
    pub interleaved: bool,
}

/// What stands in a readable session folder beside what PTSL tells.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SessionFolder {
    /// The folder that holds `session.json`.
    pub root: PathBuf,
    pub arrangement: Arc<Arrangement>,
    /// The session's own stems: a recipe without a file.
    pub stems: Vec<StemSpec>,
    /// Names or globs of tracks that belong to no stem and not to the mix.
    pub ignore: Vec<String>,
    /// What keeps clips from sounding as the session says (missing, damaged or unsuitable audio
    /// files), each with its track. A plan repeats those of the tracks that it prints.
    pub audio_findings: Vec<Finding>,
    /// Names or globs of aux returns that sound in every stem that feeds them.
    pub returns: Vec<String>,
    /// What a render of this arrangement leaves out.
    pub gaps: Vec<Gap>,
    /// Put together from what a live Pro Tools tells: what it prints itself lacks nothing.
    pub is_live: bool,
    /// Sends, busses, VCAs and the like, which the render engine does not mix.
    pub routing: Routing,
}

/// What is not in a render of one track, or not known: a clip, plug-ins, a fader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// Names its track.
    #[serde(flatten)]
    pub finding: Finding,
    /// Where on the timeline; `None` is all of it.
    #[serde(default)]
    pub range: Option<Range>,
}

/// Everything known about the open session.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    pub info: SessionInfo,
    /// In the order of the edit window. Shared, so that a plan of thousands is made elsewhere.
    pub tracks: Arc<Vec<Track>>,
    pub markers: Vec<Marker>,
    pub transport: Transport,
    /// The timeline selection; empty ranges are insertion points.
    pub selection: Option<Range>,
    /// `None` when the session's folder cannot be read from here (a live Pro Tools).
    pub folder: Option<Arc<SessionFolder>>,
}

/// A session read from disk (see `import`), before any server is involved.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedSession {
    pub info: SessionInfo,
    pub tracks: Vec<Track>,
    pub markers: Vec<Marker>,
    pub folder: SessionFolder,
    /// What was odd about it: missing files, unknown shapes, sources of another rate.
    pub findings: Vec<Finding>,
    pub setup: Setup,
}

/// What only the simulator reads: Session Setup beyond [`SessionInfo`], and more of the strips.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// Instance that this session was saved from; empty where it is the first.
    pub parent_id: String,
    /// Frames a second of the feet+frames counter: 23.976, 24 or 25.
    pub feet_frames: TimecodeRate,
    /// Words of PTSL's SessionRatePull behind the family's prefix: `None`, `Up4Down01`.
    pub audio_pull: String,
    pub video_pull: String,
    /// Samples by which the whole system is late.
    pub system_delay: u32,
    pub delay_compensation: bool,
    /// Those of the tracks that are not as they come.
    pub strips: BTreeMap<TrackId, StripSetup>,
}

/// What a [`Track`] does not tell of its strip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StripSetup {
    pub selected: bool,
    pub smart_dsp: bool,
    /// Safe from the change of the DSP mode.
    pub dsp_safe: bool,
    /// Of a video track.
    pub offline: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            parent_id: String::new(),
            feet_frames: TimecodeRate::Fps24,
            audio_pull: "None".to_owned(),
            video_pull: "None".to_owned(),
            system_delay: 0,
            delay_compensation: true,
            strips: BTreeMap::new(),
        }
    }
}

impl Session {
    /// Samples of the whole session as a printing range: the folder's length, or the end of the
    /// last clip; `None` when neither is known.
    pub fn content_length(&self) -> Option<u64> {
        self.folder
            .as_ref()
            .map(|folder| folder.arrangement.length)
            .filter(|length| *length > 0)
    }

    /// The first track with this exact name.
    pub fn track(&self, name: &str) -> Option<&Track> {
        self.tracks.iter().find(|track| track.name == name)
    }
}
