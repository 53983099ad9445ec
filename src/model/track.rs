//! Channel strips.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Layout;

/// Pro Tools' identity of a track, `{8-8-8-8}` hex groups with braces. Opaque.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Default,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(transparent)]
pub struct TrackId(pub String);

impl fmt::Display for TrackId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What sort of channel strip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrackKind {
    #[default]
    Audio,
    Midi,
    Aux,
    Instrument,
    Master,
    Vca,
    /// Basic folder: holds tracks, passes no audio.
    Folder,
    /// Routing folder: holds tracks and is their bus.
    RoutingFolder,
    Video,
    /// Ruler-like rows (tempo, markers …) that carry nothing to print.
    Other,
}

impl TrackKind {
    /// Three letters for the track table.
    pub fn code(self) -> &'static str {
        match self {
            Self::Audio => "AUD",
            Self::Midi => "MID",
            Self::Aux => "AUX",
            Self::Instrument => "INS",
            Self::Master => "MST",
            Self::Vca => "VCA",
            Self::Folder => "FLD",
            Self::RoutingFolder => "RTE",
            Self::Video => "VID",
            Self::Other => "···",
        }
    }

    /// The word used in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Audio => "audio",
            Self::Midi => "midi",
            Self::Aux => "aux",
            Self::Instrument => "instrument",
            Self::Master => "master",
            Self::Vca => "vca",
            Self::Folder => "folder",
            Self::RoutingFolder => "routing_folder",
            Self::Video => "video",
            Self::Other => "other",
        }
    }

    pub fn is_folder(self) -> bool {
        matches!(self, Self::Folder | Self::RoutingFolder)
    }

    /// Whether the strip itself makes sound that belongs in a stem (audio, instrument, aux).
    /// Routing folders pass their members' sound, masters and VCAs shape it, the rest has none.
    pub fn is_sounding(self) -> bool {
        matches!(self, Self::Audio | Self::Instrument | Self::Aux)
    }
}

/// A state that folders and groups pass on to their members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Inherited {
    /// Set on the track itself.
    pub explicit: bool,
    /// Set on something that the track is in.
    pub implicit: bool,
}

impl Inherited {
    pub fn is_set(self) -> bool {
        self.explicit || self.implicit
    }
}

/// The switches of a track that this program flips.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrackFlag {
    Mute,
    Solo,
    SoloSafe,
    RecordEnable,
    InputMonitor,
}

impl TrackFlag {
    /// In the order of a strip.
    pub const ALL: [Self; 5] = [
        Self::Mute,
        Self::Solo,
        Self::SoloSafe,
        Self::RecordEnable,
        Self::InputMonitor,
    ];
}

/// One channel strip as Pro Tools tells it. `name` is raw: clean it with `model::text` before
/// showing it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Track {
    pub id: TrackId,
    pub name: String,
    pub kind: TrackKind,
    /// Place in the session, from 1.
    pub index: u32,
    /// Channels of the strip (mono 1, stereo 2, 5.1 6 …), 0 where it has none.
    pub channels: u16,
    /// Name of the channel format: `mono`, `stereo`, `5.1`; empty where it has none.
    pub format: String,
    /// Red, green, blue; `None` when the track has no colour.
    pub color: Option<[u8; 3]>,
    /// Name of the folder that the track is in.
    pub folder: Option<String>,
    pub folder_id: Option<TrackId>,
    pub muted: bool,
    pub soloed: bool,
    pub solo_safe: bool,
    pub record_enabled: bool,
    pub input_monitoring: bool,
    pub hidden: Inherited,
    pub inactive: Inherited,
    pub frozen: bool,
    /// Folders only.
    pub open: bool,
    /// Fader, dB, where known (PTSL does not tell it).
    pub volume_db: Option<f64>,
    /// -1 to 1, where known (PTSL does not tell it).
    pub pan: Option<f64>,
    pub comments: String,
    /// Whether the track's events keep their bar and beat rather than their sample.
    #[serde(default)]
    pub follows_bars: bool,
    #[serde(default)]
    pub record_safe: bool,
}

