//! Clips on lanes: what a session folder knows about the audio of each track, and PTSL does not.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Breakpoint;

/// Shape of a fade; formulas in `audio::fade`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FadeShape {
    #[default]
    Linear,
    EqualPower,
}

/// A piece of an audio file placed on the timeline. All times are samples at the session's rate.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Clip {
    /// Index into [`Arrangement::files`].
    pub file: usize,
    /// Place on the timeline, from the session start; may be negative.
    pub start: i64,
    /// First sample of the file that is played.
    pub offset: u64,
    /// Samples played; past the end of the file is silence.
    pub length: u64,
    pub gain_db: f64,
    /// Samples; 0 is no fade.
    pub fade_in: u64,
    pub fade_in_shape: FadeShape,
    pub fade_out: u64,
    pub fade_out_shape: FadeShape,
    pub muted: bool,
    /// As the session calls it; empty where it does not say.
    pub name: String,
}

impl Clip {
    /// First sample after the clip.
    pub fn end(&self) -> i64 {
        self.start
            .saturating_add(i64::try_from(self.length).unwrap_or(i64::MAX))
    }
}

/// What a track plays, in the order clips, volume, pan.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Lane {
    /// The track's name as it stands in the session.
    pub track: String,
    /// 1 or 2; every clip's file has as many.
    pub channels: u16,
    /// Fader, added to the automation, dB.
    pub volume_db: f64,
    /// -1 left to 1 right; `None` is no pan stage at all (mono to both sides at unity).
    pub pan: Option<f64>,
    /// dB; empty is 0 dB throughout.
    pub volume_points: Vec<Breakpoint>,
    /// -1 to 1; replaces `pan` where not empty.
    pub pan_points: Vec<Breakpoint>,
    pub clips: Vec<Clip>,
}

/// An audio file that clips refer to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Absolute, or relative to the working directory.
    pub path: PathBuf,
    /// The name as the session writes it, for messages.
    pub name: String,
}

/// All lanes of a session with their files.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Arrangement {
    /// Hz.
    pub sample_rate: u32,
    /// Samples of the whole session.
    pub length: u64,
    pub files: Vec<SourceFile>,
    pub lanes: Vec<Lane>,
}

impl Arrangement {
    /// The lane of the track named `track`.
    pub fn lane(&self, track: &str) -> Option<&Lane> {
        self.lanes.iter().find(|lane| lane.track == track)
    }
}
