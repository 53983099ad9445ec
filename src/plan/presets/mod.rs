//! Delivery presets: what a client asks for, with source and date. The table is compiled in; what
//! a preset fills in a recipe is `fill`'s, how a name is held against a pattern `names`'.

mod fill;
pub mod names;

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

pub use fill::{Filled, against, fill};

use crate::error::{Error, ErrorKind, Result};
use crate::model::Level;
use crate::model::text::{fit, nearest};

const TEXTS: [&str; 27] = [
    include_str!("music-stems-24.toml"),
    include_str!("pe-wing.toml"),
    include_str!("veva-label.toml"),
    include_str!("umg-style-multi.toml"),
    include_str!("atmos-music-feed.toml"),
    include_str!("atmos-music-adm.toml"),
    include_str!("mastering-stems.toml"),
    include_str!("sync-library.toml"),
    include_str!("film-score-to-dub.toml"),
    include_str!("game-layers.toml"),
    include_str!("netflix-nf51.toml"),
    include_str!("netflix-nf20.toml"),
    include_str!("netflix-me.toml"),
    include_str!("netflix-score-archive.toml"),
    include_str!("netflix-atmos-home.toml"),
    include_str!("amazon-nf.toml"),
    include_str!("disney-plus.toml"),
    include_str!("wbd-component.toml"),
    include_str!("ebu-r128.toml"),
    include_str!("ebu-r128-s1.toml"),
    include_str!("uk-dpp.toml"),
    include_str!("atsc-a85.toml"),
    include_str!("cinema-archive-adpf.toml"),
    include_str!("yandex-mne.toml"),
    include_str!("streaming-master.toml"),
    include_str!("podcast-stems.toml"),
    include_str!("archive-float.toml"),
];

/// How sure the numbers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Confidence {
    /// The official page was read.
    A,
    /// A good second hand.
    B,
    /// Weak, second hand or old: to be asked of the client.
    C,
    /// This program's own.
    #[serde(rename = "own")]
    Own,
}

impl Confidence {
    pub fn word(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::Own => "own",
        }
    }

    pub fn meaning(self) -> &'static str {
        match self {
            Self::A => "the official page was read",
            Self::B => "a good second hand",
            Self::C => "weak, second hand or old: verify with your client",
            Self::Own => "this program's own",
        }
    }
}

/// How bad it is where a rule is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Weight {
    #[default]
    #[serde(rename = "error")]
    Error,
    #[serde(rename = "warning")]
    Warning,
    /// Not looked at.
    #[serde(rename = "off")]
    Off,
    /// Cannot be told by this program, and is said to be so.
    #[serde(rename = "not measured")]
    NotMeasured,
}

impl Weight {
    pub fn level(self) -> Option<Level> {
        match self {
            Self::Error => Some(Level::Error),
            Self::Warning => Some(Level::Warning),
            Self::Off | Self::NotMeasured => None,
        }
    }
}

/// A preset. What it leaves out it does not ask for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    pub id: String,
    pub title: String,
    pub confidence: Confidence,
    /// The day on which the sources were read, `YYYY-MM-DD`.
    pub checked: String,
    pub sources: Vec<String>,
    #[serde(default)]
    pub notes: Vec<String>,
    /// Why it cannot be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<String>,
    #[serde(default)]
    pub format: Format,
    #[serde(default)]
    pub level: Levels,
    #[serde(default)]
    pub naming: Naming,
    #[serde(default)]
    pub stems: Stems,
    #[serde(default)]
    pub checks: Checks,
}

/// Whether each channel has a file of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    #[default]
    Either,
    /// One mono file a channel.
    Each,
    /// One file of all channels.
    No,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Format {
    /// `wav`, `aiff`, `flac`, `adm`; the first is printed.
    pub containers: Vec<String>,
    /// Hz; empty: any, the same for all.
    pub rates: Vec<u32>,
    /// Hz.
    pub min_rate: Option<u32>,
    /// Hz.
    pub max_rate: Option<u32>,
    /// 32 is float; empty: any, the same for all. The first is printed.
    pub bits: Vec<u16>,
    /// `1.0`, `2.0`, `5.1`, `7.1`; empty: any.
    pub layouts: Vec<String>,
    pub split: Split,
    pub most_channels: Option<u16>,
}

