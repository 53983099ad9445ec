//! The plan: exact files, tracks, range, engine, bytes and findings. A record; `plan::make` makes it.

use std::collections::HashSet;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::pan_law::PanLaw;
use super::stem::{
    BitDepth, ChannelMode, Dither, EngineKind, FileFormat, Measure, OnExisting, ProofMode, Way,
};
use super::{Finding, Layout, Level, Marker, Range, Ruler, Track, TrackId};

/// Whether a manifest is written beside the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PlanKind {
    #[default]
    Stems,
    /// One mix of some tracks or of a time range: no manifest.
    Export,
}

/// A track that a stem takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedTrack {
    pub name: String,
    pub id: TrackId,
    /// Muted or inactive: adds nothing, in both engines.
    #[serde(default)]
    pub silent: bool,
}

impl PlannedTrack {
    /// Whether it is this track: by identity, by name where there is none.
    pub fn is(&self, track: &Track) -> bool {
        if self.id.0.is_empty() {
            self.name == track.name
        } else {
            self.id == track.id
        }
    }
}

/// Planned tracks, to ask whether a track is one of them as [`PlannedTrack::is`] says.
#[derive(Debug, Clone, Default)]
pub struct PlannedSet<'a> {
    ids: HashSet<&'a TrackId>,
    /// Of those without an identity.
    names: HashSet<&'a str>,
}

impl PlannedSet<'_> {
    pub fn contains(&self, track: &Track) -> bool {
        self.ids.contains(&track.id) || self.names.contains(track.name.as_str())
    }
}

impl<'a> FromIterator<&'a PlannedTrack> for PlannedSet<'a> {
    fn from_iter<I: IntoIterator<Item = &'a PlannedTrack>>(tracks: I) -> Self {
        let mut set = Self::default();
        for track in tracks {
            if track.id.0.is_empty() {
                set.names.insert(&track.name);
            } else {
                set.ids.insert(&track.id);
            }
        }
        set
    }
}

/// One file to be printed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedStem {
    pub name: String,
    #[serde(default, rename = "type")]
    pub kind: Option<String>,
    /// File name with extension, below [`Output::dir`].
    pub file: String,
    /// Where each channel has a file of its own (`name.L.wav`, `name.R.wav`): those of the channels after
    /// the first, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more_files: Vec<String>,
    pub tracks: Vec<PlannedTrack>,
    pub engine: EngineKind,
    pub way: Way,
    pub gain_db: f64,
    pub format: FileFormat,
    pub bits: BitDepth,
    pub channels: ChannelMode,
    /// 1 to 8: what `channels` comes to for these tracks.
    pub channel_count: u16,
    /// Whether clips of audible tracks lie in the range, where that is known.
    #[serde(default)]
    pub has_clips: Option<bool>,
    /// Why it is printed this way, for people.
    #[serde(default)]
    pub why: String,
    /// The mix source of its own (`bus:DX`), for [`Way::Source`].
    #[serde(default)]
    pub source: Option<String>,
    /// Of a version: what it is computed from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formula: Option<Formula>,
}

/// What a version is computed from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Formula {
    /// As the recipe has it.
    pub text: String,
    /// In the order in which they are added up.
    pub terms: Vec<Term>,
}

/// A printed file with a gain.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// Its place in [`Plan::printed`].
    pub file: usize,
    /// Linear; the stem's own gain comes before it.
    pub gain: f64,
}

impl PlannedStem {
    /// The names of all its files.
    pub fn written(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.file).chain(&self.more_files)
    }

    /// The names of its files, for people.
    pub fn files_text(&self) -> String {
        let names: Vec<&str> = self.written().map(String::as_str).collect();
        names.join(", ")
    }

    /// Where its channels are heard.
    pub fn layout(&self) -> Layout {
        Layout::of(self.channel_count).unwrap_or_default()
    }

    /// Channels of each of its files.
    pub fn file_channels(&self) -> u16 {
        match self.more_files.is_empty() {
            true => self.channel_count,
            false => 1,
        }
    }

    /// What is printed is a mix source as it is, whatever tracks feed it.
    pub fn is_source(&self) -> bool {
        self.way == Way::Source && self.source.is_some()
    }
}

/// Where and how everything is written: the recipe's `[output]`, resolved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Output {
    pub dir: PathBuf,
    pub format: FileFormat,
    pub bits: BitDepth,
    /// Hz of the written files.
    pub rate: u32,
    pub channels: ChannelMode,
    pub dither: Dither,
    pub on_existing: OnExisting,
    /// What a bounce prints: `output:Out 1-2`, `bus:…`, `physical:…`.
    pub mix_source: String,
    /// Real-time bounce.
    pub online: bool,
    /// Of renders, those that a bounce is compared with included.
    pub pan_law: PanLaw,
    pub proof: ProofMode,
    pub measure: Measure,
    /// Samples added after the range.
    pub tail: u64,
    /// Give tracks that share a name names of their own while the job runs.
    #[serde(default)]
    pub rename_duplicates: bool,
    /// The delivery preset that the files are held against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preset: Option<String>,
    /// MD5 sums in the manifest, and in a list beside the files.
    #[serde(default)]
    pub md5: bool,
}

