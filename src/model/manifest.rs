//! The manifest: what was printed, how, with which result. Schema 1.

use serde::{Deserialize, Serialize};

use super::job::Proof;
use super::level::Levels;
use super::pan_law::PanLaw;
use super::plan::PlannedStem;
use super::stem::EngineKind;
use super::{Finding, Range, TrackId};

/// `manifest.json` beside the stems.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// 1.
    pub schema: u32,
    /// Name and version of this program.
    pub program: String,
    pub session: ManifestSession,
    pub recipe_hash: String,
    /// Seconds since 1970 and the same as text (RFC 3339, UTC).
    pub printed_unix: u64,
    pub printed: String,
    pub engine: EngineKind,
    pub range: Range,
    pub range_timecode: [String; 2],
    pub files: Vec<ManifestFile>,
    #[serde(default)]
    pub findings: Vec<Finding>,
    pub proof: Proof,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ManifestSession {
    pub name: String,
    pub path: String,
    pub sample_rate: u32,
    pub timecode_rate: String,
    pub start_timecode: String,
}

/// One printed file, as `stems print --json` shows it and the manifest keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ManifestFile {
    /// Name of the stem; `mix` for the mix.
    pub name: String,
    /// File name, relative to the manifest.
    pub path: String,
    pub role: FileRole,
    pub tracks: Vec<String>,
    /// Pro Tools' ids of `tracks`, in their order; empty for a track without, or for all where a
    /// manifest has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub track_ids: Vec<TrackId>,
    pub engine: EngineKind,
    pub frames: u64,
    pub rate: u32,
    pub bits: u16,
    pub channels: u16,
    /// `L` or `R`, where each channel of the stem has a file of its own: this is that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    pub bytes: u64,
    /// `blake3:` and 64 hex digits, of the whole file.
    pub checksum: String,
    /// Whether clips of audible tracks lie in the range; `None` where that is not known.
    #[serde(default)]
    pub has_clips: Option<bool>,
    pub levels: Levels,
    /// Of the dither that was added, where there was some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dither_seed: Option<u32>,
    /// By which a render panned it. A bounce is panned by Pro Tools, which does not tell its law.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pan_law: Option<PanLaw>,
    /// Pro Tools' own file, moved to its place as it came: length, format and sound are unchecked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub handed_through: bool,
}

impl ManifestFile {
    /// Puts down which tracks the file was printed from.
    #[must_use]
    pub fn of_tracks(mut self, stem: &PlannedStem) -> Self {
        self.tracks = stem.tracks.iter().map(|t| t.name.clone()).collect();
        let ids: Vec<TrackId> = stem.tracks.iter().map(|t| t.id.clone()).collect();
        let has_ids = ids.iter().any(|id| !id.0.is_empty());
        self.track_ids = if has_ids { ids } else { Vec::new() };
        self
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileRole {
    Stem,
    Mix,
    Version,
}
