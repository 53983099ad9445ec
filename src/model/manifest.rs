//! The manifest: what was printed, how, with which result. Schema 1.

use serde::{Deserialize, Serialize};

use super::job::Proof;
use super::level::Levels;
use super::pan_law::PanLaw;
use super::plan::{Coverage, PlannedStem};
use super::stem::{ChannelMode, Dither, EngineKind, Measure, ProofMode, Way};
use super::{Finding, Range, TrackId};

/// `manifest.json` beside the stems.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Manifest {
    /// 1.
    pub schema: u32,
    /// Name and version of this program.
    pub program: String,
    pub session: ManifestSession,
    pub recipe_hash: String,
    /// The text of the recipe, where there was a file of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipe: Option<String>,
    /// Seconds since 1970 and the same as text (RFC 3339, UTC).
    pub printed_unix: u64,
    pub printed: String,
    pub engine: EngineKind,
    pub range: Range,
    /// First and, not printed any more, last.
    #[schema(value_type = Vec<String>, min_items = 2, max_items = 2)]
    pub range_timecode: [String; 2],
    /// Those of the range.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub markers: Vec<ManifestMarker>,
    /// Of the last print into the folder, as is all but `files`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<ManifestPlan>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub versions: Option<Versions>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<Times>,
    pub files: Vec<ManifestFile>,
    #[serde(default)]
    pub findings: Vec<Finding>,
    pub proof: Proof,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ManifestSession {
    pub name: String,
    pub path: String,
    pub sample_rate: u32,
    pub timecode_rate: String,
    pub start_timecode: String,
    /// Identities as Pro Tools says them.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub origin_id: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub instance_id: String,
}

/// A memory location.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ManifestMarker {
    pub name: String,
    /// Samples from the session start.
    pub sample: i64,
    pub timecode: String,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ManifestPlan {
    pub stems: Vec<ManifestStem>,
    /// What the stems should sum to.
    pub mix_tracks: Vec<String>,
    /// Heard in every stem that feeds them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub returns: Vec<String>,
    pub coverage: Coverage,
    pub dither: Dither,
    pub measure: Measure,
    pub proof: ProofMode,
    pub channels: ChannelMode,
    /// What a bounce printed where a stem had no source of its own.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub mix_source: String,
    /// Bounced in real time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub online: bool,
    /// Samples behind the range, which has them in it.
    pub tail: u64,
}

/// One stem of the plan, in however many files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ManifestStem {
    pub name: String,
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    pub files: Vec<String>,
    pub engine: EngineKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub way: Option<Way>,
    /// The mix source of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    pub gain_db: f64,
    /// Why it was made this way, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
}

/// Of everything that had a part in it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Versions {
    pub program: String,
    /// Of this file.
    pub schema: u32,
    /// PTSL as the connected Pro Tools speaks it, whose version it is since 2025.6.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ptsl: Option<String>,
}

/// RFC 3339, UTC.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Times {
    pub started: String,
    pub ended: String,
    /// What it took.
    pub seconds: u64,
}

/// One printed file, as `stems print --json` shows it and the manifest keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
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
    /// Of a version: the formula that it was computed by, as the recipe has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formula: Option<String>,
    pub engine: EngineKind,
    /// How a bounce made it; a render mixes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub way: Option<Way>,
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
    /// 32 hex digits, where a delivery asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub md5: Option<String>,
    /// Frames from midnight to its first, at its own rate; as it says itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_reference: Option<u64>,
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
        self.formula = stem.formula.as_ref().map(|formula| formula.text.clone());
        self
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum FileRole {
    Stem,
    Mix,
    Version,
}