impl Default for Format {
    fn default() -> Self {
        Self {
            containers: vec!["wav".to_owned()],
            rates: Vec::new(),
            min_rate: None,
            max_rate: None,
            bits: Vec::new(),
            layouts: Vec::new(),
            split: Split::Either,
            most_channels: None,
        }
    }
}

/// What loudness is measured over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gate {
    /// BS.1770-4 over the whole programme.
    #[default]
    Programme,
    /// Where somebody speaks: not measured here.
    Dialog,
    /// Of a renderer's 5.1: not measured here.
    ReRender,
}

impl Gate {
    /// What is not measured, for people.
    pub fn unmeasured(self) -> Option<&'static str> {
        match self {
            Self::Programme => None,
            Self::Dialog => Some("loudness gated by speech"),
            Self::ReRender => Some("loudness and true peak of the 5.1 re-render"),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Levels {
    /// Of the mix, never of stems.
    pub target_lkfs: Option<f64>,
    /// Of a mono file.
    pub target_mono: Option<f64>,
    /// LU, either way.
    pub tolerance: f64,
    /// The target is a ceiling.
    pub at_most: bool,
    pub gate: Gate,
    /// How bad a missed target is.
    pub loudness: Weight,
    /// Every file is a mix.
    pub every_file: bool,
    /// LUFS; passed where either of the two is kept.
    pub max_short_term: Option<f64>,
    pub max_momentary: Option<f64>,
    /// dBTP.
    pub true_peak_max: Option<f64>,
    pub true_peak: Weight,
    /// dBFS, of the mix or else of the sum of the stems.
    pub mix_peak_max: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Naming {
    /// What a print is named by, in a recipe's tokens.
    pub file: Option<String>,
    /// What names are held against: alternatives between `|`, tokens of `names`.
    pub pattern: Option<String>,
    /// Letters that a name may have, as in a regular expression's class.
    pub charset: Option<String>,
    /// Tokens with a shape of their own, as regular expressions.
    pub tokens: std::collections::BTreeMap<String, String>,
}

/// Names or globs, without regard to case.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Stems {
    pub required: Vec<String>,
    pub optional: Vec<String>,
    pub mixes: Vec<String>,
    /// Files that are no part of the sum.
    pub versions: Vec<String>,
    /// Other stems than these are wrong.
    pub closed: bool,
    /// Each required stem in each layout.
    pub every_layout: bool,
}

/// Which files must be equally long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum EqualLength {
    #[default]
    #[serde(rename = "all")]
    All,
    /// Those of one `{version}`.
    #[serde(rename = "by version")]
    ByVersion,
    #[serde(rename = "off")]
    Off,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Checks {
    pub sum: Weight,
    pub silence: Weight,
    pub equal_length: EqualLength,
    /// Timecode of the first sample.
    pub start: Option<String>,
    /// Every file has a time stamp.
    pub needs_start: bool,
    /// Seconds by which files may begin before `start`.
    pub head_seconds: f64,
    /// A list of sums of this kind lies beside the files.
    pub checksums: Option<String>,
    pub most_stems: Option<usize>,
    /// Seconds that a version of this name lasts to the sample.
    pub exact_seconds: Vec<u32>,
    pub needs_mix: bool,
    pub needs_manifest: bool,
    /// What is wider than stereo has a stereo twin.
    pub twin: bool,
    /// What is asked for and nobody here can tell.
    pub unmeasured: Vec<String>,
}

impl Default for Checks {
    fn default() -> Self {
        Self {
            sum: Weight::Error,
            silence: Weight::Warning,
            equal_length: EqualLength::All,
            start: None,
            needs_start: false,
            head_seconds: 0.0,
            checksums: None,
            most_stems: None,
            exact_seconds: Vec::new(),
            needs_mix: false,
            needs_manifest: false,
            twin: false,
            unmeasured: Vec::new(),
        }
    }
}

/// All of them, in the order of the table; what cannot be read is left out, which a test forbids.
static TABLE: LazyLock<Vec<Preset>> = LazyLock::new(|| {
    let read = |text: &&str| toml::from_str(text).ok();
    TEXTS.iter().filter_map(read).collect()
});

pub fn all() -> &'static [Preset] {
    &TABLE
}

/// The preset of this id.
///
/// # Errors
/// Of kind [`ErrorKind::Usage`] where there is none, or it may not be used.
pub fn find(id: &str) -> Result<&'static Preset> {
    let Some(preset) = any(id) else {
        let error = Error::new(
            ErrorKind::Usage,
            format!("there is no preset '{}'", fit(id, 40)),
        );
        let known = all().iter().map(|preset| preset.id.as_str());
        return Err(match nearest(id, known) {
            Some(near) => error.hint(format!("did you mean '{near}'?")),
            None => error.hint("pt-stem presets lists them"),
        });
    };
    match &preset.disabled {
        None => Ok(preset),
        Some(why) => Err(Error::new(
            ErrorKind::Usage,
            format!("the preset '{}' is not to be used: {why}", preset.id),
        )
        .hint("Set format, names and checks as the client tells you")),
    }
}

