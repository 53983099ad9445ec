//! The user's TOML file, as written.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};
use crate::model::stem::{
    BitDepth, ChannelMode, Dither, FileFormat, Measure, OnExisting, ProofMode, StemSpec,
};

/// A recipe. Unset keys of `[output]` stay unset here; a preset or the defaults fill them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    #[serde(default)]
    pub output: OutputSpec,
    #[serde(default, rename = "stem")]
    pub stems: Vec<StemSpec>,
    #[serde(default, rename = "version")]
    pub versions: Vec<VersionSpec>,
    #[serde(default)]
    pub ignore: Ignore,
    /// BLAKE3 of the text it was read from.
    #[serde(skip)]
    pub hash: String,
}

/// `[output]`, as far as it is set.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputSpec {
    pub root: Option<PathBuf>,
    pub file: Option<String>,
    pub format: Option<FileFormat>,
    pub bits: Option<BitDepth>,
    pub rate: Option<RateSpec>,
    pub channels: Option<ChannelMode>,
    pub dither: Option<Dither>,
    pub range: Option<String>,
    pub tail: Option<String>,
    pub on_existing: Option<OnExisting>,
    pub mix: Option<bool>,
    pub mix_source: Option<String>,
    pub online: Option<bool>,
    pub pan_law: Option<toml::Value>,
    pub proof: Option<ProofMode>,
    pub measure: Option<Measure>,
    pub preset: Option<String>,
    pub title: Option<String>,
    pub rev: Option<String>,
    pub tempo: Option<toml::Value>,
}

/// `"session"` or Hz.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RateSpec {
    Hertz(u32),
    Word(String),
}

/// `[[version]]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionSpec {
    pub name: String,
    pub formula: String,
}

/// `[ignore]`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ignore {
    #[serde(default)]
    pub tracks: Vec<String>,
}

impl Recipe {
    /// Reads a recipe; `name` is the file's name for messages, which give line and column.
    pub fn parse(text: &str, name: &str) -> Result<Self> {
        let _ = text;
        Err(Error::new(
            ErrorKind::Recipe,
            format!("'{name}' is no recipe"),
        ))
    }
}

/// `NAME=TRACK,TRACK…` of `--stem` as a stem.
pub fn parse_stem_argument(text: &str) -> Result<StemSpec> {
    Err(Error::new(
        ErrorKind::Usage,
        format!("--stem takes NAME=TRACK,TRACK…, not '{text}'"),
    ))
}
