//! File names from a pattern with tokens: always legal on macOS, Windows and Linux, never longer
//! than a file system takes with `.part` behind. Refuses unknown and unset tokens.

use std::collections::{HashMap, HashSet};

use crate::model::file_name::{self, sanitize};
use crate::model::stem::OnExisting;
use crate::model::text::nearest;

/// Every token, in the order of the documentation.
pub const TOKENS: [&str; 15] = [
    "session", "stem", "type", "n", "rate", "khz", "bits", "ch", "date", "rev", "version", "tc",
    "fps", "title", "tempo",
];
/// Where a file has this behind its name it is not finished.
const PART: &str = ".part";
/// Bytes kept free for `_v` and a version number.
const VERSION_ROOM: usize = 8;
const MOST_VERSIONS: u32 = 99_999;
const MOST_DIGITS: usize = 9;

/// Why a pattern gives no name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    #[error("'{{{token}}}' is no token")]
    UnknownToken {
        token: String,
        nearest: Option<&'static str>,
    },
    #[error("'{{{token}}}' has no value")]
    Unset { token: String },
    #[error("'{{{token}:{digits}}}' asks for digits, but '{value}' is no number")]
    NoNumber {
        token: String,
        digits: String,
        value: String,
    },
    #[error("':{0}' is no count of digits like :02")]
    Digits(String),
    #[error("the pattern '{0}' has a brace without its twin (write {{{{ or }}}} for a brace)")]
    Brace(String),
    #[error("the pattern '{0}' names a folder; files lie in the output folder itself")]
    Folder(String),
    #[error("the pattern is empty")]
    Empty,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Token { name: &'static str, digits: usize },
}

/// A file name pattern, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    parts: Vec<Part>,
}

/// What the tokens stand for in one file; what is missing is unset.
pub type Values = HashMap<&'static str, String>;

impl Pattern {
    /// Reads `{session}_{stem}`, `{n:02} {stem}`; `{{` and `}}` are braces. An extension of an
    /// audio file at the end is left out: the format decides it.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let trimmed = without_extension(text.trim());
        if trimmed.is_empty() {
            return Err(PatternError::Empty);
        }
        let brace = || PatternError::Brace(trimmed.to_owned());
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = trimmed;
        while let Some(letter) = rest.chars().next() {
            let after = rest.get(letter.len_utf8()..).unwrap_or_default();
            let twin = after.strip_prefix(letter);
            rest = match (letter, twin) {
                ('{' | '}', Some(behind)) => {
                    plain.push(letter);
                    behind
                }
                ('{', None) => {
                    let (inside, behind) = after.split_once('}').ok_or_else(brace)?;
                    parts.push(Part::Text(std::mem::take(&mut plain)));
                    parts.push(token(inside)?);
                    behind
                }
                ('}', None) => return Err(brace()),
                ('/' | '\\', _) => return Err(PatternError::Folder(trimmed.to_owned())),
                _ => {
                    plain.push(letter);
                    after
                }
            };
        }
        parts.push(Part::Text(plain));
        Ok(Self { parts })
    }

    /// The stem's name and nothing else.
    pub fn stem() -> Self {
        let name = "stem";
        Self {
            parts: vec![Part::Token { name, digits: 0 }],
        }
    }

    /// Whether the version stands in the name itself.
    pub fn has_version(&self) -> bool {
        self.parts.iter().any(|part| {
            matches!(
                part,
                Part::Token {
                    name: "version",
                    ..
                }
            )
        })
    }

    fn expand(&self, values: &Values) -> Result<String, PatternError> {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Token { name, digits } => out.push_str(&value(name, *digits, values)?),
            }
        }
        Ok(out)
    }

    /// The file's name. A name that is too long is cut and marked by a hash of the whole, so that
    /// two long names stay two; the flag says so.
    pub fn name(&self, values: &Values, extension: &str) -> Result<(String, bool), PatternError> {
        let whole = self.expand(values)?;
        let room = file_name::LONGEST - 1 - extension.len() - PART.len() - VERSION_ROOM;
        let legal = sanitize(&whole, usize::MAX);
        if legal.len() <= room {
            return Ok((format!("{legal}.{extension}"), false));
        }
        let hash = blake3::hash(whole.as_bytes()).to_hex();
        let mark = hash.get(..6).unwrap_or_default();
        let cut = sanitize(&whole, room - 1 - mark.len());
        Ok((format!("{cut}_{mark}.{extension}"), true))
    }
}