/// The preset of this id, even one that may not be used.
pub fn any(id: &str) -> Option<&'static Preset> {
    all().iter().find(|preset| preset.id == id)
}

impl Preset {
    /// What is to be said before anybody relies on it.
    pub fn warning(&self) -> Option<String> {
        (self.confidence == Confidence::C).then(|| {
            format!(
                "the preset '{}' rests on a weak source ({}, {}): verify with your client",
                self.id,
                self.sources.join("; "),
                self.checked
            )
        })
    }

    /// Everything that it asks for and nobody here measures, for people.
    pub fn unmeasured(&self) -> Vec<String> {
        let gate = self.level.target_lkfs.and(self.level.gate.unmeasured());
        let gate = gate.map(str::to_owned);
        gate.into_iter()
            .chain(self.checks.unmeasured.iter().cloned())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_table_is_read_and_says_where_it_comes_from() {
        for text in TEXTS {
            let preset: Preset = toml::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"));
            assert!(!preset.sources.is_empty() && !preset.title.is_empty());
            assert_eq!(preset.checked.len(), 10, "{}", preset.id);
            for layout in &preset.format.layouts {
                assert!(["1.0", "2.0", "5.1", "7.1"].contains(&layout.as_str()));
            }
            for word in &preset.format.containers {
                assert!(["wav", "adm"].contains(&word.as_str()), "{}", preset.id);
            }
            names::Shape::new(&preset).unwrap_or_else(|e| panic!("{}: {e}", preset.id));
        }
        let mut ids: Vec<&str> = all().iter().map(|preset| preset.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), TEXTS.len());
    }

    #[test]
    fn a_wrong_id_names_the_nearest_and_a_disabled_one_its_reason() {
        let wrong = find("netflix-nf50").unwrap_err();
        assert!(wrong.hints[0].contains("netflix-nf5") || wrong.hints[0].contains("nf20"));
        let wrong = find("disney-plus").unwrap_err();
        assert!(wrong.message.contains("contradicts"), "{}", wrong.message);
        assert_eq!(find("ebu-r128").unwrap().level.target_lkfs, Some(-23.0));
    }

    #[test]
    fn weak_rows_warn_and_speech_gates_are_never_claimed() {
        for preset in all() {
            let is_weak = preset.confidence == Confidence::C;
            assert_eq!(preset.warning().is_some(), is_weak, "{}", preset.id);
            if preset.level.gate != Gate::Programme {
                assert!(!preset.unmeasured().is_empty(), "{}", preset.id);
            }
        }
    }
}
