//! Stems: groups of tracks, by name and by rule, and the words of the recipe's `[output]`.

use serde::{Deserialize, Serialize};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};

use super::Layout;

/// How a stem's file is made by a bounce.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// Solo the tracks, bounce the mix source.
    #[default]
    Solo,
    /// Bounce another mix source (a bus).
    Source,
    /// Pro Tools' track bounce.
    Track,
    /// Not bounced: computed from files that are. Of versions alone.
    Formula,
}

impl Way {
    /// The word of the recipe.
    pub fn word(self) -> &'static str {
        match self {
            Self::Solo => "solo",
            Self::Source => "source",
            Self::Track => "track",
            Self::Formula => "formula",
        }
    }
}

/// A `[[stem]]` of a recipe, or a stem of a session folder. Selectors add up, `except` takes away.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StemSpec {
    pub name: String,
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(default)]
    pub gain_db: f64,
    /// Names or globs; a name that matches a track to the letter is never read as a glob.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tracks: Vec<String>,
    /// Every track below this folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regex: Option<String>,
    /// `#rrggbb`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub way: Option<Way>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<FileFormat>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bits: Option<BitDepth>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<ChannelMode>,
    /// A file for each channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<bool>,
}

/// Container of a printed file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileFormat {
    #[default]
    Wav,
    Aiff,
    Flac,
    Mp3,
    M4a,
    /// OP-Atom.
    Mxf,
    /// A Dolby Atmos master as BWF.
    Adm,
}

impl FileFormat {
    /// File name extension without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Wav | Self::Adm => "wav",
            Self::Aiff => "aif",
            Self::Flac => "flac",
            Self::Mp3 => "mp3",
            Self::M4a => "m4a",
            Self::Mxf => "mxf",
        }
    }

    /// The word of the recipe.
    pub fn word(self) -> &'static str {
        match self {
            Self::Aiff => "aiff",
            Self::Adm => "adm",
            other => other.extension(),
        }
    }

    /// 16 or 24 bits, and no float.
    pub fn holds_integers_only(self) -> bool {
        matches!(self, Self::Aiff | Self::Flac)
    }

    /// The most bytes that a file can have, where that is no more than disks are.
    pub fn most_bytes(self) -> Option<u64> {
        (self == Self::Aiff).then_some(u64::from(u32::MAX))
    }

    /// Why no file of this format has so many channels: it does not say where they are heard.
    pub fn no_room(self, channels: u16) -> Option<&'static str> {
        let is_told = match self {
            Self::Aiff => channels <= 2,
            // Its seven channels are others.
            Self::Flac => channels != 7,
            _ => true,
        };
        const WHY: &str = "cannot say which channel is which: print WAV, or a file for each channel \
                           (split = true)";
        (!is_told).then_some(WHY)
    }

    /// Made by Pro Tools alone: what it bounced is handed through, unmeasured and unproven.
    pub fn is_handed_through(self) -> bool {
        matches!(self, Self::Mp3 | Self::M4a | Self::Mxf | Self::Adm)
    }
}

/// Sample format of a printed file: 16 or 24 bit integer, or 32 bit float.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub enum BitDepth {
    Int16,
    #[default]
    Int24,
    Float32,
}

impl BitDepth {
    pub fn bits(self) -> u16 {
        match self {
            Self::Int16 => 16,
            Self::Int24 => 24,
            Self::Float32 => 32,
        }
    }

    pub fn bytes(self) -> u16 {
        self.bits() / 8
    }
}

impl TryFrom<u16> for BitDepth {
    type Error = String;

    fn try_from(bits: u16) -> Result<Self, String> {
        match bits {
            16 => Ok(Self::Int16),
            24 => Ok(Self::Int24),
            32 => Ok(Self::Float32),
            _ => Err(format!("bits must be 16, 24 or 32 (float), not {bits}")),
        }
    }
}

impl From<BitDepth> for u16 {
    fn from(depth: BitDepth) -> Self {
        depth.bits()
    }
}

/// Channels of a printed file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ChannelMode {
    #[default]
    Stereo,
    /// Half the sum of both sides.
    Mono,
    /// Mono where every track of the stem is mono and centred, stereo otherwise; what goes to a wider
    /// output has that one's channels.
    AsTracks,
    /// All channels of an output of this layout, which has more than two.
    Wide(Layout),
}

impl ChannelMode {
    /// The word of the recipe.
    pub fn word(self) -> &'static str {
        match self {
            Self::Stereo => "stereo",
            Self::Mono => "mono",
            Self::AsTracks => "as-tracks",
            Self::Wide(layout) => layout.name(),
        }
    }

    /// What gives files of this layout.
    pub fn of(layout: Layout) -> Self {
        match layout {
            Layout::Mono => Self::Mono,
            Layout::Stereo => Self::Stereo,
            wide => Self::Wide(wide),
        }
    }
}

impl utoipa::PartialSchema for ChannelMode {
    fn schema() -> RefOr<Schema> {
        let layouts = Layout::ALL.into_iter().map(Self::of);
        let words = layouts.chain([Self::AsTracks]).map(Self::word);
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("Channels of a printed file."))
            .enum_values(Some(words))
            .into()
    }
}

impl utoipa::ToSchema for ChannelMode {}

impl From<ChannelMode> for String {
    fn from(mode: ChannelMode) -> Self {
        mode.word().to_owned()
    }
}

impl TryFrom<String> for ChannelMode {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        if word == "as-tracks" {
            return Ok(Self::AsTracks);
        }
        let layout = Layout::ALL.into_iter().find(|known| known.name() == word);
        layout.map(Self::of).ok_or_else(|| {
            format!(
                "unknown variant `{word}`, expected one of `stereo`, `mono`, `as-tracks`, `LCR`, `quad`, \
                 `5.0`, `5.1`, `7.0`, `7.1`"
            )
        })
    }
}

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Dither {
    #[default]
    None,
    /// Triangular, 2 LSB peak to peak.
    Tpdf,
}

/// What to do when a file of the final name is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnExisting {
    #[default]
    Refuse,
    /// Append `_v2`, `_v3` …
    Version,
    Replace,
}

/// When the sum decides the exit code.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum ProofMode {
    /// Required for render, report for bounce.
    #[default]
    Auto,
    Required,
    Report,
    Off,
}

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Measure {
    Off,
    /// Peak, silence, clipping, both ends, equal channels: what costs next to nothing.
    Basic,
    /// And loudness, true peak, offset and correlation.
    #[default]
    Full,
}

/// Who makes the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum EngineKind {
    Bounce,
    Render,
}

impl EngineKind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Bounce => "bounce",
            Self::Render => "render",
        }
    }
}
