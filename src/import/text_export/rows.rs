//! What an export says, row by row: times still as they are written. `parse` reads all blocks in any
//! order, in the old and the new layout; what is no row of its block is kept as a remark, never lost.

/// The whole export.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TextExport {
    pub name: String,
    /// Hz; 0 where the header has none.
    pub sample_rate: u32,
    /// `24-bit`, `32-bit float`.
    pub bit_depth: String,
    /// `01:00:00:00`, always timecode.
    pub start: String,
    /// `29.97 Drop Frame`.
    pub timecode_format: String,
    pub files: Vec<FileRow>,
    pub clips: Vec<ClipRow>,
    pub plug_ins: Vec<PlugInRow>,
    pub tracks: Vec<TrackBlock>,
    pub markers: Vec<MarkerRow>,
    /// Lines that fit nowhere: number from 1, and the line.
    pub remarks: Vec<(usize, String)>,
}

/// An audio file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRow {
    pub name: String,
    /// With colons, on Pro Tools' machine.
    pub folder: String,
    pub is_online: bool,
}

/// A clip of the clip list: one row a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClipRow {
    /// With `.L`, `.R` where the clip has channels.
    pub name: String,
    pub file: String,
    /// Channel of the file, from 1, where it is told.
    pub channel: Option<u16>,
    pub is_online: bool,
}

/// A plug-in that the session uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlugInRow {
    pub manufacturer: String,
    pub name: String,
    pub version: String,
    pub format: String,
    pub stems: String,
    /// `2 active, 1 inactive`.
    pub instances: String,
}

/// A track with its events.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrackBlock {
    /// Without the format.
    pub name: String,
    /// `Stereo`, `5.1`; `None` is mono.
    pub format: Option<String>,
    pub comments: String,
    /// Samples that the user delays the track.
    pub user_delay: i64,
    pub inactive: bool,
    pub muted: bool,
    pub soloed: bool,
    pub hidden: bool,
    /// `None` when the export has no lines about plug-ins.
    pub plug_ins: Option<Vec<String>>,
    pub events: Vec<EventRow>,
}

/// A clip, or a fade, on one channel of a track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// From 1.
    pub channel: u16,
    pub number: u32,
    pub name: String,
    pub start: String,
    pub end: String,
    pub duration: String,
    /// User time stamp, in exports that have the column.
    pub timestamp: Option<String>,
    pub muted: bool,
}

impl EventRow {
    /// Fades stand between clips where the export shows them.
    pub fn is_fade(&self) -> bool {
        let name = self.name.trim().to_ascii_lowercase();
        matches!(
            name.as_str(),
            "(fade in)" | "(fade out)" | "(cross fade)" | "(crossfade)"
        )
    }
}

/// A memory location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkerRow {
    pub number: i32,
    pub location: String,
    /// Samples from the session start, or ticks, see `units`.
    pub reference: String,
    /// `Samples` or `Ticks`.
    pub units: String,
    pub name: String,
    pub comments: String,
    /// The track whose ruler it stands on; `None` is the session's.
    pub track: Option<String>,
}