impl Track {
    /// Where the strip's channels are heard; `None` where it has none, or no layout that is known.
    pub fn layout(&self) -> Option<Layout> {
        match self.format.as_str() {
            "" => Layout::of(self.channels),
            name => Layout::named(name),
        }
    }

    /// The state of one switch.
    pub fn flag(&self, flag: TrackFlag) -> bool {
        match flag {
            TrackFlag::Mute => self.muted,
            TrackFlag::Solo => self.soloed,
            TrackFlag::SoloSafe => self.solo_safe,
            TrackFlag::RecordEnable => self.record_enabled,
            TrackFlag::InputMonitor => self.input_monitoring,
        }
    }

    /// Sets one switch.
    pub fn set_flag(&mut self, flag: TrackFlag, on: bool) {
        match flag {
            TrackFlag::Mute => self.muted = on,
            TrackFlag::Solo => self.soloed = on,
            TrackFlag::SoloSafe => self.solo_safe = on,
            TrackFlag::RecordEnable => self.record_enabled = on,
            TrackFlag::InputMonitor => self.input_monitoring = on,
        }
    }

    /// `#rrggbb`, the form that JSON and session folders use.
    pub fn color_hex(&self) -> Option<String> {
        self.color
            .map(|[r, g, b]| format!("#{r:02x}{g:02x}{b:02x}"))
    }
}

/// What belongs to which track: for each track the place in `owners` of what is its own. Identities
/// tie first; what says none, or one that no track has, goes by the name, in order.
pub fn tie<'a>(
    tracks: &'a [Track],
    owners: impl IntoIterator<Item = (&'a TrackId, &'a str)>,
) -> Vec<Option<usize>> {
    let known: HashSet<&TrackId> = tracks.iter().map(|track| &track.id).collect();
    let mut by_id: HashMap<&TrackId, usize> = HashMap::new();
    let mut by_name: HashMap<&str, VecDeque<usize>> = HashMap::new();
    for (place, (id, name)) in owners.into_iter().enumerate() {
        let is_tied = !id.0.is_empty() && known.contains(id) && !by_id.contains_key(id);
        if is_tied {
            by_id.insert(id, place);
        } else {
            by_name.entry(name).or_default().push_back(place);
        }
    }
    let of_track = |track: &Track| {
        let tied = by_id.remove(&track.id);
        tied.or_else(|| by_name.get_mut(track.name.as_str())?.pop_front())
    };
    tracks.iter().map(of_track).collect()
}

/// Reads `#rrggbb`; the `#` may be missing.
pub fn parse_color(text: &str) -> Option<[u8; 3]> {
    let hex = text.trim();
    let hex = hex.strip_prefix('#').unwrap_or(hex);
    if hex.len() != 6 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let number = u32::from_str_radix(hex, 16).ok()?;
    let [_, red, green, blue] = number.to_be_bytes();
    Some([red, green, blue])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_tie_before_names() {
        let track = |id: &str, name: &str| Track {
            id: TrackId(id.to_owned()),
            name: name.to_owned(),
            ..Track::default()
        };
        let id = |id: &str| TrackId(id.to_owned());
        let tracks = [
            track("a", "Vox"),
            track("b", "Vox"),
            track("c", "Bass"),
            track("", "Vox"),
        ];
        let (b, gone, none) = (id("b"), id("gone"), id(""));
        let owners = [
            (&b, "Old name"),
            (&none, "Vox"),
            (&gone, "Bass"),
            (&none, "Vox"),
        ];
        assert_eq!(tie(&tracks, owners), [Some(1), Some(0), Some(2), Some(3)]);
        assert_eq!(tie(&tracks, [(&b, "Vox")]), [None, Some(0), None, None]);
    }
}