/// Which tracks stand in how many stems.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Coverage {
    /// Sounding tracks in no stem and not ignored.
    pub orphans: Vec<String>,
    /// Tracks in more than one, with the stems.
    pub doubles: Vec<Double>,
    pub ignored: Vec<String>,
}

impl Coverage {
    /// Every sounding track stands in exactly one stem.
    pub fn is_exact(&self) -> bool {
        self.orphans.is_empty() && self.doubles.is_empty()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Double {
    pub track: String,
    pub stems: Vec<String>,
}

/// Recipe and session, worked out. Making one changes nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub kind: PlanKind,
    /// Name and path of the session that it was made for.
    pub session: String,
    pub session_path: String,
    /// The readable session folder, if there is one: the render engine's source.
    pub folder: Option<PathBuf>,
    pub sample_rate: u32,
    pub ruler: Ruler,
    /// What is printed, tail included.
    pub range: Range,
    pub engine: EngineKind,
    pub output: Output,
    pub stems: Vec<PlannedStem>,
    /// The mix that the stems should make: every sounding track that is not ignored.
    pub mix_tracks: Vec<PlannedTrack>,
    /// The mix as a file of its own, where the recipe asks for it.
    pub mix: Option<PlannedStem>,
    /// Files that are computed from others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<PlannedStem>,
    pub coverage: Coverage,
    pub findings: Vec<Finding>,
    /// Bytes of all files; `scratch_bytes` are needed beside them while a bounce runs.
    pub bytes: u64,
    pub scratch_bytes: u64,
    /// Seconds of audio in each file.
    pub seconds: f64,
    /// BLAKE3 of the recipe's text or of the selectors given on the command line.
    pub recipe_hash: String,
    /// Aux returns that sound in every stem that feeds them: solo-safe while a bounce runs.
    #[serde(default)]
    pub returns: Vec<PlannedTrack>,
    /// Why a render of the mix is not what Pro Tools plays, where it is not.
    #[serde(default)]
    pub unrendered: Option<String>,
    /// What its files and the manifest say of the session beyond its name.
    #[serde(default)]
    pub about: About,
}

/// What is known of the session of a plan and has no part in the sound.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct About {
    /// Identities as Pro Tools says them; empty where it has none.
    pub origin_id: String,
    pub instance_id: String,
    /// Those of the range, in the order of time.
    pub markers: Vec<Marker>,
    /// The text of the recipe, where there was a file of one.
    pub recipe: String,
}

impl Plan {
    /// The files in their order: the stems, then the mix, then the versions.
    pub fn files(&self) -> impl Iterator<Item = &PlannedStem> {
        self.printed().chain(&self.versions)
    }

    /// Those that are made of tracks: the stems, then the mix.
    pub fn printed(&self) -> impl Iterator<Item = &PlannedStem> {
        self.stems.iter().chain(self.mix.as_ref())
    }

    /// Whether a finding forbids carrying it out.
    pub fn has_errors(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.level == Level::Error)
    }

    /// Whether the files have another rate than the session.
    pub fn is_converted(&self) -> bool {
        self.output.rate != self.sample_rate
    }

    /// The names of all files, in the order of [`Self::files`].
    pub fn written(&self) -> impl Iterator<Item = &String> {
        self.files().flat_map(PlannedStem::written)
    }

    /// Channels in which stems and mix are made and compared: those of its widest file, 2 or more.
    pub fn width(&self) -> u16 {
        let printed = self.printed().map(|file| file.channel_count);
        printed.fold(2, u16::max)
    }

    /// Frames of each file at the written rate.
    pub fn frames(&self) -> u64 {
        self.at_rate(self.range.len())
    }

    /// The frame of a file at the written rate that is so many samples of the session behind its first;
    /// 0 for what lies before it.
    pub fn frame_of(&self, samples: i64) -> u64 {
        self.at_rate(u64::try_from(samples).unwrap_or(0))
    }

    /// The sample of the session at which a frame of the files is.
    pub fn sample_at(&self, frame: u64) -> i64 {
        let own = u128::from(frame) * u128::from(self.sample_rate);
        let samples = own / u128::from(self.output.rate.max(1));
        let samples = i64::try_from(samples).unwrap_or(i64::MAX);
        self.range.start.saturating_add(samples)
    }

    /// Samples of the session at the written rate: the nearest.
    fn at_rate(&self, samples: u64) -> u64 {
        let (out, own) = (
            u128::from(self.output.rate),
            u128::from(self.sample_rate.max(1)),
        );
        let scaled = 2 * u128::from(samples) * out + own;
        u64::try_from(scaled / (2 * own)).unwrap_or(u64::MAX)
    }
}