fn without_extension(text: &str) -> &str {
    let extension = text
        .rsplit_once('.')
        .map(|(stem, extension)| (stem, extension.to_lowercase()));
    match extension {
        Some((stem, extension))
            if matches!(extension.as_str(), "wav" | "aif" | "aiff" | "flac") =>
        {
            stem
        }
        _ => text,
    }
}

fn token(inside: &str) -> Result<Part, PatternError> {
    let (name, digits) = match inside.split_once(':') {
        Some((name, digits)) => {
            let count: usize = digits
                .parse()
                .ok()
                .filter(|count| (1..=MOST_DIGITS).contains(count))
                .ok_or_else(|| PatternError::Digits(digits.to_owned()))?;
            (name, count)
        }
        None => (inside, 0),
    };
    let name = name.trim();
    let known = TOKENS.into_iter().find(|token| *token == name);
    let name = known.ok_or_else(|| PatternError::UnknownToken {
        token: name.to_owned(),
        nearest: nearest(name, TOKENS),
    })?;
    Ok(Part::Token { name, digits })
}

fn value(name: &'static str, digits: usize, values: &Values) -> Result<String, PatternError> {
    let value = values.get(name).ok_or_else(|| PatternError::Unset {
        token: name.to_owned(),
    })?;
    if digits == 0 {
        return Ok(value.clone());
    }
    match value.parse::<u64>() {
        Ok(number) => Ok(format!("{number:0digits$}")),
        Err(_) => Err(PatternError::NoNumber {
            token: name.to_owned(),
            digits: format!("{digits:02}"),
            value: value.clone(),
        }),
    }
}

/// One file to be named.
pub struct Wanted<'a> {
    pub pattern: &'a Pattern,
    pub values: Values,
    pub extension: &'static str,
    /// Of a file for each channel: what they are called. Else empty.
    pub channels: Vec<&'static str>,
}

/// The names of a set, one for each file of a stem, or why one has none. The flag says that they were cut.
pub type Names = Vec<Result<(Vec<String>, bool), PatternError>>;

/// Names all files of a set. With [`OnExisting::Version`] all get the first version at which none
/// of them exists yet, so that a set stays together; the number is returned with them.
pub fn name_all(
    wanted: &mut [Wanted<'_>],
    on_existing: OnExisting,
    existing: &HashSet<String>,
) -> (Names, u32) {
    let mut version = 1;
    loop {
        let names: Names = wanted
            .iter_mut()
            .map(|file| name_one(file, version))
            .collect();
        let taken = names
            .iter()
            .flatten()
            .flat_map(|(names, _)| names)
            .any(|name| existing.contains(&file_name::key(name)));
        if on_existing != OnExisting::Version || !taken || version >= MOST_VERSIONS {
            return (names, version);
        }
        version += 1;
    }
}

fn name_one(file: &mut Wanted<'_>, version: u32) -> Result<(Vec<String>, bool), PatternError> {
    file.values.insert("version", version.to_string());
    let ending = |channel: &&str| format!("{channel}.{}", file.extension);
    let mut endings: Vec<String> = file.channels.iter().map(ending).collect();
    if endings.is_empty() {
        endings.push(file.extension.to_owned());
    }
    // All are cut alike, to be known as one stem.
    let longest = endings.iter().max_by_key(|ending| ending.len());
    let longest = longest.map_or(file.extension, String::as_str);
    let (name, cut) = file.pattern.name(&file.values, longest)?;
    let stem = name.strip_suffix(longest).unwrap_or(&name);
    let stem = stem.strip_suffix('.').unwrap_or(stem);
    let version = match version == 1 || file.pattern.has_version() {
        true => String::new(),
        false => format!("_v{version}"),
    };
    let named = endings
        .iter()
        .map(|ending| format!("{stem}{version}.{ending}"));
    Ok((named.collect(), cut))
}
