//! The user's TOML file, as written. Refuses broken TOML and unknown keys with line and column;
//! what a session makes of it is the plan's.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};
use crate::model::stem::{
    BitDepth, ChannelMode, Dither, FileFormat, Measure, OnExisting, ProofMode, StemSpec,
};
use crate::model::text::{clean, nearest};

/// Bytes of a recipe.
const LARGEST: usize = 16 << 20;

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
    #[serde(default)]
    pub returns: Returns,
    /// BLAKE3 of the text it was read from.
    #[serde(skip)]
    pub hash: String,
    /// That text.
    #[serde(skip)]
    pub text: Arc<str>,
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
    pub split: Option<bool>,
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
    pub md5: Option<bool>,
    pub preset: Option<String>,
    pub title: Option<String>,
    pub rev: Option<String>,
    pub tempo: Option<toml::Value>,
    pub rename_duplicates: Option<bool>,
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

/// `[returns]`: aux returns that sound in every stem that feeds them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Returns {
    #[serde(default)]
    pub tracks: Vec<String>,
}

impl Recipe {
    /// Reads a recipe; `name` is the file's name for messages, which give line and column.
    pub fn parse(text: &str, name: &str) -> Result<Self> {
        if text.len() > LARGEST {
            return Err(Error::new(
                ErrorKind::Recipe,
                format!("'{name}' is larger than {LARGEST} bytes"),
            ));
        }
        let mut recipe: Self = toml::from_str(text).map_err(|error| broken(&error, text, name))?;
        recipe.hash = hash(text);
        recipe.text = Arc::from(text);
        Ok(recipe)
    }
}

/// The mark of a recipe's text, by which a change of the file is noticed.
pub fn hash(text: &str) -> String {
    format!("blake3:{}", blake3::hash(text.as_bytes()).to_hex())
}

/// The TOML error with its place, and the nearest known key where one is unknown.
fn broken(error: &toml::de::Error, text: &str, name: &str) -> Error {
    let message = error.message();
    let what = message.lines().collect::<Vec<_>>().join(", ");
    let place = error.span().map(|span| place(text, span.start));
    let at = place.map_or_else(String::new, |(line, column)| {
        format!(", line {line}, column {column}")
    });
    let unknown = unknown_key(message);
    let what = unknown.as_ref().map_or(what, |(key, _)| {
        format!("'{}' is not a key that is known here", clean(key))
    });
    let wrong = Error::new(ErrorKind::Recipe, format!("'{name}'{at}: {what}"));
    match unknown {
        Some((key, known)) => match nearest(key, known.iter().copied()) {
            Some(near) => wrong.hint(format!("did you mean '{near}'?")),
            None => wrong.hint(format!("known are {}", known.join(", "))),
        },
        None => wrong,
    }
}

/// The key that serde did not know, and those that it did.
fn unknown_key(message: &str) -> Option<(&str, Vec<&str>)> {
    let rest = message.strip_prefix("unknown field `")?;
    let (key, rest) = rest.split_once('`')?;
    let known = rest.split('`').skip(1).step_by(2).collect();
    Some((key, known))
}

/// Line and column, both from 1, of a byte offset.
fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let column = before.get(start..).unwrap_or_default().chars().count() + 1;
    (line, column)
}

/// `NAME=TRACK,TRACK…` of `--stem` as a stem. Tracks are names or globs; a comma within braces or
/// behind a backslash belongs to the name.
pub fn parse_stem_argument(text: &str) -> Result<StemSpec> {
    let wrong = |why: &str| {
        Error::new(
            ErrorKind::Usage,
            format!(
                "--stem takes NAME=TRACK,TRACK…, not '{}': {why}",
                clean(text)
            ),
        )
        .hint("for example --stem Drums=Kick,Snare,'OH *'")
    };
    let (name, list) = text
        .split_once('=')
        .ok_or_else(|| wrong("there is no '='"))?;
    let name = name.trim();
    if name.is_empty() {
        return Err(wrong("the name is missing"));
    }
    let tracks = split_list(list);
    if tracks.is_empty() {
        return Err(wrong("the tracks are missing"));
    }
    Ok(StemSpec {
        name: name.to_owned(),
        tracks,
        ..StemSpec::default()
    })
}

fn split_list(list: &str) -> Vec<String> {
    let mut items = vec![String::new()];
    let mut depth = 0_u32;
    let mut letters = list.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if letters.peek() == Some(&',') => {
                letters.next();
                push(&mut items, ',');
                continue;
            }
            '{' if letters.clone().any(|later| later == '}') => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                items.push(String::new());
                continue;
            }
            _ => {}
        }
        push(&mut items, letter);
    }
    items
        .iter()
        .map(|item| item.trim().to_owned())
        .filter(|item| !item.is_empty())
        .collect()
}

fn push(items: &mut [String], letter: char) {
    if let Some(last) = items.last_mut() {
        last.push(letter);
    }
}
